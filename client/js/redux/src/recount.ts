import type { Action, Connection, RecordedEvent, RecountError, Stop, Stream } from "@recount/client";
import type { RecountAction, Rejected } from "./action.js";

/** What a store knows of its stream. A new object after each change. */
export interface Status {
	/**
	 * `loading` until all that was there is shown; `past` after seek; `ended` when the stream ended for good. What is done
	 * while `connected` is false is sent later.
	 */
	readonly state: "loading" | "live" | "past" | "ended";
	readonly connected: boolean;
	/** The version that is shown, pending actions aside. */
	readonly version: number;
	/** The last version that is known. */
	readonly head: number;
	/** What is shown and not confirmed, in its order. */
	readonly pending: readonly RecountAction[];
	/** Why it ended. */
	readonly error: RecountError | undefined;
}

/** What the enhancer adds to a store, as `store.recount`. */
export interface Recount<Shared = unknown> {
	readonly stream: Stream;
	readonly status: Status;
	/** Calls the listener after each change of the status. */
	subscribe(listener: () => void): Stop;
	/** The shared state without what is pending. */
	confirmed(): Shared;
	/**
	 * Shows the past: the state right after a version, or at a time. Resolves with the version that is shown; where it is
	 * near what is known, the store has changed when it returns. What is dispatched there to be sent is rejected. Rejects
	 * with `invalid` where it is given no version, which is 0 or more, and no time.
	 */
	seek(at: number | string | Date): Promise<number>;
	/** Shows what is now. */
	live(): void;
	/** All events of the stream so far. Reads what is not known yet. */
	history(): Promise<readonly RecordedEvent[]>;
	/** Calls the listener with each action that comes live from elsewhere, and each rejection. */
	onAction(listener: (action: RecountAction | Rejected) => void): Stop;
	/** Stops following the stream. The state stays. */
	close(): void;
}

/** Which actions go to the stream. */
export type Forward = (action: Action) => boolean;

/** What a store is bound to. */
export interface BindingOptions {
	connection: Connection;
	stream: Stream;
	forward: Forward;
	checkpointEvery: number;
	slice?: string;
	keep?: string;
	actor: () => string;
}
