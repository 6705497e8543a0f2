import { RecountError } from "./error.js";
import type { Listeners, Stop } from "./listeners.js";
import type { SubscribeOptions } from "./options.js";
import type { Observer } from "./readers.js";

/** How many events wait at most for a slow loop. */
const bound = 1000;

/** What an iteration needs of a stream. */
export type Follow<Event> = (from: SubscribeOptions, observer: Observer<Event>) => { unsubscribe: Stop };

/**
 * The events of a stream for `for await`. A loop that is slower than the stream costs no memory: what does not fit is let
 * go and asked for again later. Throws `gone` where the log was replaced, and what ended the stream. `return` and `throw`
 * end it at once, also while `next` waits.
 */
export function iterate<Event>(
	follow: Follow<Event>,
	from: SubscribeOptions,
	ended: Listeners<[error?: RecountError]>,
): AsyncGenerator<Event, void, void> {
	let cursor = from;
	let waiting: Event[] = [];
	let over = false;
	let failed: RecountError | undefined;
	let unsubscribe: Stop | undefined;
	let wake: () => void = () => {};
	const letGo = (): void => {
		unsubscribe?.();
		unsubscribe = undefined;
		wake();
	};
	const end = (error?: RecountError): void => {
		failed ??= over ? undefined : error;
		over = true;
		letGo();
	};
	const observer: Observer<Event> = {
		batch(events, to) {
			cursor = to;
			waiting = [...waiting, ...events];
			if (waiting.length < bound) {
				wake();
			} else {
				letGo();
			}
		},
		reset: () => end(new RecountError("gone", "log replaced: start anew")),
	};
	async function* run(): AsyncGenerator<Event, void, void> {
		const stop = ended.add(end);
		try {
			while (waiting.length > 0 || !over) {
				if (waiting.length > 0) {
					yield waiting.shift() as Event;
				} else {
					await new Promise<void>((resolve) => {
						wake = resolve;
						unsubscribe ??= follow(cursor, observer).unsubscribe;
					});
				}
			}
		} finally {
			stop();
			end();
		}
		if (failed) {
			throw failed;
		}
	}
	const events = run();
	const atOnce =
		<Given>(finish: (given: Given) => Promise<IteratorResult<Event, void>>) =>
		(given: Given) => {
			waiting = [];
			end();
			return finish.call(events, given);
		};
	return Object.assign(events, { return: atOnce(events.return), throw: atOnce(events.throw) });
}
