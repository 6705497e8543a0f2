import type { Present } from "@recount/client";
import type { RecountAction, Rejected } from "@recount/redux";
import { configureStore, type Middleware, type UnknownAction } from "@reduxjs/toolkit";
import createSagaMiddleware from "redux-saga";
import { expect, onTestFinished, test } from "vitest";
import { titleLength } from "../src/domain/cards.js";
import { cardAdded, memberJoined, reactionSent } from "../src/domain/events.js";
import { line } from "../src/domain/happening.js";
import { mostMembers } from "../src/domain/meeting.js";
import { emojiOf } from "../src/domain/sentence.js";
import { adopted, drafts, flights, named, notes, people, shownName, speed, typed, unsent } from "../src/live/local.js";
import { root, type SagaContext } from "../src/live/sagas.js";
import { reducer } from "../src/live/state.js";
import { by, folded } from "./given.js";

// Whoever has the link may append any event, send any signal that is declared, and show anything of himself.

const card = { card: "a", by: "eve", title: "x" };
/** What changes the state of a tab. */
const local: readonly UnknownAction[] = [
	people.actions.seen({ list: [], count: 7 }),
	drafts.actions.heard(card),
	flights.actions.started({ key: "k", emoji: "🎉", by: "eve" }),
	notes.actions.told("Come to example.com"),
	unsent.actions.wrote({ card: "x" }),
	unsent.actions.titled({ card: "a", title: { text: "x", from: "y" } }),
	unsent.actions.entered("card"),
	speed.actions.chosen(16),
];
/** What the sagas, or those who made them, heed. */
const heeded: readonly UnknownAction[] = [
	named("Eve"),
	adopted("Eve"),
	typed({ card: "a", title: "x" }),
	{ type: "@@redux-saga/CHANNEL_END" },
	{ type: "@@recount/rejected" },
	{ type: "@@recount/rejected", payload: { action: {}, error: { message: "Come to example.com" } } },
];

/** An action as it comes from somebody else. */
function remote(action: UnknownAction): RecountAction {
	const event = { id: "e", version: 1, actor: "eve", time: "2026-01-01T10:00:00.000Z" };
	return { ...action, meta: { remote: true, event } };
}

test.each(local)("an event that is called $type changes nothing of this tab", (action) => {
	const before = reducer(undefined, { type: "" });
	expect(reducer(before, remote(action))).toEqual(before);
	expect(reducer(undefined, remote(action))).toEqual(before);
});

/** The sagas of a meeting with one card, "a". What the server would tell is told by hand. */
function attended() {
	const sent: UnknownAction[] = [];
	const signals: unknown[] = [];
	let hear = (_: RecountAction | Rejected): void => {};
	let signal = (_: { type: string; data: unknown; actor: string }): void => {};
	let changed = (): void => {};
	const presence = {
		list: [] as Present[],
		count: 0,
		set: async () => {},
		onChange: (listener: () => void) => {
			changed = listener;
			return () => {};
		},
	};
	const meeting = folded(by("ada", memberJoined({ name: "Ada" })), by("ada", cardAdded({ card: "a", title: "Tea" })));
	const context = {
		name: "Ada",
		connection: { caller: "ada", onState: () => () => {} },
		recount: {
			status: { state: "live", pending: [] },
			subscribe: () => () => {},
			confirmed: () => meeting,
			onAction: (listener: typeof hear) => {
				hear = listener;
				return () => {};
			},
			stream: {
				presence,
				signal: async (...given: unknown[]) => void signals.push(given),
				onSignal: (listener: typeof signal) => {
					signal = listener;
					return () => {};
				},
			},
		},
	} as unknown as SagaContext;
	const sagas = createSagaMiddleware();
	const noted: Middleware = () => (next) => (action) => {
		sent.push(action as UnknownAction);
		return next(action);
	};
	const store = configureStore({
		reducer,
		middleware: () => [sagas, noted] as never,
	});
	const task = sagas.run(root, context);
	onTestFinished(() => task.cancel());
	return {
		store,
		sent,
		signals,
		hear: (action: RecountAction | Rejected) => hear(action),
		signal: (data: unknown) => signal({ type: "title_typed", data, actor: "eve" }),
		present: (...list: Present[]) => {
			Object.assign(presence, { list, count: list.length });
			changed();
		},
	};
}

