import { RecountError } from "./error.js";
import type { Place } from "./event.js";
import type { Observer } from "./readers.js";

/** How many events wait at most for a slow loop. */
const bound = 1000;

/** Where an iteration goes on. */
interface From {
	since?: Place;
	epoch?: string;
}

/** What an iteration needs of a stream. */
export type Follow<Event> = (from: From, observer: Observer<Event>) => { unsubscribe(): void };

/**
 * The events of a stream for `for await`. A loop that is slower than the stream costs no memory: what does not fit is let
 * go and asked for again later. Throws `gone` where the log was replaced, and what ended the stream.
 */
export async function* iterate<Event>(follow: Follow<Event>, from: From): AsyncGenerator<Event, void, void> {
	let cursor = from;
	for (;;) {
		const waiting: (readonly Event[])[] = [];
		let size = 0;
		let over = false;
		let failed: RecountError | undefined;
		let wake: () => void = () => {};
		const subscription = follow(cursor, {
			batch(events, to) {
				if (over) {
					return;
				}
				cursor = { since: to.upto, ...(to.epoch === undefined ? {} : { epoch: to.epoch }) };
				if (events.length > 0) {
					waiting.push(events);
					size += events.length;
				}
				if (size >= bound) {
					over = true;
					subscription.unsubscribe();
				}
				wake();
			},
			reset() {
				failed = new RecountError("gone", "the log was replaced: forget what you have and start anew");
				over = true;
				wake();
			},
			end(error) {
				failed = error;
				over = true;
				wake();
			},
		});
		try {
			while (waiting.length > 0 || !over) {
				const events = waiting.shift();
				if (events) {
					yield* events;
				} else {
					await new Promise<void>((resolve) => {
						wake = resolve;
					});
				}
			}
		} finally {
			over = true;
			subscription.unsubscribe();
		}
		if (failed) {
			throw failed;
		}
		if (size < bound) {
			return;
		}
	}
}
