// A server in memory that speaks the topics of docs/protocol.md, behind a network that is as bad as a test wants. It runs
// on timers, so under fake ones a test with hours of delays takes no time. What was appended outlasts kill and start.

import type { RecordedEvent } from "@recount/client";

type Frame = [
	joinRef: string | null,
	ref: string | null,
	topic: string,
	event: string,
	payload: Record<string, unknown>,
];

interface Draft {
	id?: string;
	type: string;
	data?: unknown;
	meta?: Record<string, unknown>;
	/** When it was recorded. Defaults to now. */
	recorded?: string;
}

export interface SimulatedOptions {
	/** How long a message takes, in milliseconds. Messages of a connection never overtake each other. Defaults to 1. */
	latency?: () => number;
	/** Why a draft is refused. Defaults to no reason. */
	refuse?: (draft: Draft) => string | undefined;
	/** The code of the error that a message is answered with. Defaults to none. */
	fault?: (event: string) => string | undefined;
	/** How long the payload of a message may be as JSON: a longer one ends the connection with 1009. Defaults to any length. */
	longest?: number;
	/** How many events a push has at most. Defaults to 500. */
	page?: number;
	/** Told of each push, joins among them. */
	onPush?: (event: string, payload: Record<string, unknown>) => void;
	/** Whether a message reaches the client. Defaults to yes. */
	onSend?: (event: string) => boolean;
	/** Who the n-th connection is, from 1 on. Defaults to `caller-n`. */
	actor?: (n: number) => string;
}

/** The server's side of one connection. */
interface Session {
	/** The join ref of each joined topic. */
	topics: Map<string, string | null>;
	paused: Map<string, unknown[]>;
	/** What is shown on each topic. */
	shown: Map<string, object>;
	send(frame: Frame): void;
	end(code: number): void;
	actor: string;
}

export class SimulatedServer {
	/** The WebSocket that clients of this server are given. */
	readonly WebSocket: new (
		address: string,
	) => object;
	/** How many connections were opened. */
	accepted = 0;
	up = true;
	epoch = "epoch-1";
	readonly #streams = new Map<string, RecordedEvent[]>();
	readonly #options: Required<SimulatedOptions>;
	readonly #anonymous: boolean;
	readonly #sockets = new Set<SimulatedSocket>();
	readonly #sessions = new Set<Session>();

	constructor(options: SimulatedOptions = {}) {
		this.#anonymous = options.actor === undefined;
		this.#options = {
			latency: () => 1,
			refuse: () => undefined,
			fault: () => undefined,
			longest: Number.POSITIVE_INFINITY,
			page: 500,
			onPush: () => {},
			onSend: () => true,
			actor: (n) => `caller-${n}`,
			...options,
		};
		const open = (socket: SimulatedSocket): Session | undefined => this.#accept(socket);
		const { latency } = this.#options;
		const sockets = this.#sockets;
		this.WebSocket = class extends SimulatedSocket {
			constructor() {
				super(latency, open, (session, frame) => server.#take(session, frame));
				sockets.add(this);
			}
		};
		const server = this;
	}

	/** What was appended to a stream. */
	log(stream: string): RecordedEvent[] {
		const log = this.#streams.get(stream) ?? [];
		this.#streams.set(stream, log);
		return log;
	}

	/** Breaks the connections that chosen says: what is on its way is lost. */
	cut(chosen: () => boolean = () => true): void {
		for (const socket of this.#sockets) {
			if (chosen()) {
				this.#sockets.delete(socket);
				socket.cut();
			}
		}
	}

	kill(): void {
		this.up = false;
		this.cut();
	}

	start(): void {
		this.up = true;
	}

	/** Another log takes this one's place. */
	replace(): void {
		this.epoch += "'";
		this.#streams.clear();
		this.cut();
	}

