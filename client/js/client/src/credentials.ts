import { RecountError } from "./error.js";
import type { Caller } from "./line.js";

/** Where the identity of an anonymous client is kept. */
export type CallerStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export interface CredentialOptions {
	/** A token that does not change. */
	token?: string;
	/**
	 * Gives a token, at the start and whenever the last one does not hold any more. What it throws is tried again, but a
	 * RecountError `unauthenticated` or `forbidden`, which ends the connection.
	 */
	getToken?: () => string | Promise<string>;
	/** Keeps who an anonymous client is, so that a reload does not make a stranger of it. Defaults to localStorage, if there is one. */
	storage?: CallerStorage | undefined;
}

/** Knows what to show the server as a token. */
export class Credentials {
	token: string | undefined;
	caller: Caller | undefined;
	readonly #options: CredentialOptions;
	readonly #key: string;
	readonly #storage: CallerStorage | undefined;

	constructor(options: CredentialOptions, key: string) {
		this.#options = options;
		this.#key = key;
		this.#storage = "storage" in options ? options.storage : localOrNone();
		this.token = options.token;
		if (!options.token && !options.getToken) {
			this.#recall();
		}
	}

	/** Whether a fresh token can be had. */
	get renews(): boolean {
		return this.#options.getToken !== undefined;
	}

	/** Gets a fresh token. Rejects as getToken does. */
	async renew(): Promise<string> {
		const token = await this.#options.getToken?.();
		if (!token) {
			throw new RecountError("unauthenticated", "getToken gave no token: sign in, then connect again");
		}
		this.token = token;
		return token;
	}

	/** The server refused the token. Returns whether there is something else to try without asking anybody. */
	refused(): boolean {
		if (!this.caller) {
			return false;
		}
		this.caller = undefined;
		this.token = undefined;
		this.#write((storage) => storage.removeItem(this.#key));
		return true;
	}

	/** The server said who an anonymous client is from now on. */
	became(caller: Caller): void {
		this.caller = caller;
		this.token = caller.token;
		this.#write((storage) => storage.setItem(this.#key, JSON.stringify(caller)));
	}

	#recall(): void {
		this.#write((storage) => {
			const kept = storage.getItem(this.#key);
			if (kept) {
				this.caller = JSON.parse(kept) as Caller;
				this.token = this.caller.token;
			}
		});
	}

	/** A storage that refuses, as in a private window, is as good as none. */
	#write(use: (storage: CallerStorage) => void): void {
		try {
			if (this.#storage) {
				use(this.#storage);
			}
		} catch {
			// This page knows who it is until it is closed.
		}
	}
}

function localOrNone(): CallerStorage | undefined {
	try {
		return globalThis.localStorage;
	} catch {
		return undefined;
	}
}
