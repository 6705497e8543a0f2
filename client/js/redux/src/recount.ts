import type { Connection, RecordedEvent, RecountError, Stop, Stream } from "@recount/client";
import type { Forward, RecountAction, Told } from "./action.js";

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
	 * Shows the past: the state right after a version, or at a time. Resolves with the version that was found; where it is
	 * near what is known, the store has changed when it returns. What is dispatched there to be sent is rejected.
	 *
	 * Where it must read first, it is cancelled by another seek, live, an action that is sent, a kept state that is loaded,
	 * another log and the end: then it shows nothing, and still resolves when it has read. Rejects with `unavailable` until
	 * the store was live for the first time, and where it must read and the stream is not connected; and with `invalid`
	 * where it is given no version, which is 0 or more, and no time.
	 */
	seek(at: number | string | Date): Promise<number>;
	/** Shows what is now. */
	live(): void;
	/** The shared state right after a version, or at a time. Shows nothing. Rejects as seek does. */
	at(at: number | string | Date): Promise<Shared>;
	/** All events of the stream so far, those aside whose type begins with `@@`. Reads what is not known yet, and rejects as seek does. */
	history(): Promise<readonly RecordedEvent[]>;
	/**
	 * Calls the listener with each action that comes live from elsewhere, if it is one that `forward` accepts, with each
	 * rejection, and with `@@recount/reset` when another log took the place of this one.
	 */
	onAction(listener: (action: Told) => void): Stop;
	/** Stops following the stream. The state stays. */
	close(): void;
}

export interface RecountOptions {
	connection: Connection;
	/** The name of the stream that the store is of. */
	stream: string;
	/** The key of the state that the stream makes; no other action changes it. Defaults to the whole state. */
	slice?: string | undefined;
	/**
	 * Which actions go to the stream; types that begin with `@@` never do. Of what others append, only what it accepts
	 * reaches the rest of the state, and listeners. Defaults to those whose type begins with the slice and `/`, or to all
	 * without a slice; but to none with a `meta.requestId`, which are those of async thunks and of RTK Query.
	 */
	forward?: Forward | undefined;
	/** How many events lie between two checkpoints, which make seek fast. Defaults to 500. */
	checkpointEvery?: number | undefined;
	/**
	 * Keeps checkpoints across reloads under this name. Change it whenever the reducer changes: a state of another reducer
	 * would be taken for one of this. Defaults to none kept.
	 */
	keep?: string | undefined;
	/** Who this client is, for `meta.event.actor` of pending actions. Defaults to `connection.caller`. */
	actor?: (() => string) | undefined;
}
