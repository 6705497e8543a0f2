// The example with accounts, with npm ws on the other side.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { root } from "../support/build.js";
import { deadline, patience, until } from "../support/until.js";

let folder: string;
let child: ChildProcess | undefined;
const sockets: WebSocket[] = [];

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), "recount-e2e-accounts-"));
	await promisify(execFile)("go", ["build", "-o", path.join(folder, "accounts"), "./examples/accounts"], { cwd: root });
	await writeFile(path.join(folder, ".env"), "RECOUNT_LISTEN=127.0.0.1:0\nRECOUNT_STORE=pebble:kept\n");
});

afterEach(async () => {
	for (const socket of sockets.splice(0)) {
		socket.terminate();
	}
	await end("SIGKILL");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts the program, and returns where it listens. */
async function start(...args: string[]): Promise<string> {
	const started = spawn(path.join(folder, "accounts"), args, {
		cwd: folder,
		stdio: ["ignore", "pipe", "inherit"],
		env: {},
	});
	child = started;
	const [line] = await deadline(patience, "the program to listen", once(createInterface(started.stdout), "line"));
	const [, url] = /at (http:\S+), their events in (?:pebble:kept|memory:)$/.exec(String(line)) ?? [];
	expect(url, String(line)).toBeDefined();
	return String(url);
}

/** Ends the program, and returns its exit code. */
async function end(signal: NodeJS.Signals): Promise<unknown> {
	const ending = child;
	child = undefined;
	if (!ending) {
		return undefined;
	}
	const exit = once(ending, "exit");
	ending.kill(signal);
	const [code] = await deadline(patience, "the program to end", exit);
	return code;
}

interface News {
	id: string;
	type: string;
	payload: unknown;
	version: number;
}

/** Opens a socket that remembers what came. */
async function open(url: string, place: string): Promise<{ socket: WebSocket; texts: string[]; events: News[] }> {
	const socket = new WebSocket(`${url.replace("http", "ws")}/ws/${place}`);
	sockets.push(socket);
	const texts: string[] = [];
	const events: News[] = [];
	socket.on("message", (data, binary) => {
		expect(binary).toBe(false);
		const text = data.toString();
		if (text.startsWith('{"id":')) {
			events.push(JSON.parse(text));
		} else {
			texts.push(text);
		}
	});
	await deadline(patience, "the socket to open", once(socket, "open"));
	return { socket, texts, events };
}

function register(url: string, email: string): Promise<Response> {
	return fetch(`${url}/accounts`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ email }),
	});
}

test("accounts, their sockets, and a power cut", async () => {
	let url = await start();
	expect(await (await fetch(url)).text()).toBe("Healthy");
	expect((await fetch(`${url}/elsewhere`)).status).toBe(404);

	const first = await register(url, "ada@example.com");
	expect([first.status, await first.json()]).toEqual([201, { account_id: 1 }]);
	expect((await register(url, "  ADA@example.com ")).status).toBe(409);
	expect((await register(url, "ada")).status).toBe(422);
	expect(await (await register(url, "bob@example.com")).json()).toEqual({ account_id: 2 });

	const ada = await open(url, "1");
	const bob = await open(url, "2");
	ada.socket.send("ping");
	await until("a pong", () => ada.texts.includes("pong"));
	for (let i = 0; i < 100; i++) {
		ada.socket.send("event:2");
	}
	await until("all events", () => bob.events.length === 101);
	expect(bob.events.map(({ version }) => version)).toEqual(Array.from({ length: 101 }, (_, i) => i + 1));
	expect(bob.events.map(({ type }) => type)).toEqual(["registered", ...Array.from({ length: 100 }, () => "poked")]);
	expect(bob.events[0]?.payload).toEqual({ email: "bob@example.com" });

	bob.socket.send("pause");
	bob.socket.send("ping");
	await until("a pong", () => bob.texts.includes("pong"));
	ada.socket.send("event:2");
	ada.socket.send("event:3");
	await until("an error", () => ada.texts.includes('{"error":"not_found","message":"there is no account 3"}'));
	bob.socket.send("ping");
	await until("another pong", () => bob.texts.length === 2);
	expect(bob.events).toHaveLength(101);
	bob.socket.send("resume");
	await until("what was held back", () => bob.events.length === 102);

	await end("SIGKILL");
	url = await start();
	expect((await register(url, "Bob@example.com")).status).toBe(409);
	const again = await open(url, "2?since=100");
	await until("the rest", () => again.events.length === 2);
	expect(again.events).toEqual(bob.events.slice(100));

	const closed = once(again.socket, "close");
	expect(await end("SIGTERM")).toBe(0);
	expect((await closed)[0]).toBe(1001);
});

test("what is refused", async () => {
	const url = await start("--store", "memory:");
	await register(url, "eve@example.com");
	for (const [place, status] of [
		["9", 404],
		["1?since=soon", 422],
		["1?since=99", 410],
	]) {
		const socket = new WebSocket(`${url.replace("http", "ws")}/ws/${place}`);
		const [, response] = await deadline(patience, "an answer", once(socket, "unexpected-response"));
		expect(response.statusCode, String(place)).toBe(status);
		socket.on("error", () => {}).terminate();
	}
});
