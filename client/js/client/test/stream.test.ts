import { type Connection, type EventOf, type RecordedEvent, RecountError, type Stream } from "@recount/client";
import { describe, expect, vi } from "vitest";
import { append } from "../../../../e2e/support/http.js";
import { until } from "../../../../e2e/support/until.js";
import { test } from "../../support/fixture.js";

interface Meeting {
	card_added: { title: string };
	reaction_sent: { emoji: string };
}

const meeting = (connection: Connection, id = "1"): Stream<Meeting, { cursor_moved: { x: number } }> =>
	connection.stream<Meeting, { cursor_moved: { x: number } }>(`meeting:${id}`);

const titles = (events: readonly EventOf<Meeting>[]): string[] =>
	events.map((event) => (event.type === "card_added" ? event.data.title : event.type));

const versions = (events: readonly RecordedEvent[]): number[] => events.map(({ version }) => version);

describe("subscribe", () => {
	test("hands over what was there and what comes, in order", async ({ dial, server }) => {
		await append(server, "meeting:1", [
			{ type: "card_added", data: { title: "a" } },
			{ type: "card_added", data: { title: "b" } },
		]);
		const seen: EventOf<Meeting>[] = [];
		const subscription = meeting(dial()).subscribe((event) => seen.push(event));
		await until("the history", () => subscription.live);
		expect(titles(seen)).toEqual(["a", "b"]);
		const receipt = await meeting(dial()).append("card_added", { title: "c" }, { id: "third" });
		expect(receipt).toMatchObject({ version: 3, ids: ["third"] });
		await until("the third", () => seen.length === 3);
		expect(versions(seen)).toEqual([1, 2, 3]);
		expect(subscription.cursor.upto).toBe(3);
	});

	test("goes on after a place, and from now", async ({ dial, server }) => {
		await append(
			server,
			"meeting:1",
			["a", "b", "c"].map((title) => ({ type: "card_added", data: { title } })),
		);
		const stream = meeting(dial());
		const after: EventOf<Meeting>[] = [];
		const now: EventOf<Meeting>[] = [];
		const from = stream.subscribe((event) => after.push(event), { since: 2 });
		const late = stream.subscribe((event) => now.push(event), { since: "now" });
		await until("both", () => from.live && late.live);
		await stream.append("card_added", { title: "d" });
		await until("the fourth", () => now.length === 1 && after.length === 2);
		expect(titles(after)).toEqual(["c", "d"]);
		expect(titles(now)).toEqual(["d"]);
	});

	test("gives a second subscriber what the first had before, and the first nothing twice", async ({ dial, server }) => {
		await append(
			server,
			"meeting:1",
			["a", "b"].map((title) => ({ type: "card_added", data: { title } })),
		);
		const stream = meeting(dial());
		const first: EventOf<Meeting>[] = [];
		const second: EventOf<Meeting>[] = [];
		stream.subscribe((event) => first.push(event), { since: "now" });
		await stream.append("card_added", { title: "c" });
		await until("the third", () => first.length === 1);
		const all = stream.subscribe((event) => second.push(event));
		await until("all three", () => all.live && second.length === 3);
		await stream.append("card_added", { title: "d" });
		await until("the fourth", () => first.length === 2 && second.length === 4);
		expect(titles(first)).toEqual(["c", "d"]);
		expect(titles(second)).toEqual(["a", "b", "c", "d"]);
	});

	test("leaves live-only events of the past out, or not", async ({ dial, server }) => {
		await append(server, "meeting:1", [
			{ type: "reaction_sent", data: { emoji: "x" } },
			{ type: "card_added", data: { title: "a" } },
		]);
		const without: EventOf<Meeting>[] = [];
		const all: EventOf<Meeting>[] = [];
		const one = meeting(dial()).subscribe((event) => without.push(event));
		const other = meeting(dial()).subscribe((event) => all.push(event), { replay: "all" });
		await until("both", () => one.live && other.live);
		expect(versions(without)).toEqual([2]);
		expect(versions(all)).toEqual([1, 2]);
	});

	test("watches a whole category by positions", async ({ dial, server }) => {
		await append(server, "meeting:1", { type: "card_added", data: { title: "a" } });
		const connection = dial({ token: "" });
		const own = meeting(connection, "2");
		await own.append("card_added", { title: "b" });
		const refused: (RecountError | undefined)[] = [];
		connection.stream("meeting:*").subscribe({ end: (error) => refused.push(error) });
		await until("an answer", () => refused.length === 1);
		// Anonymous callers may not.
		expect(refused[0]).toMatchObject({ code: "forbidden" });
	});

	test("an exception of a handler takes nothing from the others", async ({ dial, server }) => {
		const thrown: unknown[] = [];
		vi.stubGlobal("reportError", (error: unknown) => thrown.push(error));
		await append(
			server,
			"meeting:1",
			["a", "b"].map((title) => ({ type: "card_added", data: { title } })),
		);
		const stream = meeting(dial());
		const seen: EventOf<Meeting>[] = [];
		stream.subscribe(() => {
			throw new Error("mine");
		});
		stream.subscribe((event) => seen.push(event));
		await until("both", () => seen.length === 2 && thrown.length === 2);
		vi.unstubAllGlobals();
		expect(thrown).toMatchObject([{ message: "mine" }, { message: "mine" }]);
	});
});

