import { connect, memoryCheckpoints, memoryOutbox } from "@recount/client";
import { type RecountAction, type Rejected, recount, rejectedType as rejected, type Told } from "@recount/redux";
import { forward, hear, recountChannel, streamChannel } from "@recount/redux/saga";
import { configureStore } from "@reduxjs/toolkit";
import createSagaMiddleware from "redux-saga";
import { take, takeEvery } from "redux-saga/effects";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";
import { added, type Cards, cards, cleared, outside, settle, setup, ui } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

describe("an action", () => {
	test("applies at once, is appended unmodified, and is confirmed", async () => {
		const server = new SimulatedServer();
		const { store, titles } = setup(server);
		const action = { type: "cards/added", payload: "a", meta: { mine: 1 }, extra: null };
		expect(store.dispatch(action)).toBe(action);
		expect(titles()).toEqual(["a"]);
		expect(store.recount.confirmed().titles).toEqual([]);
		expect(store.recount.status.pending).toMatchObject([{ meta: { remote: false, pending: true, mine: 1 } }]);
		await settle();
		expect(server.log("cards:1")).toMatchObject([
			{ type: "cards/added", data: "a", meta: { action: { meta: { mine: 1 }, extra: null } } },
		]);
		expect(store.recount.confirmed().titles).toEqual(["a"]);
		expect(store.recount.status).toMatchObject({ state: "live", connected: true, version: 1, pending: [] });
		// The server's word about who did it holds.
		expect(store.getState().cards.by).toEqual(["caller-1"]);
		expect(store.getState().ui.heard).toBe(1);
	});

	test("of others carries who did it, and pending ones go on top", async () => {
		const server = new SimulatedServer({ latency: () => 100 });
		const { store, titles } = setup(server);
		const incoming: Told[] = [];
		store.recount.onAction((action) => incoming.push(action));
		await settle();
		outside(server, "theirs");
		store.dispatch(added("mine"));
		expect(titles()).toEqual(["mine"]);
		await vi.advanceTimersByTimeAsync(101);
		expect(titles()).toEqual(["theirs", "mine"]);
		await settle();
		expect(store.getState().cards).toEqual({ titles: ["theirs", "mine"], by: ["ada", "caller-1"] });
		expect(incoming).toMatchObject([
			{ type: "cards/added", payload: "theirs", meta: { remote: true, event: { version: 1, actor: "ada" } } },
		]);
		// The rest of the store saw each once.
		expect(store.getState().ui.heard).toBe(2);
	});

	test("that is refused is rolled back, and the error dispatched", async () => {
		const server = new SimulatedServer({ refuse: ({ data }) => (data === "bad" ? "too bad" : undefined) });
		const { store, titles } = setup(server);
		store.dispatch(added("a"));
		store.dispatch(added("bad"));
		store.dispatch(added("b"));
		expect(titles()).toEqual(["a", "bad", "b"]);
		await settle();
		expect(titles()).toEqual(["a", "b"]);
		expect(store.getState().ui.errors).toEqual(["too bad"]);
		expect(store.recount.status.pending).toEqual([]);
	});

	test("that is not forwarded stays here, and cannot change the shared slice", async () => {
		const server = new SimulatedServer();
		const { store, titles } = setup(server, { forward: ({ type }) => type === "cards/added" });
		store.dispatch(added("a"));
		store.dispatch(ui.actions.opened());
		store.dispatch(cleared());
		expect(store.getState().ui.open).toBe(true);
		expect(titles()).toEqual(["a"]);
		await settle();
		expect(server.log("cards:1")).toHaveLength(1);
	});

	test("without a slice shares the whole state, and thunks work", async () => {
		const server = new SimulatedServer();
		const connection = connect("http://127.0.0.1", { transport: server.WebSocket, outbox: memoryOutbox() });
		const store = configureStore({
			reducer: cards.reducer,
			enhancers: (defaults) => defaults().concat(recount({ connection, stream: "cards:1" })),
		});
		store.dispatch((dispatch) => dispatch(added("a")));
		await settle();
		outside(server, "b");
		await settle();
		expect(store.getState().titles).toEqual(["a", "b"]);
	});
});

