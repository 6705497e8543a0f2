import type { RecountError } from "./error.js";
import type { Place, Signal } from "./event.js";
import type { Channel, JoinReply, Line } from "./line.js";
import { guarded, Listeners, type Stop } from "./listeners.js";
import type { SubscribeOptions, Subscription } from "./options.js";
import { Presence } from "./presence.js";
import { type Cursor, type EventsPush, type Observer, type Reader, Readers } from "./readers.js";
import { Topic } from "./topic.js";

/** `joining` also after a break; `closed` when it will not come back by itself. */
export type StreamStatus = "idle" | "joining" | "joined" | "closed";

/** Leaves an unused topic so many milliseconds later: who comes back at once, as React's StrictMode does, finds it. */
const linger = 1000;

/** What is there while a topic is joined, and who needs it to be. */
export class Room {
	readonly topic: Topic;
	readonly presence: Presence;
	readonly signals: Listeners<[Signal]> = new Listeners();
	readonly statusChanged: Listeners<[StreamStatus]> = new Listeners();
	/** Where the stream begins. */
	readonly start: Place;
	status: StreamStatus = "idle";
	readonly #line: Line;
	readonly #readers: Readers;
	readonly #left: (error?: RecountError) => void;
	#channel: Channel | undefined;
	#shown: Record<string, unknown> | undefined;
	#replay: "all" | undefined;
	#holds = 0;
	#idle: ReturnType<typeof setTimeout> | undefined;
	#joinDue = false;
	/** Those who do not know yet where they begin: no join would serve them. */
	readonly #starting = new Set<Reader>();
	#paused = false;
	/** Whether events came that were not to come. */
	#missed = false;

