import { Listeners, type RecordedEvent, type Stop } from "@recount/client";
import type { Recount } from "@recount/redux";
import { memberJoined, reactionSent } from "../domain/events.js";
import { line } from "../domain/happening.js";
import { meetingReducer, nothing } from "../domain/meeting.js";
import { cardOf, emojiOf, type Sentence, Teller } from "../domain/sentence.js";
import type { Meeting } from "../domain/types.js";
import { recorded } from "./recorded.js";
import { Skew } from "./skew.js";

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
	/** Whether it is known to have changed nothing: the rules forbade it, or it was so already. */
	readonly vain: boolean;
}

/** The meeting as it was after a version. */
interface Folded {
	readonly meeting: Meeting;
	readonly version: number;
}

/** How many of the latest are read at the start. */
const recent = 40;
/** A record that is not longer, one page, is read whole at the start. */
const page = 500;

/** What happened, in words: the latest at once, all of it when it is asked for. */
export class Ledger {
	/** How far this computer's clock is from the server's, learned from what comes live. */
	readonly skew: Skew;
	readonly #recount: Recount<Meeting>;
	readonly #listeners: Listeners = new Listeners();
	#events = new Map<number, RecordedEvent>();
	readonly #unsubscribe: () => void;
	#stopWaiting = (): void => {};
	#entries: readonly Entry[] = [];
	#whole = false;
	#position = "";
	#teller = new Teller();
	#folded: Folded | undefined;
	#loading: Promise<void> | undefined;

	constructor(recount: Recount<Meeting>, skew: Skew = new Skew()) {
		this.skew = skew;
		this.#recount = recount;
		const subscription = recount.stream.subscribe(
			{
				batch: (events, { upto }) => {
					this.#learn(events, Number(subscription.head ?? Number.POSITIVE_INFINITY));
					this.#add(events, upto as number);
				},
				live: () => this.#whenThere(() => void this.#begin()),
				reset: () => {
					this.#events = new Map();
					this.#whole = false;
					this.#loading = undefined;
					this.#tell();
				},
			},
			{ since: "now" },
		);
		this.#unsubscribe = subscription.unsubscribe;
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
		const known = this.#events;
		const events = await this.#recount.stream.history();
		if (known !== this.#events) {
			// They are of a log that is no more.
			return;
		}
		for (const event of events) {
			known.set(event.version, event);
		}
		this.#whole = true;
		this.#tell();
	}

	/** Reads the latest, or all if that is one page. */
	async #begin(): Promise<void> {
		if (this.#recount.status.head <= page) {
			return this.load();
		}
		try {
			this.#add((await this.#recount.stream.read({ backward: true, limit: recent })).events);
		} catch {
			// What is missing here is asked for again when the whole is.
		}
	}

	/** What came after the last join was recorded just now. */
	#learn(events: readonly RecordedEvent[], joined: number): void {
		for (const { version, recorded } of events) {
			if (version > joined) {
				this.skew.came(Date.parse(recorded));
			}
		}
	}

	/** Adds what came, up to a version. What is not pushed to those who were away, as reactions, is asked for. */
	#add(events: readonly RecordedEvent[], upto = 0): void {
		const last = this.#entries.at(-1)?.version ?? 0;
		const fresh = events.filter(({ version }) => !this.#events.has(version));
		for (const event of fresh) {
			this.#events.set(event.version, event);
		}
		const next = last > 0 && fresh.every(({ version }) => version > last);
		if (fresh.length > 0 && next && !fresh.some((event) => this.#names(event))) {
			this.#show([...this.#entries, ...fresh.map((event) => this.#entryOf(event))]);
		} else if (fresh.length > 0) {
			this.#tell();
		}
		if (last > 0 && upto - last > fresh.length) {
			this.#recount.stream.history(last + 1, upto).then(
				(all) => this.#add(all),
				// Who reads it all next time finds it.
				() => {},
			);
		}
	}

	/** Tells everything anew. */
	#tell(): void {
		const sorted = [...this.#events.values()].sort((a, b) => a.version - b.version);
		const known = this.#whole ? nothing : this.#recount.confirmed();
		this.#teller = new Teller({ ...known, members: { ...firstNames(sorted), ...known.members } });
		this.#folded = this.#base();
		this.#show(sorted.map((event) => this.#entryOf(event)));
	}

	/** Whether it is the name of somebody who has done something before, without one. */
	#names({ type, actor }: RecordedEvent): boolean {
		return type === memberJoined.type && !this.#teller.knows(actor) && this.#entries.some((one) => one.actor === actor);
	}

	/** Where folding along begins: before the first event, or, as long as those are not known, now. */
	#base(): Folded | undefined {
		if (this.#whole) {
			return { meeting: nothing, version: 0 };
		}
		const { state, version } = this.#recount.status;
		return state === "live" ? { meeting: this.#recount.confirmed(), version } : undefined;
	}

	#entryOf(event: RecordedEvent): Entry {
		const action = { type: event.type, payload: event.data, meta: { event } };
		const { version, type, actor } = event;
		const reaction = type === reactionSent.type;
		const before = this.#folded;
		let vain = false;
		if (before && version > before.version) {
			const meeting = meetingReducer(before.meeting, action);
			vain = meeting === before.meeting && recorded.has(type) && !reaction;
			this.#folded = { meeting, version };
		}
		const emoji = reaction ? emojiOf(action) : "";
		const time = Date.parse(event.time);
		return { ...this.#teller.tell(action, vain), version, type, actor, time, card: cardOf(action), emoji, vain };
	}

	#show(entries: readonly Entry[]): void {
		this.#entries = entries;
		this.#position = this.#events.get(entries.at(-1)?.version ?? 0)?.position ?? "";
		this.#listeners.tell();
	}
}

/** The first name of everybody who has one, by ID. */
function firstNames(events: readonly RecordedEvent[]): Record<string, string> {
	const names = new Map<string, string>();
	for (const { type, actor, data } of events) {
		const { name } = (data ?? {}) as { name?: unknown };
		if (type === memberJoined.type && line(name, 40) && !names.has(actor)) {
			names.set(actor, line(name, 40));
		}
	}
	return Object.fromEntries(names);
}
