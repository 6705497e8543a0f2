// What each close code of the server means to a client. A server that speaks nothing but them stands in for one in trouble.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type Connection, connect, RecountError } from "@recount/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { until } from "../../../../e2e/support/until.js";
import { quick } from "../../support/fixture.js";

let server: WebSocketServer;
let connection: Connection;
/** The codes that the next connections are closed with. */
let codes: number[];
/** When each connection came, in milliseconds. */
let came: number[];

beforeEach(async () => {
	codes = [];
	came = [];
	server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
	server.on("connection", (socket) => {
		came.push(performance.now());
		const code = codes.shift();
		if (code !== undefined) {
			socket.close(code);
		}
	});
	await once(server, "listening");
});
afterEach(async () => {
	connection.close();
	for (const client of server.clients) {
		client.terminate();
	}
	server.close();
	await once(server, "close");
});

function dial(...closes: number[]): Connection {
	codes = closes;
	connection = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, quick);
	return connection;
}

test.each([1001, 1006, 1011, 1012, 3008])("%i is a break: it comes back", async (code) => {
	// 1006 is what is seen when there is no close frame.
	dial(...(code === 1006 ? [] : [code, code]));
	if (code === 1006) {
		await until("the first", () => came.length === 1);
		for (const client of server.clients) {
			client.terminate();
		}
	}
	await until("the next", () => came.length === (code === 1006 ? 2 : 3));
	await until("an open one", () => connection.state === "open");
	expect(connection.error).toBe(undefined);
});

test("3429 is a break of at least a second", async () => {
	dial(3429);
	await until("the next", () => came.length === 2);
	expect((came[1] ?? 0) - (came[0] ?? 0)).toBeGreaterThanOrEqual(1000);
});

test("3003 is the end, and everybody hears why", async () => {
	dial(3003);
	const stream = connection.stream("meeting:1");
	const refused = stream.append("x");
	await expect(refused).rejects.toMatchObject({ code: "forbidden" });
	expect(connection.state).toBe("closed");
	expect(connection.error).toBeInstanceOf(RecountError);
	expect(stream.pending).toHaveLength(1);
	expect(came).toHaveLength(1);
});

test("3000 is the end for a token that cannot be replaced", async () => {
	codes = [3000];
	connection = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { ...quick, token: "t" });
	await until("the end", () => connection.state === "closed");
	expect(connection.error).toMatchObject({ code: "unauthenticated" });
	expect(came).toHaveLength(1);
});
