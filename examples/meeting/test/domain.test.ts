import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mostCards } from "../src/domain/cards.js";
import { firstOf, spentOn } from "../src/domain/discussion.js";
import * as events from "../src/domain/events.js";
import { markdown } from "../src/domain/markdown.js";
import { meetingReducer, nothing } from "../src/domain/meeting.js";
import { hueOf, initials } from "../src/domain/people.js";
import { Teller } from "../src/domain/sentence.js";
import { clock, span } from "../src/domain/time.js";
import { given } from "../src/domain/votes.js";
import { by, folded } from "./given.js";

const card = (id: string, title = id, actor = "ada") => by(actor, events.cardAdded({ card: id, title }));
const vote = (id: string, actor: string) => by(actor, events.cardVoted({ card: id }));
const ids = (meeting: ReturnType<typeof folded>) => meeting.cards.map((one) => one.id).join();

describe("the agenda", () => {
	test("takes cards, once each, with a title in one line", () => {
		const { cards } = folded(card("a", "  Two\n lines "), card("a", "again"), card("b", "   "), card("", "no ID"));
		expect(cards).toEqual([{ id: "a", title: "Two lines", by: "ada", votes: [], spent: 0, extra: 0 }]);
	});

	test("is full one day", () => {
		const all = Array.from({ length: mostCards + 3 }, (_, i) => card(`c${i}`));
		expect(folded(...all).cards).toHaveLength(mostCards);
	});

	test.each([
		["b", null, "b,a,c"],
		["a", "c", "b,c,a"],
		["c", "a", "a,c,b"],
		["a", "a", "a,b,c"],
		["a", "gone", "a,b,c"],
		["gone", "a", "a,b,c"],
	])("moves %s behind %s", (moved, behind, expected) => {
		const start = folded(card("a"), card("b"), card("c"));
		expect(ids(meetingReducer(start, by("bob", events.cardMoved({ card: moved, after: behind }))))).toBe(expected);
	});

	test("renames and removes what is there, and nothing else", () => {
		const start = folded(card("a"));
		expect(meetingReducer(start, by("bob", events.cardRenamed({ card: "a", title: "B" }))).cards[0]?.title).toBe("B");
		expect(meetingReducer(start, by("bob", events.cardRenamed({ card: "a", title: " " })))).toBe(start);
		expect(meetingReducer(start, by("bob", events.cardRenamed({ card: "x", title: "B" })))).toBe(start);
		expect(ids(meetingReducer(start, by("bob", events.cardRemoved({ card: "a" }))))).toBe("");
	});
});

describe("votes", () => {
	test("count up to the budget of each person, however they are spread", () => {
		const six = Array.from({ length: 6 }, (_, i) => vote(i % 2 ? "a" : "b", "ada"));
		const meeting = folded(card("a"), card("b"), ...six, vote("a", "bob"));
		expect(given(meeting.cards, "ada")).toBe(5);
		expect(given(meeting.cards, "bob")).toBe(1);
	});

	test("can be taken back by who gave them", () => {
		const start = folded(card("a"), vote("a", "ada"), vote("a", "bob"));
		expect(meetingReducer(start, by("ada", events.cardUnvoted({ card: "a" }))).cards[0]?.votes).toEqual(["bob"]);
		expect(meetingReducer(start, by("cleo", events.cardUnvoted({ card: "a" })))).toBe(start);
	});

	test("come back when their card is removed", () => {
		const gone = folded(card("a"), vote("a", "ada"), by("ada", events.cardRemoved({ card: "a" })));
		expect(given(gone.cards, "ada")).toBe(0);
	});
});