describe("a reload", () => {
	test("keeps what is pending on top, and begins at the checkpoint", async () => {
		const server = new SimulatedServer();
		outside(server, ...Array.from({ length: 25 }, (_, n) => `${n}`));
		const checkpoints = memoryCheckpoints();
		const outbox = memoryOutbox();
		const open = () => {
			const connection = connect("http://127.0.0.1", { transport: server.WebSocket, outbox, checkpoints });
			return setup(server, { connection, keep: "v1", checkpointEvery: 10 });
		};
		const before = open();
		await settle();
		server.kill();
		before.store.dispatch(added("offline"));
		before.connection.close();
		const saved = await checkpoints.load("cards:1 v1");
		expect(saved).toMatchObject({ upto: 25, epoch: "epoch-1" });
		const after = open();
		await vi.advanceTimersByTimeAsync(1);
		expect(after.titles()).toHaveLength(26);
		expect(after.titles().at(-1)).toBe("offline");
		server.start();
		await vi.advanceTimersByTimeAsync(30_000);
		expect(
			server
				.log("cards:1")
				.map(({ data }) => data)
				.at(-1),
		).toBe("offline");
		expect(after.store.recount.status).toMatchObject({ state: "live", head: 26, pending: [] });
		// What lies before the checkpoint is read when it is asked for.
		const sought = after.store.recount.seek(3);
		await settle();
		expect(await sought).toBe(3);
		expect(after.titles()).toEqual(["0", "1", "2"]);
		const all = after.store.recount.history();
		await settle();
		expect(await all).toHaveLength(26);
	});

	test("of another log forgets the state", async () => {
		const server = new SimulatedServer();
		outside(server, "a", "b");
		const { store, titles } = setup(server);
		await settle();
		server.replace();
		outside(server, "c");
		await vi.advanceTimersByTimeAsync(30_000);
		expect(titles()).toEqual(["c"]);
		expect(store.recount.status).toMatchObject({ state: "live", head: 1 });
	});
});

describe("seek", () => {
	test("shows what stood there, at each version and time", async () => {
		const server = new SimulatedServer();
		const { store, titles } = setup(server, { checkpointEvery: 3 });
		await settle();
		const times: string[] = [];
		for (let n = 1; n <= 10; n++) {
			outside(server, `${n}`);
			times.push(new Date().toISOString());
			await vi.advanceTimersByTimeAsync(1000);
		}
		for (const version of [10, 1, 5, 6, 7, 0, 3, 9]) {
			expect(await store.recount.seek(version)).toBe(version);
			expect(titles()).toHaveLength(version);
		}
		expect(await store.recount.seek(times[3] ?? "")).toBe(4);
		expect(titles()).toEqual(["1", "2", "3", "4"]);
		expect(await store.recount.seek(new Date(0))).toBe(0);
		expect(await store.recount.seek(99)).toBe(10);
	});

	test("stays in the past while others go on, and refuses to change it", async () => {
		const server = new SimulatedServer();
		const { store, titles } = setup(server);
		outside(server, "a", "b");
		await settle();
		await store.recount.seek(1);
		outside(server, "c");
		await settle();
		expect(titles()).toEqual(["a"]);
		expect(store.recount.status).toMatchObject({ state: "past", version: 1, head: 3 });
		store.dispatch(added("d"));
		expect(titles()).toEqual(["a"]);
		expect(store.getState().ui.errors).toEqual(["this is the past: call live() first"]);
		store.dispatch(ui.actions.opened());
		expect(store.getState().ui.open).toBe(true);
		store.recount.live();
		expect(titles()).toEqual(["a", "b", "c"]);
		expect(store.recount.status).toMatchObject({ state: "live", version: 3 });
		await settle();
		expect(server.log("cards:1")).toHaveLength(3);
	});

	test("goes back to what is pending", async () => {
		const server = new SimulatedServer({ latency: () => 500 });
		const { store, titles } = setup(server);
		outside(server, "a");
		await settle();
		store.dispatch(added("mine"));
		await store.recount.seek(0);
		expect(titles()).toEqual([]);
		store.recount.live();
		expect(titles()).toEqual(["a", "mine"]);
	});
});

