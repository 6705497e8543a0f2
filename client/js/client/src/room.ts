import type { RecountError } from "./error.js";
import type { Place, Signal } from "./event.js";
import { plain } from "./json.js";
import type { Line } from "./line.js";
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
	/** Told when all subscriptions end. */
	readonly ended: Listeners<[error?: RecountError]> = new Listeners();
	/** Where the stream begins. */
	readonly start: Place;
	status: StreamStatus = "idle";
	readonly #line: Line;
	readonly #readers: Readers;
	readonly #left: (error: RecountError) => void;
	#shown: Record<string, unknown> | undefined;
	/** What the last join showed. */
	#said: Record<string, unknown> | undefined;
	#replay: "all" | undefined;
	readonly #holds = new Set<Stop>();
	#idle: ReturnType<typeof setTimeout> | undefined;
	#joinDue = false;
	/** Those who do not know yet where they begin: no join would serve them. */
	readonly #starting = new Set<Reader>();
	/** Whether the application wants to be paused, and whether it is. */
	#pausing = false;
	#paused = false;
	/** Whether events came that were not to come. */
	#missed = false;

	constructor(name: string, line: Line, left: (error: RecountError) => void) {
		this.#line = line;
		this.#left = left;
		this.start = name.endsWith(":*") ? "" : 0;
		this.#readers = new Readers(this.start);
		this.topic = new Topic(name, line, {
			params: () => {
				this.#said = this.#shown;
				return { ...this.#readers.params(), replay: this.#replay, presence: this.#shown };
			},
			attach: (on) => {
				this.#setStatus("joining");
				this.#readers.left();
				on("events", (push: EventsPush) => {
					if (this.#paused) {
						this.#missed = true;
					} else {
						this.#readers.take(push);
					}
				});
				on("signal", (signal: Signal) => this.signals.tell(signal));
				this.presence.attach(on);
			},
			joined: (reply) => {
				this.#readers.joined(reply);
				// Whoever was called may have left.
				if (!this.topic.joined) {
					return;
				}
				queueMicrotask(() => this.#catchUp());
				this.#setStatus("joined");
				if (this.#pausing) {
					this.#heed(this.#hush());
				}
				if (this.#shown !== this.#said) {
					this.#heed(this.#tellShown());
				}
			},
			gone: ({ details }) => {
				const { epoch, head = this.start } = (details ?? {}) as { epoch?: string; head?: Place };
				this.#readers.gone(epoch, head);
			},
			left: (error) => this.#leave(error),
		});
		this.presence = new Presence(
			(shown) => this.#show(shown),
			(stop) => this.hold(stop),
		);
	}

	subscribe(observer: Observer, options: SubscribeOptions | PromiseLike<SubscribeOptions | undefined>): Subscription {
		const release = this.hold();
		const readers = this.#readers;
		const reader: Reader = { epoch: undefined, upto: this.start, now: false, live: false, observer, release };
		if ("then" in options) {
			this.#starting.add(reader);
			Promise.resolve(options)
				.catch((error: unknown) => this.#line.warn(error))
				.then((known) => this.#starting.delete(reader) && this.#begin(reader, known ?? {}));
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
	ask<Reply>(event: string, payload: object): Promise<Reply> {
		return this.#say(() => [event, payload]) as Promise<Reply>;
	}

	async pause(): Promise<void> {
		this.#pausing = true;
		await this.#hush();
		this.#paused = this.#pausing;
	}

	async resume(): Promise<void> {
		this.#pausing = false;
		this.#paused = false;
		if (this.#missed) {
			this.#missed = false;
			this.topic.join();
		}
		await this.#hush();
	}

	/** Keeps the topic joined until it is called back; calls stop then, too. */
	hold(stop?: Stop): Stop {
		const release = (): void => {
			stop?.();
			if (this.#holds.delete(release)) {
				this.#linger();
			}
		};
		this.#holds.add(release);
		clearTimeout(this.#idle);
		this.#want();
		return release;
	}

	/** Ends all subscriptions and leaves, whoever holds it; where something is to be sent, its sender is to hold it then. */
	leave(sending: boolean): void {
		this.#shown = undefined;
		this.#holds.clear();
		this.endReaders();
		this.topic.leave(sending);
		if (this.#pausing) {
			this.#heed(this.resume());
		}
		// Whoever was called may have come back.
		this.#want();
	}

	endReaders(error?: RecountError): void {
		const readers = [...this.#starting, ...this.#readers.all];
		this.#starting.clear();
		this.#readers.all.clear();
		for (const { observer, release } of readers) {
			release();
			guarded(() => observer.end?.(error));
		}
		this.ended.tell(error);
	}

	/** Tells the server whether the application wants to be paused. */
	#hush(): Promise<unknown> {
		return this.#say(() => [this.#pausing ? "$pause" : "$resume", {}]);
	}

	async #say(say: () => readonly [event: string, payload: object]): Promise<unknown> {
		const release = this.hold();
		try {
			return await this.topic.ask(say);
		} finally {
			release();
		}
	}

	/** A reader knows where it begins. */
	#begin(reader: Reader, { upto, since = upto, epoch, replay, presence }: SubscribeOptions): void {
		reader.now = since === "now";
		reader.epoch = epoch;
		reader.upto = since === undefined || since === "now" ? this.start : since;
		this.#replay = replay ?? this.#replay;
		if (presence) {
			this.#heed(this.#show(presence));
		}
		this.#readers.all.add(reader);
		this.#want();
		queueMicrotask(() => {
			if (this.#readers.all.has(reader)) {
				this.#readers.added(reader);
				this.#catchUp();
			}
		});
	}

	#linger(): void {
		clearTimeout(this.#idle);
		if (this.#holds.size > 0) {
			return;
		}
		if (this.topic.active) {
			this.#idle = setTimeout(() => this.topic.leave(), linger);
		} else if (this.status === "joining") {
			this.#setStatus("idle");
		}
	}

	/** Joins soon: whoever subscribes in the same turn shares the join. */
	#want(): void {
		if (this.topic.active || this.#holds.size === 0) {
			return;
		}
		this.topic.ended = undefined;
		this.#setStatus("joining");
		if (this.#joinDue) {
			return;
		}
		this.#joinDue = true;
		queueMicrotask(() => {
			this.#joinDue = false;
			const closed = this.#line.closed();
			if (this.#holds.size === 0 || this.topic.active || this.topic.ended) {
				return;
			}
			if (closed) {
				// Not at once: whoever subscribes again at each end must not keep the page from everything else.
				setTimeout(() => this.topic.end(closed));
			} else if (this.#starting.size === 0) {
				this.topic.join();
			}
		});
	}

	/** Joins anew where somebody wants what lies further back. */
	#catchUp(): void {
		if (this.topic.active && this.#readers.behind()) {
			this.topic.join();
		}
	}

	async #show(shown: Record<string, unknown>): Promise<void> {
		this.#shown = plain(shown);
		// A join that is still to come says it.
		if (this.topic.joined) {
			await this.#tellShown();
		}
	}

	#tellShown(): Promise<unknown> {
		return this.#say(() => ["$presence", this.#shown ?? {}]);
	}

	/** Warns of what goes wrong where nobody waits for it. */
	#heed(done: Promise<unknown>): void {
		done.catch((error: unknown) => this.#line.warn(error));
	}

	#leave(error?: RecountError): void {
		const { active } = this.topic;
		this.#readers.left();
		if (!active) {
			clearTimeout(this.#idle);
			this.#pausing = false;
			this.#paused = false;
			this.#missed = false;
		}
		this.#setStatus(error ? "closed" : active ? "joining" : "idle");
		this.presence.lost(active);
		if (error) {
			this.#left(error);
			this.endReaders(error);
		}
	}

	#setStatus(status: StreamStatus): void {
		if (this.status !== status) {
			this.status = status;
			this.statusChanged.tell(status);
		}
	}
}
