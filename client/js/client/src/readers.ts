import type { RecountError } from "./error.js";
import type { Place, RecordedEvent } from "./event.js";
import type { JoinReply } from "./line.js";
import { guarded } from "./listeners.js";

/** A place, and the log that it is of. */
export interface Cursor {
	/** Undefined until the server has said it. */
	epoch: string | undefined;
	/** All up to here was handed over. */
	upto: Place;
}

/** What a subscriber wants to hear of. Called one after another, in the order of the stream. */
export interface Observer<Event = RecordedEvent> {
	/** Called once with each event. */
	event?(event: Event): void;
	/** Called with each push as a whole, before `event`; it may have no events. Afterwards all up to the cursor is known. */
	batch?(events: readonly Event[], cursor: Cursor): void;
	/** Forget what was folded from events so far: another log stands there now. Events follow from its beginning. */
	reset?(cursor: Cursor): void;
	/** All that was there at the last join is handed over. */
	live?(): void;
	/** Nothing more comes. Without an error, because the application wanted it. */
	end?(error?: RecountError): void;
}

/** One subscriber. */
export interface Reader extends Cursor {
	/** Whether the cursor is where the first join will be. */
	now: boolean;
	live: boolean;
	readonly observer: Observer;
	/** Lets the topic go. */
	release(): void;
}

/** The payload of an events push. */
export interface EventsPush {
	events: readonly RecordedEvent[];
	upto: Place;
}

/** All subscribers of a topic, each with a place of its own. They share one subscription, which is that of the last. */
export class Readers {
	readonly all: Set<Reader> = new Set();
	/** The place of the shared subscription, once it was asked for. */
	#from: Place | undefined;
	/** Where the stream ended at the last join, while it is joined. */
	head: Place | undefined;
	#epoch: string | undefined;
	/** Those that the last join was for. */
	#joining: ReadonlySet<Reader> = new Set();
	readonly #start: Place;

	constructor(start: Place) {
		this.#start = start;
	}

	/** What a join must say to serve everybody. */
	params(): { since?: Place; epoch?: string | undefined } {
		this.#joining = new Set(this.all);
		const [first, ...rest] = [...this.all].filter((reader) => !reader.now);
		if (!first) {
			this.#from = undefined;
			return { since: "now" };
		}
		const lowest = rest.reduce((low, one) => (one.upto < low.upto ? one : low), first);
		this.#from = lowest.upto;
		if (lowest.upto === this.#start) {
			return {};
		}
		return { since: lowest.upto, epoch: lowest.epoch };
	}

	/** Whether the shared subscription begins after what this reader wants, or does not know its place. */
	misses({ now, upto }: Reader): boolean {
		const from = this.#from;
		return !now && (from === undefined || upto < from || (this.head !== undefined && upto > from && upto > this.head));
	}

	/** Whether any reader misses something. */
	behind(): boolean {
		return [...this.all].some((reader) => this.misses(reader));
	}

	/** A reader that came to a joined topic: what holds there holds for it. */
	added(reader: Reader): void {
		if (this.#epoch === undefined || this.head === undefined) {
			return;
		}
		const from = this.#from ?? this.head;
		this.#place(reader, this.#epoch, from > this.head ? from : this.head);
		this.#tellLive();
	}

	joined(reply: JoinReply): void {
		this.#epoch = reply.epoch;
		this.head = reply.version;
		this.#from ??= reply.version;
		this.#each((reader) => {
			this.#place(reader, reply.epoch, reply.version);
			// One that came while the join was under way is asked for by the next one.
			if (this.#joining.has(reader) && reader.upto > reply.version) {
				this.#reset(reader, reply.epoch);
			}
		});
		this.#tellLive();
	}

	/** Nothing is known of the topic any more but its epoch. */
	left(): void {
		this.head = undefined;
	}

	/** The log is another one, or ends before where somebody is: those begin anew. */
	gone(epoch: string | undefined, head: Place): void {
		this.#each((reader) => {
			if (!reader.now && ((reader.epoch !== undefined && reader.epoch !== epoch) || reader.upto > head)) {
				this.#reset(reader, epoch);
			}
		});
	}

	take({ events, upto }: EventsPush): void {
		this.#from = upto;
		this.#each((reader) => {
			if (upto > reader.upto) {
				this.#hand(reader, events, upto);
			}
		});
		this.#tellLive();
	}

	/** Those who come while others are called wait for their turn, and those who go are left alone. */
	#each(call: (reader: Reader) => void): void {
		for (const reader of [...this.all]) {
			if (this.all.has(reader)) {
				call(reader);
			}
		}
	}

	#hand(reader: Reader, events: readonly RecordedEvent[], upto: Place): void {
		const place = (event: RecordedEvent): Place => (typeof upto === "number" ? event.version : event.position);
		const from = reader.upto;
		const first = events[0];
		const fresh = first && place(first) <= from ? events.filter((event) => place(event) > from) : events;
		// First the cursor: what a handler throws must not bring the event again.
		reader.upto = upto;
		const { observer } = reader;
		guarded(() => observer.batch?.(fresh, { epoch: reader.epoch, upto }));
		if (!observer.event) {
			return;
		}
		for (const event of fresh) {
			if (!this.all.has(reader)) {
				return;
			}
			guarded(() => observer.event?.(event));
		}
	}

	#place(reader: Reader, epoch: string, now: Place): void {
		if (reader.now) {
			reader.now = false;
			reader.upto = now;
		} else if (reader.epoch !== undefined && reader.epoch !== epoch) {
			this.#reset(reader, epoch);
		}
		reader.epoch = epoch;
	}

	#reset(reader: Reader, epoch: string | undefined): void {
		reader.epoch = epoch;
		reader.upto = this.#start;
		reader.now = false;
		reader.live = false;
		guarded(() => reader.observer.reset?.({ epoch, upto: this.#start }));
	}

	#tellLive(): void {
		this.#each((reader) => {
			if (!reader.live && this.head !== undefined && reader.upto >= this.head && !this.misses(reader)) {
				reader.live = true;
				guarded(() => reader.observer.live?.());
			}
		});
	}
}
