/** Stops what returned it. Calling it again does nothing. */
export type Stop = () => void;

/** Runs code of the application: what it throws is reported as uncaught and disturbs nobody else. */
export function guarded(call: () => void): void {
	try {
		call();
	} catch (error) {
		queueMicrotask(() => {
			throw error;
		});
	}
}

/** Those who want to hear of something. */
export class Listeners<Arguments extends unknown[] = []> {
	#all: readonly ((...given: Arguments) => void)[] = [];

	get size(): number {
		return this.#all.length;
	}

	add(listener: (...given: Arguments) => void): Stop {
		// Wrapped, so that the same function can listen twice.
		const own = (...given: Arguments): void => listener(...given);
		this.#all = [...this.#all, own];
		return () => {
			this.#all = this.#all.filter((one) => one !== own);
		};
	}

	tell(...given: Arguments): void {
		for (const listener of this.#all) {
			guarded(() => listener(...given));
		}
	}
}
