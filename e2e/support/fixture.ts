// What every test is given: a server of its own, and whatever it opens is closed again after it.

import { test as base, onTestFailed } from "vitest";
import { Client, type ClientOptions } from "./client.js";
import { Network } from "./network.js";
import { RawSocket } from "./raw.js";
import { type JsonObject, type Server, startServer } from "./server.js";

export interface Given {
	/** Top-level keys of recount.yaml that differ from the defaults. Set with test.override. */
	config: JsonObject;
	/** Files beside recount.yaml. */
	files: Record<string, string>;
	/** A fresh server with a fresh store. */
	server: Server;
	/** A bad network before the server. */
	network: Network;
	/** Opens a phoenix Socket to the server. */
	connect: (options?: ClientOptions) => Client;
	/** Opens a phoenix Socket through the bad network. */
	connectBadly: (options?: ClientOptions) => Client;
	/** Opens a bare WebSocket. */
	raw: (options?: { headers?: Record<string, string>; address?: string }) => RawSocket;
}

export const test = base.extend<Given>({
	config: {},
	files: {},
	server: async ({ config, files }, use) => {
		const server = await startServer(config, files);
		onTestFailed(() => {
			process.stderr.write(`the server said:\n${server.log}\n`);
		});
		await use(server);
		await server.dispose();
	},
	network: async ({ server }, use) => {
		const network = await Network.start(server.port);
		await use(network);
		await network.close();
	},
	connect: async ({ server }, use) => {
		const clients: Client[] = [];
		await use((options) => opened(clients, new Client(server.endpoint, options)));
		closeAll(clients);
	},
	connectBadly: async ({ network }, use) => {
		const clients: Client[] = [];
		await use((options) => opened(clients, new Client(network.endpoint, options)));
		closeAll(clients);
	},
	raw: async ({ server }, use) => {
		const sockets: RawSocket[] = [];
		await use(({ headers = {}, address = server.websocket } = {}) =>
			opened(sockets, new RawSocket(address, { headers })),
		);
		closeAll(sockets);
	},
});

function opened<T>(all: T[], one: T): T {
	all.push(one);
	return one;
}

function closeAll(all: { close(): void }[]): void {
	for (const one of all) {
		one.close();
	}
}
