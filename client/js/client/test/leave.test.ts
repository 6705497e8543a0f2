import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { open, outcome, settle } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

test("what is not answered when the stream is left rejects", async () => {
	const { stream } = open({ latency: () => 50 });
	const before = stream.read();
	stream.leave();
	expect(await outcome(before)).toBe("unavailable");
	stream.subscribe({});
	await settle();
	const during = [stream.read(), stream.pause(), stream.presence.set({ name: "Ada" })];
	const signal = stream.signal("x");
	await settle(10);
	stream.leave();
	expect(stream.status).toBe("idle");
	expect(await signal).toBe(false);
	expect(await Promise.all(during.map(outcome))).toEqual(["unavailable", "unavailable", "unavailable"]);
	expect(await outcome(stream.read())).toBe("ok");
});

test("a stream that is left when it becomes live is idle", async () => {
	const { stream } = open();
	const told: string[] = [];
	stream.onStatus((status) => told.push(status));
	stream.subscribe({ live: () => stream.leave() });
	await settle();
	expect(told).toEqual(["joining", "idle"]);
});

test("a connection that is closed when a stream becomes live leaves it closed", async () => {
	const { connection, stream } = open();
	stream.subscribe({ live: () => connection.close() });
	await settle();
	expect(stream.status).toBe("closed");
});
