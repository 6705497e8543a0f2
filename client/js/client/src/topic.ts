import { delay } from "./backoff.js";
import { RecountError } from "./error.js";
import type { Channel, JoinReply, Line, Notice, Push } from "./line.js";

/** The connection broke before the answer came, or the topic was left: whether it was done is unknown. */
export class Lost extends Error {
	/** Why it was left. */
	readonly why: RecountError | undefined;

	constructor(why?: RecountError) {
		super();
		this.why = why;
	}
}

/** What happens on a topic. */
export interface TopicEvents {
	/** The payload of the next join. */
	params(): object;
	/** Called when listeners are to be put on a new channel. */
	attach(channel: Channel): void;
	joined(reply: JoinReply): void;
	/** The place that the join went on from does not exist. The topic is joined anew afterwards. */
	gone(error: RecountError): void;
	/** It is joined no longer. With an error: it never will be again by itself. */
	left(error?: RecountError): void;
}

/** Whether time heals what refused a join or a push, or a fresh token, which is asked for. */
export function heals(error: RecountError, line: Line): boolean {
	return error.retry || error.code === "internal" || (error.code === "unauthenticated" && line.renew());
}

/** One topic of a connection: joins it, joins it again after every break, and knows what was answered. */
export class Topic {
	readonly #name: string;
	readonly #line: Line;
	readonly #events: TopicEvents;
	#channel: Channel | undefined;
	#notice: Notice | undefined;
	#joined = false;
	#ended: RecountError | undefined;
	/** Those whose pushes are not answered, those who wait for the join, and those who rest before they try again. */
	readonly #asked = new Set<(error: Error) => void>();
	#waiting: { go: () => void; fail: (error: Error) => void }[] = [];
	readonly #rests = new Set<(why: RecountError) => void>();

	constructor(name: string, line: Line, events: TopicEvents) {
		this.#name = name;
		this.#line = line;
		this.#events = events;
	}

	/** Whether it is joined, or is to be. */
	get active(): boolean {
		return this.#channel !== undefined;
	}

	get joined(): boolean {
		return this.#joined;
	}

	/** Why it is not joined, and no join is due. */
	get ended(): RecountError | undefined {
		return this.#ended;
	}

	/** A join is due: whoever asks may wait for it. */
	reopen(): void {
		this.#ended = undefined;
	}

	/** Joins, or joins anew with what params says now. */
	join(): void {
		this.#drop();
		this.reopen();
		const channel = this.#line.channel(this.#name, () => this.#events.params());
		this.#channel = channel;
		const current = (call: () => void) => () => {
			if (this.#channel === channel) {
				call();
			}
		};
		channel.on("notice", (notice: Notice) => {
			this.#notice = notice;
			this.#line.noticed(notice, (token) => this.ask(() => ["$authenticate", { token }]));
		});
		channel.onError(current(() => this.#lose()));
		channel.onClose(current(() => this.#shut(this.#reason())));
		this.#events.attach(channel);
		channel
			.join()
			.receive("ok", (reply) => current(() => this.#enter(reply as JoinReply))())
			.receive("error", (response) => current(() => this.#refused(RecountError.from(response)))());
	}

	/** Leaves. It can be joined again. */
	leave(): void {
		if (!this.#ended) {
			this.#stop(new RecountError("unavailable", "the stream was left here before the answer came: ask again"));
			this.#events.left();
		}
	}

	/** Leaves for good: whoever waits is told why. */
	end(error: RecountError): void {
		this.#stop(error);
		this.#events.left(error);
	}

	/** Resolves with the next join. Rejects with Lost where it is left before. */
	whenJoined(): Promise<void> {
		if (this.#ended) {
			return Promise.reject(new Lost(this.#ended));
		}
		return new Promise((go, fail) => {
			this.#waiting.push({ go, fail });
		});
	}

	/** Pushes to the joined topic. Rejects with Lost where nobody can tell what came of it. */
	push(event: string, payload: object): Promise<unknown> {
		const channel = this.#channel;
		if (!channel || !this.#joined) {
			return Promise.reject(new Lost());
		}
		return new Promise((resolve, reject) => {
			const push = channel.push(event, payload);
			const fail = (error: Error): void => {
				this.#asked.delete(fail);
				push.cancelTimeout();
				reject(error);
			};
			this.#asked.add(fail);
			push
				.receive("ok", (response) => this.#asked.delete(fail) && resolve(response))
				.receive("error", (response) => fail(RecountError.from(response)))
				.receive("timeout", () => fail(new Lost()));
		});
	}

	/** Waits before it is tried again. Resolves at once, with why, when it is left. */
	rest(tries: number): Promise<RecountError | undefined> {
		return new Promise((resolve) => {
			const end = (why?: RecountError): void => {
				clearTimeout(timer);
				this.#rests.delete(end);
				resolve(why);
			};
			const timer = setTimeout(end, delay(this.#line.backoff, tries));
			this.#rests.add(end);
		});
	}

	/**
	 * Pushes what may be done twice: it is sent until it is answered or left, after a while where the server says later.
	 * Each time it is what say says then.
	 */
	async ask(say: () => readonly [event: string, payload: object]): Promise<unknown> {
		for (let tries = 1; ; tries++) {
			let left: RecountError | undefined;
			try {
				// Not later than now where it can be: whoever leaves it next is heard.
				if (!this.#joined) {
					await this.whenJoined();
				}
				return await this.push(...say());
			} catch (error) {
				if (error instanceof Lost) {
					left = error.why;
				} else {
					left = (error as RecountError).retry ? await this.rest(tries) : (error as RecountError);
				}
			}
			if (left) {
				throw left;
			}
		}
	}

	#enter(reply: JoinReply): void {
		this.#joined = true;
		this.#notice = undefined;
		this.#line.joined(reply);
		this.#events.joined(reply);
		for (const { go } of this.#waiting.splice(0)) {
			go();
		}
	}

	#refused(error: RecountError): void {
		if (error.code === "gone") {
			const channel = this.#channel;
			this.#events.gone(error);
			// Whoever was called may have left.
			if (this.#channel === channel) {
				this.join();
			}
		} else if (!heals(error, this.#line)) {
			this.end(error);
		}
		// All else is tried again by phoenix, after a while.
	}

	/** The server ended the subscription. */
	#shut(error: RecountError): void {
		if (error.code === "unauthenticated" && this.#line.renew()) {
			this.#lose();
			this.join();
		} else {
			this.end(error);
		}
	}

	#lose(): void {
		this.#joined = false;
		for (const fail of this.#asked) {
			fail(new Lost());
		}
		this.#events.left();
	}

	#stop(why: RecountError): void {
		this.#ended = why;
		const lost = this.#drop(why);
		for (const end of this.#rests) {
			end(why);
		}
		for (const { fail } of this.#waiting.splice(0)) {
			fail(lost);
		}
	}

	#drop(why?: RecountError): Lost {
		const lost = new Lost(why);
		const channel: (Channel & { leave(): Push }) | undefined = this.#channel;
		this.#channel = undefined;
		this.#joined = false;
		channel?.leave();
		for (const fail of this.#asked) {
			fail(lost);
		}
		return lost;
	}

	#reason(): RecountError {
		const { code, message } = this.#notice ?? { code: "forbidden", message: "" };
		return RecountError.from({ code, message: message || `the server ended the subscription to ${this.#name}` });
	}
}
