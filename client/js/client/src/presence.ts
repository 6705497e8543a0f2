import { Presence as Sync } from "phoenix";
import type { Channel } from "./line.js";
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
	readonly #hold: () => Stop;
	#state: State = {};
	#early: Diff[] = [];
	#synced = false;
	#list: readonly Present[] = [];
	#count = 0;

	constructor(show: (shown: Record<string, unknown>) => Promise<void>, hold: () => Stop) {
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
		const stop = this.#changed.add(listener);
		const release = this.#hold();
		return () => {
			stop();
			release();
		};
	}

	/** Listens on a new channel. */
	attach(channel: Channel, current: () => boolean): void {
		const on = <Payload>(event: string, take: (payload: Payload) => void): void => {
			channel.on(event, (payload: Payload) => {
				if (current()) {
					take(payload);
				}
			});
		};
		on<State>("presence_state", (state) => {
			this.#state = Sync.syncState(this.#state, state) as State;
			for (const diff of this.#early.splice(0)) {
				this.#state = Sync.syncDiff(this.#state, diff) as State;
			}
			this.#synced = true;
			this.#tell();
		});
		on<Diff>("presence_diff", (diff) => {
			if (!this.#synced) {
				this.#early.push(diff);
				return;
			}
			this.#state = Sync.syncDiff(this.#state, diff) as State;
			this.#tell();
		});
		on<{ count: number }>("presence_count", ({ count }) => {
			this.#state = {};
			this.#tell(count);
		});
	}

	/** What is known is of before a break: the next state replaces it. Nobody is known where none comes. */
	lost(comes: boolean): void {
		this.#synced = false;
		this.#early = [];
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