	/** Appends from outside. */
	append(stream: string, drafts: Draft[], actor = "outside"): RecordedEvent[] {
		const log = this.log(stream);
		const events = drafts.map((draft, index) => {
			const version = log.length + index + 1;
			const time = new Date().toISOString();
			const position = String(version).padStart(16, "0");
			return { id: draft.id ?? `${stream}-${version}`, version, position, time, recorded: time, actor, ...draft };
		}) as RecordedEvent[];
		log.push(...events);
		for (const session of this.#sessions) {
			this.#push(session, stream, events, log.length);
		}
		return events;
	}

	#accept(socket: SimulatedSocket): Session | undefined {
		if (!this.up) {
			this.#sockets.delete(socket);
			return undefined;
		}
		this.accepted++;
		const session: Session = {
			topics: new Map(),
			paused: new Map(),
			shown: new Map(),
			send: (frame) => this.#options.onSend(frame[3]) && socket.arrive(JSON.stringify(frame)),
			end: (code) => socket.cut(code),
			actor: this.#options.actor(this.accepted),
		};
		this.#sessions.add(session);
		socket.gone = () => {
			this.#sessions.delete(session);
			for (const topic of session.topics.keys()) {
				this.#showAll(topic);
			}
		};
		return session;
	}

	#push(session: Session, topic: string, events: RecordedEvent[], upto: number): void {
		if (!session.topics.has(topic)) {
			return;
		}
		const held = session.paused.get(topic);
		if (held) {
			held.push([events, upto]);
			return;
		}
		session.send([session.topics.get(topic) ?? null, null, topic, "events", { events, upto }]);
	}

	#take(session: Session, [joinRef, ref, topic, event, payload]: Frame): void {
		this.#options.onPush(event, payload);
		const reply = (status: "ok" | "error", response: object): void => {
			session.send([joinRef, ref, topic, "phx_reply", { status, response }]);
		};
		if (JSON.stringify(payload).length > this.#options.longest) {
			session.end(1009);
			return;
		}
		const code = this.#options.fault(event);
		if (code) {
			reply("error", { code, message: `${event}: ${code}` });
			return;
		}
		const handlers: Record<string, () => void> = {
			heartbeat: () => reply("ok", {}),
			phx_join: () => this.#join(session, joinRef, topic, payload, reply),
			phx_leave: () => {
				session.topics.delete(topic);
				reply("ok", {});
				this.#showAll(topic);
			},
			$presence: () => {
				session.shown.set(topic, payload);
				reply("ok", {});
				this.#showAll(topic);
			},
			$append: () => this.#append(session, topic, payload.events as Draft[], reply),
			$read: () => {
				const { from = 1, limit = 500 } = payload as { from?: number; limit?: number };
				const found = this.log(topic).filter(({ version }) => version >= from);
				reply("ok", { events: found.slice(0, limit), more: found.length > limit });
			},
			// The state of a simulated stream is what was asked for.
			$state: () => reply("ok", { state: payload, version: this.log(topic).length }),
			$pause: () => {
				session.paused.set(topic, session.paused.get(topic) ?? []);
				reply("ok", {});
			},
			$resume: () => {
				const held = (session.paused.get(topic) ?? []) as [RecordedEvent[], number][];
				session.paused.delete(topic);
				for (const [events, upto] of held) {
					this.#push(session, topic, events, upto);
				}
				reply("ok", {});
			},
		};
		(handlers[event] ?? (() => reply("error", { code: "invalid", message: `${event} is not simulated` })))();
	}

	/** Tells everybody on a topic who is there. */
	#showAll(topic: string): void {
		const there = [...this.#sessions].filter(({ topics }) => topics.has(topic));
		const state = Object.fromEntries(
			there.map(({ actor, shown }) => [
				actor,
				{ metas: [{ phx_ref: JSON.stringify(shown.get(topic)), ...shown.get(topic) }] },
			]),
		);
		for (const session of there) {
			session.send([session.topics.get(topic) ?? null, null, topic, "presence_state", state]);
		}
	}

	#join(
		session: Session,
		joinRef: string | null,
		topic: string,
		payload: { since?: number | "now"; epoch?: string; presence?: object },
		reply: (status: "ok" | "error", response: object) => void,
	): void {
		const log = this.log(topic);
		const head = log.length;
		const { since, epoch } = payload;
		if ((epoch !== undefined && epoch !== this.epoch) || (typeof since === "number" && since > head)) {
			reply("error", { code: "gone", message: "gone", details: { epoch: this.epoch, head } });
			return;
		}
		session.topics.set(topic, joinRef);
		session.paused.delete(topic);
		session.shown.set(topic, payload.presence ?? {});
		const { actor } = session;
		// Unless a test says who calls, each connection is an anonymous caller of its own.
		const caller = this.#anonymous ? { id: actor, token: actor } : undefined;
		reply("ok", { epoch: this.epoch, version: head, first: 1, recovered: since !== undefined, actor, caller });
		let from = since === "now" ? head : (since ?? 0);
		while (from < head) {
			const events = log.slice(from, Math.min(from + this.#options.page, head));
			from += events.length;
			this.#push(session, topic, events, from);
		}
		this.#showAll(topic);
	}

	#append(
		session: Session,
		topic: string,
		drafts: Draft[],
		reply: (status: "ok" | "error", response: object) => void,
	): void {
		const why = drafts.map((draft) => this.#options.refuse(draft)).find((reason) => reason !== undefined);
		if (why !== undefined) {
			reply("error", { code: "rejected", message: why });
			return;
		}
		const ids = drafts.map(({ id }) => id);
		const given = ids.filter((id) => id !== undefined);
		if (new Set(given).size < given.length) {
			reply("error", { code: "invalid", message: "an ID stands twice" });
			return;
		}
		const known = this.log(topic).filter(({ id }) => ids.includes(id));
		if (known.length > 0 && known.length < drafts.length) {
			reply("error", { code: "conflict", message: "known in part" });
			return;
		}
		const events = known.length > 0 ? known : this.append(topic, drafts, session.actor);
		const last = events.at(-1);
		reply("ok", { version: last?.version, position: last?.position, ids });
	}
}

/** A client's end of a connection. */
class SimulatedSocket {
	readyState = 0;
	bufferedAmount = 0;
	onopen: (() => void) | undefined;
	onerror: ((error: unknown) => void) | undefined;
	onmessage: ((message: { data: string }) => void) | undefined;
	onclose: ((event: { code: number }) => void) | undefined;
	gone: () => void = () => {};
	#cut = false;
	/** When the last message of each direction arrives. */
	readonly #last = { up: 0, down: 0 };
	readonly #latency: () => number;
	readonly #take: (session: Session, frame: Frame) => void;
	#session: Session | undefined;

	constructor(
		latency: () => number,
		open: (socket: SimulatedSocket) => Session | undefined,
		take: (session: Session, frame: Frame) => void,
	) {
		this.#latency = latency;
		this.#take = take;
		this.#later("up", () => {
			this.#session = open(this);
			if (this.#session) {
				this.readyState = 1;
				this.onopen?.();
			} else {
				this.cut();
			}
		});
	}

	send(text: string): void {
		this.#later("up", () => this.#session && this.#take(this.#session, JSON.parse(text) as Frame));
	}

	close(): void {
		if (this.readyState < 2) {
			this.#end(1000);
		}
	}

	/** Something comes from the server. */
	arrive(text: string): void {
		this.#later("down", () => this.readyState === 1 && this.onmessage?.({ data: text }));
	}

	cut(code = 1006): void {
		if (!this.#cut) {
			this.#end(code);
		}
	}

	#end(code: number): void {
		this.#cut = true;
		this.readyState = 3;
		this.gone();
		setTimeout(() => this.onclose?.({ code }), 0);
	}

	#later(direction: "up" | "down", call: () => void): void {
		const at = Math.max(this.#last[direction], Date.now() + this.#latency());
		this.#last[direction] = at;
		setTimeout(() => !this.#cut && call(), at - Date.now());
	}
}
