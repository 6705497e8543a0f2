import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { open, settle } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

test("what is shown while the join is on its way is seen", async () => {
	const { stream } = open({ latency: () => 20 });
	stream.subscribe({}, { presence: { name: "A" } });
	await settle(10);
	await stream.presence.set({ name: "Ada" });
	await settle();
	expect(stream.presence.list.flatMap(({ metas }) => metas.map(({ name }) => name))).toEqual(["Ada"]);
});

test("nobody is known of a stream that was left", async () => {
	const { stream } = open();
	stream.subscribe({}, { presence: { name: "Ada" } });
	await settle();
	expect(stream.presence.count).toBe(1);
	let changes = 0;
	const stop = stream.presence.onChange(() => changes++);
	stop();
	stream.leave();
	expect(stream.presence).toMatchObject({ list: [], count: 0 });
	expect(changes).toBe(0);
});