describe("for await", () => {
	test("yields the history, then what comes, and leaves with the loop", async ({ dial, server }) => {
		await append(
			server,
			"meeting:1",
			["a", "b"].map((title) => ({ type: "card_added", data: { title } })),
		);
		const stream = meeting(dial());
		const seen: string[] = [];
		for await (const event of stream) {
			seen.push(...titles([event]));
			if (seen.length === 2) {
				void stream.append("card_added", { title: "c" });
			}
			if (seen.length === 3) {
				break;
			}
		}
		expect(seen).toEqual(["a", "b", "c"]);
		await until("the topic to be left", () => stream.status === "idle");
	});

	test("a slow loop misses nothing", async ({ dial, server }) => {
		const count = 3500;
		for (let from = 0; from < count; from += 500) {
			const drafts = Array.from({ length: 500 }, (_, n) => ({ type: "card_added", data: { title: `${from + n}` } }));
			await append(server, "meeting:1", drafts);
		}
		const seen: number[] = [];
		for await (const event of meeting(dial()).events({ since: 10 })) {
			seen.push(event.version);
			if (event.version % 50 === 0) {
				await new Promise((resolve) => setImmediate(resolve));
			}
			if (event.version === count) {
				break;
			}
		}
		expect(seen).toEqual(Array.from({ length: count - 10 }, (_, n) => n + 11));
	});
});

describe("what a stream can be asked", () => {
	test("reads pages in both directions", async ({ dial }) => {
		const stream = meeting(dial());
		await stream.appendAll(["a", "b", "c"].map((title) => ({ type: "card_added", data: { title } })));
		expect(await stream.read({ limit: 2 })).toMatchObject({ events: [{ version: 1 }, { version: 2 }], more: true });
		const { events, more } = await stream.read({ from: 2, backward: true });
		expect(versions(events)).toEqual([2, 1]);
		expect(more).toBe(false);
	});

	test("forks at a version", async ({ dial }) => {
		const connection = dial();
		const stream = meeting(connection);
		await stream.appendAll(["a", "b", "c"].map((title) => ({ type: "card_added", data: { title } })));
		expect(await stream.fork("meeting:2", 2)).toEqual({ stream: "meeting:2", version: 2 });
		const { events } = await meeting(connection, "2").read();
		expect(titles(events)).toEqual(["a", "b"]);
	});

	test("rejects with what the server said", async ({ dial }) => {
		const stream = meeting(dial());
		await stream.append("card_added", { title: "a" });
		const conflict = await stream.append("card_added", { title: "b" }, { expect: "none" }).catch((e: unknown) => e);
		expect(conflict).toBeInstanceOf(RecountError);
		expect(conflict).toMatchObject({ code: "conflict", expected: 0, actual: 1, retry: false });
		await expect(stream.read({ limit: 0 })).rejects.toMatchObject({ code: "invalid" });
		await expect(stream.state()).rejects.toMatchObject({ code: "not_found" });
		await expect(stream.dispatch("nothing")).rejects.toMatchObject({ code: "not_found" });
	});
});

