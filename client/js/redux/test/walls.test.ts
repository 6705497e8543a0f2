// What reaches a store, and what leaves it: no more than the application means to.

import { connect, memoryOutbox } from "@recount/client";
import { isMarked, type RecountOptions, recount, resetType, type Told } from "@recount/redux";
import { forward, hear, streamChannel } from "@recount/redux/saga";
import {
	configureStore,
	createAsyncThunk,
	createListenerMiddleware,
	createSlice,
	type UnknownAction,
} from "@reduxjs/toolkit";
import { combineReducers, compose, legacy_createStore as createStore } from "redux";
import createSagaMiddleware from "redux-saga";
import { take } from "redux-saga/effects";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";
import { added, type Cards, cards, outside, settle, setup, ui } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

const dial = (server: SimulatedServer) =>
	connect("http://127.0.0.1", { transport: server.WebSocket, outbox: memoryOutbox() });

/** A store whose every reducer, and whose sagas, note what they see. Its "notes" are shared, as "seen" is not. */
function noted(server: SimulatedServer, more: Partial<RecountOptions> = {}) {
	const note = (all: readonly string[] = [], { type }: UnknownAction): readonly string[] =>
		type.startsWith("@@redux/") || type === "@@recount/shown" ? all : [...all, type];
	const saga = createSagaMiddleware();
	const store = configureStore({
		reducer: combineReducers({ notes: note, seen: note }),
		middleware: (defaults) => defaults({ serializableCheck: false, immutableCheck: false }).concat(saga),
		enhancers: (defaults) =>
			defaults({ autoBatch: false }).concat(
				recount<readonly string[]>({ connection: dial(server), stream: "notes:1", slice: "notes", ...more }),
			),
	});
	const told: string[] = [];
	store.recount.onAction((action: Told) => told.push(action.type));
	const put: string[] = [];
	saga.run(function* () {
		for (;;) {
			const action: UnknownAction = yield take("*");
			if (isMarked(action)) {
				put.push(action.type);
			}
		}
	});
	saga.run(() => hear(store.recount));
	return { store, told, put, notes: () => store.getState().notes, seen: () => store.getState().seen };
}

const say = (server: SimulatedServer, ...types: string[]): unknown =>
	server.append(
		"notes:1",
		types.map((type) => ({ type, data: { shared: ["stolen"], actions: [] } })),
		"eve",
	);

const internal = [
	"@@recount/shown",
	"@@recount/rejected",
	"@@recount/reset",
	"@@redux-saga/CHANNEL_END",
	"@@redux/INIT",
];

describe("an event whose type is one of Redux and its middleware", () => {
	test.each(internal)("%s changes nothing, and the versions go on", async (type) => {
		const server = new SimulatedServer();
		const { store, told, put, notes, seen } = noted(server);
		await settle();
		say(server, type);
		await settle();
		say(server, type, "notes/a", type);
		await settle();
		expect(notes()).toEqual(["notes/a"]);
		expect(seen()).toEqual(["notes/a"]);
		expect(told).toEqual(["notes/a"]);
		expect(put).toEqual(["notes/a"]);
		expect(store.recount.status).toMatchObject({ state: "live", version: 4, head: 4 });
		expect((await store.recount.history()).map(({ version }) => version)).toEqual([3]);
		expect(noted(server).notes()).toEqual([]);
	});

	test("changes nothing of a whole state either, nor of one that comes later", async () => {
		const server = new SimulatedServer();
		const open = () =>
			createStore(
				(all: readonly string[] = [], { type }: UnknownAction) => (type.startsWith("@@redux/") ? all : [...all, type]),
				recount<readonly string[]>({ connection: dial(server), stream: "notes:1" }),
			);
		const before = open();
		await settle();
		say(server, "@@recount/shown");
		say(server, "a");
		await settle();
		const after = open();
		await settle();
		for (const store of [before, after]) {
			expect(store.recount.confirmed()).toEqual(["a"]);
			expect(store.getState()).toEqual(["a"]);
		}
	});

	test("does not end a saga's channel", async () => {
		const server = new SimulatedServer();
		const taken: string[] = [];
		const channel = streamChannel(dial(server).stream("notes:1"), { matches: ({ type }) => type !== "b" });
		channel.take(function again(action) {
			taken.push((action as UnknownAction).type);
			channel.take(again);
		});
		say(server, "a", "@@redux-saga/CHANNEL_END", "b", "c");
		await settle();
		expect(taken).toEqual(["a", "c"]);
	});

	test("is not shown when it waits in the outbox", async () => {
		const server = new SimulatedServer();
		const { store, notes } = noted(server);
		store.recount.stream.append("@@recount/shown", { shared: ["stolen"], actions: [] });
		expect(notes()).toEqual([]);
		expect(store.recount.status.pending).toEqual([]);
		await settle();
		expect(notes()).toEqual([]);
	});
});

