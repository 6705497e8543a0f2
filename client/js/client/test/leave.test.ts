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

test("whatever is pending and whoever listens, leave rejects what was asked, sends what is pending, and leaves", async () => {
	const pushes: string[] = [];
	let fault: string | undefined = "unavailable";
	const { server, stream } = open({
		onPush: (event) => pushes.push(event),
		fault: (event) => (event.startsWith("$") ? fault : undefined),
	});
	const heard: unknown[] = [];
	stream.onSignal(({ type }) => heard.push(type));
	stream.presence.onChange(() => {});
	let ended = 0;
	stream.subscribe({ end: () => ended++ });
	const asked = [stream.read(), stream.state(), stream.fork("list:2")].map(outcome);
	await settle(3);
	const receipts = [stream.append("x"), stream.append("y")];
	await settle();
	expect(pushes).toEqual(expect.arrayContaining(["$read", "$append"]));
	stream.leave();
	expect(ended).toBe(1);
	expect(await Promise.all(asked)).toEqual(["unavailable", "unavailable", "unavailable"]);
	pushes.length = 0;
	await settle(60_000);
	expect(pushes).toEqual(expect.arrayContaining(["$append"]));
	expect(pushes.filter((event) => event !== "heartbeat" && event !== "$append")).toEqual([]);
	fault = undefined;
	expect(await Promise.all(receipts.map(outcome))).toEqual(["ok", "ok"]);
	expect(server.log("list:1").map(({ type }) => type)).toEqual(["x", "y"]);
	await settle();
	expect(pushes.filter((event) => event !== "heartbeat").at(-1)).toBe("phx_leave");
	expect(stream.status).toBe("idle");
	server.append("list:1", [{ type: "z" }]);
	pushes.length = 0;
	await settle(60_000);
	expect(pushes.filter((event) => event !== "heartbeat")).toEqual([]);
	expect(heard).toEqual([]);
});

test("what is on its way when a stream is left is sent once, and then it is left", async () => {
	const pushes: string[] = [];
	const { stream } = open({ latency: () => 50, onPush: (event) => pushes.push(event) });
	stream.subscribe({});
	await settle();
	pushes.length = 0;
	const receipt = stream.append("x");
	stream.leave();
	expect(stream.status).toBe("joined");
	expect(await outcome(receipt)).toBe("ok");
	await settle();
	expect(pushes).toEqual(["$append", "phx_leave"]);
	expect(stream.status).toBe("idle");
});

test("what is pending when a stream is left without a connection is sent when that is back", async () => {
	const { server, stream } = open();
	stream.subscribe({});
	await settle();
	server.kill();
	const receipt = stream.append("x");
	await settle(60_000);
	stream.leave();
	await settle(60_000);
	server.start();
	expect(await outcome(receipt)).toBe("ok");
	expect(server.log("list:1")).toHaveLength(1);
	await settle();
	expect(stream.status).toBe("idle");
});

test("a paused stream that is left goes on for who comes before it is left indeed", async () => {
	let fault: string | undefined = "unavailable";
	const { server, stream } = open({ fault: (event) => (event === "$append" ? fault : undefined) });
	stream.subscribe({});
	await settle();
	void stream.pause();
	const receipt = stream.append("x");
	await settle();
	add(server);
	await settle();
	stream.leave();
	const seen: number[] = [];
	stream.subscribe(({ version }) => seen.push(version));
	fault = undefined;
	expect(await outcome(receipt)).toBe("ok");
	add(server);
	await settle();
	expect(seen).toEqual([1, 2, 3]);
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