describe("the discussion", () => {
	const agenda = [card("a"), card("b"), card("c"), vote("c", "ada")];
	const started = [...agenda, by("ada", events.discussionStarted({ card: "c" }), 100)];

	test("goes by votes, and begins with the first", () => {
		const meeting = folded(...started);
		expect(meeting.stack).toEqual(["c", "a", "b"]);
		expect(meeting.clock).toEqual({ card: "c", since: 100_000 });
		expect(firstOf(folded(...agenda).cards)).toBe("c");
	});

	test("needs a card", () => {
		expect(folded(by("ada", events.discussionStarted({ card: "" }))).phase).toBe("agenda");
	});

	test("adds up how long each item took, pauses aside", () => {
		const meeting = folded(
			...started,
			by("bob", events.clockPaused({}), 110),
			by("bob", events.clockResumed({}), 150),
			by("bob", events.itemOpened({ card: "a" }), 155),
			by("bob", events.itemOpened({ card: "c" }), 160),
		);
		const spent = meeting.cards.map((one) => spentOn(meeting, one, 162_000));
		expect(spent).toEqual([5000, 0, 17_000]);
	});

	test("takes late cards on the stack, and lets go of removed ones", () => {
		const late = folded(...started, card("d"));
		expect(late.stack).toEqual(["c", "a", "b", "d"]);
		const removed = meetingReducer(late, by("ada", events.cardRemoved({ card: "c" }), 120));
		expect(removed.stack).toEqual(["a", "b", "d"]);
		expect(removed.clock).toEqual({ card: "a", since: 120_000 });
	});

	test("goes on where it was after a look at the agenda", () => {
		const back = folded(...started, by("ada", events.agendaReopened({}), 130));
		expect(back).toMatchObject({ phase: "agenda", stack: [], clock: { card: null, since: null } });
		expect(firstOf(back.cards)).toBe("a");
	});

	test("ends with tasks and minutes", () => {
		const meeting = folded(
			by("bob", events.memberJoined({ name: "Bob *B*" })),
			...started,
			by("bob", events.taskAdded({ task: "t", text: "Buy [beans]", owner: "bob", card: "c" })),
			by("bob", events.taskAdded({ task: "u", text: "R&D, &lt;", owner: null, card: null })),
			by("bob", events.taskChanged({ task: "u", done: true })),
			by("ada", events.discussionEnded({}), 190),
		);
		expect(markdown(meeting, "A #1", 86_400_000)).toBe(
			"# A \\#1\n\n1970-01-02 · Bob \\*B\\*\n\n## Items\n\n" +
				"1. **c** (1 vote, 1 min 30 s, Somebody)\n   - [ ] Buy \\[beans\\] (Bob \\*B\\*)\n" +
				"2. **a** (0 votes, Somebody)\n3. **b** (0 votes, Somebody)\n\n## Actions\n\n- [x] R&D, \\&lt; (nobody yet)\n",
		);
	});

	test("lets no clock run for longer than a day, whatever somebody says when it began", () => {
		const day = 24 * 3600;
		const open = folded(...agenda, by("eve", events.discussionStarted({ card: "c" }), -1_000_000 * day));
		const card = open.cards[2] as (typeof open.cards)[number];
		expect(card.id).toBe("c");
		expect(spentOn(open, card, 0)).toBe(day * 1000);
		expect(meetingReducer(open, by("ada", events.clockPaused({}))).cards[2]?.spent).toBe(day * 1000);
	});
});

describe("what has no effect", () => {
	const start = folded(
		by("ada", events.memberJoined({ name: "Ada" })),
		by("ada", events.meetingNamed({ title: "Plan" })),
		card("a"),
		card("b"),
		...Array.from({ length: 5 }, () => vote("a", "ada")),
		by("ada", events.taskAdded({ task: "t", text: "Rest", owner: null, card: null })),
	);

	test.each([
		["a vote beyond the budget", vote("b", "ada")],
		["a vote for a card that is gone", vote("gone", "bob")],
		["a vote taken back that was not given", by("bob", events.cardUnvoted({ card: "a" }))],
		["the same title", by("bob", events.cardRenamed({ card: "a", title: "a" }))],
		["a move to where it is", by("bob", events.cardMoved({ card: "b", after: "a" }))],
		["the top card to the top", by("bob", events.cardMoved({ card: "a", after: null }))],
		["a removal of what is gone", by("bob", events.cardRemoved({ card: "gone" }))],
		["the same name of the meeting", by("bob", events.meetingNamed({ title: " Plan " }))],
		["the same name of a person", by("ada", events.memberJoined({ name: "Ada" }))],
		["the same budget", by("bob", events.budgetSet({ votes: 5 }))],
		["minutes out of bounds", by("bob", events.minutesSet({ minutes: 0 }))],
		["time for a card that is gone", by("bob", events.timeGranted({ card: "gone", minutes: 2 }))],
		["a clock that stands", by("bob", events.clockPaused({}))],
		["a tick taken off that is not there", by("bob", events.taskChanged({ task: "t", done: false }))],
		["a reaction", by("bob", events.reactionSent({ emoji: "🎉", card: null }))],
	])("leaves the meeting as it is: %s", (_, action) => {
		expect(meetingReducer(start, action)).toBe(start);
	});

	test.each([
		["a vote within the budget", vote("b", "bob")],
		["another name", by("ada", events.memberJoined({ name: "Ann" }))],
		["a move", by("bob", events.cardMoved({ card: "b", after: null }))],
		["a tick", by("bob", events.taskChanged({ task: "t", done: true }))],
		["more time", by("bob", events.timeGranted({ card: "a", minutes: 2 }))],
	])("is not: %s", (_, action) => {
		expect(meetingReducer(start, action)).not.toEqual(start);
	});
});

