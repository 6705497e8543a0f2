// npm phoenix as an application uses it, with promises around it and a memory of all that came.

import { type Channel, Presence, Socket } from "phoenix";
import { WebSocket } from "ws";
import type { Json, JsonObject } from "./server.js";
import { deadline, patience, until } from "./until.js";

/** An event as protocol.md describes it. */
export interface RecordedEvent {
	id: string;
	version: number;
	position: string;
	type: string;
	time: string;
	recorded: string;
	actor: string;
	subject?: string;
	data?: Json;
	meta?: JsonObject;
	stream?: string;
}

/** The payload of an `events` push. */
export interface EventsPush {
	events: RecordedEvent[];
	upto: number | string;
}

export interface JoinReply {
	epoch: string;
	version: number | string;
	first: number | string;
	recovered: boolean;
	actor?: string;
	caller?: { id: string; token: string };
}

export interface Receipt {
	version: number;
	position: string;
	ids: string[];
}

export interface Signal {
	type: string;
	data: Json;
	actor: string;
	time: string;
}

/** An error reply: everything that the server said about it stands beside the message. */
export class Refusal extends Error {
	readonly code: string;

	constructor(response: unknown) {
		const failure = response as { code?: string; message?: string };
		super(`${failure.code}: ${failure.message}`);
		Object.assign(this, failure);
		this.code = failure.code ?? "none";
	}
}

export interface ClientOptions {
	/** Sent by Sec-WebSocket-Protocol, as phoenix's authToken. */
	authToken?: string;
	/** Parameters of the address, such as token. */
	params?: Record<string, string>;
	/** Headers of the upgrade request, such as Cookie or Origin. */
	headers?: Record<string, string>;
}

/** One phoenix Socket. */
export class Client {
	readonly socket: Socket;
	/** The close code of every connection that ended. */
	readonly closed: number[] = [];

	constructor(endpoint: string, options: ClientOptions = {}) {
		const { headers = {} } = options;
		class Transport extends WebSocket {
			constructor(url: string, protocols?: string[]) {
				super(url, protocols, { headers });
			}
		}
		this.socket = new Socket(endpoint, {
			transport: Transport,
			params: options.params ?? {},
			reconnectAfterMs: () => 20,
			rejoinAfterMs: () => 20,
			...(options.authToken === undefined ? {} : { authToken: options.authToken }),
		});
		this.socket.onClose((event) => {
			this.closed.push(event.code);
		});
		this.socket.connect();
	}

	/** Joins a topic and waits for the reply. */
	async join(name: string, params: JsonObject = {}): Promise<Topic> {
		const topic = this.topic(name, params);
		await topic.joined;
		return topic;
	}

	/** Joins a topic. */
	topic(name: string, params: JsonObject = {}): Topic {
		return new Topic(this.socket, name, params);
	}

	/** Resolves when the server has answered a heartbeat. */
	async ping(): Promise<void> {
		await until("the socket to be open", () => this.socket.isConnected());
		await deadline(patience, "the answer to a heartbeat", new Promise<void>((done) => this.socket.ping(() => done())));
	}

	/** Sends this token from the next connection on, as a client does that was told who it is. */
	useToken(token: string): void {
		Object.assign(this.socket, { authToken: () => token });
	}

	close(): void {
		this.socket.disconnect();
	}
}

/** A joined topic. It resumes where it was, as an application's own client would. */
export class Topic {
	readonly channel: Channel;
	readonly presence: Presence;
	/** The reply to the first join. Rejects with a Refusal. */
	readonly joined: Promise<JoinReply>;
	/** The replies to all joins, the first one and those after reconnects. */
	readonly replies: JoinReply[] = [];
	/** The refusals of all joins. */
	readonly refused: Refusal[] = [];
	readonly pushes: EventsPush[] = [];
	readonly signals: Signal[] = [];
	readonly notices: { code: string; message: string }[] = [];
	/** What Presence held after each sync: sorted keys. */
	readonly present: string[][] = [];
	/** Whether the server closed the topic (phx_close). */
	closed = false;

	constructor(socket: Socket, name: string, params: JsonObject) {
		this.channel = socket.channel(name, () => ({ ...params, ...this.#place() }));
		this.presence = new Presence(this.channel);
		this.presence.onSync(() => {
			this.present.push(this.presence.list((key) => key ?? "").sort());
		});
		this.channel.on("events", (push: EventsPush) => {
			this.pushes.push(push);
		});
		this.channel.on("signal", (signal: Signal) => {
			this.signals.push(signal);
		});
		this.channel.on("notice", (notice: { code: string; message: string }) => {
			this.notices.push(notice);
		});
		this.channel.onClose(() => {
			this.closed = true;
		});
		this.joined = this.#join();
	}

	#join(): Promise<JoinReply> {
		const answered = new Promise<JoinReply>((resolve, reject) => {
			this.channel
				.join(patience)
				.receive("ok", (reply: JoinReply) => {
					this.replies.push(reply);
					resolve(reply);
				})
				.receive("error", (response: unknown) => {
					const refusal = new Refusal(response);
					this.refused.push(refusal);
					reject(refusal);
				})
				.receive("timeout", () => reject(new Error(`no reply to the join of ${this.channel.topic}`)));
		});
		answered.catch(() => {});
		return answered;
	}

	#place(): JsonObject {
		const last = this.pushes.at(-1);
		const reply = this.replies.at(-1);
		return last && reply ? { since: last.upto, epoch: reply.epoch } : {};
	}

	get events(): RecordedEvent[] {
		return this.pushes.flatMap((push) => push.events);
	}

	get versions(): number[] {
		return this.events.map((event) => event.version);
	}

	get data(): (Json | undefined)[] {
		return this.events.map((event) => event.data);
	}

	/** The cursor: how far the pushes so far cover. */
	get upto(): number {
		return Number(this.pushes.at(-1)?.upto ?? 0);
	}

	/** Waits until the pushes cover a version (or, watching, a position). */
	async reaches(upto: number, within: number = patience): Promise<void> {
		const { topic } = this.channel;
		await until(`upto ${upto} on ${topic}`, () => this.upto >= upto, within).catch((error: Error) => {
			throw new Error(`${error.message}; upto is ${this.upto}`);
		});
	}

	/** Pushes and waits for the reply. Rejects with a Refusal. */
	push<Reply = Receipt>(event: string, payload: JsonObject = {}, within: number = patience): Promise<Reply> {
		return new Promise((resolve, reject) => {
			this.channel
				.push(event, payload, within)
				.receive("ok", (response: Reply) => resolve(response))
				.receive("error", (response: unknown) => reject(new Refusal(response)))
				.receive("timeout", () => reject(new Error(`no reply to ${event} on ${this.channel.topic}`)));
		});
	}

	/** Appends several events at once, in as many pushes as the limits want. */
	async fill(count: number, draft: (index: number) => JsonObject): Promise<void> {
		for (let from = 0; from < count; from += 1000) {
			const events = Array.from({ length: Math.min(1000, count - from) }, (_, i) => draft(from + i));
			await this.push("$append", { events });
		}
	}

	async leave(): Promise<void> {
		const left = new Promise<void>((resolve) => {
			this.channel.leave(patience).receive("ok", () => resolve());
		});
		await deadline(patience, "the reply to phx_leave", left);
	}
}
