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
function opened(latest: readonly RecordedEvent[], past: readonly RecordedEvent[] = latest) {
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
			history: async () => past,
		},
		status: { state: "live", version: joined, head: Number.POSITIVE_INFINITY },
		confirmed: () => meeting,
		subscribe: () => () => {},
	} as unknown as Recount<Meeting>;
	const ledger = new Ledger(recount);
	const come = (...all: readonly RecordedEvent[]): void => {
		observer.batch?.(all, { epoch: "e", upto: all.at(-1)?.version ?? 0 });
	};
	observer.live?.();
	return { ledger, come, reset: () => observer.reset?.({ epoch: "f", upto: 0 }) };
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
	expect(ledger.entries.map(({ who }) => who)).toEqual(["Bob", "Bob", "Cleo", "Robert"]);
	expect(ledger.entries[0]).toBe(before);
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
