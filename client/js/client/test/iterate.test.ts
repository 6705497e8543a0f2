import type { RecordedEvent } from "@recount/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { add, type Opened, open, outcome, settle } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

interface Begun extends Opened {
	/** Of each join, where it wanted to begin. */
	joins: unknown[];
	/** Refuses all joins from now on. */
	refuse(code: string): void;
}

/** A stream with so many events. */
function begin(count = 0): Begun {
	const joins: unknown[] = [];
	let refusal: string | undefined;
	const opened = open({
		onPush: (event, { since }) => event === "phx_join" && joins.push(since),
		fault: (event) => (event === "phx_join" ? refusal : undefined),
	});
	add(opened.server, count);
	const refuse = (code: string): void => {
		refusal = code;
	};
	return { ...opened, joins, refuse };
}

/** The versions of the next so many events. */
async function take(events: AsyncIterator<RecordedEvent>, count: number): Promise<number[]> {
	const versions: number[] = [];
	while (versions.length < count) {
		const next = events.next();
		await settle(versions.length === 0 ? 100 : 1);
		const { done, value } = await next;
		if (done) {
			break;
		}
		versions.push(value.version);
	}
	return versions;
}

test("return ends it while next waits, and the stream is left", async () => {
	const { stream } = begin();
	const events = stream.events();
	const next = events.next();
	await settle();
	expect(stream.status).toBe("joined");
	const end = events.return();
	await settle();
	expect(await next).toEqual({ done: true, value: undefined });
	expect(await end).toEqual({ done: true, value: undefined });
	expect(stream.status).toBe("idle");
	expect(await events.next()).toEqual({ done: true, value: undefined });
});

test("throw ends it while next waits, and the stream is left", async () => {
	const { stream } = begin();
	const events = stream.events();
	const next = outcome(events.next());
	await settle();
	const error = new TypeError("mine");
	const thrown = expect(events.throw(error)).rejects.toBe(error);
	expect(await next).toBe("ok");
	await thrown;
	await settle();
	expect(stream.status).toBe("idle");
	expect(await events.next()).toEqual({ done: true, value: undefined });
});

test("return ends it before it has begun, and with events that wait", async () => {
	const { stream, joins } = begin(3);
	const unused = stream.events();
	await unused.return();
	expect(await unused.next()).toMatchObject({ done: true });
	await settle();
	expect(joins).toEqual([]);
	const events = stream.events();
	expect(await take(events, 1)).toEqual([1]);
	await events.return();
	expect(await events.next()).toMatchObject({ done: true });
});

test("next may be called again before the last one is answered", async () => {
	const { server, stream } = begin();
	const events = stream.events();
	const both = Promise.all([events.next(), events.next()]);
	await settle();
	add(server, 2);
	await settle();
	expect((await both).map(({ value }) => value?.version)).toEqual([1, 2]);
	await events.return();
});

test.each(["leave", "close"] as const)("%s ends it after what waits, also past the bound", async (how) => {
	const { connection, stream, joins } = begin(2500);
	const events = stream.events();
	expect(await take(events, 10)).toHaveLength(10);
	if (how === "leave") {
		stream.leave();
	} else {
		connection.close();
	}
	expect(await take(events, 2500)).toHaveLength(1490);
	expect(joins).toHaveLength(1);
});

test("what ends the stream is thrown after what waits, also past the bound", async () => {
	const { server, stream, refuse } = begin(1500);
	stream.subscribe({});
	const events = stream.events();
	await take(events, 1);
	refuse("forbidden");
	server.cut();
	await settle();
	expect(stream.status).toBe("closed");
	expect(await take(events, 1499)).toHaveLength(1499);
	expect(await outcome(events.next())).toBe("forbidden");
	expect(await events.next()).toMatchObject({ done: true });
});

test("a loop that keeps up is not disturbed", async () => {
	const { server, stream, joins } = begin();
	const events = stream.events({ since: "now" });
	for (let n = 0; n < 5; n++) {
		const taken = take(events, 400);
		await settle();
		add(server, 400);
		await settle();
		expect((await taken).at(-1)).toBe((n + 1) * 400);
	}
	expect(joins).toEqual(["now"]);
	await events.return();
});

test("it goes on from a cursor", async () => {
	const { stream } = begin(5);
	const { cursor, unsubscribe } = stream.subscribe({}, { since: 3 });
	unsubscribe();
	expect(await take(stream.events(cursor), 2)).toEqual([4, 5]);
});
