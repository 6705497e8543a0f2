// What the tests of the packages are given: the real server, as in e2e, and connections of @recount/client to it.

import { type Connection, type ConnectOptions, connect } from "@recount/client";
import { WebSocket } from "ws";
import "../../../e2e/support/build.js";
import { test as base } from "../../../e2e/support/fixture.js";

/** Opens a connection that is closed after the test. */
export type Dial = (options?: ConnectOptions & { url?: string }) => Connection;

export interface Dialing {
	/** Connects to the server. */
	dial: Dial;
	/** Connects through the bad network. */
	dialBadly: Dial;
}

/** What every connection of a test has: quick tries, and no identity that outlives it. */
export const quick: ConnectOptions = { transport: WebSocket, backoff: { first: 10, most: 100 }, storage: undefined };

export const test = base.extend<Dialing>({
	dial: async ({ server }, use) => {
		await dialing(() => server.url, use);
	},
	dialBadly: async ({ network }, use) => {
		await dialing(() => network.url, use);
	},
});

async function dialing(address: () => string, use: (dial: Dial) => Promise<void>): Promise<void> {
	const all: Connection[] = [];
	await use(({ url = address(), ...options } = {}) => {
		const connection = connect(url, { ...quick, ...options });
		all.push(connection);
		return connection;
	});
	for (const connection of all) {
		connection.close();
	}
}
