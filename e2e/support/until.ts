// Waits for conditions, never for a time.

/** How long a condition may take before the test fails: far longer than it ever takes, even on a busy machine. */
export const patience: number = process.env.RECOUNT_E2E_RACE ? 100_000 : 60_000;

/** Resolves with the first value of probe that is truthy. A probe that throws is asked again. */
export async function until<T>(
	what: string,
	probe: () => T | Promise<T>,
	within: number = patience,
): Promise<NonNullable<T>> {
	const end = Date.now() + within;
	let last: unknown;
	for (;;) {
		try {
			const value = await probe();
			if (value) {
				return value;
			}
			last = value;
		} catch (error) {
			last = error;
		}
		if (Date.now() > end) {
			throw new Error(`waited ${within} ms for ${what}; last seen: ${String(last)}`);
		}
		await turn(5);
	}
}

/** Rejects if promise takes longer than ms. */
export async function deadline<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

function turn(ms: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, ms);
	});
}
