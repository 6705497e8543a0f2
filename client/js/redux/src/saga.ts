import type { Action, RecordedEvent, RecountError, Stream } from "@recount/client";
import { buffers, END, type EventChannel, eventChannel } from "redux-saga";
import { call, put, take, takeEvery } from "redux-saga/effects";
import {
	type Forward,
	forwarding,
	incoming,
	isMarked,
	isPlain,
	type RecountAction,
	type Rejected,
	rejectedType,
	type Told,
} from "./action.js";
import type { Recount } from "./recount.js";

/** Sagas as this package writes them. */
type Saga = Generator<unknown, void, never>;

/**
 * A channel of a stream's events, as actions whose meta says what was recorded: of those that match, which is all unless
 * it is said; never of those whose type begins with `@@`. It ends when the stream does.
 */
export function streamChannel(
	stream: Stream,
	options: {
		since?: number | "now" | undefined;
		epoch?: string | undefined;
		matches?: Forward | undefined;
	} = {},
): EventChannel<RecountAction> {
	const { matches = () => true, ...from } = options;
	return eventChannel<RecountAction>((emit) => {
		const { unsubscribe } = stream.subscribe(
			{
				event: (event: RecordedEvent) => {
					const action = incoming(event, true);
					if (isPlain(action) && matches(action)) {
						emit(action);
					}
				},
				end: () => emit(END),
			},
			from,
		);
		return unsubscribe;
	}, buffers.expanding());
}

/** A channel of what `onAction` of a store tells: what comes live from elsewhere, rejections, and resets. */
export function recountChannel(recount: Recount): EventChannel<Told> {
	return eventChannel((emit) => recount.onAction(emit), buffers.expanding());
}

/**
 * Tells all sagas what `onAction` of a store tells: `takeEvery("card_added", …)` then hears of
 * everybody's cards, and `meta.remote` tells whose. The state is not changed by it a second time.
 */
export function* hear(recount: Recount): Saga {
	const channel = (yield call(recountChannel, recount)) as never as EventChannel<RecountAction>;
	try {
		for (;;) {
			yield put((yield take(channel)) as never as RecountAction);
		}
	} finally {
		channel.close();
	}
}

/**
 * Appends the actions that match to a stream, for stores without the enhancer: all but those of async thunks and of RTK
 * Query, unless it is said. Nothing is shown before it comes back.
 */
export function* forward(stream: Stream, matches: Forward = forwarding(undefined)): Saga {
	yield takeEvery(
		(action: { type: string }) => isPlain(action) && !isMarked(action) && matches(action),
		function* (action: Action): Saga {
			try {
				yield call([stream, stream.act], action);
			} catch (error) {
				const { code, message } = error as RecountError;
				yield put({ type: rejectedType, payload: { action, error: { code, message } } } satisfies Rejected);
			}
		},
	);
}