describe("an event that the store would not have sent", () => {
	test("changes the shared slice alone", async () => {
		const server = new SimulatedServer();
		const { told, put, notes, seen } = noted(server);
		await settle();
		say(server, "drafts/heard");
		await settle();
		say(server, "drafts/heard", "notes/a", "drafts/heard");
		await settle();
		expect(notes()).toEqual(["drafts/heard", "drafts/heard", "notes/a", "drafts/heard"]);
		expect([seen(), told, put]).toEqual([["notes/a"], ["notes/a"], ["notes/a"]]);
	});

	test("changes the shared slice alone, when forward throws at it", async () => {
		const reported: unknown[] = [];
		vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
		const server = new SimulatedServer();
		const { told, notes, seen } = noted(server, {
			forward: ({ payload }) => (payload as { card: { id: string } }).card.id !== "",
		});
		await settle();
		say(server, "a");
		await settle();
		server.append("notes:1", [{ type: "b", data: { card: { id: "1" } } }]);
		await settle();
		vi.unstubAllGlobals();
		expect([notes(), seen(), told]).toEqual([["a", "b"], ["b"], ["b"]]);
		expect(reported).toHaveLength(1);
	});
});

describe("without forward", () => {
	const login = createAsyncThunk("cards/login", async (_: { password: string }) => "token");
	const ask = (type: string): UnknownAction => ({ type, meta: { requestId: "1", arg: "secret" } });

	test("a slice sends what is its own, and no secret of a thunk or of RTK Query", async () => {
		const server = new SimulatedServer();
		const { store } = setup(server, { forward: undefined });
		store.dispatch(added("a"));
		store.dispatch(ui.actions.opened());
		store.dispatch({ type: "cardsharp/added" });
		store.dispatch(ask("cards/executeQuery/fulfilled"));
		await store.dispatch(login({ password: "secret" }));
		await settle();
		expect(store.getState().ui.open).toBe(true);
		expect(server.log("cards:1").map(({ type }) => type)).toEqual(["cards/added"]);
	});

	test("a whole state is sent, and no secret of a thunk", async () => {
		const server = new SimulatedServer();
		const store = configureStore({
			reducer: cards.reducer,
			enhancers: (defaults) => defaults().concat(recount({ connection: dial(server), stream: "cards:1" })),
		});
		store.dispatch(ui.actions.opened());
		await store.dispatch(login({ password: "secret" }));
		await settle();
		expect(server.log("cards:1").map(({ type }) => type)).toEqual(["ui/opened"]);
	});

	test("sagas send no secret of a thunk", async () => {
		const server = new SimulatedServer();
		const saga = createSagaMiddleware();
		const store = configureStore({
			reducer: cards.reducer,
			middleware: (defaults) => defaults().concat(saga),
		});
		saga.run(() => forward(dial(server).stream("cards:1")));
		store.dispatch(added("a"));
		await store.dispatch(login({ password: "secret" }));
		await settle();
		expect(server.log("cards:1").map(({ type }) => type)).toEqual(["cards/added"]);
	});
});

