// What a connection leaves behind when it is closed: nothing.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { connect, memoryOutbox, type Outbox, RecountError } from "@recount/client";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { test as testWithServer } from "../../support/fixture.js";
import { SimulatedServer } from "../../support/simulated.js";
import { open, outcome, settle } from "./given.js";

describe("close", () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});
	afterEach(() => {
		vi.useRealTimers();
		vi.unstubAllGlobals();
	});

	/** Lets the close itself pass, and counts the timers that are left. */
	async function left(): Promise<number> {
		await settle(1);
		return vi.getTimerCount();
	}

	const unanswered = (event: string): boolean => event !== "phx_reply";

	test("leaves no timer of a stream that lingers", async () => {
		const { connection, stream } = open();
		const { unsubscribe } = stream.subscribe({});
		await settle(100);
		unsubscribe();
		connection.close();
		expect(await left()).toBe(0);
		const other = open();
		other.stream.subscribe({});
		await settle(100);
		other.connection.close();
		expect(await left()).toBe(0);
	});

	test("leaves no timer of what rests before it is tried again", async () => {
		const { connection, stream } = open({ fault: (event) => (event.startsWith("$") ? "unavailable" : undefined) });
		const asked = [stream.append("x"), stream.read(), stream.presence.set({ name: "Ada" })].map(outcome);
		await settle(30_000);
		connection.close();
		expect(await left()).toBe(0);
		expect(await Promise.all(asked)).toEqual(["unavailable", "unavailable", "ok"]);
	});

	test("leaves no timer of what is not answered", async () => {
		let answers = true;
		const { connection, stream } = open({ onSend: (event) => answers || unanswered(event) });
		stream.subscribe({});
		await settle(100);
		answers = false;
		const asked = [stream.append("x"), stream.read()].map(outcome);
		await settle(100);
		connection.close();
		expect(await left()).toBe(0);
		expect(await Promise.all(asked)).toEqual(["unavailable", "unavailable"]);
	});

	test("leaves no timer of a join that is not answered, or is tried again", async () => {
		const silent = open({ onSend: unanswered });
		silent.stream.subscribe({});
		await settle(100);
		silent.connection.close();
		expect(await left()).toBe(0);
		const refused = open({ fault: (event) => (event === "phx_join" ? "unavailable" : undefined) });
		refused.stream.subscribe({});
		await settle(100);
		refused.connection.close();
		expect(await left()).toBe(0);
	});

	test("leaves no timer of a connection that is tried again, or of a token", async () => {
		const { server, connection, stream } = open();
		server.kill();
		stream.subscribe({});
		await settle(30_000);
		connection.close();
		expect(await left()).toBe(0);
		const { WebSocket: transport } = server;
		const getToken = (): never => {
			throw new TypeError("no network");
		};
		const waiting = connect("http://127.0.0.1", { transport, outbox: memoryOutbox(), getToken });
		await settle(30_000);
		waiting.close();
		expect(await left()).toBe(0);
		const late = connect("http://127.0.0.1", {
			transport,
			outbox: memoryOutbox(),
			getToken: async () => {
				await Promise.resolve();
				late.close();
				throw new TypeError("no network");
			},
		});
		expect(await left()).toBe(0);
	});

	test("leaves no timer of what was wanted in the same turn", async () => {
		const { connection, stream } = open();
		stream.subscribe({});
		stream.onSignal(() => {});
		connection.close();
		expect(await left()).toBe(0);
	});

	test("leaves no listener, and no timer of the doubt", async () => {
		const page = new EventTarget();
		const listening = new Map<string, number>();
		const count = (type: string, by: number): unknown => listening.set(type, (listening.get(type) ?? 0) + by);
		vi.stubGlobal("addEventListener", (type: string, listener: EventListener) => {
			count(type, 1);
			page.addEventListener(type, listener);
		});
		vi.stubGlobal("removeEventListener", (type: string, listener: EventListener) => {
			count(type, -1);
			page.removeEventListener(type, listener);
		});
		const { connection } = open({ onSend: unanswered });
		await settle(100);
		expect(listening).toEqual(
			new Map([
				["online", 1],
				["offline", 1],
			]),
		);
		page.dispatchEvent(new Event("offline"));
		connection.close();
		expect([...new Set(listening.values())]).toEqual([0]);
		expect(await left()).toBe(0);
	});

	test("refuses nothing that an outbox hands over later, or that is done later", async () => {
		const removed: string[] = [];
		let hand: () => void = () => {};
		const outbox: Outbox = {
			...memoryOutbox(),
			claim: async (taken) => {
				hand = () => taken([{ id: "late", stream: "list:1", event: "$append", payload: { events: [] } }]);
			},
			remove: async ({ id }) => void removed.push(id),
		};
		const { WebSocket: transport } = new SimulatedServer();
		const connection = connect("http://127.0.0.1", { transport, outbox });
		const refused: unknown[] = [];
		connection.onRejected((entry) => refused.push(entry));
		connection.close();
		hand();
		await settle();
		const error: unknown = await connection
			.stream("list:2")
			.append("x")
			.catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(RecountError);
		expect(String(error)).toContain("connect again");
		expect([removed, refused]).toEqual([[], []]);
	});
});

test("who subscribes again at each end of a closed connection keeps the page from nothing", async () => {
	const { connection, stream } = open();
	connection.close();
	let ends = 0;
	const again = (): void => {
		// Bounded, so that this test ends, too, where it never gives way.
		if (ends < 10_000) {
			stream.subscribe({ end: () => again() });
			ends++;
		}
	};
	again();
	await new Promise((resolve) => {
		setTimeout(resolve, 10);
	});
	expect(ends).toBeGreaterThan(1);
	expect(ends).toBeLessThan(1000);
	ends = 10_000;
});

describe("a process", () => {
	let folder: string;

	beforeEach(async () => {
		// Here, so that what it imports is found.
		folder = await mkdtemp(path.join(import.meta.dirname, "../../../../node_modules/.close-"));
	});
	afterEach(async () => {
		await rm(folder, { recursive: true, force: true });
	});

	testWithServer("ends when it closes its connection, though not all is answered", async ({ server }) => {
		const contents = `
			import { connect } from "@recount/client";
			import { WebSocket } from "ws";
			const connection = connect(process.argv[2], { transport: WebSocket });
			const stream = connection.stream("meeting:1");
			await stream.append("card_added", 1);
			for (const asked of [stream.append("card_added", 2), stream.read()]) {
				asked.catch(() => {});
			}
			connection.close();
			const closed = performance.now();
			process.on("exit", () => console.log(performance.now() - closed));`;
		const outfile = path.join(folder, "main.mjs");
		await build({
			stdin: { contents, resolveDir: import.meta.dirname },
			bundle: true,
			platform: "node",
			format: "esm",
			conditions: ["recount-source"],
			external: ["ws"],
			outfile,
		});
		const { stdout } = await promisify(execFile)(process.execPath, [outfile, server.url]);
		expect(Number.parseFloat(stdout)).toBeLessThan(5000);
	});
});
