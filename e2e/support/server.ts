// Starts the real program with a configuration and a store of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { inject } from "vitest";
import { deadline, patience } from "./until.js";

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** The secret that the servers of the tests check tokens with. */
export const secret = "only-for-tests-0123456789abcdefghijklmnop";

/** What a server of these tests is configured with, unless a test says otherwise. */
export const defaults: JsonObject = {
	listen: "127.0.0.1:0",
	store: "pebble:data",
	auth: { anonymous: true, jwt: { secret } },
	categories: {
		meeting: {
			events: { card_added: {}, reaction_sent: { replay: false } },
			signals: ["cursor_moved"],
			presence: true,
		},
		note: {},
	},
};

/** One running program. */
export class Server {
	/** Everything that the program wrote to its standard error, for messages. */
	log = "";
	/** "http://127.0.0.1:PORT". Changes when the program is started again. */
	url = "";
	#child: ChildProcess | undefined;
	readonly #folder: string;
	readonly #args: string[];

	constructor(folder: string, args: string[]) {
		this.#folder = folder;
		this.#args = args;
	}

	/** The endpoint that phoenix's Socket wants. */
	get endpoint(): string {
		return `${this.url.replace("http", "ws")}/socket`;
	}

	/** The whole address of the WebSocket, for clients without phoenix. */
	get websocket(): string {
		return `${this.endpoint}/websocket?vsn=2.0.0`;
	}

	get port(): number {
		return Number(new URL(this.url).port);
	}

	/** Starts the program (again) and waits until it says where it listens. */
	async start(): Promise<void> {
		const child = spawn(inject("binary"), this.#args, {
			cwd: this.#folder,
			stdio: ["ignore", "pipe", "pipe"],
			env: { PATH: process.env.PATH, HOME: this.#folder },
		});
		this.#child = child;
		child.stderr.setEncoding("utf8").on("data", (text: string) => {
			this.log += text;
		});
		this.url = await deadline(patience, "the server to say where it listens", this.#listening(child));
	}

	async #listening(child: ChildProcess): Promise<string> {
		if (!child.stdout) {
			throw new Error("the program has no standard output");
		}
		for await (const line of createInterface(child.stdout)) {
			const said: unknown = JSON.parse(line);
			if (typeof said === "object" && said !== null && "listening" in said) {
				child.stdout.resume();
				return String(said.listening);
			}
		}
		throw new Error(`recount ${this.#args.join(" ")} ended before it listened:\n${this.log}`);
	}

	/** Asks the program to end (SIGTERM), waits until it has, and returns its exit code. */
	async stop(): Promise<number | null> {
		return this.#end("SIGTERM");
	}

	/** Ends the program as a power cut would. */
	async kill(): Promise<void> {
		await this.#end("SIGKILL");
	}

	async #end(signal: NodeJS.Signals): Promise<number | null> {
		const child = this.#child;
		if (!child || child.exitCode !== null || child.signalCode !== null) {
			return child?.exitCode ?? null;
		}
		const ended = once(child, "exit");
		child.kill(signal);
		await deadline(patience, `the server to end after ${signal}`, ended);
		return child.exitCode;
	}

	/** Ends the program, removes its folder, and fails if Go's race detector had something to say. */
	async dispose(): Promise<void> {
		try {
			await this.stop();
			if (this.log.includes("WARNING: DATA RACE")) {
				throw new Error(`the server has a data race:\n${this.log}`);
			}
		} catch (error) {
			await this.kill();
			throw error;
		} finally {
			await rm(this.#folder, { recursive: true, force: true });
		}
	}
}

/** Starts `recount serve` with defaults, in which each top-level key of config replaces the default's. */
export async function startServer(config: JsonObject = {}, files: Record<string, string> = {}): Promise<Server> {
	const folder = await mkdtemp(path.join(tmpdir(), "recount-e2e-"));
	// JSON is YAML.
	await writeFile(path.join(folder, "recount.yaml"), JSON.stringify({ ...defaults, ...config }, null, 2));
	for (const [name, text] of Object.entries(files)) {
		await writeFile(path.join(folder, name), text);
	}
	return started(new Server(folder, ["serve", "--config", "recount.yaml", "--json"]));
}

/** Starts `recount demo`. */
export async function startDemo(): Promise<Server> {
	const folder = await mkdtemp(path.join(tmpdir(), "recount-e2e-"));
	return started(new Server(folder, ["demo", "--listen", "127.0.0.1:0", "--json"]));
}

/** Starts a server, and cleans up after one that does not. */
export async function started(server: Server): Promise<Server> {
	try {
		await server.start();
		return server;
	} catch (error) {
		await server.dispose();
		throw error;
	}
}
