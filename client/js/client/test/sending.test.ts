// Whatever breaks, stops, refuses and comes back: what is appended is recorded once, in its order, or refused once.

import {
	type Connection,
	connect,
	type Entry,
	memoryOutbox,
	type Outbox,
	type Receipt,
	type RecountError,
} from "@recount/client";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

type Step =
	| { kind: "append"; size: number; count: number; within: boolean }
	| { kind: "dispatch" }
	| { kind: "wait"; ms: number }
	| { kind: "cut" | "restart" | "leave" | "pause" | "resume" | "reload" | "late" | "subscribe" | "noise" }
	| { kind: "fault"; code: string; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 12,
		arbitrary: fc.record({
			kind: fc.constant("append"),
			size: fc.constantFrom(1, 1, 1, 40, 400, 2000),
			count: fc.constantFrom(1, 1, 1, 2, 3),
			within: fc.constantFrom(false, false, false, true),
		}),
	},
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant("dispatch") }) },
	{ weight: 6, arbitrary: fc.record({ kind: fc.constant("wait"), ms: fc.nat(400) }) },
	{
		weight: 6,
		arbitrary: fc.record({
			kind: fc.constantFrom("cut", "restart", "leave", "pause", "resume", "reload", "late", "subscribe", "noise"),
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant("fault"),
			code: fc.constantFrom("unavailable", "rate_limited", "internal"),
			ms: fc.nat(600),
		}),
	},
) as fc.Arbitrary<Step>;

/** What came of what was appended. */
interface Told {
	acknowledged: Map<string, { entry: Entry; receipt: Receipt }>;
	refused: Map<string, string>;
}

async function run(steps: readonly Step[], latencies: readonly number[], refusal: number): Promise<void> {
	let turn = 0;
	let fault: string | undefined;
	const ids: string[] = [];
	const bad = (id: string | undefined): boolean => Number(id?.split("-")[0]) % 11 === refusal;
	const server = new SimulatedServer({
		latency: () => latencies[turn++ % latencies.length] ?? 1,
		fault: (event) => (event === "$append" ? fault : event === "$dispatch" ? "rejected" : undefined),
		refuse: ({ id }) => (bad(id) ? "not this one" : undefined),
		longest: 1500,
	});
	const told: Told = { acknowledged: new Map(), refused: new Map() };
	const outbox: Outbox = memoryOutbox();
	let late: ((entries: Entry[]) => void) | undefined;
	let connection!: Connection;
	const seen: number[][] = [];
	const open = (): void => {
		connection = connect("http://127.0.0.1", {
			transport: server.WebSocket,
			storage: undefined,
			outbox: {
				...outbox,
				claim: (taken) => {
					late = taken;
					return outbox.claim(taken);
				},
			},
		});
		const stream = connection.stream("list:1");
		stream.onAcknowledged((entry, reply) => {
			expect(told.acknowledged.has(entry.id) || told.refused.has(entry.id)).toBe(false);
			told.acknowledged.set(entry.id, { entry, receipt: reply as Receipt });
		});
		stream.onRejected((entry, error) => {
			expect(told.acknowledged.has(entry.id) || told.refused.has(entry.id)).toBe(false);
			told.refused.set(entry.id, error.code);
		});
		follow();
	};
	const follow = (): void => {
		const versions: number[] = [];
		seen.push(versions);
		connection.stream("list:1").subscribe(({ version }) => versions.push(version));
	};
	open();
	let n = 0;
	const promised = new Map<string, Promise<Receipt>>();
	const perform: { [Kind in Step["kind"]]: (step: Extract<Step, { kind: Kind }>) => unknown } = {
		append: ({ size, count, within }) => {
			const own = Array.from({ length: count }, () => `${n++}-x`);
			ids.push(...own);
			const drafts = own.map((id) => ({ type: "x", id, data: "x".repeat(size) }));
			const receipt = connection.stream("list:1").appendAll(drafts, within ? { within: "1m" } : {});
			receipt.catch(() => {});
			promised.set(own[0] as string, receipt);
		},
		dispatch: () =>
			void connection
				.stream("list:1")
				.dispatch("x", 1)
				.catch(() => {}),
		wait: ({ ms }) => vi.advanceTimersByTimeAsync(ms),
		cut: () => server.cut(),
		restart: async () => {
			server.kill();
			await vi.advanceTimersByTimeAsync(200);
			server.start();
		},
		leave: () => connection.stream("list:1").leave(),
		pause: () =>
			void connection
				.stream("list:1")
				.pause()
				.catch(() => {}),
		resume: () =>
			void connection
				.stream("list:1")
				.resume()
				.catch(() => {}),
		reload: () => {
			connection.close();
			open();
		},
		// Another tab has gone, which the server had answered or not.
		late: () => {
			const id = `${n++}-late`;
			const drafts = [{ type: "x", id, data: 0 }];
			if (n % 2 === 0 && !bad(id)) {
				server.append("list:1", drafts);
			}
			const entry: Entry = { id, stream: "list:1", event: "$append", payload: { events: drafts } };
			void outbox.add(entry);
			late?.([entry]);
		},
		subscribe: follow,
		noise: () => server.append("list:1", [{ type: "noise" }]),
		fault: async ({ code, ms }) => {
			fault = code;
			await vi.advanceTimersByTimeAsync(ms);
			fault = undefined;
		},
	};
	for (const one of steps) {
		await perform[one.kind](one as never);
	}
	const stream = connection.stream("list:1");
	stream.resume().catch(() => {});
	await vi.advanceTimersByTimeAsync(120_000);
	expect(stream.pending).toEqual([]);
	const left: Entry[] = [];
	await outbox.claim((entries) => left.push(...entries));
	expect(left).toEqual([]);
	const log = server.log("list:1");
	const version = new Map(log.map((event) => [event.id, event.version]));
	expect(version.size).toBe(log.length);
	expect(log.map(({ id }) => id).filter((id) => id.endsWith("-x"))).toEqual(ids.filter((id) => version.has(id)));
	for (const id of ids) {
		const by = [...told.acknowledged.values()].find(({ receipt }) => receipt.ids.includes(id));
		if (version.has(id)) {
			expect(by, id).toBeDefined();
		} else {
			expect(by, id).toBeUndefined();
		}
	}
	for (const { entry, receipt } of told.acknowledged.values()) {
		if (entry.event === "$append") {
			const drafts = entry.payload.events as { id: string }[];
			expect(receipt.ids).toEqual(drafts.map(({ id }) => id));
		}
	}
	for (const [id, code] of told.refused) {
		expect(["rejected", "too_large", "internal"]).toContain(code);
		expect(version.has(id)).toBe(false);
	}
	for (const [id, receipt] of promised) {
		const end = await receipt.then(
			(own) => {
				expect(own.version, id).toBe(version.get(own.ids.at(-1) ?? ""));
				return "ok";
			},
			(error: RecountError) => error.code,
		);
		// What was closed meanwhile is sent by the next connection.
		expect(end === "unavailable" || (end === "ok") === version.has(id), `${id}: ${end}`).toBe(true);
	}
	for (const versions of seen) {
		expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
	}
	connection.close();
}

test("what is appended is recorded once, in order, or refused once", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(step, { maxLength: 60, size: "max" }),
			fc.array(fc.nat(300), { minLength: 1, maxLength: 20 }),
			fc.nat(20),
			run,
		),
		{ numRuns: Number(process.env.RECOUNT_RUNS ?? 40) },
	);
});
