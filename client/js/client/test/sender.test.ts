import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Opened, open, outcome, settle } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

/** A stream whose first join is refused, and no other. */
function refused(): Opened {
	let joins = 0;
	return open({ fault: (event) => (event === "phx_join" && ++joins === 1 ? "forbidden" : undefined) });
}

test("a stream that has ended is joined again for what is appended or read later", async () => {
	const one = refused().stream;
	expect(await outcome(one.append("x"))).toBe("forbidden");
	expect(await outcome(one.append("x"))).toBe("ok");
	const other = refused().stream;
	expect(await outcome(other.append("x"))).toBe("forbidden");
	expect(await outcome(other.read())).toBe("ok");
});

test("a stream is joined again for what is appended when a refusal is told", async () => {
	const { stream } = refused();
	let again: Promise<unknown> = Promise.reject(new Error("not told"));
	again.catch(() => {});
	stream.onRejected(() => {
		again = stream.append("x");
	});
	expect(await outcome(stream.append("x"))).toBe("forbidden");
	expect(await outcome(again)).toBe("ok");
	expect(stream.pending).toEqual([]);
});

test("a stream that ends while an entry rests is joined again for the next one", async () => {
	const faults = new Map([["$append", "unavailable"]]);
	const { server, stream } = open({ fault: (event) => faults.get(event) });
	stream.subscribe({});
	await settle();
	// A rest as long as can be, and everything else at once.
	vi.spyOn(Math, "random").mockReturnValue(0).mockReturnValueOnce(1);
	const first = stream.append("x");
	first.catch(() => {});
	await settle(100);
	faults.clear();
	faults.set("phx_join", "forbidden");
	server.cut();
	await settle(100);
	expect(stream.status).toBe("closed");
	faults.clear();
	const second = stream.append("x");
	expect(await Promise.all([outcome(first), outcome(second)])).toEqual(["forbidden", "ok"]);
	vi.restoreAllMocks();
});

test("the same ID twice is answered twice", async () => {
	const { server, stream } = open();
	const both = [stream.append("x", 1, { id: "same" }), stream.append("x", 1, { id: "same" })];
	expect(await Promise.all(both.map(outcome))).toEqual(["ok", "ok"]);
	expect(server.log("list:1")).toHaveLength(1);
	expect(stream.pending).toEqual([]);
});

test("what JSON cannot say rejects", async () => {
	const { stream } = open();
	const circle: Record<string, unknown> = {};
	circle.self = circle;
	stream.subscribe({});
	await settle();
	expect(await outcome(stream.append("x", circle))).toBe("invalid");
	expect(await outcome(stream.dispatch("x", 1n))).toBe("invalid");
	expect(await outcome(stream.signal("x", circle))).toBe("invalid");
	expect(await outcome(stream.presence.set(circle))).toBe("invalid");
	expect(stream.pending).toEqual([]);
});

test("patience is for faults alone: being told to wait, however often, is none", async () => {
	const codes = [...Array.from({ length: 6 }, () => "rate_limited"), "internal", "unavailable", "internal"];
	const { stream } = open({ fault: (event) => (event === "$append" ? codes.shift() : undefined) });
	expect(await outcome(stream.append("x"))).toBe("ok");
	expect(codes).toEqual([]);
});

test("what is small is not refused because something else was larger than the server takes", async () => {
	const appends: unknown[] = [];
	const { server, stream } = open({
		longest: 1000,
		latency: () => 50,
		onPush: (event) => event === "$append" && appends.push(event),
	});
	stream.subscribe({});
	await settle();
	const small = stream.append("x", "small");
	const signal = stream.signal("x", "x".repeat(2000));
	expect(await outcome(signal)).toBe("ok");
	expect(await outcome(small)).toBe("ok");
	expect(server.log("list:1")).toHaveLength(1);
	const large = stream.append("x", "x".repeat(2000));
	const next = stream.append("x", "next");
	expect(await outcome(large)).toBe("too_large");
	expect(await outcome(next)).toBe("ok");
	expect(server.log("list:1").map(({ data }) => data)).toEqual(["small", "next"]);
	expect(stream.pending).toEqual([]);
});
