// A long meeting that was.

import type { JsonObject } from "./server.js";

/** The title of the card that the last event of a history adds. */
export const lastCard = "The last card";

const people = ["ada", "bob", "cleo", "dan", "eve", "fay"];
const cards = 40;

/** So many events of a meeting, at least 100, as CloudEvents, one a line: what `recount import` records. */
export function history(stream: string, events: number): string {
	const begin = Date.parse("2026-01-05T09:00:00Z");
	const lines: string[] = [];
	for (let at = 0; at < events; at++) {
		const [type, data] = at === events - 1 ? ["card_added", { card: "last", title: lastCard }] : happening(at);
		lines.push(
			JSON.stringify({
				specversion: "1.0",
				id: `${stream} ${at}`,
				source: `/${stream}`,
				type,
				time: new Date(begin + at * 250).toISOString(),
				actor: people[at % people.length],
				data,
			}),
		);
	}
	return `${lines.join("\n")}\n`;
}

/** People come, put up cards, and then vote, rename and move them, and react to them, for ever. */
function happening(at: number): [string, JsonObject] {
	const person = people[at];
	if (person) {
		return ["member_joined", { name: person }];
	}
	const card = `card-${at % cards}`;
	const turn = Math.floor(at / cards);
	if (turn < 2) {
		return ["card_added", { card, title: `What we do about number ${at % cards}` }];
	}
	switch (turn % 5) {
		case 0:
			return ["card_voted", { card }];
		case 1:
			return ["card_renamed", { card, title: `What we do about number ${at % cards}, turn ${turn}` }];
		case 2:
			return ["reaction_sent", { emoji: "👍", card }];
		case 3:
			return ["card_unvoted", { card }];
		default:
			return ["card_moved", { card, after: `card-${(at * 7) % cards}` }];
	}
}
