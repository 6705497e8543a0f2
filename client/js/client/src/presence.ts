import { Presence as Sync } from "phoenix";
import type { On } from "./line.js";
import { Listeners, type Stop } from "./listeners.js";

/** One caller who is there, with the object of each of their connections. */
export interface Present<Shown = Record<string, unknown>> {
	readonly id: string;
	readonly metas: readonly (Shown & { readonly phx_ref: string })[];
}

type State = Record<string, { metas: Present["metas"] }>;
type Diff = { joins: State; leaves: State };

/** Who is on a topic. */
export class Presence {
	readonly #changed = new Listeners<[]>();
	readonly #show: (shown: Record<string, unknown>) => Promise<void>;
	readonly #hold: (stop: Stop) => Stop;
	#state: State = {};
	#list: readonly Present[] = [];
	#count = 0;

	constructor(show: (shown: Record<string, unknown>) => Promise<void>, hold: (stop: Stop) => Stop) {
		this.#show = show;
		this.#hold = hold;
	}

	/** Everybody who is there, this client too. Empty where they are too many to be named. A new array after each change. */
	get list(): readonly Present[] {
		return this.#list;
	}

	/** How many connections are there. */
	get count(): number {
		return this.#count;
	}

	/**
	 * Shows this object (up to 1 KiB) to the others, in place of the one before, as long as the stream is joined, and after
	 * every break. By itself it joins nothing: something else must follow the stream, such as `subscribe` or `onChange`.
	 */
	set(shown: Record<string, unknown>): Promise<void> {
		return this.#show(shown);
	}

	/** Calls the listener after each change, and keeps the topic joined. */
	onChange(listener: () => void): Stop {
		return this.#hold(this.#changed.add(listener));
	}

	/** Listens on a new channel. */
	attach(on: On): void {
		on("presence_state", (state: State) => {
			this.#state = state;
			this.#tell();
		});
		on("presence_diff", (diff: Diff) => {
			this.#state = Sync.syncDiff(this.#state, diff) as State;
			this.#tell();
		});
		on("presence_count", ({ count }: { count: number }) => {
			this.#state = {};
			this.#tell(count);
		});
	}

	/** What is known is of before a break: the next state replaces it. Nobody is known where none comes. */
	lost(comes: boolean): void {
		if (!comes && this.#count > 0) {
			this.#state = {};
			this.#tell();
		}
	}

	#tell(count?: number): void {
		this.#list = Object.entries(this.#state).map(([id, { metas }]) => ({ id, metas }));
		this.#count = count ?? this.#list.reduce((sum, { metas }) => sum + metas.length, 0);
		this.#changed.tell();
	}
}
