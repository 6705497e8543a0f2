// What others may append to a stream, and call things in it: nothing of it makes a store throw, or say what is not so.

import { connect, memoryOutbox } from "@recount/client";
import { isMarked, recorded, recount } from "@recount/redux";
import { forward, hear, streamChannel } from "@recount/redux/saga";
import { applyMiddleware, compose, legacy_createStore as createStore, type UnknownAction } from "redux";
import createSagaMiddleware from "redux-saga";
import { take, takeEvery } from "redux-saga/effects";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";
import { settle } from "./given.js";

/** What objects have without having been given it. */
const inherited = ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf"];
const payloads: unknown[] = [null, [], [1, null], 0, -1.5, "", "x", true, { toString: 1 }, { get: 1 }, { length: -1 }];
const metas: unknown[] = [
	undefined,
	null,
	"text",
	5,
	[],
	{},
	{ action: null },
	{ action: "text" },
	{ action: [1] },
	{ action: { type: 5, meta: null } },
	{ action: { meta: "text" } },
	{ action: { meta: { remote: "no", event: null, pending: true } } },
];
const reported: unknown[] = [];

beforeEach(() => {
	vi.useFakeTimers();
	reported.length = 0;
	vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

const dial = (server: SimulatedServer) =>
	connect("http://127.0.0.1", { transport: server.WebSocket, outbox: memoryOutbox(), storage: undefined });

/** A store of what it is told, of others or of its own. */
function tell(server: SimulatedServer, stream = "list:1") {
	const reducer = (state: readonly UnknownAction[] = [], action: UnknownAction): readonly UnknownAction[] =>
		isMarked(action) ? [...state, action] : state;
	const saga = createSagaMiddleware();
	const connection = dial(server);
	const enhancer = recount<readonly UnknownAction[]>({ connection, stream, checkpointEvery: 3 });
	const store = createStore(reducer, compose(applyMiddleware(saga), enhancer) as typeof enhancer);
	return { connection, store, saga };
}

describe("what others append", () => {
	test("has any data and any meta, and says no more of itself than the log does", async () => {
		const server = new SimulatedServer();
		const drafts = [
			...payloads.map((data) => ({ type: "said", data })),
			...metas.map((meta) => ({ type: "said", meta }) as { type: string }),
		];
		server.append("list:1", drafts.slice(0, 5), "ada");
		const { store, saga, connection } = tell(server);
		const heard: unknown[] = [];
		saga.run(function* () {
			yield takeEvery("said", ({ payload }: UnknownAction) => heard.push(payload));
		});
		saga.run(() => hear(store.recount));
		const channelled: unknown[] = [];
		saga.run(function* () {
			const channel = streamChannel(connection.stream("list:1"));
			for (;;) {
				const { payload }: UnknownAction = yield take(channel);
				channelled.push(payload);
			}
		});
		await settle();
		for (const draft of drafts.slice(5)) {
			server.append("list:1", [draft], "ada");
			await settle();
		}
		const all = drafts.map((draft) => ("data" in draft ? draft.data : undefined));
		const state = store.getState();
		expect(state.map(({ payload }) => payload)).toEqual(all);
		expect(channelled).toEqual(all);
		expect(heard).toEqual(all.slice(5));
		for (const [index, action] of state.entries()) {
			expect(action).toMatchObject({ type: "said", meta: { remote: true, event: { actor: "ada" } } });
			expect((action.meta as { pending?: unknown }).pending).toBe(undefined);
			expect(recorded(action)?.version).toBe(index + 1);
		}
		for (const version of [0, 4, drafts.length]) {
			expect(await store.recount.seek(version)).toBe(version);
			expect(store.getState()).toHaveLength(version);
		}
		expect(reported).toEqual([]);
	});

	test("is pending nowhere but with who did it", async () => {
		const server = new SimulatedServer();
		const { store } = tell(server);
		await settle();
		store.dispatch({ type: "said", meta: { pending: "mine" } });
		expect(store.getState()).toMatchObject([{ meta: { pending: true } }]);
		const other = tell(server).store;
		await settle();
		for (const one of [store, other]) {
			expect(one.getState()).toMatchObject([{ meta: { pending: undefined } }]);
		}
	});
});

describe("what is dispatched", () => {
	test.each([...payloads.map((payload) => ({ payload })), ...metas.map((meta) => ({ meta }))])(
		"comes back: %j",
		async (rest) => {
			const server = new SimulatedServer();
			const { store } = tell(server);
			store.dispatch({ type: "said", ...rest });
			const { meta: _, ...bare } = rest as { meta?: unknown };
			expect(store.getState()).toMatchObject([{ type: "said", ...bare, meta: { pending: true } }]);
			await settle();
			expect(store.getState()).toMatchObject([{ type: "said", ...bare, meta: { remote: false } }]);
			expect(store.recount.status.pending).toEqual([]);
			expect(reported).toEqual([]);
		},
	);

	test("is no action: redux says so, and nothing is sent", async () => {
		const server = new SimulatedServer();
		const { store } = tell(server);
		for (const nothing of [null, undefined, 5, "said", {}, { type: undefined }]) {
			expect(() => store.dispatch(nothing as unknown as UnknownAction)).toThrow();
		}
		await settle();
		expect(server.log("list:1")).toEqual([]);
	});

	test("without the enhancer is forwarded", async () => {
		const server = new SimulatedServer();
		const saga = createSagaMiddleware();
		const store = createStore((state = 0) => state, applyMiddleware(saga));
		saga.run(() => forward(dial(server).stream("list:1"), ({ type }) => type === "said"));
		for (const payload of payloads) {
			store.dispatch({ type: "said", payload });
		}
		for (const meta of metas) {
			store.dispatch({ type: "said", meta } as UnknownAction);
		}
		await settle();
		expect(server.log("list:1")).toHaveLength(payloads.length + metas.length);
	});
});

describe.each(inherited)("what is called %s", (name) => {
	test("is a type, a stream, an actor and a key like any other", async () => {
		const server = new SimulatedServer({ actor: () => name });
		const stream = `list:${name}`;
		server.append(stream, [{ type: name, data: { [name]: 1 }, id: name, meta: { action: { [name]: 2 } } }], name);
		const { store, saga } = tell(server, stream);
		const heard: unknown[] = [];
		saga.run(function* () {
			yield takeEvery(name, (action: UnknownAction) => heard.push(recorded(action)?.id));
		});
		saga.run(() => hear(store.recount));
		await settle();
		server.append(stream, [{ type: name, id: `${name} again` }], name);
		await settle();
		store.dispatch({ type: name, payload: { [name]: 1 }, [name]: 2 });
		await settle();
		const state = store.getState();
		expect(state.map(({ type }) => type)).toEqual([name, name, name]);
		expect(state.map((action) => recorded(action)?.actor)).toEqual([name, name, name]);
		for (const action of [state[0], state[2]]) {
			expect(Object.entries(action?.payload as object)).toEqual([[name, 1]]);
			expect(Object.entries(action as object)).toContainEqual([name, 2]);
		}
		expect(heard).toEqual([`${name} again`, undefined]);
		expect(store.recount.status).toMatchObject({ version: 3, pending: [] });
		expect(await store.recount.seek(1)).toBe(1);
		expect(store.getState()).toHaveLength(1);
	});
});
