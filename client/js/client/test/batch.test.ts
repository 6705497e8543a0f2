// Appends that wait go together, and each gets its own answer.

import { type Entry, memoryOutbox, type Outbox, RecountError } from "@recount/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { until } from "../../../../e2e/support/until.js";
import { test as testWithServer } from "../../support/fixture.js";
import type { SimulatedOptions } from "../../support/simulated.js";
import { type Opened, open, outcome, settle } from "./given.js";

type Draft = { id: string; data: number };

describe("a server in memory", () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});
	afterEach(() => {
		vi.useRealTimers();
	});

	/** A stream whose server is away, and of each `$append` the data of its events. */
	function away(options: SimulatedOptions = {}): Opened & { appends: number[][]; back: () => void } {
		const appends: number[][] = [];
		const opened = open({
			...options,
			onPush: (event, payload) => {
				options.onPush?.(event, payload);
				if (event === "$append") {
					appends.push((payload.events as Draft[]).map(({ data }) => data));
				}
			},
		});
		opened.server.kill();
		return { ...opened, appends, back: () => opened.server.start() };
	}

	test("a thousand appends made offline go in ten pushes, in order, each with its own receipt", async () => {
		const { server, stream, appends, back } = away();
		const numbers = Array.from({ length: 1000 }, (_, n) => n);
		const receipts = numbers.map((n) => stream.append("x", n, { id: `id-${n}` }));
		let changes = 0;
		stream.onPending(() => changes++);
		const told: [string, number][] = [];
		stream.onAcknowledged(({ id }, { version }) => told.push([id, version]));
		back();
		await settle(60_000);
		const all = await Promise.all(receipts);
		expect(all.map(({ version }) => version)).toEqual(numbers.map((n) => n + 1));
		expect(all.map(({ ids }) => ids)).toEqual(numbers.map((n) => [`id-${n}`]));
		expect(told).toEqual(numbers.map((n) => [`id-${n}`, n + 1]));
		expect(server.log("list:1").map(({ data }) => data)).toEqual(numbers);
		for (const { version, position } of all) {
			expect(Number(position)).toBeGreaterThanOrEqual(version);
		}
		expect(appends.map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 100));
		expect(changes).toBe(10);
		expect(stream.pending).toEqual([]);
	});

	test("what is large goes in several pushes, and what is larger than all of them alone", async () => {
		const lengths: number[] = [];
		const { stream, back } = away({
			onPush: (event, payload) => event === "$append" && lengths.push((payload.events as unknown[]).length),
		});
		const receipts = [90_000, 90_000, 90_000, 300_000, 10].map((size) => stream.append("x", "x".repeat(size)));
		back();
		expect(await Promise.all(receipts.map(outcome))).toEqual(receipts.map(() => "ok"));
		expect(lengths).toEqual([2, 1, 1, 1]);
	});

	test("what has a condition goes alone, and nothing overtakes it", async () => {
		const { stream, appends, back } = away();
		const receipts = [
			stream.append("x", 1),
			stream.append("x", 2),
			stream.append("x", 3, { expect: 2 }),
			stream.append("x", 4, { within: "1m" }),
			stream.appendAll([
				{ type: "x", data: 5 },
				{ type: "x", data: 6 },
			]),
			stream.act({ type: "x", payload: 7 }),
		];
		const command = stream.dispatch("x");
		const last = stream.append("x", 8);
		back();
		expect(await outcome(command)).toBe("invalid");
		expect((await last).version).toBe(8);
		expect((await Promise.all(receipts)).map(({ version }) => version)).toEqual([1, 2, 3, 4, 6, 7]);
		expect((await receipts[4])?.ids).toHaveLength(2);
		expect(appends).toEqual([[1, 2], [3], [4], [5, 6, 7], [8]]);
	});

	test("one that is refused takes no other with it", async () => {
		const { server, stream, appends, back } = away({
			refuse: ({ data }) => (data === 2 || data === 4 ? `no ${data}` : undefined),
		});
		const refused: string[] = [];
		stream.onRejected((entry, error) => refused.push(`${entry.id}: ${error.message}`));
		const receipts = [1, 2, 3, 4, 5].map((n) => stream.append("x", n, { id: `id-${n}` }));
		back();
		expect(await Promise.all(receipts.map(outcome))).toEqual(["ok", "rejected", "ok", "rejected", "ok"]);
		expect(refused).toEqual(["id-2: no 2", "id-4: no 4"]);
		expect(server.log("list:1").map(({ data }) => data)).toEqual([1, 3, 5]);
		expect(appends).toEqual([[1, 2, 3, 4, 5], [1], [2], [3], [4], [5]]);
		// What comes later goes together again.
		server.kill();
		const later = [6, 7].map((n) => stream.append("x", n));
		server.start();
		expect(await Promise.all(later.map(outcome))).toEqual(["ok", "ok"]);
		expect(appends.at(-1)).toEqual([6, 7]);
	});

	test("what was lost goes again as it went, with what came meanwhile behind it", async () => {
		let silent = false;
		const { server, stream, appends, back } = away({
			onPush: (event) => {
				silent ||= event === "$append" && appends.length === 0;
			},
			onSend: (event) => !(silent && event === "phx_reply"),
		});
		const first = [1, 2].map((n) => stream.append("x", n));
		back();
		await settle(1000);
		expect(appends).toEqual([[1, 2]]);
		const later = stream.append("x", 3);
		server.cut();
		silent = false;
		expect(await Promise.all([...first, later].map(outcome))).toEqual(["ok", "ok", "ok"]);
		expect((await Promise.all([...first, later])).map(({ version }) => version)).toEqual([1, 2, 3]);
		expect(appends).toEqual([[1, 2], [1, 2], [3]]);
		expect(server.log("list:1").map(({ data }) => data)).toEqual([1, 2, 3]);
	});

	test("all that is acknowledged resolves, though who hears of the first closes the connection", async () => {
		const { connection, stream, back } = away();
		stream.onAcknowledged(() => connection.close());
		const receipts = [1, 2, 3].map((n) => stream.append("x", n));
		back();
		expect(await Promise.all(receipts.map(outcome))).toEqual(["ok", "ok", "ok"]);
		expect(stream.pending).toEqual([]);
	});

	test("entries stay in the outbox until they are acknowledged", async () => {
		const kept = memoryOutbox();
		const removed: string[] = [];
		const outbox: Outbox = { ...kept, remove: async ({ id }) => void removed.push(id) };
		let left: string[] = ["not told"];
		const { server, connection } = open({
			outbox,
			onPush: (event) => {
				if (event === "$append") {
					left = [...removed];
				}
			},
		});
		server.kill();
		const receipts = ["a", "b"].map((id) => connection.stream("list:1").append("x", 1, { id }));
		server.start();
		expect(await Promise.all(receipts.map(outcome))).toEqual(["ok", "ok"]);
		expect(left).toEqual([]);
		expect(removed).toEqual(["a", "b"]);
	});
});

