import { type Connection, newId, type Present } from "@recount/client";
import { isMarked, type Recount, type RecountAction, type Rejected, rejectedType } from "@recount/redux";
import { buffers, type EventChannel, eventChannel, type SagaIterator } from "redux-saga";
import { call, cancel, delay, fork, put, take, takeEvery, throttle } from "redux-saga/effects";
import { titleLength } from "../domain/cards.js";
import { type MeetingSignals, memberJoined, reactionSent } from "../domain/events.js";
import { line, own } from "../domain/happening.js";
import { emojiOf } from "../domain/sentence.js";
import type { Meeting } from "../domain/types.js";
import { adopted, drafts, flights, named, notes, type People, people, typed } from "./local.js";

export interface SagaContext {
	readonly connection: Connection;
	readonly recount: Recount<Meeting>;
	/** What the person at this screen is called. */
	readonly name: string;
}

/** How long a title counts as being typed after the last key. */
const typingEnds = 6000;

/** Everything between the meeting and the outside that is no event of it. */
export function* root(context: SagaContext): SagaIterator {
	yield fork(hear, context);
	yield fork(arrive, context);
	yield fork(attend, context);
	yield fork(watchPeople, context);
	yield fork(listen, context);
	yield fork(speak, context);
	yield takeEvery(reactionSent.type, fly, context);
	yield takeEvery(rejectedType, complain);
}

/**
 * Tells all sagas of the reactions of others, and what was refused of this person. Nothing else that comes is told: anybody
 * may append an event of any type, also one that an action here has.
 */
function* hear({ recount }: SagaContext): SagaIterator {
	const actions: EventChannel<RecountAction | Rejected> = yield call(channelOf<RecountAction | Rejected>, (emit) =>
		recount.onAction((action) => {
			if (action.type === (isMarked(action) ? reactionSent.type : rejectedType)) {
				emit(action);
			}
		}),
	);
	for (;;) {
		yield put(yield take(actions));
	}
}

/**
 * Tells the meeting once who came, unless it knows, and after that each new name. What this person is called by another
 * of his tabs is adopted: two tabs never argue.
 */
function* arrive({ connection, recount, name }: SagaContext): SagaIterator {
	const changes: EventChannel<string> = yield call(channelOf<string>, (emit) => {
		const stops = [recount.subscribe(() => emit("")), connection.onState(() => emit(""))];
		return () => stops.forEach((stop) => void stop());
	});
	let mine = name;
	/** What is still to be told; "" for nothing. */
	let news = name;
	/** What the meeting called this person when it was last seen. */
	let before: string | undefined;
	const look = function* (): SagaIterator {
		const name = nameIn(recount, connection.caller);
		if (!name) {
			return;
		}
		const { known, told } = name;
		if (told) {
			// A meeting that has forgotten who is here was emptied.
			news ||= known === undefined && before !== undefined ? mine : "";
			before = known;
		}
		if (news) {
			yield call(tell, known);
		} else if (told && known !== undefined && known !== mine) {
			mine = known;
			yield put(adopted(mine));
		}
	};
	const tell = function* (known: string | undefined): SagaIterator {
		if (recount.status.state === "live") {
			const name = news;
			news = "";
			if (line(name, 40) !== known) {
				yield put(memberJoined({ name }));
			}
		}
	};
	yield takeEvery(named, function* ({ payload }: ReturnType<typeof named>): SagaIterator {
		mine = news = payload;
		yield call(look);
	});
	for (;;) {
		yield take(changes);
		yield call(look);
	}
}

/** What the meeting calls a person, and whether it has been told so. Undefined while that is not known. */
function nameIn(recount: Recount<Meeting>, person = ""): { known: string | undefined; told: boolean } | undefined {
	const { state, pending } = recount.status;
	if (!person || (state !== "live" && state !== "past")) {
		return undefined;
	}
	const last = pending.findLast(({ type }) => type === memberJoined.type);
	return last
		? { known: (last.payload as ReturnType<typeof memberJoined>["payload"]).name, told: false }
		: { known: own(recount.confirmed().members, person), told: true };
}

