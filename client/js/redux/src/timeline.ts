import type { RecordedEvent } from "@recount/client";
import { incoming, type RecountAction } from "./action.js";

/** Pure: the shared state after an action. */
export type Fold<Shared> = (shared: Shared, action: RecountAction) => Shared;

/** The confirmed events of a stream, folded, with a checkpoint every so many: each moment is near one of them. */
export interface Timeline<Shared> {
	/** The state after all events. */
	state: Shared;
	/** Up to which version all is known. */
	upto: number;
	/** From which version on events are known: the state at this one is the first that can be shown. */
	readonly base: number;
	/** All known events, the oldest first. */
	readonly events: readonly RecordedEvent[];
	/** Begins with this state at this version, in place of all that was. Defaults to before the first event. */
	restart(state?: Shared, version?: number): void;
	/** Adds the next event. Returns its action, as one that came from elsewhere unless it is said. */
	push(event: RecordedEvent, remote?: boolean): RecountAction;
	/** Puts what happened before the base in front. */
	prepend(events: readonly RecordedEvent[]): void;
	/** Folds all anew, from the base on: by another reducer. */
	refold(): void;
	/** The state as it was right after this version. */
	at(version: number): Shared;
	/** The version that stood at this time: that of the last event recorded until then. -1 is one before the base. */
	versionAt(time: number): number;
}

interface Mark<Shared> {
	/** How many of the events are in the state. */
	count: number;
	state: Shared;
}

/** A timeline that begins with this state, before the first event. */
export function timeline<Shared>(fold: Fold<Shared>, every: number, initial: Shared): Timeline<Shared> {
	let events: RecordedEvent[];
	/** The state at the base. */
	let first: Shared;
	let marks: Mark<Shared>[];
	/** The moment that was asked for last: the next one is often right behind it. */
	let last: Mark<Shared>;

	const line = {
		state: initial,
		upto: 0,
		base: 0,
		get events() {
			return events;
		},
		restart(state = initial, version = 0) {
			line.state = first = state;
			line.upto = line.base = version;
			events = [];
			last = { count: 0, state };
			marks = [last];
		},
		push(event: RecordedEvent, remote = true) {
			const action = incoming(event, remote);
			line.state = fold(line.state, action);
			if (events.push(event) % every === 0) {
				marks.push({ count: events.length, state: line.state });
			}
			return action;
		},
		prepend(before: readonly RecordedEvent[]) {
			const { state } = line;
			events = [...before, ...events];
			first = initial;
			line.base = 0;
			line.refold();
			// Also what is of this store alone is in it.
			line.state = state;
		},
		refold() {
			const { base, upto } = line;
			const all = events;
			line.restart(first, base);
			for (const event of all) {
				line.push(event);
			}
			line.upto = upto;
		},
		at(version: number) {
			const until = events.findLastIndex((event) => event.version <= version) + 1;
			const mark = marks.findLast((mark) => mark.count <= until) as Mark<Shared>;
			const from = last.count <= until && last.count > mark.count ? last : mark;
			let { state } = from;
			for (const event of events.slice(from.count, until)) {
				state = fold(state, incoming(event, true));
			}
			last = { count: until, state };
			return state;
		},
		versionAt(time: number) {
			const found = events.findLast(({ recorded }) => Date.parse(recorded) <= time);
			return found?.version ?? (line.base && -1);
		},
	};
	line.restart();
	return line;
}
