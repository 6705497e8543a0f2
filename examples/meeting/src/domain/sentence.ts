import { actorOf, dataOf, type Happening, id, line, own } from "./happening.js";
import { nothing } from "./meeting.js";
import { stranger } from "./people.js";
import type { Meeting } from "./types.js";

/** What happened, in words: "Ada" + "voted for" + "Coffee". */
export interface Sentence {
	readonly who: string;
	readonly did: string;
	/** What it was done to; "" if that goes without saying. */
	readonly what: string;
}

/** How long an emoji may be: some are of many parts. */
const emojiLength = 32;
const characters = new Intl.Segmenter();

/** What is said of what changed nothing. */
export const inVain = "without effect";

type Data = ReturnType<typeof dataOf>;
type Say = (teller: Teller, data: Data) => readonly [did: string, what?: string];

const text = (value: unknown): string => line(value, 240);
const character = (value: unknown): string => {
	const [first] = characters.segment(line(value, emojiLength));
	return first?.segment ?? "";
};
const number = (value: unknown): string => (typeof value === "number" ? String(value) : "some");
const count = (value: unknown, one: string): string => `${number(value)} ${value === 1 ? one : `${one}s`}`;

const says: Record<string, Say> = {
	meeting_named: (_, data) => ["named the meeting", text(data.title)],
	member_joined: () => ["came in"],
	card_added: (_, data) => ["added", text(data.title)],
	card_renamed: (teller, data) => [`renamed “${teller.card(data)}” to`, text(data.title)],
	card_moved: (teller, data) => ["moved", teller.card(data)],
	card_removed: (teller, data) => ["removed", teller.card(data)],
	card_voted: (teller, data) => ["voted for", teller.card(data)],
	card_unvoted: (teller, data) => ["took a vote back from", teller.card(data)],
	budget_set: (_, data) => [`gave everybody ${count(data.votes, "vote")}`],
	minutes_set: (_, data) => [`set ${count(data.minutes, "minute")} for each item`],
	discussion_started: () => ["started the discussion"],
	item_opened: (teller, data) => ["opened", teller.card(data)],
	clock_paused: () => ["paused the clock"],
	clock_resumed: () => ["let the clock run on"],
	time_granted: (teller, data) => [`gave ${number(data.minutes)} more min to`, teller.card(data)],
	discussion_ended: () => ["ended the discussion"],
	agenda_reopened: () => ["went back to the agenda"],
	task_added: (_, data) => ["noted the action", text(data.text)],
	task_changed: (teller, data) => [teller.taskChange(data), text(data.text) || teller.task(data)],
	task_removed: (teller, data) => ["removed the action", teller.task(data)],
	reaction_sent: (_, data) => [`reacted with ${character(data.emoji) || "nothing"}`],
};

/** Says who did what, one action after another: it remembers how things were called. */
export class Teller {
	readonly #names: Map<string, string>;
	/** Who has been told of as coming in. */
	readonly #came = new Set<string>();
	readonly #cards: Map<string, string>;
	readonly #tasks: Map<string, string>;

	constructor({ members, cards, tasks }: Meeting = nothing) {
		this.#names = new Map(Object.entries(members));
		this.#cards = new Map(cards.map((card) => [card.id, card.title]));
		this.#tasks = new Map(tasks.map((task) => [task.id, task.text]));
	}

	/** vain is whether it is known to have changed nothing: then nothing is called otherwise than before. */
	tell(action: Happening, vain = false): Sentence {
		const data = dataOf(action);
		const actor = actorOf(action);
		const name = action.type === "member_joined" ? line(data.name, 40) : "";
		const before = this.#came.has(actor) ? this.#names.get(actor) : undefined;
		if (name) {
			this.#names.set(actor, name);
			this.#came.add(actor);
		}
		if (before !== undefined && name && name !== before) {
			return { who: before, did: "took the name", what: name };
		}
		const [did, what = ""] = own(says, action.type)?.(this, data) ?? [line(action.type.replaceAll("_", " "), 80)];
		if (!vain && (action.type === "card_added" || action.type === "card_renamed")) {
			this.#learn(this.#cards, data.card, data.title);
		}
		if (!vain && (action.type === "task_added" || action.type === "task_changed")) {
			this.#learn(this.#tasks, data.task, data.text);
		}
		return { who: this.#names.get(actor) ?? stranger, did, what };
	}

	knows(person: string): boolean {
		return this.#names.has(person);
	}

	card(data: Data): string {
		return this.#cards.get(id(data.card)) ?? "a card";
	}

	task(data: Data): string {
		return this.#tasks.get(id(data.task)) ?? "an action";
	}

	taskChange(data: Data): string {
		if (typeof data.done === "boolean") {
			return data.done ? "ticked off" : "took the tick off";
		}
		if (data.owner !== undefined) {
			const owner = typeof data.owner === "string" ? (this.#names.get(data.owner) ?? stranger) : "nobody";
			return `gave ${owner} the action`;
		}
		return "rewrote an action:";
	}

	#learn(all: Map<string, string>, key: unknown, words: unknown): void {
		if (id(key) && text(words)) {
			all.set(id(key), text(words));
		}
	}
}

/** The card that an action is about, or "". */
export function cardOf(action: Happening): string {
	return id(dataOf(action).card);
}

/** The emoji of a reaction, which is one character as people count them, or "". */
export function emojiOf(action: Happening): string {
	return character(dataOf(action).emoji);
}