describe("signals", () => {
	test("reach the others and are not kept", async ({ dial }) => {
		const sender = meeting(dial());
		const receiver = meeting(dial());
		const seen: unknown[] = [];
		receiver.onSignal(({ type, data }) => seen.push([type, data.x]));
		const heard: unknown[] = [];
		sender.onSignal((signal) => heard.push(signal));
		await until("both", () => sender.status === "joined" && receiver.status === "joined");
		expect(await sender.signal("cursor_moved", { x: 7 })).toBe(true);
		await until("the signal", () => seen.length === 1);
		expect(seen).toEqual([["cursor_moved", 7]]);
		expect(heard).toEqual([]);
		expect((await receiver.read()).events).toEqual([]);
		await expect(sender.signal("other" as "cursor_moved", { x: 1 })).rejects.toMatchObject({ code: "invalid" });
	});

	test("are for this moment: without a connection they are not sent", async ({ dial }) => {
		expect(await meeting(dial({ url: "http://127.0.0.1:1" })).signal("cursor_moved", { x: 1 })).toBe(false);
	});
});

describe("presence", () => {
	test("tells who is there and what they show", async ({ dial }) => {
		const one = meeting(dial());
		const other = meeting(dial());
		let changes = 0;
		one.presence.onChange(() => changes++);
		one.subscribe(() => {}, { presence: { name: "Ada" } });
		const names = (): unknown[] => one.presence.list.flatMap(({ metas }) => metas.map(({ name }) => name)).sort();
		await until("one", () => names().join() === "Ada");
		const there = other.subscribe(() => {}, { presence: { name: "Bob" } });
		await until("both", () => names().join() === "Ada,Bob");
		expect(one.presence.count).toBe(2);
		await other.presence.set({ name: "Bobby" });
		await until("another name", () => names().join() === "Ada,Bobby");
		const before = one.presence.list;
		there.unsubscribe();
		other.leave();
		await until("one", () => names().join() === "Ada");
		expect(one.presence.list).not.toBe(before);
		expect(changes).toBeGreaterThan(3);
	});
});

describe("pause", () => {
	test("holds back until resume", async ({ dial, server }) => {
		const stream = meeting(dial());
		const seen: EventOf<Meeting>[] = [];
		const subscription = stream.subscribe((event) => seen.push(event));
		await until("live", () => subscription.live);
		await stream.pause();
		await append(server, "meeting:1", { type: "card_added", data: { title: "a" } });
		// The answer comes after whatever the server pushed before it.
		expect((await stream.read()).events).toHaveLength(1);
		expect(seen).toEqual([]);
		await stream.resume();
		await until("the event", () => seen.length === 1);
	});

	test("outlasts a break", async ({ dialBadly, network, server }) => {
		const stream = meeting(dialBadly());
		const seen: EventOf<Meeting>[] = [];
		const subscription = stream.subscribe((event) => seen.push(event));
		await until("live", () => subscription.live);
		await stream.pause();
		let broken = false;
		stream.onStatus((status) => {
			broken ||= status !== "joined";
		});
		network.cut();
		await until("the break", () => broken);
		await append(server, "meeting:1", { type: "card_added", data: { title: "a" } });
		await until("the join", () => stream.status === "joined");
		expect((await stream.read()).events).toHaveLength(1);
		expect(seen).toEqual([]);
		await stream.resume();
		await until("the event", () => seen.length === 1);
		expect(titles(seen)).toEqual(["a"]);
	});
});
