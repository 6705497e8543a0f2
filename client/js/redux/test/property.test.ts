import {
	type Checkpoints,
	type Connection,
	connect,
	memoryCheckpoints,
	memoryOutbox,
	type Outbox,
	type RecordedEvent,
} from "@recount/client";
import { type Recount, recount } from "@recount/redux";
import fc from "fast-check";
import {
	combineReducers,
	legacy_createStore as createStore,
	type Reducer,
	type Store,
	type UnknownAction,
} from "redux";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";

/** A list on which the order of all actions shows: that two of them were swapped, or one came twice, changes it. */
type List = readonly string[];

interface Edit {
	type: string;
	payload: { op: number; value: number };
}

function edit(list: List, { type, payload }: Partial<Edit>): List {
	if (type !== "edit" || !payload) {
		return list;
	}
	const at = payload.value % (list.length + 1);
	switch (payload.op % 4) {
		case 0:
			return [...list.slice(0, at), `v${payload.value}`, ...list.slice(at)];
		case 1:
			return [...list.slice(0, at), ...list.slice(at + 1)];
		case 2:
			return [...list].reverse();
		default:
			return list.map((item, index) => (index === at ? `${item}+${payload.value}` : item));
	}
}

const list: Reducer<List> = (state = [], action) => edit(state, action as Partial<Edit>);
const foldLog = (log: readonly RecordedEvent[]): List =>
	log.reduce<List>((state, { type, data }) => edit(state, { type, payload: data as Edit["payload"] }), []);

type Step =
	| { kind: "act"; client: number; op: number; value: number }
	| { kind: "wait"; ms: number }
	| { kind: "cut"; mask: number }
	| { kind: "restart"; ms: number }
	| { kind: "reload"; client: number }
	| { kind: "seek"; client: number; part: number }
	| { kind: "pause" | "resume" | "refold"; client: number }
	| { kind: "fault"; code: string; ms: number };

const clients = 5;
const client = fc.nat(clients - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 12, arbitrary: fc.record({ kind: fc.constant("act"), client, op: fc.nat(3), value: fc.nat(99) }) },
	{ weight: 6, arbitrary: fc.record({ kind: fc.constant("wait"), ms: fc.nat(400) }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant("cut"), mask: fc.nat(31) }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant("restart"), ms: fc.nat(3000) }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant("reload"), client }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant("seek"), client, part: fc.nat(100) }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("pause", "resume", "refold"), client }) },
	{
		weight: 1,
		arbitrary: fc.record({
			kind: fc.constant("fault"),
			code: fc.constantFrom("unavailable", "rate_limited"),
			ms: fc.nat(600),
		}),
	},
) as fc.Arbitrary<Step>;

/** One person: a store that is checked after each change. */
class Person {
	store!: Store<{ list: List }> & { recount: Recount<List> };
	#connection!: Connection;
	readonly #server: SimulatedServer;
	readonly #outbox: Outbox = memoryOutbox();
	readonly #checkpoints: Checkpoints = memoryCheckpoints();
	#unsubscribe: () => void = () => {};

	constructor(server: SimulatedServer) {
		this.#server = server;
		this.open();
	}

	open(): void {
		this.#connection = connect("http://127.0.0.1", {
			transport: this.#server.WebSocket,
			outbox: this.#outbox,
			checkpoints: this.#checkpoints,
			storage: undefined,
		});
		const enhancer = recount<List>({
			connection: this.#connection,
			stream: "list:1",
			slice: "list",
			forward: ({ type }) => type === "edit",
			checkpointEvery: 7,
			keep: "v1",
		});
		this.store = createStore(combineReducers({ list }), enhancer) as unknown as typeof this.store;
		this.#unsubscribe = this.store.subscribe(() => this.check());
	}

	/** What is shown is what was confirmed, with what is pending on top; what was confirmed is a beginning of the log. */
	check(): void {
		const { recount, getState } = this.store;
		const { state, head } = recount.status;
		const confirmed = recount.confirmed();
		const optimistic = this.pending.reduce<List>((shown, action) => edit(shown, action as Partial<Edit>), confirmed);
		if (state !== "past") {
			expect(getState().list).toEqual(optimistic);
		}
		expect(head).toBeLessThanOrEqual(this.#server.log("list:1").length);
	}

	get pending(): readonly UnknownAction[] {
		return this.store.recount.status.pending;
	}

	reload(): void {
		this.#unsubscribe();
		this.store.recount.close();
		this.#connection.close();
		this.open();
	}

	close(): void {
		this.#connection.close();
	}
}

