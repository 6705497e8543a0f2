import { connect, memoryOutbox, type RecordedEvent, type Stream } from "@recount/client";
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
