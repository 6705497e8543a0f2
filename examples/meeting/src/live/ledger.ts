import { Listeners, type RecordedEvent, type Stop } from "@recount/client";
import type { Recount } from "@recount/redux";
import { cardOf, type Sentence, Teller } from "../domain/sentence.js";
import type { Meeting } from "../domain/types.js";

/** One event, told. */
export interface Entry extends Sentence {
	readonly version: number;
	readonly type: string;
	/** When it happened, in milliseconds since 1970. */
	readonly time: number;
	readonly actor: string;
	/** The card that it is about, or "". */
	readonly card: string;
	/** Of a reaction. */
	readonly emoji: string;
}

/** How many of the latest are read at the start. */
const recent = 40;

/** What happened, in words: the latest at once, all of it when it is asked for. */
export class Ledger {
	readonly #recount: Recount<Meeting>;
	readonly #listeners: Listeners = new Listeners();
	readonly #events = new Map<number, RecordedEvent>();
	readonly #unsubscribe: () => void;
	#stopWaiting = (): void => {};
	#entries: readonly Entry[] = [];
	#whole = false;
	#position = "";
	#teller = new Teller();
	#loading: Promise<void> | undefined;

	constructor(recount: Recount<Meeting>) {
		this.#recount = recount;
		const { unsubscribe } = recount.stream.subscribe(
			{
				batch: (events) => this.#add(events),
				live: () => this.#whenThere(() => void this.#read({ backward: true, limit: recent })),
				reset: () => {
					this.#events.clear();
					this.#whole = false;
					this.#loading = undefined;
					this.#tell();
				},
			},
			{ since: "now" },
		);
		this.#unsubscribe = unsubscribe;
	}

	/** What is known, the oldest first. A new array after each change. */
	get entries(): readonly Entry[] {
		return this.#entries;
	}

	/** The position of the latest event; "" before any. */
	get position(): string {
		return this.#position;
	}

	/** Whether the entries begin with the first event. */
	get whole(): boolean {
		return this.#whole;
	}

	readonly subscribe = (listener: () => void): Stop => this.#listeners.add(listener);

	/** Reads all that happened, reactions included. */
	load(): Promise<void> {
		this.#loading ??= this.#loadAll().catch(() => {
			this.#loading = undefined;
		});
		return this.#loading;
	}

	close(): void {
		this.#stopWaiting();
		this.#unsubscribe();
	}

	/** Calls back once the meeting is there, in whose names the latest is told. */
	#whenThere(then: () => void): void {
		const look = (): void => {
			if (this.#recount.status.state !== "loading") {
				this.#stopWaiting();
				then();
			}
		};
		this.#stopWaiting();
		this.#stopWaiting = this.#recount.subscribe(look);
		look();
	}

	async #loadAll(): Promise<void> {
		for (let from = 1; ; ) {
			const { events, more } = await this.#recount.stream.read({ from, limit: 500 });
			for (const event of events) {
				this.#events.set(event.version, event);
			}
			from = (events.at(-1)?.version ?? 0) + 1;
			if (!more || events.length === 0) {
				break;
			}
		}
		this.#whole = true;
		this.#tell();
	}

	async #read(options: Parameters<Recount["stream"]["read"]>[0]): Promise<void> {
		try {
			this.#add((await this.#recount.stream.read(options)).events);
		} catch {
			// What is missing here is asked for again when the whole is.
		}
	}

	#add(events: readonly RecordedEvent[]): void {
		const last = this.#entries.at(-1)?.version ?? 0;
		const fresh = events.filter(({ version }) => !this.#events.has(version));
		for (const event of fresh) {
			this.#events.set(event.version, event);
		}
		if (fresh.length > 0 && last > 0 && fresh.every(({ version }) => version > last)) {
			this.#show([...this.#entries, ...fresh.map((event) => entryOf(this.#teller, event))]);
		} else if (fresh.length > 0) {
			this.#tell();
		}
	}

	/** Tells everything anew. */
	#tell(): void {
		const sorted = [...this.#events.values()].sort((a, b) => a.version - b.version);
		this.#teller = this.#whole ? new Teller() : new Teller(this.#recount.confirmed());
		this.#show(sorted.map((event) => entryOf(this.#teller, event)));
	}

	#show(entries: readonly Entry[]): void {
		this.#entries = entries;
		this.#position = this.#events.get(entries.at(-1)?.version ?? 0)?.position ?? "";
		this.#listeners.tell();
	}
}

function entryOf(teller: Teller, event: RecordedEvent): Entry {
	const action = { type: event.type, payload: event.data, meta: { event } };
	const { version, type, actor } = event;
	const emoji = type === "reaction_sent" ? String((event.data as { emoji?: unknown } | null)?.emoji ?? "") : "";
	return { ...teller.tell(action), version, type, actor, time: Date.parse(event.time), card: cardOf(action), emoji };
}