	constructor(name: string, line: Line, left: (error?: RecountError) => void) {
		this.#line = line;
		this.#left = left;
		this.start = name.endsWith(":*") ? "" : 0;
		this.#readers = new Readers(this.start);
		this.topic = new Topic(name, line, {
			params: () => ({
				...this.#readers.params(),
				...(this.#replay && { replay: this.#replay }),
				...(this.#shown && { presence: this.#shown }),
			}),
			attach: (channel) => this.#attach(channel),
			joined: (reply) => this.#joined(reply),
			gone: ({ details }) => {
				const { epoch, head = this.start } = (details ?? {}) as { epoch?: string; head?: Place };
				this.#readers.gone(epoch, head);
			},
			left: (error) => this.#leave(error),
		});
		this.presence = new Presence(
			(shown) => this.#show(shown),
			() => this.hold(),
		);
	}

	subscribe(observer: Observer, options: SubscribeOptions | Promise<SubscribeOptions>): Subscription {
		const release = this.hold();
		const readers = this.#readers;
		const reader: Reader = { epoch: undefined, upto: this.start, now: false, live: false, observer, release };
		if (options instanceof Promise) {
			this.#starting.add(reader);
			options
				.catch((error: unknown) => {
					this.#line.warn(error);
					return {};
				})
				.then((known) => this.#starting.delete(reader) && this.#begin(reader, known));
		} else {
			this.#begin(reader, options);
		}
		return {
			get cursor(): Cursor {
				return { epoch: reader.epoch, upto: reader.upto };
			},
			get head(): Place | undefined {
				return readers.head;
			},
			get live(): boolean {
				return reader.live;
			},
			unsubscribe: () => {
				this.#readers.all.delete(reader);
				release();
				if (this.#starting.delete(reader)) {
					this.#want();
				}
			},
		};
	}

	/** Pushes what may be done twice, when it is joined, until it is answered. */
	async ask<Reply>(event: string, payload: object): Promise<Reply> {
		const release = this.hold();
		try {
			return (await this.topic.ask(event, payload)) as Reply;
		} finally {
			release();
		}
	}

	async pause(): Promise<void> {
		await this.ask("$pause", {});
		this.#paused = true;
	}

	async resume(): Promise<void> {
		this.#paused = false;
		if (this.#missed) {
			this.#missed = false;
			this.topic.join();
			await this.topic.whenJoined();
		} else {
			await this.ask("$resume", {});
		}
	}

	/** Keeps the topic joined until it is called back. */
	hold(): Stop {
		this.#holds++;
		clearTimeout(this.#idle);
		this.#want();
		let held = true;
		return () => {
			if (held) {
				held = false;
				this.#holds--;
				this.#linger();
			}
		};
	}

	/** Ends all subscriptions, and leaves unless something is still to be sent. */
	leave(sending: boolean): void {
		this.#shown = undefined;
		this.endReaders();
		if (sending) {
			this.#want();
		} else {
			this.topic.leave();
		}
	}

	endReaders(error?: RecountError): void {
		const readers = [...this.#starting, ...this.#readers.all];
		this.#starting.clear();
		this.#readers.all.clear();
		for (const { observer, release } of readers) {
			release();
			guarded(() => observer.end?.(error));
		}
	}

	/** A reader knows where it begins. */
	#begin(reader: Reader, { since, epoch, replay, presence }: SubscribeOptions): void {
		reader.now = since === "now";
		reader.epoch = epoch;
		reader.upto = since === undefined || since === "now" ? this.start : since;
		this.#replay = replay ?? this.#replay;
		if (presence) {
			this.#show(presence).catch((error: unknown) => this.#line.warn(error));
		}
		this.#readers.all.add(reader);
		this.#want();
		queueMicrotask(() => this.#readers.all.has(reader) && this.#catchUp(reader));
	}

	#linger(): void {
		clearTimeout(this.#idle);
		if (this.#holds === 0 && this.topic.active) {
			this.#idle = setTimeout(() => this.topic.leave(), linger);
		}
	}

	/** Joins soon: whoever subscribes in the same turn shares the join. */
	#want(): void {
		if (this.#joinDue || this.topic.active || this.#holds === 0) {
			return;
		}
		this.#joinDue = true;
		this.#setStatus("joining");
		queueMicrotask(() => {
			this.#joinDue = false;
			const closed = this.#line.closed();
			if (closed) {
				this.topic.end(closed);
			} else if (!this.topic.active && this.#starting.size === 0) {
				this.topic.join();
				this.#linger();
			}
		});
	}

	#catchUp(reader: Reader): void {
		this.#readers.added(reader);
		if (this.topic.active && this.#readers.misses(reader)) {
			this.topic.join();
		}
	}

	async #show(shown: Record<string, unknown> | undefined): Promise<void> {
		this.#shown = shown;
		// A join that is still to come says it itself.
		if (this.topic.joined) {
			await this.ask("$presence", shown ?? {});
		}
	}

	#attach(channel: Channel): void {
		this.#setStatus("joining");
		this.#channel = channel;
		const current = (): boolean => this.#channel === channel && this.topic.joined;
		channel.on("events", (push: EventsPush) => {
			if (current()) {
				this.#take(push);
			}
		});
		channel.on("signal", (signal: Signal) => {
			if (current()) {
				this.signals.tell(signal);
			}
		});
		this.presence.attach(channel, current);
	}

	#take(push: EventsPush): void {
		if (this.#paused) {
			this.#missed = true;
		} else {
			this.#readers.take(push);
		}
	}

	#joined(reply: JoinReply): void {
		this.#readers.joined(reply);
		if (this.#readers.behind()) {
			queueMicrotask(() => this.topic.active && this.#readers.behind() && this.topic.join());
		}
		this.#setStatus("joined");
		if (this.#paused) {
			this.ask("$pause", {}).catch((error: unknown) => this.#line.warn(error));
		}
	}

	#leave(error?: RecountError): void {
		this.presence.lost();
		this.#readers.left();
		this.#left(error);
		if (error) {
			this.endReaders(error);
			this.#setStatus("closed");
		} else {
			this.#setStatus(this.topic.active ? "joining" : "idle");
		}
	}

	#setStatus(status: StreamStatus): void {
		if (this.status !== status) {
			this.status = status;
			this.statusChanged.tell(status);
		}
	}
}
