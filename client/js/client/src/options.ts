import type { Backoff } from "./backoff.js";
import type { Checkpoints } from "./checkpoint.js";
import type { CredentialOptions } from "./credentials.js";
import type { Meta, Place } from "./event.js";
import type { Outbox } from "./outbox.js";
import type { Cursor } from "./readers.js";

export interface ConnectOptions extends CredentialOptions {
	/**
	 * Whose outbox and checkpoints these are: give the user's ID where people share a browser. Defaults to the `sub` of
	 * `token`, where that is a JSON Web Token, else to "".
	 */
	scope?: string | undefined;
	/** Keeps what is not acknowledged. Defaults to IndexedDB, where there is none to memory. */
	outbox?: Outbox | undefined;
	/** Keeps states for a quick start. Defaults to IndexedDB, where there is none to memory. */
	checkpoints?: Checkpoints | undefined;
	/** How long to wait between tries, at random below a bound. Defaults to 250 ms, doubled up to 10 s. */
	backoff?: Backoff | undefined;
	/** How long to wait for an answer, in milliseconds, before it is asked again. Defaults to 10000. */
	timeout?: number | undefined;
	/** Milliseconds between heartbeats. Defaults to 30000. */
	heartbeat?: number | undefined;
	/** The class of the WebSocket. Defaults to the global one, which Node has from 22 on. */
	transport?: (new (address: string, protocols?: string[]) => object) | undefined;
	/**
	 * Told of what goes wrong without being anybody's answer, such as a storage that is full; and of what the server
	 * refuses for good, where nobody listens by `connection.onRejected`. Defaults to nothing.
	 */
	onWarning?: ((error: unknown) => void) | undefined;
}

/** Where a subscription begins, and what it includes. */
export interface SubscribeOptions {
	/** Go on after this place, or from `"now"`. Defaults to the beginning. */
	since?: Place | "now" | undefined;
	/** As `since`, so that a cursor or a checkpoint can be given as it is. */
	upto?: Place | undefined;
	/** The epoch that the place is of: with another one the subscription is reset. Defaults to no check. */
	epoch?: string | undefined;
	/** `"all"` includes live-only events of the past. Holds for the whole topic. Defaults to those that are kept for replay. */
	replay?: "all" | undefined;
	/** Shown to the others, as by `presence.set`, also when this subscriber is gone. */
	presence?: Record<string, unknown> | undefined;
}

/** A subscription that can end. */
export interface Subscription {
	/** How far it has come: give it to `subscribe` to go on from there. */
	readonly cursor: Cursor;
	/** The last place of the stream when it was joined, to tell how much there is to come. Undefined while it is not joined. */
	readonly head: Place | undefined;
	/** Whether all that was there at the last join is handed over. */
	readonly live: boolean;
	unsubscribe(): void;
}

/** Options of what is appended, beside its type and data. */
export interface AppendOptions {
	/** Makes sending it again harmless: the same ID is recorded once. Defaults to a random UUID. */
	id?: string | undefined;
	subject?: string | undefined;
	/** When it happened, RFC 3339. Defaults to the server's clock. */
	time?: string | undefined;
	meta?: Meta | undefined;
	/** The version that the stream must be at; 0 or `"none"` for no stream. Defaults to any. */
	expect?: number | "none" | undefined;
	/** A duration such as `"15m"` that is kept in the meta. */
	within?: string | undefined;
}

export interface ReadOptions {
	/** The first version. Defaults to the first, backward to the last. */
	from?: number;
	/** 1 to 500. */
	limit?: number;
	backward?: boolean;
	/** Nothing that happened after this time, RFC 3339. */
	until?: string;
}
