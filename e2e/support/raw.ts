// A bare WebSocket, for what phoenix.js never sends.

import { type ClientOptions, WebSocket } from "ws";
import type { Json } from "./server.js";
import { until } from "./until.js";

export type Frame = [string | null, string | null, string, string, Record<string, Json>];

/** How the server answered the request for a WebSocket. */
export interface Handshake {
	/** 101, or the status of the refusal. */
	status: number;
	body: string;
}

export class RawSocket {
	readonly frames: Frame[] = [];
	handshake: Handshake | undefined;
	/** The close code, once the connection has ended. */
	code: number | undefined;
	readonly socket: WebSocket;

	constructor(address: string, options: ClientOptions = {}) {
		this.socket = new WebSocket(address, options);
		this.socket.on("open", () => {
			this.handshake = { status: 101, body: "" };
		});
		this.socket.on("unexpected-response", (_, response) => {
			let body = "";
			response.setEncoding("utf8").on("data", (text: string) => {
				body += text;
			});
			response.on("end", () => {
				this.handshake = { status: response.statusCode ?? 0, body };
			});
		});
		this.socket.on("message", (text) => {
			this.frames.push(JSON.parse(String(text)) as Frame);
		});
		this.socket.on("error", () => {});
		this.socket.on("close", (code) => {
			this.code = code;
		});
	}

	/** Waits for the end of the handshake. */
	async answered(): Promise<Handshake> {
		return until("an answer to the handshake", () => this.handshake);
	}

	send(frame: Frame): void {
		this.socket.send(JSON.stringify(frame));
	}

	/** Waits for the reply to a ref. */
	async reply(ref: string): Promise<Record<string, Json>> {
		const frame = await until(`a reply to ${ref}`, () => this.frames.find((f) => f[1] === ref && f[3] === "phx_reply"));
		return frame[4];
	}

	/** Waits for the connection's end and returns its code. */
	async ended(): Promise<number> {
		await until("the connection to be closed", () => this.code !== undefined);
		return this.code ?? 0;
	}

	close(): void {
		this.socket.terminate();
	}
}
