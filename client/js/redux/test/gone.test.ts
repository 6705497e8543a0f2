// What is pending when the connection closes or the log is replaced.

import { connect, memoryOutbox } from "@recount/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";
import { added, outside, settle, setup } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

describe("what is dispatched when nothing is sent any more is rejected", () => {
	test("by who hears that the connection closes", async () => {
		const { connection, store, titles } = setup(new SimulatedServer());
		await settle();
		connection.onState((state) => state === "closed" && store.dispatch(added("late")));
		connection.close();
		await settle();
		expect(store.recount.status.pending).toEqual([]);
		expect(titles()).toEqual([]);
		expect(store.getState().ui.errors).toEqual(["the stream has ended"]);
	});

	test("in a store that is made after it closed", async () => {
		const { WebSocket: transport } = new SimulatedServer();
		const connection = connect("http://127.0.0.1", { transport, outbox: memoryOutbox() });
		connection.close();
		const { store, titles } = setup(new SimulatedServer(), { connection });
		store.dispatch(added("late"));
		await settle();
		expect(store.recount.status).toMatchObject({ pending: [], state: "ended" });
		expect(titles()).toEqual([]);
		expect(store.getState().ui.errors).toEqual(["the stream has ended"]);
	});
});

test("what the log took that was replaced is shown no longer, and what is pending goes to the new one", async () => {
	let silent = false;
	const server = new SimulatedServer({ onSend: (event) => !(silent && event === "events") });
	const { store, titles } = setup(server);
	outside(server, "old", "older");
	await settle();
	silent = true;
	store.dispatch(added("lost"));
	await settle();
	expect(store.recount.stream.pending).toEqual([]);
	expect(titles()).toEqual(["old", "older", "lost"]);
	silent = false;
	server.replace();
	await settle();
	expect(titles()).toEqual([]);
	expect(store.recount.status).toMatchObject({ pending: [], version: 0 });
	server.kill();
	store.dispatch(added("kept"));
	server.start();
	await settle();
	expect(titles()).toEqual(["kept"]);
	expect(store.recount.status).toMatchObject({ pending: [], version: 1 });
	expect(server.log("cards:1").map(({ data }) => data)).toEqual(["kept"]);
});

test("what another tab left is shown behind what is on its way, in the order of the log", async () => {
	const kept = memoryOutbox();
	let inherit: Parameters<typeof kept.claim>[0] = () => {};
	const outbox = {
		...kept,
		claim: async (taken: typeof inherit) => {
			inherit = taken;
		},
	};
	const server = new SimulatedServer({ latency: () => 100 });
	const connection = connect("http://127.0.0.1", { transport: server.WebSocket, outbox });
	const { store, titles } = setup(server, { connection });
	await settle();
	store.dispatch(added("mine"));
	store.dispatch(added("mine too"));
	const events = [{ id: "other", type: "cards/added", data: "other's" }];
	inherit([{ id: "other", stream: "cards:1", event: "$append", payload: { events } }]);
	const shown = titles();
	await settle();
	expect(titles()).toEqual(server.log("cards:1").map(({ data }) => data));
	expect(titles()).toEqual(shown);
});
