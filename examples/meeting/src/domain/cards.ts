import { actorOf, dataOf, type Happening, id, line, own } from "./happening.js";
import type { Card } from "./types.js";

/** How long a title may be. */
export const titleLength = 140;
/** How many cards an agenda holds; what exceeds it is ignored. */
export const mostCards = 200;

type Cards = readonly Card[];
type Handler = (cards: Cards, action: Happening) => Cards;

/** Changes one card, if there is such a one. */
export function change(cards: Cards, card: unknown, how: (card: Card) => Card): Cards {
	const at = cards.findIndex((one) => one.id === card);
	const old = cards[at];
	const next = old && how(old);
	return next && next !== old ? cards.with(at, next) : cards;
}

const handlers: Record<string, Handler> = {
	card_added: (cards, action) => {
		const { card, title } = dataOf(action);
		const text = line(title, titleLength);
		if (!id(card) || !text || cards.length >= mostCards || cards.some((one) => one.id === card)) {
			return cards;
		}
		return [...cards, { id: id(card), title: text, by: actorOf(action), votes: [], spent: 0, extra: 0 }];
	},
	card_renamed: (cards, action) => {
		const { card, title } = dataOf(action);
		const text = line(title, titleLength);
		return text ? change(cards, card, (one) => (one.title === text ? one : { ...one, title: text })) : cards;
	},
	card_moved: (cards, action) => {
		const { card, after } = dataOf(action);
		const moved = cards.find((one) => one.id === card);
		if (!moved || after === card) {
			return cards;
		}
		const rest = cards.filter((one) => one !== moved);
		const before = after === null ? -1 : rest.findIndex((one) => one.id === after);
		// What it was put behind may be gone meanwhile: then it stays.
		const stays = (after !== null && before < 0) || cards[before + 1] === moved;
		return stays ? cards : rest.toSpliced(before + 1, 0, moved);
	},
	card_removed: (cards, action) => {
		const rest = cards.filter((one) => one.id !== dataOf(action).card);
		return rest.length < cards.length ? rest : cards;
	},
};

/** The agenda after an action. */
export function cardsReducer(cards: Cards, action: Happening): Cards {
	return own(handlers, action.type)?.(cards, action) ?? cards;
}
