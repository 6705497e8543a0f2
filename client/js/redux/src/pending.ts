import { type Action, actionOf, type Entry, newId, type RecordedEvent } from "@recount/client";
import { marked, type RecountAction } from "./action.js";
import type { Fold } from "./timeline.js";

/** The actions that are shown though the log has not confirmed them, in the order in which they are sent. */
export interface Pending<Shared> {
	actions(): readonly RecountAction[];
	/** An action, as it is to be added. */
	make(given: Action, id?: string): Waiting;
	/** Adds an action of this store. */
	add(one: Waiting): void;
	/** Takes over what the outbox holds and nobody here has made, in its order. Returns whether there was any. */
	adopt(entries: readonly Entry[], recorded: readonly RecordedEvent[]): boolean;
	/** Removes one, and returns it. */
	remove(id: string): Waiting | undefined;
	/** The server has it at this version. */
	acknowledge(id: string, version: number): void;
	/** Removes those that were recorded up to this version and did not come: live-only ones of before a break. */
	expire(upto: number): boolean;
	/** The confirmed state with all of them on top. */
	on(confirmed: Shared, fold: Fold<Shared>): Shared;
}

export interface Waiting {
	id: string;
	/** As it was dispatched. */
	given: Action;
	/** As it is shown. */
	action: RecountAction;
	/** The version at which the server says that it is, once it does. */
	version?: number;
}

/** No actions yet. actor says who this client is. */
export function pending<Shared>(actor: () => string): Pending<Shared> {
	let all: readonly Waiting[] = [];
	const make = (given: Action, id = newId()): Waiting => {
		const event = { id, actor: actor(), time: new Date().toISOString() };
		return { id, given, action: marked(given, { remote: false, pending: true, event }) };
	};
	return {
		actions: () => all.map(({ action }) => action),
		make,
		add(one) {
			all = [...all, one];
		},
		adopt(entries, recorded) {
			const drafts = entries.flatMap(draftsOf);
			const known = new Set(all.map(({ id }) => id));
			const fresh = drafts.filter(({ id }) => !known.has(id) && !recorded.some((event) => event.id === id));
			if (fresh.length === 0) {
				return false;
			}
			const order = drafts.map(({ id }) => id);
			// Those that the outbox holds no more were taken before all that it holds.
			all = [...all, ...fresh.map((draft) => make(actionOf(draft), draft.id))].sort(
				(a, b) => order.indexOf(a.id) - order.indexOf(b.id),
			);
			return true;
		},
		remove(id) {
			const found = all.find((one) => one.id === id);
			all = all.filter((one) => one !== found);
			return found;
		},
		acknowledge(id, version) {
			for (const one of all) {
				if (one.id === id) {
					one.version = version;
				}
			}
		},
		expire(upto) {
			const before = all.length;
			all = all.filter(({ version }) => version === undefined || version > upto);
			return all.length < before;
		},
		on: (confirmed, fold) => all.reduce((state, { action }) => fold(state, action), confirmed),
	};
}

/** The events that an entry of the outbox appends. */
export function draftsOf({ payload }: Entry): { id: string; type: string }[] {
	return (payload.events ?? []) as { id: string; type: string }[];
}
