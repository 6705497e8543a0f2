import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { open, outcome, settle } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

test("what is asked is asked again where the server says later, and not where it says no", async () => {
	const codes = ["rate_limited", "unavailable", undefined, "invalid"];
	const { stream } = open({ fault: (event) => (event === "$read" ? codes.shift() : undefined) });
	expect(await outcome(stream.read())).toBe("ok");
	expect(codes).toHaveLength(1);
	expect(await outcome(stream.read())).toBe("invalid");
});

test("what waits to be asked again rejects when the stream is left", async () => {
	const { stream } = open({ fault: (event) => (event === "$read" ? "unavailable" : undefined) });
	const read = outcome(stream.read());
	await settle();
	stream.leave();
	expect(await read).toBe("unavailable");
});
