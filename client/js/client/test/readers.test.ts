import { connect, memoryOutbox, type RecordedEvent, type Stream, type SubscribeOptions } from "@recount/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(5000);

function open(server: SimulatedServer): Stream {
	return connect("http://127.0.0.1", { transport: server.WebSocket, outbox: memoryOutbox() }).stream("list:1");
}

const add = (server: SimulatedServer, count: number): unknown =>
	server.append(
		"list:1",
		Array.from({ length: count }, () => ({ type: "x" })),
	);

test("a subscriber who wants what lies further back disturbs no other one", async () => {
	const server = new SimulatedServer({ page: 2 });
	add(server, 7);
	const stream = open(server);
	const follow = (since?: number): number[] => {
		const versions: number[] = [];
		stream.subscribe(({ version }: RecordedEvent) => versions.push(version), since === undefined ? {} : { since });
		return versions;
	};
	const late = follow(5);
	await settle();
	const early = follow(1);
	const all = follow();
	await vi.advanceTimersByTimeAsync(2);
	add(server, 2);
	await settle();
	expect(late).toEqual([6, 7, 8, 9]);
	expect(early).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
	expect(all).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("an observer hears of batches, and once that it is live", async () => {
	const server = new SimulatedServer({ page: 2 });
	add(server, 3);
	const heard: unknown[] = [];
	open(server).subscribe({
		batch: (events, { upto, epoch }) => heard.push([events.length, upto, epoch]),
		live: () => heard.push("live"),
	});
	await settle();
	server.cut();
	add(server, 1);
	await settle();
	expect(heard).toEqual([[2, 2, "epoch-1"], [1, 3, "epoch-1"], "live", [1, 4, "epoch-1"]]);
});

test("who subscribes within a callback gets the whole history, or only what comes", async () => {
	const server = new SimulatedServer();
	add(server, 3);
	const stream = open(server);
	const all: number[] = [];
	const now: number[] = [];
	const from = stream.subscribe(({ version }: RecordedEvent) => {
		if (version === 4) {
			from.unsubscribe();
			stream.subscribe((event) => all.push(event.version));
			stream.subscribe((event) => now.push(event.version), { since: "now" });
		}
	});
	// Its turn comes after the two have subscribed.
	const last: number[] = [];
	stream.subscribe(({ version }) => last.push(version));
	await settle();
	add(server, 1);
	await settle();
	add(server, 1);
	await settle();
	expect(all).toEqual([1, 2, 3, 4, 5]);
	expect(now).toEqual([5]);
	expect(last).toEqual([1, 2, 3, 4, 5]);
});

test("who ends another one within a callback ends it at once", async () => {
	const server = new SimulatedServer();
	add(server, 1);
	const stream = open(server);
	const seen: number[] = [];
	stream.subscribe(() => other.unsubscribe());
	const other = stream.subscribe(({ version }) => seen.push(version));
	await settle();
	expect(seen).toEqual([]);
});

test("a cursor of another log resets nobody else", async () => {
	const server = new SimulatedServer();
	add(server, 3);
	const stream = open(server);
	const heard: unknown[] = [];
	const follow = (name: string, options: SubscribeOptions): unknown =>
		stream.subscribe(
			{ event: ({ version }) => heard.push(`${name} ${version}`), reset: () => heard.push(`${name} reset`) },
			options,
		);
	follow("stale", { since: 1, epoch: "another" });
	follow("now", { since: "now" });
	follow("unchecked", { since: 2 });
	await settle();
	expect(heard).toEqual(["stale reset", "stale 1", "stale 2", "stale 3", "unchecked 3"]);
});

test.each([false, true])("a cursor beyond the end is reset beside a lower one; joined before: %s", async (before) => {
	const server = new SimulatedServer();
	add(server, 1);
	const stream = open(server);
	const heard: unknown[] = [];
	const lower: unknown[] = [];
	stream.subscribe({ event: ({ version }) => lower.push(version), reset: () => lower.push("reset") });
	if (before) {
		await settle();
	}
	const beyond = { event: ({ version }: RecordedEvent) => heard.push(version), reset: () => heard.push("reset") };
	stream.subscribe(beyond, { since: 4, epoch: "epoch-1" });
	await settle();
	add(server, 4);
	await settle();
	expect(heard).toEqual(["reset", 1, 2, 3, 4, 5]);
	expect(lower).toEqual([1, 2, 3, 4, 5]);
});

test("a cursor that is ahead of what came here is not beyond the end", async () => {
	const server = new SimulatedServer({ latency: () => 50 });
	add(server, 3);
	const stream = open(server);
	stream.subscribe({});
	await settle();
	add(server, 2);
	const heard: unknown[] = [];
	// Another tab has seen both already.
	const ahead = { event: ({ version }: RecordedEvent) => heard.push(version), reset: () => heard.push("reset") };
	stream.subscribe(ahead, { since: 4, epoch: "epoch-1" });
	await settle();
	expect(heard).toEqual([5]);
});

test("live is told when the history was handed over, also to who comes late", async () => {
	const server = new SimulatedServer();
	add(server, 3);
	const stream = open(server);
	stream.subscribe({});
	await settle();
	add(server, 7);
	await settle();
	const heard: unknown[] = [];
	stream.subscribe({ event: ({ version }) => heard.push(version), live: () => heard.push("live") }, { since: 5 });
	await settle();
	expect(heard).toEqual([6, 7, 8, 9, 10, "live"]);
});

test("who begins now while the stream is joined anew gets nothing of before", async () => {
	const server = new SimulatedServer();
	add(server, 3);
	const stream = open(server);
	stream.subscribe({}, { since: "now" });
	await settle();
	add(server, 4);
	await settle();
	const all = stream.subscribe({});
	await vi.advanceTimersByTimeAsync(0);
	expect(all.head).toBe(undefined);
	const now: number[] = [];
	stream.subscribe(({ version }) => now.push(version), { since: "now" });
	await settle();
	add(server, 1);
	await settle();
	expect(now).toEqual([8]);
});

test("a state is asked for at a version, at a time, or as it is", async () => {
	const stream = open(new SimulatedServer());
	const asked = Promise.all([stream.state(), stream.state(7), stream.state(new Date(0))]);
	await settle();
	expect((await asked).map(({ state }) => state)).toEqual([{}, { at: 7 }, { at: "1970-01-01T00:00:00.000Z" }]);
});

test("a stream that nobody needs is left, and joined again", async () => {
	const stream = open(new SimulatedServer());
	const { unsubscribe } = stream.subscribe(() => {});
	await vi.advanceTimersByTimeAsync(100);
	unsubscribe();
	await vi.advanceTimersByTimeAsync(900);
	expect(stream.status).toBe("joined");
	await vi.advanceTimersByTimeAsync(200);
	expect(stream.status).toBe("idle");
	stream.subscribe(() => {});
	await vi.advanceTimersByTimeAsync(100);
	expect(stream.status).toBe("joined");
});

test("resume holds, whatever of a pause is still on its way", async () => {
	const server = new SimulatedServer({ latency: () => 50 });
	const stream = open(server);
	const versions: number[] = [];
	stream.subscribe(({ version }: RecordedEvent) => versions.push(version));
	add(server, 1);
	await settle();
	void stream.pause();
	await settle();
	server.cut();
	add(server, 1);
	// Joined again, and the pause said again, but not answered.
	await vi.advanceTimersByTimeAsync(400);
	void stream.resume();
	await settle();
	add(server, 1);
	await settle();
	expect(versions).toEqual([1, 2, 3]);
});

test("the others see what was shown last, though what was before had to be said again", async () => {
	const server = new SimulatedServer({ latency: () => 50 });
	const stream = open(server);
	const other = open(server);
	other.subscribe({});
	stream.subscribe({});
	await settle();
	void stream.presence.set({ is: "A" });
	await vi.advanceTimersByTimeAsync(10);
	server.cut();
	void stream.presence.set({ is: "B" });
	await settle();
	expect(other.presence.list.flatMap(({ metas }) => metas.map(({ is }) => is))).toContain("B");
	expect(other.presence.list.flatMap(({ metas }) => metas.map(({ is }) => is))).not.toContain("A");
});

test("a cursor that is newer than the join on its way is no reason to begin anew", async () => {
	const server = new SimulatedServer({ latency: () => 50 });
	add(server, 3);
	const stream = open(server);
	stream.subscribe({}, { since: 3 });
	// The join is answered, the answer on its way.
	await vi.advanceTimersByTimeAsync(130);
	add(server, 1);
	const versions: number[] = [];
	let resets = 0;
	stream.subscribe(
		{ event: ({ version }: RecordedEvent) => versions.push(version), reset: () => resets++ },
		{ since: 4, epoch: "epoch-1" },
	);
	await settle();
	add(server, 1);
	await settle();
	expect(resets).toBe(0);
	expect(versions).toEqual([5]);
});

test("the history is read to its end, and once", async () => {
	const server = new SimulatedServer();
	add(server, 3);
	const all = open(server).history();
	await settle();
	expect((await all).map(({ version }) => version)).toEqual([1, 2, 3]);
});
