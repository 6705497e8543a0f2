/** So many of the latest are compared: a clock may be set meanwhile. */
const latest = 20;
/** Less than so many milliseconds is how long things take, and not worth a write. */
const worth = 250;

/**
 * How far the clock of this computer is ahead of the server's. What the server recorded a moment ago took some time to
 * come here: what came fastest says it best.
 */
export class Skew {
	readonly #delays: number[] = [];
	readonly #keep: (value: number) => void;
	#value: number;
	#kept: number;

	/** value is what it was last, until more is known. keep is told one that is worth it. */
	constructor(value = 0, keep: (value: number) => void = () => {}) {
		this.#value = value;
		this.#kept = value;
		this.#keep = keep;
	}

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
			if (Math.abs(this.#value - this.#kept) >= worth) {
				this.#kept = this.#value;
				this.#keep(this.#value);
			}
		}
	}

	/** The time by the server's clock, in milliseconds since 1970. */
	now(): number {
		return Date.now() - this.#value;
	}
}
