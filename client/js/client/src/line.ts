import type { Backoff } from "./backoff.js";
import type { RecountError } from "./error.js";
import type { Entry, Outbox } from "./outbox.js";

/** What a push was answered, as phoenix tells it. */
export interface Push {
	receive(status: "ok" | "error" | "timeout", callback: (response: unknown) => void): Push;
	/** Stops the clock that ends in `timeout`. */
	cancelTimeout(): void;
}

/** Listens on a channel, while that is joined. */
export type On = <Payload>(event: string, take: (payload: Payload) => void) => unknown;

/** What a topic uses of phoenix's Channel. */
export interface Channel {
	join(): Push;
	leave(): Push;
	push(event: string, payload: object): Push;
	on<Payload>(event: string, callback: (payload: Payload) => void): unknown;
	onClose(callback: () => void): unknown;
	onError(callback: () => void): unknown;
}

/** Whom the server takes an anonymous client for. */
export interface Caller {
	id: string;
	token: string;
}

/** What the server says when a topic was joined. */
export interface JoinReply {
	epoch: string;
	version: number | string;
	first: number | string;
	recovered: boolean;
	/** Who the caller is, unless nobody. */
	actor?: string;
	caller?: Caller;
}

/** A word of the server about a subscription or the connection. */
export interface Notice {
	code: string;
	message: string;
	retry_after_ms?: number;
}

/** What a stream is given by its connection. */
export interface Line {
	readonly backoff: Backoff;
	readonly outbox: Outbox;
	channel(topic: string, params: () => object): Channel;
	/** Why there will be no connection any more. */
	closed(): RecountError | undefined;
	/** Called with the reply to every join. */
	joined(reply: JoinReply): void;
	/** Called with every notice. authenticate sends a fresh token on the topic that had it. */
	noticed(notice: Notice, authenticate: (token: string) => Promise<unknown>): void;
	/** The token does not hold any more. Returns whether a connection with another one will come: else all ends. */
	renew(): boolean;
	/** Called with what went wrong in the application's storage. */
	warn(error: unknown): void;
	/** Called with every entry that will never be recorded. */
	rejected(entry: Entry, error: RecountError): void;
}
