/** How long to wait before trying again, in milliseconds. */
export interface Backoff {
	/** The bound of the first wait. Defaults to 250. */
	first?: number;
	/** The bound that no wait exceeds. Defaults to 10000. */
	most?: number;
}

/** Full jitter: at random between 0 and a bound that doubles with every try. tries counts from 1. */
export function delay(backoff: Backoff, tries: number): number {
	const { first = 250, most = 10_000 } = backoff;
	return Math.random() * Math.min(most, first * 2 ** Math.min(tries - 1, 30));
}