describe("a server", () => {
	testWithServer("says the versions that the receipts say, also while others append", async ({ dial }) => {
		const [mine, other] = [dial().stream("meeting:1"), dial().stream("meeting:1")];
		await other.append("card_added", "first");
		const numbers = Array.from({ length: 250 }, (_, n) => n);
		const noise = Promise.all([1, 2, 3, 4, 5].map((n) => other.append("card_added", n, { within: "1m" })));
		const receipts = await Promise.all(numbers.map((n) => mine.append("card_added", n, { id: `id-${n}` })));
		await noise;
		const events = await mine.history();
		expect(events).toHaveLength(256);
		const byId = new Map(events.map((event) => [event.id, event]));
		for (const [n, { version, position, ids }] of receipts.entries()) {
			expect(ids).toEqual([`id-${n}`]);
			expect(byId.get(`id-${n}`)).toMatchObject({ version, data: n });
			expect(position >= (byId.get(`id-${n}`)?.position ?? "")).toBe(true);
		}
	});

	testWithServer("that knows some of them takes the others, and answers for all", async ({ dial }) => {
		const first = dial().stream("meeting:1");
		await first.append("card_added", "b", { id: "b" });
		await first.append("card_added", "between");
		const outbox = memoryOutbox();
		for (const id of ["a", "b", "c"]) {
			const payload = { events: [{ id, type: "card_added", data: id }] };
			await outbox.add({ id, stream: "meeting:1", event: "$append", payload });
		}
		const connection = dial({ outbox });
		const stream = connection.stream("meeting:1");
		const told: [string, number][] = [];
		stream.onAcknowledged(({ id }, { version }) => told.push([id, version]));
		const late = await stream.append("card_added", "d", { id: "d" });
		expect(told).toEqual([
			["a", 3],
			["b", 1],
			["c", 4],
			["d", 5],
		]);
		expect(late).toMatchObject({ version: 5, ids: ["d"] });
		expect((await stream.read()).events.map(({ data }) => data)).toEqual(["b", "between", "a", "c", "d"]);
	});

	testWithServer("answers for the same ID twice, and for one that stands for something else", async ({ dial }) => {
		const stream = dial().stream("meeting:1");
		const append = (data: unknown) => stream.append("card_added", data, { id: "same" });
		const [one, two, three, four] = await Promise.allSettled([
			append(1),
			append(1),
			append(2),
			stream.append("card_added", 3),
		]);
		expect(one).toMatchObject({ value: { version: 1 } });
		expect(two).toMatchObject({ value: { version: 1 } });
		expect(three).toMatchObject({ reason: { code: "conflict" } });
		expect(four).toMatchObject({ value: { version: 2 } });
	});

	describe("that takes short messages", () => {
		testWithServer.override({ config: { limits: { frame: "64KiB" } } });

		testWithServer("takes what is short enough one by one", async ({ dial }) => {
			const stream = dial().stream("meeting:1");
			const refused: Entry[] = [];
			stream.onRejected((entry) => refused.push(entry));
			const sizes = [20_000, 20_000, 20_000, 100_000, 20_000];
			const receipts = await Promise.allSettled(
				sizes.map((size, n) => stream.append("card_added", "x".repeat(size), { id: `id-${n}` })),
			);
			expect(receipts.map(({ status }) => status)).toEqual([
				"fulfilled",
				"fulfilled",
				"fulfilled",
				"rejected",
				"fulfilled",
			]);
			expect(receipts[3]).toMatchObject({ reason: expect.any(RecountError) });
			expect(receipts[3]).toMatchObject({ reason: { code: "too_large" } });
			await until("the refusal", () => refused.length === 1);
			expect(refused[0]?.id).toBe("id-3");
		});
	});
});
