import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SimulatedOptions } from "../../support/simulated.js";
import { add, type Opened, open, settle } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

interface Followed extends Opened {
	seen: number[];
}

/** A stream that is followed and joined. */
async function follow(options: SimulatedOptions = {}): Promise<Followed> {
	const opened = open(options);
	const seen: number[] = [];
	opened.stream.subscribe(({ version }) => seen.push(version));
	await settle();
	return { ...opened, seen };
}

test("pause and resume at once leave nothing out", async () => {
	const { server, stream, seen } = await follow();
	const both = Promise.all([stream.pause(), stream.resume()]);
	await settle();
	await both;
	add(server);
	await settle();
	expect(seen).toEqual([1]);
});

test("what is said last holds, also where the connection breaks before the answers", async () => {
	const { server, stream, seen } = await follow({ latency: () => 50 });
	const first = Promise.all([stream.pause(), stream.resume()]);
	server.cut();
	await settle();
	await first;
	add(server);
	await settle();
	expect(seen).toEqual([1]);
	const second = Promise.all([stream.pause(), stream.resume(), stream.pause()]);
	server.cut();
	await settle();
	await second;
	add(server);
	await settle();
	expect(seen).toEqual([1]);
	const third = stream.resume();
	await settle();
	await third;
	expect(seen).toEqual([1, 2]);
});

test("a stream that was left and joined again is not paused", async () => {
	const { server, stream } = await follow();
	const paused = stream.pause();
	await settle();
	await paused;
	stream.leave();
	await settle();
	const seen: number[] = [];
	stream.subscribe(({ version }) => seen.push(version));
	await settle();
	add(server);
	await settle();
	expect(seen).toEqual([1]);
});
