import { connect, memoryOutbox } from "@recount/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";
import { add, open, outcome, settle } from "./given.js";

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

test("whatever is pending and whoever listens, leave leaves at once and nothing is asked any more", async () => {
	const pushes: string[] = [];
	const { server, stream } = open({
		onPush: (event) => pushes.push(event),
		fault: (event) => (event === "$read" || event === "$append" ? "unavailable" : undefined),
	});
	stream.onSignal(() => {});
	stream.presence.onChange(() => {});
	const read = outcome(stream.read());
	const receipt = stream.append("x");
	await settle();
	expect(pushes).toEqual(expect.arrayContaining(["$read", "$append"]));
	pushes.length = 0;
	stream.leave();
	expect(stream.status).toBe("idle");
	expect(await read).toBe("unavailable");
	await settle(60_000);
	expect(pushes.filter((event) => event !== "heartbeat")).toEqual(["phx_leave"]);
	expect(stream.status).toBe("idle");
	expect(stream.pending).toHaveLength(1);
	expect(server.log("list:1")).toEqual([]);
	expect(await Promise.race([receipt, "waits"])).toBe("waits");
});

test("what is pending when a stream is left is sent when it is joined again, and then the stream is let go", async () => {
	let fault: string | undefined = "unavailable";
	const { server, stream } = open({ fault: (event) => (event === "$append" ? fault : undefined) });
	const heard: unknown[] = [];
	stream.onSignal(({ type }) => heard.push(type));
	const both = [stream.append("x"), stream.append("y")];
	await settle();
	stream.leave();
	await settle();
	fault = undefined;
	const { unsubscribe } = stream.subscribe({});
	// What is sent keeps it joined, the listener does so no longer.
	await settle(2);
	unsubscribe();
	expect(await Promise.all(both.map(outcome))).toEqual(["ok", "ok"]);
	expect(server.log("list:1").map(({ type }) => type)).toEqual(["x", "y"]);
	await settle();
	expect(stream.status).toBe("idle");
	expect(heard).toEqual([]);
});

test("what is pending when a stream is left is sent by the next connection", async () => {
	const outbox = memoryOutbox();
	const server = new SimulatedServer();
	const dial = () => connect("http://127.0.0.1", { transport: server.WebSocket, outbox });
	server.kill();
	const before = dial();
	const gone = before.stream("list:1").append("x", 1, { id: "one" });
	before.stream("list:1").leave();
	before.close();
	expect(await outcome(gone)).toBe("unavailable");
	server.start();
	dial();
	await settle();
	expect(server.log("list:1")).toMatchObject([{ id: "one" }]);
});

test("what was asked before a stream was left is not asked by who comes at once", async () => {
	let reads = 0;
	const { stream } = open({
		onPush: (event) => event === "$read" && reads++,
		fault: (event) => (event === "$read" ? "unavailable" : undefined),
	});
	const resting = outcome(stream.read());
	await settle(100);
	const before = reads;
	const unanswered = outcome(stream.read());
	stream.leave();
	stream.subscribe({});
	expect([await resting, await unanswered]).toEqual(["unavailable", "unavailable"]);
	expect(reads).toBeLessThanOrEqual(before + 1);
	expect(stream.status).toBe("joined");
});

test("whoever subscribes again when a stream is left joins it again", async () => {
	const { server, stream } = open();
	const seen: number[] = [];
	stream.subscribe({ end: () => stream.subscribe(({ version }) => seen.push(version)) });
	await settle();
	stream.leave();
	await settle();
	expect(stream.status).toBe("joined");
	add(server);
	await settle();
	expect(seen).toEqual([1]);
});