test("no event makes a person do or say what is not his, and reactions go on", () => {
	const { store, sent, signals, hear } = attended();
	for (const action of [...local, ...heeded]) {
		hear(remote(action));
	}
	expect(sent).toEqual([]);
	expect(signals).toEqual([]);
	hear(remote(reactionSent({ emoji: "🎉", card: null })));
	expect(store.getState().flights).toMatchObject([{ emoji: "🎉", by: "eve" }]);
	const error = { code: "forbidden", message: "no" };
	hear({ type: "@@recount/rejected", payload: { action: cardAdded({ card: "b", title: "B" }), error } });
	expect(store.getState().notes.at(-1)?.text).toBe("That did not work: no");
});

test("only titles of cards that are there are shown as they are typed, within bounds", () => {
	const { store, signal } = attended();
	for (const data of [null, 1, [], {}, { card: {}, title: "x" }, { card: "b", title: "x" }, { card: "__proto__" }]) {
		signal(data);
	}
	expect(store.getState().drafts).toEqual({});
	signal({ card: "a", title: "y".repeat(10_000) });
	expect(store.getState().drafts).toEqual({ a: { by: "eve", title: "y".repeat(titleLength) } });
	signal({ card: "a", title: { toString: 1 } });
	expect(store.getState().drafts).toEqual({});
});

test("what somebody shows of himself is taken for a name within bounds, and not for that of somebody else", () => {
	const { store, present } = attended();
	const shows = (id: string, meta: object) => ({ id, metas: [{ phx_ref: "1", ...meta }] });
	present(shows("eve", { name: { toString: 1 }, editing: 5 }), shows("ada", { name: "Eve".repeat(300), editing: "a" }));
	const { list } = store.getState().people;
	expect(list).toEqual([
		{ id: "eve", name: "", editing: null, screens: 1 },
		{ id: "ada", name: "Eve".repeat(14).slice(0, 40), editing: "a", screens: 1 },
	]);
	expect(list.map((one) => shownName({ ada: "Ada" }, one))).toEqual(["Somebody", "Ada"]);
});

test("a line is one that can be seen, and harms nothing beside it", () => {
	const flag = "🏳️‍🌈";
	expect(line(` a\n\tb ${flag} `, 40)).toBe(`a b ${flag}`);
	expect(line("\u202egnp.exe\u2066\u0000\u0007\ud83d!", 40)).toBe("gnp.exe!");
	expect(line(`Z${"\u0301".repeat(99)}!`, 40)).toBe(`Z${"\u0301".repeat(6)}!`);
	expect(line("ab😀", 3)).toBe("ab");
	expect(line("مرحبا \u200f!", 40)).toBe("مرحبا \u200f!");
	for (const unseen of ["\u200b\u200b", "\u3164", "\u2800", "\ufe0f", "\u202e", "\ud83d", 5, null, { toString: 1 }]) {
		expect(line(unseen, 40)).toBe("");
	}
	expect(line("x".repeat(1_000_000), 40)).toBe("x".repeat(40));
});

test("a reaction is one character", () => {
	const of = (emoji: unknown) => emojiOf({ type: reactionSent.type, payload: { emoji } });
	expect(["❤️", "👨‍👩‍👧‍👦", "🎉🎉🎉", "FFFF", "", {}, null].map(of)).toEqual(["❤️", "👨‍👩‍👧‍👦", "🎉", "F", "", "", ""]);
});

test("names are kept of so many people, and of those who have one always", () => {
	const all = Array.from({ length: mostMembers + 3 }, (_, i) => by(`p${i}`, memberJoined({ name: `P${i}` })));
	const { members } = folded(...all, by("p0", memberJoined({ name: "Zero" })));
	expect(Object.keys(members)).toHaveLength(mostMembers);
	expect(members.p0).toBe("Zero");
});
