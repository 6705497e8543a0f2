import { change } from "./cards.js";
import { dataOf, type Happening, own, timeOf, whole } from "./happening.js";
import type { Card, Clock, Meeting } from "./types.js";

const still: Clock = { card: null, since: null };

type Handler = (meeting: Meeting, action: Happening) => Meeting;

/** A clock runs so many milliseconds at most: longer nobody talks, but a clock is forgotten, or was set wrong. */
const longest = 24 * 3_600_000;

/** How long a clock ran. */
function ran(since: number, now: number): number {
	return Math.min(Math.max(0, now - since), longest);
}

/** Stops the clock: what ran is added to its card. */
function stopped(meeting: Meeting, now: number): Meeting {
	const { card, since } = meeting.clock;
	if (card === null || since === null) {
		return meeting;
	}
	const cards = change(meeting.cards, card, (one) => ({ ...one, spent: one.spent + ran(since, now) }));
	return { ...meeting, cards, clock: { card, since: null } };
}

/** The cards with most votes first; of equal ones those that stand higher on the agenda. */
export function ranked(cards: readonly Card[]): readonly Card[] {
	return cards.toSorted((a, b) => b.votes.length - a.votes.length);
}

/** The card to begin with: the first that was not discussed yet. */
export function firstOf(cards: readonly Card[]): string {
	const order = ranked(cards);
	return (order.find((card) => card.spent === 0) ?? order[0])?.id ?? "";
}

function opened(meeting: Meeting, card: string | null, now: number): Meeting {
	const halted = stopped(meeting, now);
	return { ...halted, clock: card === null ? still : { card, since: now } };
}

const handlers: Record<string, Handler> = {
	discussion_started: (meeting, action) => {
		if (meeting.phase === "discussion" || meeting.cards.length === 0) {
			return meeting;
		}
		const stack = ranked(meeting.cards).map((card) => card.id);
		const { card } = dataOf(action);
		const first = stack.includes(card as string) ? (card as string) : (stack[0] ?? null);
		return opened({ ...meeting, phase: "discussion", stack }, first, timeOf(action));
	},
	item_opened: (meeting, action) => {
		const { card, from } = dataOf(action);
		const stale = from !== undefined && from !== meeting.clock.card;
		const known = meeting.phase === "discussion" && meeting.clock.card !== card;
		return known && !stale && meeting.stack.includes(card as string)
			? opened(meeting, card as string, timeOf(action))
			: meeting;
	},
	clock_paused: (meeting, action) => stopped(meeting, timeOf(action)),
	clock_resumed: (meeting, action) => {
		const { card, since } = meeting.clock;
		return meeting.phase === "discussion" && card !== null && since === null
			? { ...meeting, clock: { card, since: timeOf(action) } }
			: meeting;
	},
	time_granted: (meeting, action) => {
		const { card, minutes } = dataOf(action);
		const more = (whole(minutes, 1, 60) ?? 0) * 60_000;
		const cards = change(meeting.cards, card, (one) => (more > 0 ? { ...one, extra: one.extra + more } : one));
		return cards === meeting.cards ? meeting : { ...meeting, cards };
	},
	discussion_ended: (meeting, action) =>
		meeting.phase === "discussion" ? { ...opened(meeting, null, timeOf(action)), phase: "closing" } : meeting,
	agenda_reopened: (meeting, action) =>
		meeting.phase === "agenda" ? meeting : { ...opened(meeting, null, timeOf(action)), phase: "agenda", stack: [] },
	card_added: (meeting) => {
		const last = meeting.cards.at(-1);
		return meeting.phase === "discussion" && last && !meeting.stack.includes(last.id)
			? { ...meeting, stack: [...meeting.stack, last.id] }
			: meeting;
	},
	card_removed: (meeting, action) => {
		const { card } = dataOf(action);
		if (!meeting.stack.includes(card as string)) {
			return meeting;
		}
		const stack = meeting.stack.filter((one) => one !== card);
		if (meeting.clock.card !== card) {
			return { ...meeting, stack };
		}
		const next = stack[Math.min(meeting.stack.indexOf(card as string), stack.length - 1)] ?? null;
		return { ...meeting, stack, clock: next === null ? still : { card: next, since: timeOf(action) } };
	},
};

/** The meeting after an action about its discussion. */
export function discussionReducer(meeting: Meeting, action: Happening): Meeting {
	return own(handlers, action.type)?.(meeting, action) ?? meeting;
}

/** How long a card was discussed, in milliseconds, at this moment. */
export function spentOn(meeting: Meeting, card: Card, now: number): number {
	const { clock } = meeting;
	return card.spent + (clock.card === card.id && clock.since !== null ? ran(clock.since, now) : 0);
}
