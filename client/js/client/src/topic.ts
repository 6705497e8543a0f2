import { delay } from "./backoff.js";
import { RecountError } from "./error.js";
import type { Channel, JoinReply, Line, Notice, On, Push } from "./line.js";

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
	attach(on: On): void;
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
	joined = false;
	/** Why it is not joined, and no join is due. Whoever makes one due takes this away, and whoever asks may wait for it. */
	ended: RecountError | undefined;
	readonly #name: string;
	readonly #line: Line;
	readonly #events: TopicEvents;
	#channel: Channel | undefined;
	#notice: Notice | undefined;
	/** Those whose pushes are not answered, and whether they stay when the others are told that it is left. */
	readonly #asked = new Map<(error: Error) => void, boolean | undefined>();
	/** Those who wait for the join, and those who rest before they try again. */
	#waiting: ((lost?: Lost) => void)[] = [];
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

	/** Joins, or joins anew with what params says now. */
	join(): void {
		this.#drop();
		this.ended = undefined;
		const channel = this.#line.channel(this.#name, () => this.#events.params());
		this.#channel = channel;
		const current =
			<Given extends unknown[]>(take: (...given: Given) => void) =>
			(...given: Given) => {
				if (this.#channel === channel) {
					take(...given);
				}
			};
		const on: On = <Payload>(event: string, take: (payload: Payload) => void) =>
			channel.on(
				event,
				current((payload: Payload) => this.joined && take(payload)),
			);
		on("notice", (notice: Notice) => {
			this.#notice = notice;
			this.#line.noticed(notice, (token) => this.ask(() => ["$authenticate", { token }]));
		});
		channel.onError(current(() => this.#lose()));
		channel.onClose(current(() => this.#shut()));
		this.#events.attach(on);
		channel
			.join()
			.receive(
				"ok",
				current((reply) => this.#enter(reply as JoinReply)),
			)
			.receive(
				"error",
				current((response) => this.#refused(RecountError.from(response))),
			);
	}

	/** Tells those who asked that it is left, and leaves, unless it stays for what is to be sent. It can be joined again. */
	leave(stays?: boolean): void {
		if (this.ended) {
			return;
		}
		const why = new RecountError("unavailable", "stream left: ask again");
		if (stays) {
			this.#dismiss(why);
		} else {
			this.#stop(why);
			this.#events.left();
		}
	}

	/** Leaves for good: whoever waits is told why. */
	end(error: RecountError): void {
		this.#stop(error);
		this.#events.left(error);
	}

	/** Resolves with the next join. Rejects with Lost where it is left before. */
	async whenJoined(): Promise<void> {
		if (this.ended) {
			throw new Lost(this.ended);
		}
		return new Promise((go, fail) => {
			this.#waiting.push((lost) => (lost ? fail(lost) : go()));
		});
	}

	/**
	 * Pushes to the joined topic. Rejects with Lost where nobody can tell what came of it. One that stays is waited for
	 * until the topic is left indeed.
	 */
	async push(event: string, payload: object, stays?: boolean): Promise<unknown> {
		const channel = this.#channel;
		if (!channel || !this.joined) {
			throw new Lost();
		}
		return new Promise((resolve, reject) => {
			const push = channel.push(event, payload);
			const fail = (error: Error): void => {
				this.#asked.delete(fail);
				push.cancelTimeout();
				reject(error);
			};
			this.#asked.set(fail, stays);
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
				if (!this.joined) {
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
		this.joined = true;
		this.#notice = undefined;
		this.#line.joined(reply);
		this.#events.joined(reply);
		for (const end of this.#waiting.splice(0)) {
			end();
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

	/** The server ended the subscription, and may have said why. */
	#shut(): void {
		const message = `the server ended the subscription to ${this.#name}`;
		const error = RecountError.from({ code: "forbidden", message, ...this.#notice });
		if (error.code === "unauthenticated" && this.#line.renew()) {
			this.#lose();
			this.join();
		} else {
			this.end(error);
		}
	}

	#lose(): void {
		this.#forget();
		this.#events.left();
	}

	#stop(why: RecountError): void {
		this.ended = why;
		this.#dismiss(why);
		this.#drop();
	}

	/** Tells those who wait, but for those who stay. */
	#dismiss(why: RecountError): void {
		const lost = new Lost(why);
		for (const [fail, stays] of this.#asked) {
			if (!stays) {
				fail(lost);
			}
		}
		for (const end of this.#rests) {
			end(why);
		}
		for (const end of this.#waiting.splice(0)) {
			end(lost);
		}
	}

	#drop(): void {
		const channel: (Channel & { leave(): Push }) | undefined = this.#channel;
		this.#channel = undefined;
		this.#forget();
		channel?.leave();
	}

	/** Nothing that was pushed will be answered. */
	#forget(): void {
		this.joined = false;
		for (const fail of this.#asked.keys()) {
			fail(new Lost());
		}
	}
}
