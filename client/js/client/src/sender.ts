import { RecountError } from "./error.js";
import type { Line } from "./line.js";
import { Listeners } from "./listeners.js";
import type { Entry } from "./outbox.js";
import { heals, Lost, type Topic } from "./topic.js";

interface Waiting {
	resolve(reply: unknown): void;
	reject(error: RecountError): void;
}

/** How often an error that is the server's own is tried again. */
const patience = 5;

/**
 * Sends what was done here, in order, one at a time: the next only after the answer to the one before. What was lost with
 * a connection is sent again with the same ID.
 */
export class Sender {
	readonly changed: Listeners<[pending: readonly Entry[]]> = new Listeners();
	readonly rejected: Listeners<[entry: Entry, error: RecountError]> = new Listeners();
	readonly acknowledged: Listeners<[entry: Entry, reply: unknown]> = new Listeners();
	readonly #topic: Topic;
	readonly #line: Line;
	/** Keeps the topic joined until it is called back. */
	readonly #hold: () => () => void;
	readonly #waiting = new Map<Entry, Waiting>();
	/** Lets the topic go. */
	#release: () => void = () => {};
	#pending: readonly Entry[] = [];
	#sending = false;
	/** The entry that was pushed and not answered yet. */
	#sent: Entry | undefined;

	constructor(topic: Topic, line: Line, hold: () => () => void) {
		this.#topic = topic;
		this.#line = line;
		this.#hold = hold;
	}

	get pending(): readonly Entry[] {
		return this.#pending;
	}

	/** The entry that may be on its way. */
	get sent(): Entry | undefined {
		return this.#sent;
	}

	/** Keeps entries that were made earlier: they go before all that is made now. */
	adopt(entries: readonly Entry[]): void {
		const known = new Set(this.#pending.map(({ id }) => id));
		this.#change([...entries.filter(({ id }) => !known.has(id)), ...this.#pending]);
		void this.send();
	}

	/** Keeps and sends an entry. Resolves with the server's answer. */
	add(entry: Entry): Promise<unknown> {
		const closed = this.#line.closed();
		if (closed) {
			return Promise.reject(closed);
		}
		const answer = new Promise<unknown>((resolve, reject) => {
			this.#waiting.set(entry, { resolve, reject });
		});
		this.#line.outbox.add(entry).catch((error: unknown) => this.#line.warn(error));
		this.#change([...this.#pending, entry]);
		void this.send();
		return answer;
	}

	/** Gives an entry up. */
	refuse(entry: Entry, error: RecountError): void {
		if (this.#line.closed() || !this.#take(entry)) {
			return;
		}
		this.#waiting.get(entry)?.reject(error);
		this.#waiting.delete(entry);
		this.rejected.tell(entry, error);
		this.#line.rejected(entry, error);
	}

	/** Refuses all. */
	refuseAll(error: RecountError): void {
		for (const entry of this.#pending) {
			this.refuse(entry, error);
		}
	}

	/** Tells all who wait that nothing more is sent from here. The entries stay in the outbox. */
	close(error: RecountError): void {
		for (const { reject } of this.#waiting.values()) {
			reject(error);
		}
		this.#waiting.clear();
	}

	/** Sends what is pending, until the stream is left: then it is called again when it is joined again. */
	async send(): Promise<void> {
		if (this.#pending.length === 0) {
			return;
		}
		// Also while others are sent: a stream that was left or has ended meanwhile is joined again.
		const release = this.#hold();
		this.#release();
		this.#release = release;
		if (this.#sending) {
			return;
		}
		this.#sending = true;
		let tries = 0;
		let faults = 0;
		for (let entry = this.#pending[0]; entry && !this.#topic.ended; entry = this.#pending[0]) {
			const again = await this.#sendOne(entry);
			tries = again ? tries + 1 : 0;
			faults = again instanceof RecountError && again.code === "internal" ? faults + 1 : 0;
			if (faults >= patience) {
				faults = 0;
				this.refuse(entry, again as RecountError);
			} else if (again && !(again instanceof Lost)) {
				await this.#topic.rest(tries);
			}
		}
		this.#sending = false;
		this.#release();
	}

	/** Returns the error after which the entry is to be sent again. */
	async #sendOne(entry: Entry): Promise<Error | undefined> {
		try {
			if (!this.#topic.joined) {
				await this.#topic.whenJoined();
			}
			this.#sent = entry;
			const reply = await this.#topic.push(entry.event, entry.payload);
			this.#settle(entry, reply);
			return undefined;
		} catch (error) {
			if (error instanceof Lost || heals(error as RecountError, this.#line)) {
				return error as Error;
			}
			this.refuse(entry, error as RecountError);
			return undefined;
		}
	}

	#settle(entry: Entry, reply: unknown): void {
		const waiting = this.#waiting.get(entry);
		this.#waiting.delete(entry);
		this.#take(entry);
		this.acknowledged.tell(entry, reply);
		waiting?.resolve(reply);
	}

	#take(entry: Entry): boolean {
		const rest = this.#pending.filter((one) => one !== entry);
		if (rest.length === this.#pending.length) {
			return false;
		}
		if (this.#sent === entry) {
			this.#sent = undefined;
		}
		this.#line.outbox.remove(entry).catch((error: unknown) => this.#line.warn(error));
		this.#change(rest);
		return true;
	}

	#change(pending: readonly Entry[]): void {
		this.#pending = pending;
		this.changed.tell(pending);
	}
}
