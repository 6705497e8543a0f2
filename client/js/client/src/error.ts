/** What went wrong, in one word. The same words on every surface of Recount. */
export type Code =
	| "invalid"
	| "unauthenticated"
	| "forbidden"
	| "not_found"
	| "conflict"
	| "gone"
	| "too_large"
	| "rejected"
	| "rate_limited"
	| "unavailable"
	| "internal";

/** What an error may carry beside its code and message. */
export interface ErrorMore {
	details?: unknown;
	retry?: boolean;
	expected?: number;
	actual?: number;
}

/** Every promise of this package that rejects, rejects with one of these. */
export class RecountError extends Error {
	override readonly name: string = "RecountError";
	readonly code: Code;
	/** Whatever the server said beside the message. */
	readonly details: unknown;
	/** Whether the same request may succeed later. */
	readonly retry: boolean;
	/** Of a conflict: the version that was expected. 0 is no stream. */
	readonly expected: number | undefined;
	/** Of a conflict: the version that holds. */
	readonly actual: number | undefined;

	constructor(code: Code, message: string, more: ErrorMore = {}) {
		super(message);
		this.code = code;
		this.retry = code === "unavailable" || code === "rate_limited";
		Object.assign(this, more);
	}

	/** Reads the response of an error reply. */
	static from(response: unknown): RecountError {
		const {
			code = "internal",
			message = "no reason given",
			...more
		} = (response ?? {}) as ErrorMore & { code?: Code; message?: string };
		return new RecountError(code, message, more);
	}
}
