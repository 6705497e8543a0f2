// Whose outbox it is, who we are, and what happens when nobody knows any more.

import { connect, indexedOutbox, memoryOutbox, type RecountError } from "@recount/client";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { inSeconds, mint } from "../../../../e2e/support/token.js";
import { until } from "../../../../e2e/support/until.js";
import { quick, test as testWithServer } from "../../support/fixture.js";
import { fakeLocks } from "../../support/locks.js";
import { SimulatedServer } from "../../support/simulated.js";
import { open, outcome, settle } from "./given.js";

afterEach(() => {
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

describe("an outbox in a browser that people share", () => {
	let factory: IDBFactory;
	/** The databases that were opened. */
	let names: string[];

	beforeEach(() => {
		factory = new IDBFactory();
		names = [];
		const open = factory.open.bind(factory);
		vi.spyOn(factory, "open").mockImplementation((name, version) => {
			names.push(name);
			return open(name, version);
		});
		vi.stubGlobal("indexedDB", factory);
	});

	testWithServer("is that of the token: what Ada did offline is never sent as Bob", async ({ dial }) => {
		const people = ["ada", "bob"].map((sub) => ({ sub, token: mint({ sub, exp: inSeconds(60) }) }));
		for (const { sub, token } of people) {
			const offline = dial({ token, transport: Nowhere });
			const lost = offline.stream("meeting:1").append("card_added", sub);
			offline.close();
			await expect(lost).rejects.toMatchObject({ code: "unavailable" });
		}
		const other = dial({ token: people[1]?.token });
		const stream = other.stream("meeting:1");
		// What an outbox holds is handed over at once: when Bob's is sent, Ada's would be as well, as it is older.
		await until("Bob's", async () => (await stream.read()).events.some(({ data }) => data === "bob"));
		expect((await stream.read()).events.map(({ actor, data }) => [actor, data])).toEqual([["bob", "bob"]]);
		other.close();
		const again = dial({ token: mint({ sub: "ada", exp: inSeconds(600) }) });
		const { value } = await again.stream("meeting:1").events({ since: 1 }).next();
		expect(value).toMatchObject({ actor: "ada", data: "ada" });
	});

	const encode = (text: string, to: BufferEncoding = "base64url"): string => Buffer.from(text).toString(to);

	test.for([
		["a JSON Web Token", mint({ sub: "ada" }), "ada"],
		["one with - and _ in it", `a.${encode(JSON.stringify({ sub: "?>~", more: "???>>>" }))}.b`, "?>~"],
		["one without sub", mint({ name: "ada" }), ""],
		["one that is no JSON", `a.${encode("ada")}.b`, ""],
		["one that is no object", `a.${encode("null")}.b`, ""],
		["something else", "opaque", ""],
	] as const)("has in its name whom the token is for: %s", ([, token, sub]) => {
		const { WebSocket: transport } = new SimulatedServer();
		connect("http://127.0.0.1", { transport, storage: undefined, token }).close();
		expect([...new Set(names)]).toEqual([`recount ws://127.0.0.1/socket ${sub}`]);
	});

	test("has in its name the scope that is given, before that of the token", () => {
		const { WebSocket: transport } = new SimulatedServer();
		const given = { transport, storage: undefined };
		connect("http://127.0.0.1", { ...given, token: mint({ sub: "ada" }), scope: "mine" }).close();
		connect("http://127.0.0.1", { ...given, getToken: () => mint({ sub: "ada" }) }).close();
		expect([...new Set(names)]).toEqual(["recount ws://127.0.0.1/socket mine", "recount ws://127.0.0.1/socket "]);
	});
});

/** A WebSocket that never opens. */
class Nowhere {
	readyState = 0;
	close(): void {}
}

describe("who we are", () => {
	testWithServer("is what the server says, also with a token", async ({ dial }) => {
		const connection = dial({ token: mint({ sub: "ada", exp: inSeconds(60) }) });
		const told: (string | undefined)[] = [];
		connection.onState(() => told.push(connection.caller));
		expect(connection.caller).toBe(undefined);
		await connection.stream("meeting:1").append("card_added", 1);
		const { events } = await connection.stream("meeting:1").read();
		expect(connection.caller).toBe("ada");
		expect(events[0]?.actor).toBe("ada");
		expect(told.at(-1)).toBe("ada");
	});

	testWithServer("is known of an anonymous client before the first join, from its storage", async ({ dial }) => {
		const kept = new Map<string, string>();
		const storage = {
			getItem: (key: string) => kept.get(key) ?? null,
			setItem: (key: string, value: string) => void kept.set(key, value),
			removeItem: (key: string) => void kept.delete(key),
		};
		const first = dial({ storage });
		await first.stream("meeting:1").append("card_added", 1);
		const { events } = await first.stream("meeting:1").read();
		expect(first.caller).toBe(events[0]?.actor);
		expect(dial({ storage }).caller).toBe(first.caller);
	});

	test("is told once where it stays the same", async () => {
		vi.useFakeTimers();
		const { server, connection, stream } = open({ actor: () => "ada" });
		const told: (string | undefined)[] = [];
		connection.onState(() => told.push(connection.caller));
		stream.subscribe({});
		await settle();
		server.cut();
		await settle();
		expect(told).toEqual([undefined, "ada", "ada", "ada"]);
	});
});

describe("a token that runs out, without getToken", () => {
	testWithServer("ends the connection, and everybody hears why", async ({ dial, network }) => {
		const connection = dial({ url: network.url, token: mint({ sub: "ada", exp: inSeconds(2) }) });
		const ends: (RecountError | undefined)[] = [];
		for (const name of ["meeting:1", "meeting:2"]) {
			connection.stream(name).subscribe({ end: (error) => ends.push(error) });
		}
		await connection.stream("meeting:1").append("card_added", 1);
		await until("the end", () => connection.state === "closed");
		expect(connection.error).toMatchObject({ code: "unauthenticated" });
		expect(ends).toMatchObject([{ code: "unauthenticated" }, { code: "unauthenticated" }]);
		expect(network.accepted).toBe(1);
	});

	test("leaves in the outbox what is pending", async () => {
		vi.useFakeTimers();
		const outbox = memoryOutbox();
		const { connection, stream } = open({
			token: "t",
			actor: () => "ada",
			outbox,
			fault: (event) => (event === "$append" ? "unauthenticated" : undefined),
		});
		const refused: unknown[] = [];
		connection.onRejected((entry) => refused.push(entry));
		expect(await outcome(stream.append("x", 1, { id: "mine" }))).toBe("unauthenticated");
		expect([connection.state, connection.error?.code]).toEqual(["closed", "unauthenticated"]);
		expect(refused).toEqual([]);
		const left: string[] = [];
		await outbox.claim((entries) => left.push(...entries.map(({ id }) => id)));
		expect(left).toEqual(["mine"]);
	});
});

test("a connection whose token is suddenly somebody else's ends, and sends nothing in that name", async () => {
	vi.useFakeTimers();
	const outbox = memoryOutbox();
	const { connection, server, stream } = open({
		getToken: () => "t",
		actor: (n) => (n === 1 ? "ada" : "eve"),
		outbox,
	});
	expect(await outcome(stream.append("x"))).toBe("ok");
	expect(connection.caller).toBe("ada");
	server.cut();
	expect(await outcome(stream.append("x", 1, { id: "mine" }))).toBe("unauthenticated");
	expect([connection.state, connection.error?.code]).toEqual(["closed", "unauthenticated"]);
	expect(connection.caller).toBe("ada");
	await settle();
	expect(server.log("list:1").map(({ actor }) => actor)).toEqual(["ada"]);
	const left: string[] = [];
	await outbox.claim((entries) => left.push(...entries.map(({ id }) => id)));
	expect(left).toEqual(["mine"]);
});

describe("onWarning", () => {
	test("hears what was refused for good where nobody listens for it", async () => {
		vi.useFakeTimers();
		const warnings: unknown[] = [];
		const { connection, stream } = open({
			refuse: () => "no card may be burnt",
			onWarning: (warning) => warnings.push(warning),
		});
		expect(await outcome(stream.append("x"))).toBe("rejected");
		expect(warnings).toMatchObject([{ code: "rejected", message: "no card may be burnt" }]);
		const stop = connection.onRejected(() => {});
		expect(await outcome(stream.append("x"))).toBe("rejected");
		expect(warnings).toHaveLength(1);
		stop();
		expect(await outcome(stream.append("x"))).toBe("rejected");
		expect(warnings).toHaveLength(2);
	});

	test.for([true, false])("hears nothing of a connection that is closed early; with locks: %s", async (locked) => {
		const warnings: unknown[] = [];
		const failed = (error: unknown): unknown => warnings.push(error);
		process.on("unhandledRejection", failed);
		const { WebSocket: transport } = new SimulatedServer();
		const factory = new IDBFactory();
		const locks = locked ? fakeLocks() : undefined;
		for (let ticks = 0; ticks < 60; ticks++) {
			const outbox = indexedOutbox("db", { factory, locks });
			const connection = connect("http://127.0.0.1", { ...quick, transport, outbox, onWarning: failed });
			connection
				.stream("meeting:1")
				.append("x", ticks)
				.catch(() => {});
			// Some of these are turns of the page, in which the database answers, the others are smaller.
			for (let tick = 0; tick < ticks; tick++) {
				await (tick % 3 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined);
			}
			connection.close();
		}
		await new Promise((resolve) => {
			setTimeout(resolve, 100);
		});
		process.off("unhandledRejection", failed);
		expect(warnings).toEqual([]);
	});
});
