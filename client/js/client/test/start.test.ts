import { runInNewContext } from "node:vm";
import { type Checkpoint, connect, memoryOutbox, type Stream, type SubscribeOptions } from "@recount/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(5000);

interface Opened {
	stream: Stream;
	/** Of each join, where it wanted to begin. */
	joins: unknown[];
	warnings: unknown[];
}

/** A stream of five events. */
function open(): Opened {
	const joins: unknown[] = [];
	const warnings: unknown[] = [];
	const server = new SimulatedServer({ onPush: (event, { since }) => event === "phx_join" && joins.push(since) });
	server.append(
		"list:1",
		Array.from({ length: 5 }, () => ({ type: "x" })),
	);
	const { WebSocket: transport } = server;
	const onWarning = (warning: unknown): unknown => warnings.push(warning);
	const connection = connect("http://127.0.0.1", { transport, outbox: memoryOutbox(), onWarning });
	return { stream: connection.stream("list:1"), joins, warnings };
}

/** Options that come when they are let go. */
function later(): { options: Promise<SubscribeOptions>; come: (options: SubscribeOptions) => void; fail: () => void } {
	let come!: (options: SubscribeOptions) => void;
	let fail!: () => void;
	const options = new Promise<SubscribeOptions>((resolve, reject) => {
		come = resolve;
		fail = () => reject(new Error("the storage is broken"));
	});
	return { options, come, fail };
}

const versionsOf = (stream: Stream, options?: Parameters<Stream["subscribe"]>[1]) => {
	const versions: number[] = [];
	const subscription = stream.subscribe(({ version }) => versions.push(version), options);
	return { versions, subscription };
};

test("a stream is not joined before all know where they begin, and then once", async () => {
	const { stream, joins } = open();
	const { options, come } = later();
	const late = versionsOf(stream, options);
	const now = versionsOf(stream, { since: "now" });
	await settle();
	expect(joins).toEqual([]);
	expect(stream.status).toBe("joining");
	expect(late.subscription.head).toBe(undefined);
	come({ since: 3, epoch: "epoch-1" });
	await settle();
	expect(joins).toEqual([3]);
	expect(late.versions).toEqual([4, 5]);
	expect(now.versions).toEqual([]);
	expect(late.subscription).toMatchObject({ head: 5, live: true });
});

test("one that does not learn where it begins, begins at the beginning", async () => {
	const { stream, warnings } = open();
	const { options, fail } = later();
	const { versions } = versionsOf(stream, options);
	fail();
	await settle();
	expect(versions).toEqual([1, 2, 3, 4, 5]);
	expect(String(warnings)).toContain("the storage is broken");
});

test("one that comes to a joined stream delays nobody", async () => {
	const { stream, joins } = open();
	const first = versionsOf(stream, { since: 4 });
	await settle();
	const { options, come } = later();
	const second = versionsOf(stream, options);
	void stream.append("y");
	await settle();
	expect(first.versions).toEqual([5, 6]);
	come({ since: 2 });
	await settle();
	expect(joins).toEqual([4, 2]);
	expect(first.versions).toEqual([5, 6]);
	expect(second.versions).toEqual([3, 4, 5, 6]);
});

test("one that ends before it has begun holds nobody up", async () => {
	const { stream, joins } = open();
	const { options, come } = later();
	const gone = versionsOf(stream, options);
	const other = versionsOf(stream, { since: 4 });
	await settle();
	gone.subscription.unsubscribe();
	await settle();
	expect(other.versions).toEqual([5]);
	come({});
	await settle();
	expect(joins).toEqual([4]);
	expect(gone.versions).toEqual([]);
});

test("a stream that nobody waits for any more is idle", async () => {
	const { stream, joins } = open();
	const { options } = later();
	const { subscription } = versionsOf(stream, options);
	await settle();
	expect(stream.status).toBe("joining");
	subscription.unsubscribe();
	await settle();
	expect(stream.status).toBe("idle");
	stream.subscribe({}).unsubscribe();
	await settle();
	expect(stream.status).toBe("idle");
	expect(joins).toEqual([]);
});

test("options may come from anything that has then, and may be nothing", async () => {
	const { stream } = open();
	const foreign = runInNewContext("Promise.resolve({ since: 3 })") as Promise<SubscribeOptions>;
	const some = versionsOf(stream, foreign);
	const all = versionsOf(stream, Promise.resolve(undefined));
	await settle();
	expect(some.versions).toEqual([4, 5]);
	expect(all.versions).toEqual([1, 2, 3, 4, 5]);
});

test("a cursor and a checkpoint say where to begin as they are", async () => {
	const { stream } = open();
	const first = versionsOf(stream, { since: 3 });
	await settle();
	const again = versionsOf(stream, first.subscription.cursor);
	const checkpoint: Checkpoint<string> = { epoch: "epoch-1", upto: 4, state: "kept" };
	const kept = versionsOf(stream, checkpoint);
	const loaded = versionsOf(stream, Promise.resolve<Checkpoint | undefined>(checkpoint));
	await settle();
	expect([again.versions, kept.versions, loaded.versions]).toEqual([[], [5], [5]]);
});

test("leave ends one that did not begin, and sends what is pending", async () => {
	const { stream, joins } = open();
	const { options, come } = later();
	let ended = 0;
	stream.subscribe({ end: () => ended++ }, options);
	const receipt = stream.append("y");
	await settle();
	expect(joins).toEqual([]);
	stream.leave();
	expect(ended).toBe(1);
	come({});
	await settle();
	expect((await receipt).version).toBe(6);
	expect(joins).toEqual(["now"]);
	expect(stream.status).toBe("idle");
});