describe("a store", () => {
	test("has one stream", () => {
		const connection = dial(new SimulatedServer());
		const of = (stream: string) => recount<Cards>({ connection, stream });
		const both = compose(of("cards:1"), of("cards:2")) as ReturnType<typeof of>;
		expect(() => createStore(cards.reducer, both)).toThrow(
			expect.objectContaining({ code: "invalid", message: expect.stringContaining("one store, one stream") }),
		);
	});

	test("has the slice that is shared", () => {
		expect(() => setup(new SimulatedServer(), { slice: "card" })).toThrow(
			expect.objectContaining({ code: "invalid", message: 'slice "card" is no key of the state' }),
		);
	});

	test("takes undefined for what is not said", async () => {
		const server = new SimulatedServer();
		const nothing = { forward: undefined, checkpointEvery: undefined, keep: undefined, actor: undefined };
		const { store, titles } = setup(server, nothing);
		store.dispatch(added("a"));
		await settle();
		outside(server, "b", "c");
		await settle();
		expect(titles()).toEqual(["a", "b", "c"]);
		expect(await store.recount.seek(2)).toBe(2);
		expect(titles()).toEqual(["a", "b"]);
	});

	test("tells that another log took the place of the one that was shown", async () => {
		const server = new SimulatedServer();
		const { store, told, seen } = noted(server);
		say(server, "notes/a");
		await settle();
		server.replace();
		await vi.advanceTimersByTimeAsync(30_000);
		expect(store.getState().notes).toEqual([]);
		expect(told).toEqual([resetType]);
		expect(seen()).toEqual([resetType]);
	});

	test("tells listeners of RTK what others did, and reduces it once", async () => {
		const server = new SimulatedServer();
		const listening = createListenerMiddleware();
		const heard: unknown[] = [];
		listening.startListening({ actionCreator: added, effect: ({ payload }) => void heard.push(payload) });
		const store = configureStore({
			reducer: { cards: cards.reducer },
			middleware: (defaults) => defaults().prepend(listening.middleware),
			enhancers: (defaults) =>
				defaults().concat(recount<Cards>({ connection: dial(server), stream: "cards:1", slice: "cards" })),
		});
		store.recount.onAction((action) => store.dispatch(action));
		outside(server, "before");
		await settle();
		outside(server, "theirs");
		await settle();
		store.dispatch(added("mine"));
		await settle();
		expect(heard).toEqual(["theirs", "mine"]);
		expect(store.getState().cards.titles).toEqual(["before", "theirs", "mine"]);
	});

	test("tells its reducers once of what was refused, also while sagas hear of it", async () => {
		const server = new SimulatedServer({ refuse: () => "no" });
		const { store, told, seen } = noted(server);
		store.dispatch({ type: "notes/a" });
		await settle();
		expect(told).toEqual(["@@recount/rejected"]);
		expect(seen()).toEqual(["notes/a", "@@recount/rejected"]);
	});
});

test("what JSON changes is shown as it will come back", async () => {
	const server = new SimulatedServer();
	const values = createSlice({
		name: "values",
		initialState: { all: [] as unknown[] },
		reducers: {
			kept: (state, { payload }) => {
				state.all.push(payload);
			},
		},
	});
	const open = () =>
		configureStore({
			reducer: { values: values.reducer },
			middleware: (defaults) => defaults({ serializableCheck: false, immutableCheck: false }),
			enhancers: (defaults) =>
				defaults().concat(recount({ connection: dial(server), stream: "values:1", slice: "values" })),
		});
	const store = open();
	class Point {
		readonly x = 1;
		readonly away = (): number => this.x;
	}
	const given = [
		new Map([["a", 1]]),
		new Set([1]),
		Number.NaN,
		new Date(0),
		new Point(),
		{ run: () => 1, none: undefined },
		[() => 1],
	];
	for (const payload of [...given, () => 1]) {
		store.dispatch(values.actions.kept(payload));
	}
	const shown = store.getState().values.all;
	expect(shown).toEqual([{}, {}, null, "1970-01-01T00:00:00.000Z", { x: 1 }, {}, [null], undefined]);
	await settle();
	const other = open();
	await settle();
	expect(store.getState().values.all).toEqual(shown);
	expect(other.getState().values.all).toEqual(shown);
	expect(() => store.dispatch(values.actions.kept(1n))).toThrow(expect.objectContaining({ code: "invalid" }));
	expect(store.recount.status.pending).toEqual([]);
});
