import { change } from "./cards.js";
import { actorOf, dataOf, type Happening } from "./happening.js";
import type { Card } from "./types.js";

/** How many votes a person has given. */
export function given(cards: readonly Card[], person: string): number {
	return cards.reduce((sum, { votes }) => sum + votes.filter((voter) => voter === person).length, 0);
}

/** The agenda after a vote. What exceeds the budget is ignored, on every screen alike. */
export function votesReducer(cards: readonly Card[], action: Happening, budget: number): readonly Card[] {
	const voter = actorOf(action);
	const { card } = dataOf(action);
	if (action.type === "card_voted") {
		const free = voter !== "" && given(cards, voter) < budget;
		return free ? change(cards, card, (one) => ({ ...one, votes: [...one.votes, voter] })) : cards;
	}
	if (action.type === "card_unvoted") {
		return change(cards, card, (one) => {
			const at = one.votes.lastIndexOf(voter);
			return at < 0 ? one : { ...one, votes: one.votes.toSpliced(at, 1) };
		});
	}
	return cards;
}
