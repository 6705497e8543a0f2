import type { RecordedEvent } from "@recount/client";
import { incoming, type RecountAction } from "./action.js";

/** Pure: the shared state after an action. */
export type Fold<Shared> = (shared: Shared, action: RecountAction) => Shared;

interface Mark<Shared> {
	/** How many of the events are in the state. */
	count: number;
	state: Shared;
}

/** The confirmed events of a stream, folded, with a checkpoint every so many: each moment is near one of them. */
export class Timeline<Shared> {
	/** The state after all events. */
	state!: Shared;
	/** Up to which version all is known. */
	upto!: number;
	/** From which version on events are known: the state at this one is the first that can be shown. */
	base!: number;
	#events!: RecordedEvent[];
	#marks!: Mark<Shared>[];
	/** The moment that was asked for last: the next one is often right behind it. */
	#last: Mark<Shared> | undefined;
	readonly #fold: Fold<Shared>;
	readonly #every: number;

	constructor(fold: Fold<Shared>, every: number, state: Shared) {
		this.#fold = fold;
		this.#every = every;
		this.restart(state, 0);
	}

	/** All known events, the oldest first. */
	get events(): readonly RecordedEvent[] {
		return this.#events;
	}

	/** Begins with this state at this version, in place of all that was. */
	restart(state: Shared, version: number): void {
		this.state = state;
		this.upto = version;
		this.base = version;
		this.#events = [];
		this.#marks = [{ count: 0, state }];
		this.#last = undefined;
	}

	/** Adds the next event. */
	push(event: RecordedEvent, action: RecountAction): void {
		this.#events.push(event);
		this.state = this.#fold(this.state, action);
		if (this.#events.length % this.#every === 0) {
			this.#marks.push({ count: this.#events.length, state: this.state });
		}
	}

	/** Puts what happened before the base in front, where this was the state. */
	prepend(events: readonly RecordedEvent[], first: Shared): void {
		const { state, upto } = this;
		const all = [...events, ...this.#events];
		this.restart(first, 0);
		for (const event of all) {
			this.push(event, incoming(event, true));
		}
		this.upto = upto;
		this.state = state;
	}

	/** The state as it was right after this version. */
	at(version: number): Shared {
		const count = this.#count((event) => event.version <= version);
		let from = this.#marks.findLast((mark) => mark.count <= count) as Mark<Shared>;
		const last = this.#last;
		if (last && last.count <= count && last.count > from.count) {
			from = last;
		}
		let { state } = from;
		for (const event of this.#events.slice(from.count, count)) {
			state = this.#fold(state, incoming(event, true));
		}
		this.#last = { count, state };
		return state;
	}

	/** The version that stood at this time: that of the last event recorded until then. */
	versionAt(time: number): number {
		const count = this.#count((event) => Date.parse(event.recorded) <= time);
		return this.#events[count - 1]?.version ?? this.base;
	}

	/** How many events from the first on are such, of which all before the last one are, too. */
	#count(such: (event: RecordedEvent) => boolean): number {
		let low = 0;
		let high = this.#events.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			const event = this.#events[middle];
			if (event && such(event)) {
				low = middle + 1;
			} else {
				high = middle;
			}
		}
		return low;
	}
}
