import type { Observer, RecordedEvent } from "@recount/client";
import type { Recount } from "@recount/redux";
import { expect, test } from "vitest";
import * as events from "../src/domain/events.js";
import { meetingReducer, nothing } from "../src/domain/meeting.js";
import type { Meeting } from "../src/domain/types.js";
import { Ledger } from "../src/live/ledger.js";

const second = 1000;

function recorded(version: number, actor: string, { type, payload }: { type: string; payload?: unknown }) {
	const time = new Date(version * second).toISOString();
	return { id: `e${version}`, version, position: String(version), type, data: payload, actor, time, recorded: time };
}

/** A meeting that is opened after all that is past, of which the latest is known. */
function opened(
	latest: readonly RecordedEvent[],
	past: readonly RecordedEvent[] = latest,
	all: readonly RecordedEvent[] = past,
) {
	let observer: Observer = {};
	const fold = (from: Meeting, all: readonly RecordedEvent[]) =>
		all.reduce((meeting, event) => meetingReducer(meeting, { ...event, payload: event.data, meta: { event } }), from);
	const joined = past.at(-1)?.version ?? 0;
	const meeting = fold(nothing, past);
	const recount = {
		stream: {
			subscribe: (given: Observer) => {
				observer = given;
				return { head: joined, unsubscribe: () => {} };
			},
			read: async () => ({ events: latest, more: false }),
			history: async (from = 1, to = Number.POSITIVE_INFINITY) =>
				all.filter(({ version }) => from <= version && version <= to),
		},
		status: { state: "live", version: joined, head: Number.POSITIVE_INFINITY },
		confirmed: () => meeting,
		subscribe: () => () => {},
	} as unknown as Recount<Meeting>;
	const ledger = new Ledger(recount);
	const come = (...all: readonly RecordedEvent[]): void => {
		observer.batch?.(all, { epoch: "e", upto: all.at(-1)?.version ?? 0 });
	};
	const back = (upto: number, ...pushed: readonly RecordedEvent[]): void => {
		observer.batch?.(pushed, { epoch: "e", upto });
	};
	observer.live?.();
	return { ledger, come, back, reset: () => observer.reset?.({ epoch: "f", upto: 0 }) };
}

const vain = (ledger: Ledger) => ledger.entries.filter((entry) => entry.vain).map(({ version }) => version);
const vote = (version: number) => recorded(version, "ada", events.cardVoted({ card: "a" }));
const party = (version: number) => recorded(version, "ada", events.reactionSent({ emoji: "🎉", card: null }));
const start = [
	recorded(1, "ada", events.memberJoined({ name: "Ada" })),
	recorded(2, "ada", events.cardAdded({ card: "a", title: "Tea" })),
];

test("says which votes had no effect, of what comes and of all", async () => {
	const seven = Array.from({ length: 7 }, (_, i) => vote(i + 3));
	const { ledger, come } = opened(seven.slice(2), [...start, ...seven]);
	await expect.poll(() => ledger.entries.length).toBe(5);
	// What was before is not known: nothing is claimed of it.
	expect(vain(ledger)).toEqual([]);
	come(vote(10), party(11), recorded(12, "ada", { type: "poll_answered" }));
	come(recorded(13, "ada", events.cardUnvoted({ card: "a" })), vote(14), vote(15));
	expect(vain(ledger)).toEqual([10, 15]);
	await ledger.load();
	expect(vain(ledger)).toEqual([8, 9, 10, 15]);
});

test("tells by the names that things have, whatever else is said of them", async () => {
	const liar = (version: number, action: { type: string; payload?: unknown }) => recorded(version, "eve", action);
	const { ledger } = opened([
		...start,
		recorded(3, "ada", events.taskAdded({ task: "t", text: "Boil water", owner: null, card: null })),
		liar(4, events.cardAdded({ card: "a", title: "Poison" })),
		liar(5, { type: "said", payload: { card: "a", title: "Poison", task: "t", text: "Burn it" } }),
		liar(6, events.taskAdded({ task: "t", text: "Burn it", owner: null, card: null })),
		liar(7, { type: "\u202esaid", payload: { card: { toString: 1 } } }),
		vote(8),
		recorded(9, "ada", events.taskChanged({ task: "t", done: true })),
		recorded(10, "ada", events.cardRenamed({ card: "a", title: "Green tea" })),
		vote(11),
		liar(12, events.memberJoined({ name: "E".repeat(300) })),
	]);
	await ledger.load();
	const told = ledger.entries.map(({ did, what }) => `${did} ${what}`);
	expect(told.slice(6, 9)).toEqual(["said ", "voted for Tea", "ticked off Boil water"]);
	expect(told[10]).toBe("voted for Green tea");
	expect(ledger.entries[11]?.who).toBe("E".repeat(40));
});

test("tells anew what somebody did before his name came", async () => {
	const { ledger, come, reset } = opened(start);
	await expect.poll(() => ledger.entries.length).toBe(2);
	reset();
	come(recorded(1, "bob", events.cardAdded({ card: "b", title: "Salt" })));
	expect(ledger.entries.map(({ who }) => who)).toEqual(["Somebody"]);
	come(recorded(2, "bob", events.memberJoined({ name: "Bob" })));
	expect(ledger.entries.map(({ who }) => who)).toEqual(["Bob", "Bob"]);
	const before = ledger.entries[0];
	come(recorded(3, "cleo", events.memberJoined({ name: "Cleo" })));
	come(recorded(4, "bob", events.memberJoined({ name: "Robert" })));
	expect(ledger.entries.map(({ who }) => who)).toEqual(["Bob", "Bob", "Cleo", "Bob"]);
	expect(ledger.entries.at(-1)).toMatchObject({ did: "took the name", what: "Robert" });
	expect(ledger.entries[0]).toBe(before);
});

test("asks for the reactions that nobody pushes to who was away", async () => {
	const all = [...start, party(3), vote(4), party(5), party(6)];
	const { ledger, back } = opened(start, start, all);
	await expect.poll(() => ledger.entries.length).toBe(2);
	back(5, vote(4));
	await expect.poll(() => ledger.entries.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
	back(6);
	await expect.poll(() => ledger.entries.length).toBe(6);
});

test("learns from what comes live, and not from what came late, how far the clock is off", async () => {
	const { ledger, come } = opened(start);
	come(...start);
	expect(ledger.skew.value).toBe(0);
	const at = Date.now() - 50;
	come({ ...vote(3), recorded: new Date(at).toISOString() });
	expect(ledger.skew.value).toBeGreaterThanOrEqual(50);
	expect(ledger.skew.value).toBeLessThan(5000);
});
