/** Stops what returned it. Calling it again does nothing. */
export type Stop = () => void;

/** Runs code of the application: what it throws is reported, as an uncaught error is, and disturbs nobody else. */
export function guarded(call: () => void): void {
	try {
		call();
	} catch (error) {
		// Node has no reportError, and would end with an error that nobody catches.
		// biome-ignore lint/suspicious/noConsole: it is the developer's to see
		(globalThis.reportError ?? console.error)(error);
	}
}

/** Those who want to hear of something. */
export class Listeners<Arguments extends unknown[] = []> {
	readonly #all = new Set<(...given: Arguments) => void>();

	get size(): number {
		return this.#all.size;
	}

	add(listener: (...given: Arguments) => void): Stop {
		// Wrapped, so that the same function can listen twice.
		const own = (...given: Arguments): void => listener(...given);
		this.#all.add(own);
		return () => {
			this.#all.delete(own);
		};
	}

	tell(...given: Arguments): void {
		for (const listener of [...this.#all]) {
			if (this.#all.has(listener)) {
				guarded(() => listener(...given));
			}
		}
	}
}
