// Moments of the past: reading what is not known, without showing it, and by another reducer.

import { connect, memoryCheckpoints, memoryOutbox } from "@recount/client";
import { combineReducers, type UnknownAction } from "redux";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";
import { added, type Cards, cards, outside, settle, setup, ui } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

/** A store that begins at a checkpoint, 25: what was before must be read. */
async function late(latency = 1) {
	const server = new SimulatedServer({ latency: () => latency });
	outside(server, ...Array.from({ length: 20 }, (_, n) => `${n}`));
	server.append("cards:1", [{ type: "@@recount/shown", data: { shared: { titles: [] }, actions: [] } }]);
	outside(server, ...Array.from({ length: 4 }, (_, n) => `${n + 21}`));
	const checkpoints = memoryCheckpoints();
	const open = () => {
		const connection = connect("http://127.0.0.1", {
			transport: server.WebSocket,
			outbox: memoryOutbox(),
			checkpoints,
		});
		return setup(server, { connection, keep: "v1", checkpointEvery: 10 });
	};
	const first = open();
	await settle();
	first.connection.close();
	const store = open();
	await settle();
	expect(store.titles()).toHaveLength(24);
	return { server, ...store };
}

describe("a moment that must be read", () => {
	test("is not sought without a connection, neither now nor later", async () => {
		const { server, store, titles } = await late();
		server.kill();
		await settle();
		const refused = { name: "RecountError", code: "unavailable", message: expect.stringContaining("known") };
		let error: unknown;
		const sought = store.recount.seek(3).catch((reason: unknown) => {
			error = reason;
		});
		await vi.advanceTimersByTimeAsync(0);
		expect(error).toMatchObject(refused);
		await sought;
		await expect(store.recount.at(3)).rejects.toMatchObject(refused);
		await expect(store.recount.history()).rejects.toMatchObject(refused);
		expect(await store.recount.seek(25)).toBe(25);
		store.recount.live();
		server.start();
		await vi.advanceTimersByTimeAsync(60_000);
		expect(store.recount.status).toMatchObject({ state: "live", connected: true });
		expect(titles()).toHaveLength(24);
	});

	test("is not sought before it is known what there is", async () => {
		const server = new SimulatedServer();
		outside(server, "a", "b");
		const { store } = setup(server);
		for (const ask of [store.recount.seek(1), store.recount.at(1), store.recount.history()]) {
			await expect(ask).rejects.toMatchObject({ code: "unavailable" });
		}
		await settle();
		expect(await store.recount.seek(1)).toBe(1);
		expect(await store.recount.history()).toHaveLength(2);
	});

	type Late = Awaited<ReturnType<typeof late>>;
	test.each<[string, string, (one: Late) => unknown]>([
		["an action that is sent", "live", ({ store }) => store.dispatch(added("mine"))],
		["live", "live", ({ store }) => store.recount.live()],
		["close", "ended", ({ store }) => store.recount.close()],
	])("is sought no more after %s", async (_, state, act) => {
		const one = await late(100);
		const sought = one.store.recount.seek(3);
		await vi.advanceTimersByTimeAsync(50);
		act(one);
		await settle();
		expect(await sought).toBe(3);
		expect(one.store.recount.status.state).toBe(state);
		expect(one.titles().length).toBeGreaterThanOrEqual(24);
	});

	test("is sought also after an action of the store alone", async () => {
		const { store, titles } = await late(100);
		const sought = store.recount.seek(3);
		store.dispatch(ui.actions.opened());
		await settle();
		expect(await sought).toBe(3);
		expect(titles()).toHaveLength(3);
	});
});

describe("at", () => {
	test("gives the state of a moment, and shows nothing", async () => {
		const { store, titles } = await late();
		store.dispatch(added("mine"));
		const moment = store.recount.at(3);
		await settle();
		expect(((await moment) as Cards).titles).toEqual(["0", "1", "2"]);
		expect(titles()).toHaveLength(25);
		expect(store.recount.status.state).toBe("live");
		expect(((await store.recount.at(99)) as Cards).titles).toHaveLength(25);
		expect(((await store.recount.at(22)) as Cards).titles).toHaveLength(21);
		expect((await store.recount.history()).map(({ version }) => version)).not.toContain(21);
		await expect(store.recount.at(-1)).rejects.toMatchObject({ code: "invalid" });
	});
});

describe("another reducer", () => {
	/** As the first, in capitals. */
	const reducer = (state: Cards | undefined, action: UnknownAction): Cards =>
		cards.reducer(state, added.match(action) ? { ...action, payload: action.payload.toUpperCase() } : action);
	const other = combineReducers({ cards: reducer, ui: ui.reducer });

	test("folds what was before, too, as on all others", async () => {
		const server = new SimulatedServer({ latency: () => 100 });
		const { store, titles } = setup(server, { checkpointEvery: 2 });
		outside(server, "a", "b", "c");
		await settle();
		store.dispatch(added("mine"));
		store.replaceReducer(other as never);
		expect(titles()).toEqual(["A", "B", "C", "MINE"]);
		expect(store.recount.confirmed()).toMatchObject({ titles: ["A", "B", "C"] });
		await settle();
		expect(titles()).toEqual(["A", "B", "C", "MINE"]);
		expect(store.recount.status).toMatchObject({ version: 4, pending: [] });
		expect(await store.recount.seek(2)).toBe(2);
		expect(titles()).toEqual(["A", "B"]);
	});

	test("shows the same moment of the past", async () => {
		const server = new SimulatedServer();
		const { store, titles } = setup(server);
		outside(server, "a", "b", "c");
		await settle();
		await store.recount.seek(2);
		store.replaceReducer(other as never);
		expect(titles()).toEqual(["A", "B"]);
		store.recount.live();
		expect(titles()).toEqual(["A", "B", "C"]);
	});

	test("folds from the checkpoint on, where the store began at one", async () => {
		const { server, store, titles } = await late();
		outside(server, "x");
		await settle();
		store.replaceReducer(other as never);
		expect(titles().slice(-2)).toEqual(["24", "X"]);
		expect(store.recount.status).toMatchObject({ state: "live", version: 26 });
	});
});
