import { Listeners, type RecordedEvent, type Stop } from "@recount/client";
import type { Recount, Status } from "@recount/redux";

/** What a player shows. A new object after each change. */
export interface PlayerView {
	readonly state: Status["state"];
	/** The version that is shown. */
	readonly version: number;
	/** The last version. */
	readonly head: number;
	/** How many times faster than it happened it plays; 0 is not at all. */
	readonly speed: number;
}

/** Plays what happened in a store again, at the pace at which it happened. */
export class Player {
	readonly #recount: Recount;
	readonly #listeners: Listeners = new Listeners();
	readonly #longest: number;
	#speed = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#view: PlayerView | undefined;

	/** A pause in what happened is played as longest milliseconds at most. */
	constructor(recount: Recount, longest: number) {
		this.#recount = recount;
		this.#longest = longest;
	}

	readonly look = (): PlayerView => {
		const { state, version, head } = this.#recount.status;
		const { state: was, version: at, head: end, speed } = this.#view ?? {};
		if (!this.#view || state !== was || version !== at || head !== end || speed !== this.#speed) {
			this.#view = { state, version, head, speed: this.#speed };
		}
		return this.#view;
	};

	readonly subscribe = (listener: () => void): Stop => {
		const stops = [
			this.#listeners.add(listener),
			this.#recount.subscribe(this.#heard),
			this.#recount.subscribe(listener),
		];
		return () => {
			for (const stop of stops) {
				stop();
			}
			if (this.#listeners.size === 0) {
				this.#halt();
			}
		};
	};

	/** Shows a version or a time. Playing goes on from there. */
	readonly seek = async (at: number | string | Date): Promise<void> => {
		await this.#recount.seek(at);
		if (this.#speed > 0) {
			await this.#next();
		}
	};

	/** Back to what is now. */
	readonly live = (): void => {
		this.#halt();
		this.#recount.live();
	};

	/** Plays on from what is shown, so many times faster than it happened; from the beginning if that is the end. */
	readonly play = async (speed = 1): Promise<void> => {
		const { version, head } = this.#recount.status;
		this.#speed = speed;
		this.#tell();
		try {
			await this.seek(version < head ? version : 0);
		} catch (error) {
			this.#halt();
			throw error;
		}
	};

	readonly pause = (): void => this.#halt();

	/** So many events on, or back. */
	readonly step = async (by = 1): Promise<void> => {
		this.#halt();
		const events = await this.#recount.history();
		const at = this.#shown(events) + by;
		await this.#recount.seek(at < 1 ? 0 : (events[at - 1]?.version ?? this.#recount.status.head));
	};

	/** How many of the events are shown. */
	#shown(events: readonly RecordedEvent[]): number {
		const { version } = this.#recount.status;
		const next = events.findIndex((event) => event.version > version);
		return next < 0 ? events.length : next;
	}

	async #next(): Promise<void> {
		clearTimeout(this.#timer);
		const events = await this.#recount.history();
		const at = this.#shown(events);
		const [now, next] = [events[at - 1], events[at]];
		if (this.#speed === 0) {
			return;
		}
		if (this.#recount.status.state !== "past") {
			this.#halt();
			return;
		}
		if (!next) {
			this.live();
			return;
		}
		const gap = now ? Date.parse(next.recorded) - Date.parse(now.recorded) : 0;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(
			() => this.seek(next.version).catch(this.pause),
			Math.min(gap, this.#longest) / this.#speed,
		);
	}

	/** Somebody else may have gone back to what is now. */
	readonly #heard = (): void => {
		if (this.#timer !== undefined && this.#recount.status.state !== "past") {
			this.#halt();
		}
	};

	#halt(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#speed = 0;
		this.#tell();
	}

	#tell(): void {
		this.#listeners.tell();
	}
}
