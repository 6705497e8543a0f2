import { type Connection, type Entry, RecountError } from "@recount/client";
import { describe, expect } from "vitest";
import { inSeconds, mint } from "../../../../e2e/support/token.js";
import { until } from "../../../../e2e/support/until.js";
import { test } from "../../support/fixture.js";

const closed = (connection: Connection): Promise<boolean> => until("the end", () => connection.state === "closed");

describe("a token that does not hold", () => {
	test("ends the connection, and everybody hears why", async ({ dial, network }) => {
		const connection = dial({ url: network.url, token: mint({ sub: "ada", exp: inSeconds(60) }, "another key") });
		const ends: (RecountError | undefined)[] = [];
		connection.stream("meeting:1").subscribe({ end: (error) => ends.push(error) });
		const refused = connection.stream("meeting:1").append("card_added", 1);
		await expect(refused).rejects.toMatchObject({ code: "unauthenticated" });
		await closed(connection);
		expect(connection.error).toMatchObject({ code: "unauthenticated" });
		expect(ends).toMatchObject([{ code: "unauthenticated" }]);
		expect(network.accepted).toBe(1);
		// What comes later hears it as well.
		connection.stream("meeting:2").subscribe({ end: (error) => ends.push(error) });
		await until("the second", () => ends.length === 2);
		expect(ends[1]).toMatchObject({ code: "unauthenticated" });
	});

	test("is replaced where getToken gives others", async ({ dial }) => {
		const given: string[] = [];
		const connection = dial({
			getToken: async () => {
				given.push(mint({ sub: "ada", exp: inSeconds(given.length < 2 ? -60 : 60) }));
				return given.at(-1) ?? "";
			},
		});
		const receipt = await connection.stream("meeting:1").append("card_added", 1);
		const { events } = await connection.stream("meeting:1").read();
		expect(receipt.version).toBe(1);
		expect(events[0]?.actor).toBe("ada");
		expect(given).toHaveLength(3);
	});

	test("ends it where getToken says that there is none", async ({ dial }) => {
		let asked = 0;
		const warnings: unknown[] = [];
		const connection = dial({
			getToken: () => {
				asked++;
				throw asked === 1 ? new TypeError("no network") : new RecountError("unauthenticated", "signed out");
			},
			onWarning: (warning) => warnings.push(warning),
		});
		await closed(connection);
		expect(connection.error).toMatchObject({ message: "signed out" });
		expect(warnings).toMatchObject([{ message: "no network" }]);
	});

	test("of an anonymous client that another server gave is forgotten", async ({ dial }) => {
		const kept = new Map<string, string>();
		const storage = {
			getItem: (key: string) => kept.get(key) ?? null,
			setItem: (key: string, value: string) => void kept.set(key, value),
			removeItem: (key: string) => void kept.delete(key),
		};
		const first = dial({ storage });
		await first.stream("meeting:1").append("card_added", 1);
		const { caller } = first;
		expect(caller).toMatch(/^anon-/);
		first.close();
		const second = dial({ storage });
		await second.stream("meeting:1").append("card_added", 2);
		expect(second.caller).toBe(caller);
		second.close();
		const [key = ""] = kept.keys();
		kept.set(key, JSON.stringify({ id: "anon-x", token: "nonsense" }));
		const third = dial({ storage });
		await third.stream("meeting:1").append("card_added", 3);
		expect(third.caller).toMatch(/^anon-/);
		expect([caller, "anon-x"]).not.toContain(third.caller);
	});
});

describe("a token that runs out", () => {
	test("is renewed in time, on the same connection", async ({ dial, network }) => {
		let given = 0;
		const getToken = (): string => mint({ sub: "ada", exp: inSeconds(++given === 1 ? 3 : 600) });
		const stream = dial({ url: network.url, getToken }).stream("meeting:1");
		const seen: number[] = [];
		stream.subscribe(({ version }) => seen.push(version));
		await until("a second token", () => given === 2);
		await stream.append("card_added", 1);
		await until("the event", () => seen.length === 1);
		expect(network.accepted).toBe(1);
	});

	test("is renewed late, on another connection", async ({ dial, network }) => {
		let given = 0;
		const getToken = (): string => {
			if (++given === 2) {
				throw new TypeError("no network");
			}
			return mint({ sub: "ada", exp: inSeconds(given === 1 ? 2 : 600) });
		};
		const stream = dial({ url: network.url, getToken }).stream("meeting:1");
		const seen: number[] = [];
		stream.subscribe(({ version }) => seen.push(version));
		await stream.append("card_added", 1);
		await until("another connection", () => network.accepted === 2);
		await stream.append("card_added", 2);
		await until("the events", () => seen.length === 2);
		expect(seen).toEqual([1, 2]);
		expect(given).toBe(3);
	});
});

describe("a join that is refused", () => {
	test("ends the stream, not the connection, and keeps what waits there", async ({ dial, network }) => {
		const connection = dial({ url: network.url });
		const refused: [Entry, RecountError][] = [];
		connection.onRejected((entry, error) => refused.push([entry, error]));
		const stream = connection.stream("unknown:1");
		await expect(stream.append("x", 1, { id: "first" })).rejects.toMatchObject({ code: "not_found" });
		expect(stream.status).toBe("closed");
		// Nobody has judged it: as soon as the server knows the category it is sent.
		expect(stream.pending).toMatchObject([{ id: "first" }]);
		expect(refused).toEqual([]);
		await expect(stream.read()).rejects.toMatchObject({ code: "not_found" });
		await connection.stream("meeting:1").append("card_added", 1);
		expect(connection.state).toBe("open");
		expect(network.accepted).toBe(1);
	});
});

describe("an entry that is refused", () => {
	test("does not hold up those behind it", async ({ dial }) => {
		const stream = dial().stream("meeting:1");
		const told: string[] = [];
		stream.onRejected(({ id }, { code }) => told.push(`${id} ${code}`));
		const outcomes = await Promise.allSettled([
			stream.append("card_added", 1),
			stream.append("t".repeat(200), 2, { id: "bad" }),
			stream.append("card_added", 3),
		]);
		expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
		expect(told).toEqual(["bad too_large"]);
		const { events } = await stream.read();
		expect(events.map(({ data }) => data)).toEqual([1, 3]);
	});

	test("because the server closes over its size, comes once more and then no further", async ({ dial, network }) => {
		const stream = dial({ url: network.url }).stream("meeting:1");
		const large = stream.append("card_added", "x".repeat(2_000_000));
		const small = stream.append("card_added", 2);
		await expect(large).rejects.toMatchObject({ code: "too_large" });
		expect(await small).toMatchObject({ version: 1 });
		// Once more, alone: the first time something else could have been too large.
		expect(network.accepted).toBe(3);
	});
});

describe("close", () => {
	test("ends all and tells who waits", async ({ dial }) => {
		const connection = dial({ url: "http://127.0.0.1:1" });
		const stream = connection.stream("meeting:1");
		let ended = 0;
		stream.subscribe({ end: (error) => (ended += error ? 10 : 1) });
		const waiting = Promise.allSettled([stream.append("card_added", 1), stream.read()]);
		connection.close();
		expect(await waiting).toMatchObject([{ reason: { code: "unavailable" } }, { reason: { code: "unavailable" } }]);
		expect(ended).toBe(1);
		expect(stream.pending).toHaveLength(1);
		await expect(stream.append("card_added", 2)).rejects.toMatchObject({ code: "unavailable" });
	});
});
