import { RecountError } from "./error.js";
import type { Caller } from "./line.js";

/** Where the identity of an anonymous client is kept. */
export type CallerStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export interface CredentialOptions {
	/** A token that does not change. */
	token?: string | undefined;
	/**
	 * Gives a token, at the start and whenever the last one does not hold any more. What it throws is tried again, but a
	 * RecountError `unauthenticated` or `forbidden`, which ends the connection.
	 */
	getToken?: (() => string | Promise<string>) | undefined;
	/** Keeps who an anonymous client is, so that a reload does not make a stranger of it. Defaults to localStorage, if there is one. */
	storage?: CallerStorage | undefined;
}

/** Knows what to show the server as a token. */
export class Credentials {
	token: string | undefined;
	caller: Caller | undefined;
	readonly #options: CredentialOptions;
	readonly #key: string;

	constructor(options: CredentialOptions, key: string) {
		this.#options = options;
		this.#key = key;
		this.token = options.token;
		if (!options.token && !options.getToken) {
			this.#keep((storage) => this.#know(JSON.parse(storage.getItem(key) ?? "null")));
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
			throw new RecountError("unauthenticated", "getToken gave no token: sign in");
		}
		this.token = token;
		return token;
	}

	/** The server refused the token. Returns whether there is something else to try without asking anybody. */
	refused(): boolean {
		if (!this.caller) {
			return false;
		}
		this.#know();
		this.#keep((storage) => storage.removeItem(this.#key));
		return true;
	}

	/** The server said who an anonymous client is from now on. */
	became(caller: Caller): void {
		this.#know(caller);
		this.#keep((storage) => storage.setItem(this.#key, JSON.stringify(caller)));
	}

	#know(caller?: Caller | null): void {
		this.caller = caller ?? undefined;
		this.token = caller?.token;
	}

	/** A storage that refuses, as in a private window, is as good as none. */
	#keep(use: (storage: CallerStorage) => void): void {
		try {
			const storage = "storage" in this.#options ? this.#options.storage : globalThis.localStorage;
			if (storage) {
				use(storage);
			}
		} catch {
			// This page knows who it is until it is closed.
		}
	}
}

/** Whom a JSON Web Token is for, unchecked and not decoded any further: enough to tell people apart. */
export function subjectOf(token: string): string {
	try {
		const [, claims = ""] = token.split(".");
		return String(JSON.parse(atob(claims.replace(/-/g, "+").replace(/_/g, "/"))).sub ?? "");
	} catch {
		return "";
	}
}
