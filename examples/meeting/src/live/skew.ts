/** So many of the latest are compared: a clock may be set meanwhile. */
const latest = 20;

/**
 * How far the clock of this computer is ahead of the server's. What the server recorded a moment ago took some time to
 * come here: what came fastest says it best.
 */
export class Skew {
	readonly #delays: number[] = [];
	#value = 0;

	/** In milliseconds; 0 while nothing is known, negative where this clock is slow. */
	get value(): number {
		return this.#value;
	}

	/** Something came that the server had recorded just then. Both are milliseconds since 1970. */
	came(recorded: number, here: number = Date.now()): void {
		if (!Number.isNaN(recorded)) {
			this.#delays.push(here - recorded);
			this.#delays.splice(0, this.#delays.length - latest);
			this.#value = Math.min(...this.#delays);
		}
	}

	/** The time by the server's clock, in milliseconds since 1970. */
	now(): number {
		return Date.now() - this.#value;
	}
}
