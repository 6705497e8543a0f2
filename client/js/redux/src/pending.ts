import { type Action, actionOf, type Entry, newId, plain, type RecordedEvent } from "@recount/client";
import { isPlain, marked, type RecountAction } from "./action.js";

/** An action that is shown though the log has not confirmed it. */
export interface Waiting {
	readonly id: string;
	/** As it was dispatched. */
	readonly given: Action;
	/** As it is shown. */
	readonly action: RecountAction;
	/** The version at which the server says that it is, once it does. */
	version?: number;
}

/** An action of this client, who is this actor. */
export function waiting(given: Action, actor: string, id: string = newId()): Waiting {
	const event = { id, actor, time: new Date().toISOString() };
	// As it will come back: JSON knows no Map, and makes texts of dates.
	return { id, given, action: marked(plain(given), { remote: false, pending: true, event }) };
}

/** With what the outbox holds and neither is known nor recorded, in the order in which they are sent. */
export function adopted(
	all: readonly Waiting[],
	entries: readonly Entry[],
	recorded: readonly RecordedEvent[],
	actor: () => string,
): readonly Waiting[] {
	const known = new Map(all.map((one) => [one.id, one]));
	const held = entries.flatMap(draftsOf).flatMap((draft) => {
		const { id } = draft;
		const one =
			known.get(id) ?? (recorded.some((event) => event.id === id) ? [] : waiting(actionOf(draft), actor(), id));
		known.delete(id);
		return one;
	});
	// Those that the outbox holds no more were taken before all that it holds.
	return [...known.values(), ...held];
}

/** Whether one of these has its ID. */
export function among(all: readonly { id: string }[]): (one: { id: string }) => boolean {
	const ids = new Set(all.map(({ id }) => id));
	return ({ id }) => ids.has(id);
}

/** The events that an entry of the outbox appends, those that nobody heeds aside. */
export function draftsOf({ payload }: Entry): { id: string; type: string }[] {
	return ((payload.events ?? []) as { id: string; type: string }[]).filter(isPlain);
}
