import type { Action, RecordedEvent, RecountError, Stream } from "@recount/client";
import { buffers, END, type EventChannel, eventChannel } from "redux-saga";
import { call, put, take, takeEvery } from "redux-saga/effects";
import { incoming, isMarked, isPlain, type RecountAction, type Rejected, rejectedType } from "./action.js";
import type { Recount } from "./recount.js";

/** Sagas as this package writes them. */
type Saga = Generator<unknown, void, never>;

/** A channel of a stream's events, as actions whose meta says what was recorded. It ends when the stream does. */
export function streamChannel(
	stream: Stream,
	options: { since?: number | "now"; epoch?: string } = {},
): EventChannel<RecountAction> {
	return eventChannel<RecountAction>((emit) => {
		const { unsubscribe } = stream.subscribe(
			{
				event: (event: RecordedEvent) => emit(incoming(event, true)),
				end: () => emit(END),
			},
			options,
		);
		return unsubscribe;
	}, buffers.expanding());
}

/** A channel of what comes to a store from elsewhere while it is live, and of rejections. */
export function recountChannel(recount: Recount): EventChannel<RecountAction | Rejected> {
	return eventChannel((emit) => recount.onAction(emit), buffers.expanding());
}

/**
 * Tells all sagas what comes to the store from elsewhere, and rejections: `takeEvery("card_added", …)` then hears of
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

/** Appends the actions that match to a stream, for stores without the enhancer. Nothing is shown before it comes back. */
export function* forward(stream: Stream, matches: (action: Action) => boolean = () => true): Saga {
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