test("no action of any kind breaks a meeting", () => {
	const types = Object.values(events).flatMap((one) =>
		"type" in one && typeof one.type === "string" ? [one.type] : [],
	);
	const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty"];
	const word = fc.oneof(fc.constantFrom<unknown>("a", "b", "c", ...inherited, { toString: 1 }), fc.anything());
	const payload = fc.oneof(
		fc.anything(),
		fc.record({
			card: word,
			after: word,
			title: word,
			task: word,
			text: word,
			owner: word,
			votes: word,
			minutes: word,
			name: word,
		}),
	);
	const action = fc.record({
		type: fc.constantFrom(...types, ...inherited, "unknown"),
		payload,
		actor: fc.constantFrom("ada", "bob", "", ...inherited),
	});
	fc.assert(
		fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
			let meeting = nothing;
			const teller = new Teller();
			for (const { actor, ...one } of actions) {
				const before = JSON.stringify(meeting);
				const next = meetingReducer(meeting, by(actor, one));
				expect(JSON.stringify(meeting)).toBe(before);
				meeting = next;
				expect(teller.tell(by(actor, one)).did).not.toBe("");
				for (const person of ["ada", "bob"]) {
					expect(given(meeting.cards, person)).toBeLessThanOrEqual(20);
				}
			}
			expect(new Set(meeting.cards.map(({ id }) => id)).size).toBe(meeting.cards.length);
			expect(JSON.parse(JSON.stringify(meeting))).toEqual(meeting);
		}),
		{ numRuns: 300 },
	);
});

test("who goes on from an item that is not open any more changes nothing", () => {
	const open = folded(card("a"), card("b"), card("c"), by("ada", events.discussionStarted({ card: "a" })));
	const next = meetingReducer(open, by("ada", events.itemOpened({ card: "b", from: "a" })));
	expect(next.clock.card).toBe("b");
	expect(meetingReducer(next, by("bob", events.itemOpened({ card: "a", from: "c" })))).toBe(next);
	expect(meetingReducer(next, by("bob", events.itemOpened({ card: "c" }))).clock.card).toBe("c");
});

test("a card that is put back stands where it stood", () => {
	const agenda = folded(card("a"), card("b"), card("c"));
	const gone = meetingReducer(agenda, by("ada", events.cardRemoved({ card: "b" })));
	const back = [events.cardAdded({ card: "b", title: "B" }), events.cardMoved({ card: "b", after: "a" })].reduce(
		(meeting, action) => meetingReducer(meeting, by("ada", action)),
		gone,
	);
	expect(back.cards.map(({ id }) => id)).toEqual(["a", "b", "c"]);
});

test("tells who did what, and how it was called then", () => {
	const teller = new Teller();
	const told = [
		by("1", events.memberJoined({ name: "Ada" })),
		card("a", "Tea", "1"),
		by("1", events.cardRenamed({ card: "a", title: "Coffee" })),
		by("2", events.cardVoted({ card: "a" })),
		by("1", { type: "poll_opened" }),
	].map((action) => Object.values(teller.tell(action)).join(" ").trim());
	expect(told).toEqual([
		"Ada came in",
		"Ada added Tea",
		"Ada renamed “Tea” to Coffee",
		"Somebody voted for Coffee",
		"Ada poll opened",
	]);
});

test("time and people in short", () => {
	expect([0, 65_000, 3_725_000, -5000].map(clock)).toEqual(["0:00", "1:05", "1:02:05", "−0:05"]);
	expect([0, 4000, 61_000, 120_000, 3_900_000, 7_209_000].map(span)).toEqual([
		"0 s",
		"4 s",
		"1 min 1 s",
		"2 min",
		"1 h 5 min",
		"2 h",
	]);
	expect([clock(2999), span(2999)]).toEqual(["0:02", "2 s"]);
	expect(["Ada Byron", "Bob", "", " é "].map(initials)).toEqual(["AB", "BO", "?", "É"]);
	const members = { a: "A", b: "B" };
	expect(hueOf({ members }, "a")).not.toBe(hueOf({ members }, "b"));
	expect(hueOf({ members }, "unknown")).toBe(hueOf({ members: { ...members, unknown: "U" } }, "unknown"));
});
