import type { RecountError } from "./error.js";
import type { Receipt } from "./event.js";
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

/** How many events a push of several entries has at most, and how long they are as JSON. */
const mostEvents = 100;
const mostLength = 200_000;

/**
 * Sends what was done here, in order: the next push only after the answer to the one before. Appends that wait in a row go
 * together, and each gets its own answer. What was lost with a connection is sent again with the same IDs.
 */
export class Sender {
	/** What is not acknowledged, oldest first. */
	pending: readonly Entry[] = [];
	/** The entries that were pushed and not answered yet. */
	sent: readonly Entry[] = [];
	readonly changed: Listeners<[pending: readonly Entry[]]> = new Listeners();
	readonly rejected: Listeners<[entry: Entry, error: RecountError]> = new Listeners();
	readonly acknowledged: Listeners<[entry: Entry, reply: unknown]> = new Listeners();
	readonly #topic: Topic;
	readonly #line: Line;
	/** Keeps the topic joined until it is called back. */
	readonly #hold: () => () => void;
	/** Who waits for what comes of an entry that was made here. */
	readonly #waiting = new WeakMap<Entry, Waiting>();
	/** Lets the topic go. */
	#release: () => void = () => {};
	#sending = false;
	/** Entries that were refused together with others: nobody knows which of them is to blame. */
	#alone: readonly Entry[] = [];

	constructor(topic: Topic, line: Line, hold: () => () => void) {
		this.#topic = topic;
		this.#line = line;
		this.#hold = hold;
	}

	/** Keeps entries that were made earlier: they go before all that is made now, but for what is on its way. */
	adopt(entries: readonly Entry[]): void {
		const known = new Set(this.pending.map(({ id }) => id));
		this.#change([...new Set([...this.sent, ...entries.filter(({ id }) => !known.has(id)), ...this.pending])]);
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
		this.#line.outbox.add(entry).catch(this.#line.warn);
		this.#change([...this.pending, entry]);
		void this.send();
		return answer;
	}

	/** Gives entries up. */
	refuse(entries: readonly Entry[], error: RecountError): void {
		if (this.#line.closed()) {
			return;
		}
		for (const entry of this.#take(entries)) {
			this.#waiting.get(entry)?.reject(error);
			this.rejected.tell(entry, error);
			this.#line.rejected(entry, error);
		}
	}

	/** Gives up what was sent; where it may not be to blame, as one of several entries, it is sent again, one by one. */
	giveUp(error: RecountError): void {
		const [first, second] = this.sent;
		// Also something else on the connection may have been too large.
		if (second || (error.code === "too_large" && !this.#alone.includes(first as Entry))) {
			this.#apart();
		} else {
			this.refuse(this.sent, error);
		}
	}

	/** What was sent together is sent again, one by one. */
	#apart(): void {
		this.#alone = this.sent;
		this.sent = [];
	}

	/** Tells all who wait that nothing more is sent from here. The entries stay in the outbox. */
	close(error: RecountError): void {
		for (const entry of this.pending) {
			this.#waiting.get(entry)?.reject(error);
		}
	}

	/** Sends what is pending, until the stream is left: then it is called again when it is joined again. */
	async send(): Promise<void> {
		if (!this.pending[0] || this.#line.closed()) {
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
		while (this.pending[0] && !this.#topic.ended) {
			const again = await this.#sendNext();
			tries = again ? tries + 1 : 0;
			faults = (again as RecountError | undefined)?.code === "internal" ? faults + 1 : 0;
			if (faults >= patience) {
				faults = 0;
				this.giveUp(again as RecountError);
			} else if (again && !(again instanceof Lost)) {
				await this.#topic.rest(tries);
			}
		}
		this.#sending = false;
		this.#release();
	}

	/** Returns the error after which the same is to be sent again. */
	async #sendNext(): Promise<RecountError | Lost | undefined> {
		try {
			if (!this.#topic.joined) {
				await this.#topic.whenJoined();
			}
			// What was lost goes as it went: it is known as a whole, or not at all.
			const sent = this.sent[0] ? this.sent : this.#next();
			const [first, second] = sent;
			if (first) {
				this.sent = sent;
				const payload = second ? { events: sent.flatMap(draftsOf) } : first.payload;
				this.#settle(sent, await this.#topic.push(first.event, payload, true));
			}
			return undefined;
		} catch (thrown) {
			const error = thrown as RecountError | Lost;
			if (error instanceof Lost || heals(error, this.#line)) {
				return error;
			}
			this.giveUp(error);
			return undefined;
		}
	}

	/** The next entry; with those behind it, as far as they are appends without conditions. */
	#next(): readonly Entry[] {
		let events = 0;
		let length = 0;
		const end = this.pending.findIndex((entry) => {
			events += draftsOf(entry).length;
			length += JSON.stringify(entry.payload).length;
			const free = Object.keys(entry.payload).join() === "events" && !this.#alone.includes(entry);
			return !free || events > mostEvents || length > mostLength;
		});
		return this.pending.slice(0, end < 0 ? mostEvents : end || 1);
	}

	/** The reply to several is that of their last event: those before it have the versions before. */
	#settle(sent: readonly Entry[], reply: unknown): void {
		const { version, position } = reply as Receipt;
		let left = sent.flatMap(draftsOf).length;
		// First of all: whoever is told may close the connection.
		this.#take(sent);
		for (const entry of sent) {
			const ids = draftsOf(entry).map(({ id }) => id);
			left -= ids.length;
			const own = sent[1] ? { version: version - left, position, ids } : reply;
			this.acknowledged.tell(entry, own);
			this.#waiting.get(entry)?.resolve(own);
		}
	}

	/** Removes entries, and returns those that were there. */
	#take(entries: readonly Entry[]): readonly Entry[] {
		const rest = new Set(this.pending);
		const taken = entries.filter((entry) => rest.delete(entry));
		this.sent = this.sent.filter((entry) => rest.has(entry));
		for (const entry of taken) {
			this.#line.outbox.remove(entry).catch(this.#line.warn);
		}
		if (taken[0]) {
			this.#change([...rest]);
		}
		return taken;
	}

	#change(pending: readonly Entry[]): void {
		this.pending = pending;
		this.changed.tell(pending);
	}
}

function draftsOf({ payload }: Entry): readonly { id: string }[] {
	return (payload.events ?? []) as { id: string }[];
}