/** Shows the others who is here, and which title he edits. */
function* attend({ recount, name }: SagaContext): SagaIterator {
	let shown = { name, editing: null as string | null };
	recount.stream.presence.set(shown).catch(() => {});
	for (;;) {
		const action: ReturnType<typeof typed | typeof named | typeof adopted> = yield take([typed, named, adopted]);
		const next = typed.match(action)
			? { ...shown, editing: action.payload.title === null ? null : action.payload.card }
			: { ...shown, name: action.payload };
		if (next.name !== shown.name || next.editing !== shown.editing) {
			shown = next;
			recount.stream.presence.set(shown).catch(() => {});
		}
	}
}

function* watchPeople({ recount }: SagaContext): SagaIterator {
	const { presence } = recount.stream;
	const changes: EventChannel<People> = yield call(channelOf<People>, (emit) =>
		presence.onChange(() => emit({ list: presence.list.map(personOf), count: presence.count })),
	);
	for (;;) {
		yield put(people.actions.seen(yield take(changes)));
	}
}

function personOf({ id, metas }: Present): People["list"][number] {
	const editing = metas.map((meta) => meta.editing).find((card) => typeof card === "string");
	const name = metas.map((meta) => meta.name).findLast((one) => typeof one === "string" && one !== "");
	return { id, name: line(name, 40), editing: (editing as string | undefined) ?? null, screens: metas.length };
}

/** Hears what the others type, of cards that are there. */
function* listen({ recount }: SagaContext): SagaIterator {
	type Heard = MeetingSignals["title_typed"] & { by: string };
	const signals: EventChannel<Heard> = yield call(channelOf<Heard>, (emit) =>
		recount.stream.onSignal(({ type, data, actor }) => {
			const { card, title } = (data ?? {}) as Partial<Heard>;
			if (type === "title_typed" && recount.confirmed().cards.some(({ id }) => id === card)) {
				emit({ card: card as string, title: typeof title === "string" ? line(title, titleLength) : null, by: actor });
			}
		}),
	);
	const fading = new Map<string, never>();
	for (;;) {
		const heard: Heard = yield take(signals);
		const last = fading.get(heard.card);
		if (last) {
			yield cancel(last);
		}
		yield put(drafts.actions.heard(heard));
		fading.set(heard.card, (yield fork(fade, heard.card, heard.by)) as never);
	}
}

function* fade(card: string, by: string): SagaIterator {
	yield delay(typingEnds);
	yield put(drafts.actions.heard({ card, by, title: null }));
}

/** Lets the others see what is typed here. */
function* speak({ recount }: SagaContext): SagaIterator {
	yield throttle(90, typed, function* ({ payload }: ReturnType<typeof typed>): SagaIterator {
		try {
			yield call([recount.stream, recount.stream.signal], "title_typed", payload);
		} catch {
			// It was for this moment.
		}
	});
}

/** A reaction flies when it is sent here, and when it comes live from elsewhere; not over the past. */
function* fly(
	{ connection, recount }: SagaContext,
	action: ReturnType<typeof reactionSent> & Partial<RecountAction>,
): SagaIterator {
	const emoji = emojiOf(action);
	const by = action.meta?.event.actor ?? connection.caller ?? "";
	if (emoji && recount.status.state !== "past") {
		yield put(flights.actions.started({ key: newId(), emoji, by }));
	}
}

function* complain({ payload }: Rejected): SagaIterator {
	yield put(notes.actions.told(`That did not work: ${payload.error.message}`));
}

/** A channel that is closed with the saga which takes from it. */
function channelOf<T extends NonNullable<unknown>>(listen: (emit: (one: T) => void) => () => unknown): EventChannel<T> {
	return eventChannel<T>((emit) => {
		const stop = listen(emit);
		return () => void stop();
	}, buffers.expanding());
}