describe("sagas", () => {
	test("hear of what others did, and of rejections, and change nothing by it", async () => {
		const server = new SimulatedServer({ refuse: ({ data }) => (data === "bad" ? "too bad" : undefined) });
		const connection = connect("http://127.0.0.1", { transport: server.WebSocket, outbox: memoryOutbox() });
		const saga = createSagaMiddleware();
		const store = configureStore({
			reducer: cards.reducer,
			middleware: (defaults) => defaults().concat(saga),
			enhancers: (defaults) => defaults().concat(recount<Cards>({ connection, stream: "cards:1" })),
		});
		const seen: unknown[] = [];
		saga.run(function* () {
			yield takeEvery(["cards/added", rejected], ({ type, payload, meta }: RecountAction) => {
				seen.push([type, type === rejected ? "" : payload, meta?.remote]);
			});
		});
		saga.run(() => hear(store.recount));
		await settle();
		outside(server, "theirs");
		await settle();
		store.dispatch(added("bad"));
		await settle();
		expect(seen).toEqual([
			["cards/added", "theirs", true],
			["cards/added", "bad", undefined],
			[rejected, "", undefined],
		]);
		expect(store.getState().titles).toEqual(["theirs"]);
		const channel = recountChannel(store.recount);
		const taken: unknown[] = [];
		channel.take((action) => taken.push((action as RecountAction).payload));
		outside(server, "again");
		await settle();
		expect(taken).toEqual(["again"]);
	});

	test("without the enhancer, take a stream's events and forward actions", async () => {
		const server = new SimulatedServer({ refuse: ({ data }) => (data === "bad" ? "too bad" : undefined) });
		const stream = connect("http://127.0.0.1", { transport: server.WebSocket, outbox: memoryOutbox() }).stream(
			"cards:1",
		);
		const saga = createSagaMiddleware();
		const store = configureStore({ reducer: cards.reducer, middleware: (defaults) => defaults().concat(saga) });
		const errors: string[] = [];
		saga.run(() => forward(stream, ({ type }) => type === "cards/added"));
		saga.run(function* () {
			yield takeEvery(rejected, (action) => errors.push((action as unknown as Rejected).payload.error.message));
			const channel = streamChannel(stream);
			for (;;) {
				const action: RecountAction = yield take(channel);
				store.dispatch({ ...action, type: `seen/${action.type}` });
			}
		});
		store.dispatch(added("a"));
		store.dispatch(added("bad"));
		await settle();
		expect(server.log("cards:1").map(({ data }) => data)).toEqual(["a"]);
		expect(errors).toEqual(["too bad"]);
	});

	test("slower than the stream miss nothing, and end with it", async () => {
		const server = new SimulatedServer();
		outside(server, "a", "b", "c", "d");
		const connection = connect("http://127.0.0.1", { transport: server.WebSocket, outbox: memoryOutbox() });
		const saga = createSagaMiddleware();
		configureStore({ reducer: cards.reducer, middleware: (defaults) => defaults().concat(saga) });
		const taken: unknown[] = [];
		const task = saga.run(function* () {
			const channel = streamChannel(connection.stream("cards:1"));
			for (;;) {
				const { payload }: RecountAction = yield take(channel);
				yield new Promise<void>((resolve) => setTimeout(resolve, 10));
				taken.push(payload);
			}
		});
		await settle();
		expect(taken).toEqual(["a", "b", "c", "d"]);
		connection.close();
		await settle();
		expect(task.isRunning()).toBe(false);
	});
});
