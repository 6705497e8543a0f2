// What a store does when reducers throw, answers are lost, and listeners dispatch.

import { connect, memoryCheckpoints, memoryOutbox, newId } from "@recount/client";
import { recount } from "@recount/redux";
import { configureStore } from "@reduxjs/toolkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";
import { added, cards, cleared, outside, settle, setup } from "./given.js";

let reported: unknown[];

beforeEach(() => {
	vi.useFakeTimers();
	reported = [];
	vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

const append = (server: SimulatedServer, data: unknown): unknown =>
	server.append("list:1", [{ type: "said", data }], "ada");

/** A store of texts in capitals: a number makes its reducer throw. */
function capitals(server: SimulatedServer) {
	const connection = connect("http://127.0.0.1", { transport: server.WebSocket, outbox: memoryOutbox() });
	const reducer = (state: readonly string[] = [], { type, payload }: { type: string; payload?: unknown }) =>
		type === "said" ? [...state, (payload as string).toUpperCase()] : state;
	return configureStore({
		reducer,
		middleware: (defaults) => defaults({ serializableCheck: false }),
		enhancers: (defaults) => defaults().concat(recount<readonly string[]>({ connection, stream: "list:1" })),
	});
}

describe("an event that makes the reducer throw", () => {
	test("changes nothing, and costs none of the others", async () => {
		const server = new SimulatedServer();
		for (const data of ["a", 5, "b"]) {
			append(server, data);
		}
		const store = capitals(server);
		await settle();
		append(server, 6);
		append(server, "c");
		await settle();
		expect(store.getState()).toEqual(["A", "B", "C"]);
		expect(store.recount.status).toMatchObject({ state: "live", version: 5 });
		expect(reported.length).toBeGreaterThanOrEqual(2);
		expect(await store.recount.seek(3)).toBe(3);
		expect(store.getState()).toEqual(["A", "B"]);
	});
});

describe("an action", () => {
	test("that the reducer throws at is not sent, and the dispatcher hears it", async () => {
		const server = new SimulatedServer();
		const store = capitals(server);
		await settle();
		expect(() => store.dispatch({ type: "said", payload: 5 })).toThrow(TypeError);
		append(server, "a");
		await settle();
		expect(store.getState()).toEqual(["A"]);
		expect(store.recount.status.pending).toEqual([]);
		expect(server.log("list:1")).toHaveLength(1);
	});

	test("that cannot be sent is refused where it is dispatched", async () => {
		const server = new SimulatedServer();
		const store = capitals(server);
		const circle: Record<string, unknown> = {};
		circle.self = circle;
		expect(() => store.dispatch({ type: "other", payload: circle })).toThrow(/circular/i);
		expect(store.recount.status.pending).toEqual([]);
	});

	test("that a listener dispatches comes behind the one it heard of", async () => {
		const server = new SimulatedServer();
		const { store, titles } = setup(server);
		let once = true;
		store.subscribe(() => {
			if (once) {
				once = false;
				store.dispatch(added("second"));
			}
		});
		store.dispatch(added("first"));
		expect(titles()).toEqual(["first", "second"]);
		await settle();
		expect(server.log("cards:1").map(({ data }) => data)).toEqual(["first", "second"]);
		expect(titles()).toEqual(["first", "second"]);
	});

	test("that is dispatched when another one becomes pending comes behind it", async () => {
		const server = new SimulatedServer();
		const { store, titles } = setup(server);
		const shown: string[] = [];
		store.subscribe(() => shown.push(titles().join()));
		let left = 2;
		store.recount.stream.onPending(() => {
			if (left-- > 0) {
				store.dispatch(added(`because ${left}`));
			}
		});
		store.dispatch(added("first"));
		const all = ["first", "because 1", "because 0"];
		expect(titles()).toEqual(all);
		expect(store.recount.status.pending.map(({ payload }) => payload)).toEqual(all);
		expect(shown.filter((one) => !one.startsWith("first"))).toEqual([]);
		expect(store.getState().ui.heard).toBe(3);
		await settle();
		expect(server.log("cards:1").map(({ data }) => data)).toEqual(all);
		expect(titles()).toEqual(all);
		expect(store.getState().ui.heard).toBe(3);
	});

	test("is shown once, whatever is appended or shown when it becomes pending", async () => {
		const server = new SimulatedServer();
		const { store, titles } = setup(server);
		await settle();
		const { stream, seek, live } = store.recount;
		let then: (() => unknown) | undefined = () => stream.act(added("beside"));
		stream.onPending(() => {
			const now = then;
			then = undefined;
			now?.();
		});
		store.dispatch(added("first"));
		expect(titles()).toEqual(["first", "beside"]);
		await settle();
		then = () => seek(1);
		store.dispatch(added("second"));
		expect(titles()).toEqual(["first"]);
		live();
		expect(titles()).toEqual(["first", "beside", "second"]);
		await settle();
		expect(titles()).toEqual(["first", "beside", "second"]);
	});

	test("that is refused comes back as it was dispatched", async () => {
		const server = new SimulatedServer({ refuse: () => "no" });
		const { store } = setup(server);
		const told: unknown[] = [];
		store.recount.onAction((action) => told.push(action));
		const action = { type: "cards/added", payload: "x", meta: { pending: "mine" } };
		store.dispatch(action);
		await settle();
		expect(told).toMatchObject([{ payload: { error: { message: "no" } } }]);
		expect((told[0] as { payload: { action: unknown } }).payload.action).toBe(action);
	});

	test("whose answer was lost with the page is not shown twice", async () => {
		let answer = true;
		const server = new SimulatedServer({ onSend: (event) => answer || event !== "phx_reply" });
		const checkpoints = memoryCheckpoints();
		const outbox = memoryOutbox();
		const open = () => {
			const connection = connect("http://127.0.0.1", { transport: server.WebSocket, outbox, checkpoints });
			return setup(server, { connection, keep: "v1", checkpointEvery: 1 });
		};
		const before = open();
		await settle();
		outside(server, "theirs");
		await settle();
		answer = false;
		before.store.dispatch(added("mine"));
		await vi.advanceTimersByTimeAsync(100);
		expect(before.store.recount.confirmed().titles).toEqual(["theirs", "mine"]);
		server.kill();
		before.connection.close();
		const after = open();
		await vi.advanceTimersByTimeAsync(1);
		expect(after.titles()).toEqual(["theirs", "mine"]);
		answer = true;
		server.start();
		await vi.advanceTimersByTimeAsync(30_000);
		expect(after.titles()).toEqual(["theirs", "mine"]);
		expect(server.log("cards:1")).toHaveLength(2);
	});
});

describe("a listener of the store that throws", () => {
	test("costs neither a rejection nor what others did", async () => {
		const server = new SimulatedServer({ refuse: ({ data }) => (data === "bad" ? "no" : undefined) });
		const { store, titles } = setup(server);
		const heard: string[] = [];
		store.recount.onAction(({ type }) => heard.push(type));
		await settle();
		store.dispatch(added("bad"));
		store.subscribe(() => {
			throw new Error("a listener");
		});
		await settle();
		outside(server, "theirs");
		await settle();
		expect(heard).toEqual(["@@recount/rejected", "cards/added"]);
		expect(titles()).toEqual(["theirs"]);
		expect(store.recount.status).toMatchObject({ pending: [], version: 1 });
		expect(String(reported[0])).toContain("a listener");
	});
});

describe("the past", () => {
	test("of a log that was replaced is left", async () => {
		const server = new SimulatedServer();
		const { store, titles } = setup(server);
		outside(server, "a", "b");
		await settle();
		await store.recount.seek(1);
		server.replace();
		outside(server, "z");
		await vi.advanceTimersByTimeAsync(30_000);
		expect(store.recount.status.state).toBe("live");
		expect(titles()).toEqual(["z"]);
	});

	test("of before a checkpoint is read once, however often it is sought", async () => {
		let reads = 0;
		const server = new SimulatedServer({ onPush: (event) => event === "$read" && reads++ });
		outside(server, ...Array.from({ length: 1200 }, () => newId()));
		const checkpoints = memoryCheckpoints();
		const open = () => {
			const connection = connect("http://127.0.0.1", {
				transport: server.WebSocket,
				outbox: memoryOutbox(),
				checkpoints,
			});
			return setup(server, { connection, keep: "v1", checkpointEvery: 100 });
		};
		open();
		await settle();
		const { store, titles } = open();
		await settle();
		const sought = Array.from({ length: 60 }, (_, at) => store.recount.seek(at));
		await settle();
		expect(await Promise.all(sought)).toHaveLength(60);
		expect(titles()).toHaveLength(59);
		expect(reads).toBe(3);
	});

	test("tells the rest of the state afterwards what others did meanwhile", async () => {
		const server = new SimulatedServer();
		const { store } = setup(server);
		outside(server, "a");
		await settle();
		outside(server, "b");
		await settle();
		const before = store.getState().ui.heard;
		await store.recount.seek(0);
		outside(server, "c");
		await settle();
		outside(server, "d");
		await settle();
		expect(store.getState().ui.heard).toBe(before);
		store.recount.live();
		expect(store.getState().ui.heard).toBe(before + 2);
		store.recount.live();
		expect(store.getState().ui.heard).toBe(before + 2);
	});
});

test.each([Number.NaN, new Date("x"), "x", -1, 1.5, Number.POSITIVE_INFINITY])(
	"seek(%s) is refused, and changes nothing",
	async (at) => {
		const server = new SimulatedServer();
		const { store, titles } = setup(server);
		outside(server, "a", "b");
		await settle();
		const error: unknown = await store.recount.seek(at).catch((reason: unknown) => reason);
		expect(error).toMatchObject({ name: "RecountError", code: "invalid" });
		expect(String(error)).toContain(`no moment ${at}: give a version`);
		expect(store.recount.status).toMatchObject({ state: "live", version: 2 });
		expect(titles()).toEqual(["a", "b"]);
		const sought = store.recount.seek(1);
		await store.recount.seek(at).catch(() => {});
		expect(await sought).toBe(1);
		expect(store.recount.status).toMatchObject({ state: "past", version: 1 });
	},
);

test("a store lets the page go with its stream", async () => {
	const listeners = new Map<string, unknown>();
	vi.stubGlobal("addEventListener", (type: string, listener: unknown) => listeners.set(type, listener));
	vi.stubGlobal("removeEventListener", (type: string) => listeners.delete(type));
	const server = new SimulatedServer();
	const checkpoints = memoryCheckpoints();
	const save = vi.spyOn(checkpoints, "save");
	const connection = connect("http://127.0.0.1", {
		transport: server.WebSocket,
		outbox: memoryOutbox(),
		checkpoints,
	});
	setup(server, { connection, keep: "v1" });
	outside(server, "a");
	await settle();
	expect([...listeners.keys()]).toContain("pagehide");
	connection.close();
	expect([...listeners.keys()]).toEqual([]);
	expect(save).toHaveBeenCalledTimes(1);
});

test("an action of this store alone goes below what is pending, where the whole state is shared", async () => {
	const server = new SimulatedServer({ latency: () => 100 });
	const connection = connect("http://127.0.0.1", { transport: server.WebSocket, outbox: memoryOutbox() });
	const store = configureStore({
		reducer: cards.reducer,
		enhancers: (defaults) =>
			defaults().concat(recount({ connection, stream: "cards:1", forward: ({ type }) => type === "cards/added" })),
	});
	store.dispatch(added("a"));
	store.dispatch(cleared());
	expect(store.getState().titles).toEqual(["a"]);
	await settle();
	expect(store.getState().titles).toEqual(["a"]);
});

test("a store that was closed says so, and sends nothing more", async () => {
	const server = new SimulatedServer();
	const { store, titles } = setup(server);
	store.dispatch(added("a"));
	await settle();
	store.recount.close();
	expect(store.recount.status.state).toBe("ended");
	store.dispatch(added("b"));
	outside(server, "c");
	await settle();
	expect(titles()).toEqual(["a"]);
	expect(store.getState().ui.errors).toEqual(["the stream has ended"]);
	expect(server.log("cards:1")).toHaveLength(2);
});
