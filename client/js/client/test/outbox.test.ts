import { type Entry, indexedCheckpoints, indexedOutbox, type Locks, memoryOutbox, type Outbox } from "@recount/client";
import { IDBFactory } from "fake-indexeddb";
import { describe, expect } from "vitest";
import { until } from "../../../../e2e/support/until.js";
import { test } from "../../support/fixture.js";
import { fakeLocks } from "../../support/locks.js";

const nowhere = "http://127.0.0.1:1";

const entry = (id: string, stream = "meeting:1"): Entry => ({
	id,
	stream,
	event: "$append",
	payload: { events: [{ id, type: "card_added", data: id }] },
});

/** What a tab claims, in the order in which it does. */
async function claims(outbox: Outbox): Promise<string[]> {
	const ids: string[] = [];
	await outbox.claim((entries) => ids.push(...entries.map(({ id }) => id)));
	return ids;
}

describe("across a reload", () => {
	test("what was done offline is sent once, in order", async ({ dial, server }) => {
		const factory = new IDBFactory();
		const locks = fakeLocks();
		const outbox = (): Outbox => indexedOutbox("db", { factory, locks });
		const before = dial({ url: nowhere, outbox: outbox() });
		const ids = ["a", "b", "c"];
		for (const id of ids) {
			before
				.stream("meeting:1")
				.append("card_added", id, { id })
				.catch(() => {});
		}
		before
			.stream("meeting:2")
			.append("card_added", "d", { id: "d" })
			.catch(() => {});
		before.close();
		const after = dial({ outbox: outbox() });
		const stream = after.stream("meeting:1");
		let most = 0;
		stream.onPending((pending) => {
			most = Math.max(most, pending.length);
		});
		await until("what was pending", () => most === 3);
		// What is new goes behind it.
		await stream.append("card_added", "e", { id: "e" });
		expect((await stream.read()).events.map(({ id }) => id)).toEqual([...ids, "e"]);
		// A stream that nobody has opened since, too.
		await until("the other stream", () => after.stream("meeting:2").pending.length === 0);
		expect((await after.stream("meeting:2").read()).events.map(({ id }) => id)).toEqual(["d"]);
		after.close();
		expect(await claims(outbox())).toEqual([]);
		expect(server.log).not.toContain("panic");
	});

	test("a refusal is told, though nobody waits for it any more", async ({ dial }) => {
		const outbox = memoryOutbox();
		const before = dial({ url: nowhere, outbox });
		before
			.stream("meeting:1")
			.append("t".repeat(200), 1, { id: "bad" })
			.catch(() => {});
		before.close();
		const after = dial({ outbox });
		const told: string[] = [];
		after.onRejected(({ id }, { code }) => told.push(`${id} ${code}`));
		await until("the refusal", () => told.length === 1);
		expect(told).toEqual(["bad too_large"]);
		expect(after.stream("meeting:1").pending).toEqual([]);
	});

	test("what the server had taken before is not doubled", async ({ dial }) => {
		const first = dial().stream("meeting:1");
		await first.append("card_added", "a", { id: "a" });
		const outbox = memoryOutbox();
		await outbox.add(entry("a"));
		await outbox.add(entry("b"));
		const stream = dial({ outbox }).stream("meeting:1");
		await until("it to be sent", async () => (await claims(outbox)).length === 0);
		expect((await stream.read()).events.map(({ id }) => id)).toEqual(["a", "b"]);
	});

	test("a storage that fails costs nothing but the warning", async ({ dial }) => {
		const fail = async (): Promise<never> => {
			throw new Error("disk full");
		};
		const warnings: unknown[] = [];
		const outbox: Outbox = { claim: fail, add: fail, remove: fail, close: () => {} };
		const stream = dial({ outbox, onWarning: (warning) => warnings.push(warning) }).stream("meeting:1");
		expect(await stream.append("card_added", 1)).toMatchObject({ version: 1 });
		await until("the warnings", () => warnings.length === 3);
	});
});

describe("two tabs", () => {
	const tab = (factory: IDBFactory, locks: Locks | undefined): Outbox => indexedOutbox("db", { factory, locks });

	test("send their own entries, and those of a tab that is gone", async () => {
		const factory = new IDBFactory();
		const locks = fakeLocks();
		const one = tab(factory, locks);
		expect(await claims(one)).toEqual([]);
		await one.add(entry("a"));
		await one.add(entry("b"));
		const other = tab(factory, locks);
		const taken: string[] = [];
		await other.claim((entries) => taken.push(...entries.map(({ id }) => id)));
		await other.add(entry("c"));
		expect(taken).toEqual([]);
		await one.remove(entry("a"));
		one.close();
		await until("what the first left", () => taken.length > 0);
		expect(taken).toEqual(["b"]);
		other.close();
		const third = tab(factory, locks);
		const left: string[] = [];
		await third.claim((entries) => left.push(...entries.map(({ id }) => id)));
		await until("all that is left", () => left.length === 2);
		expect(left).toEqual(["b", "c"]);
	});

	test("that were opened before anything was pending take over, too, one after another", async () => {
		const factory = new IDBFactory();
		const locks = fakeLocks();
		const tabs = [1, 2, 3].map(() => tab(factory, locks));
		const taken: string[][] = [[], [], []];
		await Promise.all(tabs.map((one, n) => one.claim((entries) => taken[n]?.push(...entries.map(({ id }) => id)))));
		await tabs[0]?.add(entry("a"));
		tabs[0]?.close();
		await until("what the first left", () => taken.flat().length === 1);
		const heir = taken.findIndex(({ length }) => length === 1);
		tabs[heir]?.close();
		await until("what the second left", () => taken.flat().length === 2);
		expect(taken).toEqual([[], ["a"], ["a"]]);
		tabs[3 - heir]?.close();
	});

	test("without locks, claim all: IDs make it harmless", async () => {
		const factory = new IDBFactory();
		const one = tab(factory, undefined);
		await one.claim(() => {});
		await one.add(entry("a"));
		expect(await claims(tab(factory, undefined))).toEqual(["a"]);
	});
});

describe("checkpoints", () => {
	test("are kept by key", async () => {
		const factory = new IDBFactory();
		const checkpoint = { epoch: "e", upto: 7, state: { cards: [1] } };
		await indexedCheckpoints("db", { factory }).save("meeting:1", checkpoint);
		const again = indexedCheckpoints("db", { factory });
		expect(await again.load("meeting:1")).toEqual(checkpoint);
		expect(await again.load("meeting:2")).toBeUndefined();
		await again.remove("meeting:1");
		expect(await again.load("meeting:1")).toBeUndefined();
	});
});