async function run(steps: readonly Step[], latencies: readonly number[], refused: number): Promise<void> {
	let turn = 0;
	let fault: string | undefined;
	const server = new SimulatedServer({
		fault: (event) => (event === "$append" ? fault : undefined),
		latency: () => latencies[turn++ % latencies.length] ?? 1,
		refuse: ({ data }) => ((data as Edit["payload"]).value === refused ? "not this one" : undefined),
		page: 5,
	});
	const people = Array.from({ length: clients }, () => new Person(server));
	const perform: { [Kind in Step["kind"]]: (step: Extract<Step, { kind: Kind }>) => unknown } = {
		act: ({ client, op, value }) => people[client]?.store.dispatch({ type: "edit", payload: { op, value } }),
		wait: ({ ms }) => vi.advanceTimersByTimeAsync(ms),
		cut: ({ mask }) => {
			let bits = mask;
			server.cut(() => {
				bits = Math.floor(bits / 2);
				return bits % 2 === 0;
			});
		},
		restart: async ({ ms }) => {
			server.kill();
			await vi.advanceTimersByTimeAsync(ms);
			server.start();
		},
		reload: ({ client }) => people[client]?.reload(),
		seek: async ({ client, part }) => {
			const { recount, getState } = people[client]?.store ?? (people[0] as Person).store;
			const version = await seekPart(recount, part);
			if (version !== undefined) {
				const log = server.log("list:1").filter((event) => event.version <= version);
				expect(getState().list).toEqual(foldLog(log));
			}
			recount.live();
			people[client]?.check();
		},
		pause: ({ client }) => void people[client]?.store.recount.stream.pause().catch(() => {}),
		resume: ({ client }) => void people[client]?.store.recount.stream.resume().catch(() => {}),
		refold: ({ client }) => people[client]?.store.replaceReducer(combineReducers({ list })),
		fault: async ({ code, ms }) => {
			fault = code;
			await vi.advanceTimersByTimeAsync(ms);
			fault = undefined;
		},
	};
	for (const one of steps) {
		await perform[one.kind](one as never);
		for (const person of people) {
			person.check();
		}
	}
	for (const { store } of people) {
		store.recount.stream.resume().catch(() => {});
	}
	// Long enough for every wait before a reconnect and every answer.
	await vi.advanceTimersByTimeAsync(120_000);
	const log = server.log("list:1");
	const ids = log.map(({ id }) => id);
	expect(new Set(ids).size).toBe(ids.length);
	const acted = steps.filter((one) => one.kind === "act" && one.value !== refused);
	expect(ids).toHaveLength(acted.length);
	for (const { store } of people) {
		expect(store.recount.status).toMatchObject({ pending: [], state: "live", head: log.length });
		expect(store.getState().list).toEqual(foldLog(log));
	}
	for (const person of people) {
		person.close();
	}
}

/** Seeks to a part in a hundred of what is known. Undefined where that must be read without a connection, or all is yet to come. */
async function seekPart(recount: Recount<List>, part: number): Promise<number | undefined> {
	// Before a kept state is loaded there is no moment to seek.
	await vi.advanceTimersByTimeAsync(0);
	const { head, connected, state } = recount.status;
	const found = recount.seek(Math.floor((head * part) / 100)).catch((error: unknown) => {
		expect(error).toMatchObject({ code: "unavailable" });
		expect(connected && state !== "loading").toBe(false);
		return undefined;
	});
	let done = false;
	found.finally(() => {
		done = true;
	});
	// What lies before a checkpoint is read first.
	for (let tries = 0; !done && tries < 1000; tries++) {
		await vi.advanceTimersByTimeAsync(tries && 100);
	}
	return found;
}

describe("five people with random actions, delays, cuts, restarts and reloads", () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});
	afterEach(() => {
		vi.useRealTimers();
	});

	test("end with the fold of the log, and see confirmed plus pending at all times", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(step, { maxLength: 60, size: "max" }),
				fc.array(fc.nat(300), { minLength: 1, maxLength: 20 }),
				fc.nat(99),
				run,
			),
			{ numRuns: Number(process.env.RECOUNT_RUNS ?? 40) },
		);
	});
});
