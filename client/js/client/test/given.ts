// A stream of a server in memory, for tests under fake timers.

import {
	type Connection,
	type ConnectOptions,
	connect,
	memoryOutbox,
	RecountError,
	type Stream,
} from "@recount/client";
import { vi } from "vitest";
import { type SimulatedOptions, SimulatedServer } from "../../support/simulated.js";

export interface Opened {
	server: SimulatedServer;
	connection: Connection;
	stream: Stream;
}

export function open({ outbox = memoryOutbox(), ...options }: SimulatedOptions & ConnectOptions = {}): Opened {
	const server = new SimulatedServer(options);
	const { WebSocket: transport } = server;
	const connection = connect("http://127.0.0.1", { ...options, transport, outbox });
	return { server, connection, stream: connection.stream("list:1") };
}

/** Appends so many events from outside. */
export function add(server: SimulatedServer, count = 1): void {
	server.append(
		"list:1",
		Array.from({ length: count }, () => ({ type: "x" })),
	);
}

/** Lets so many milliseconds pass. */
export const settle = (ms = 5000): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** How a promise settles within a minute: "ok", the code of its error, or "never". */
export async function outcome(promise: Promise<unknown>): Promise<string> {
	let end = "never";
	promise.then(
		() => {
			end = "ok";
		},
		(error: unknown) => {
			end = error instanceof RecountError ? error.code : String(error);
		},
	);
	for (let second = 0; second < 60 && end === "never"; second++) {
		await settle(1000);
	}
	return end;
}
