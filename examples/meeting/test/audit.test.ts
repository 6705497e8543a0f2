import { expect, test } from "vitest";
import { hashOf, humanized, newMeeting, parse } from "../src/address.js";
import { csv, found } from "../src/audit/search.js";
import { moodsOf } from "../src/insight/sentiment.js";

const entry = {
	version: 1,
	time: 0,
	actor: "1",
	type: "card_added",
	card: "a",
	emoji: "",
	who: "Ada",
	did: "added",
	what: "Tea",
};
const all = [
	entry,
	{ ...entry, version: 2, actor: "2", who: "=Bob", did: "voted for", type: "card_voted", what: 'a "b", c' },
];

test("search finds all words, in any case, the newest first", () => {
	const any = { text: "", actor: "", type: "" };
	expect(found(all, any).map(({ version }) => version)).toEqual([2, 1]);
	expect(found(all, { ...any, text: "TEA ada" }).map(({ version }) => version)).toEqual([1]);
	expect(found(all, { ...any, text: "tea bob" })).toEqual([]);
	expect(found(all, { ...any, actor: "2" })).toHaveLength(1);
	expect(found(all, { ...any, type: "card_added" })).toHaveLength(1);
});

test("CSV is quoted, and no cell is a formula", () => {
	expect(csv(all)).toBe(
		"version,time,who,actor,type,what\r\n" +
			"1,1970-01-01T00:00:00.000Z,Ada,1,card_added,added “Tea”\r\n" +
			'2,1970-01-01T00:00:00.000Z,\'=Bob,2,card_voted,"voted for “a ""b"", c”"\r\n',
	);
});

test("addresses are read as they are written", () => {
	for (const address of [
		{ meeting: "", view: "meeting", at: null },
		{ meeting: "a b/c", view: "audit", at: null },
		{ meeting: "x", view: "meeting", at: 17 },
	] as const) {
		expect(parse(hashOf(address))).toEqual(address);
	}
	expect(parse("#meeting:old")).toEqual({ meeting: "old", view: "meeting", at: null });
	expect(parse("#/%zz/else?at=-1")).toEqual({ meeting: "%zz", view: "meeting", at: null });
	expect(newMeeting()).toMatch(/^[a-z]+-[a-z]+-[a-z2-9]{8}$/);
	expect(humanized("quiet-lake-abcdefgh")).toBe("Quiet lake");
	expect(humanized("q3_plan")).toBe("Q3 plan");
});

test("moods are summed by the minute", () => {
	const at = (minute: string, emoji: string, uses: number) => ({ minute: `2026-01-01T10:${minute}`, emoji, uses });
	const time = Date.parse("2026-01-01T10:00:00Z");
	expect(
		moodsOf([at("01", "🎉", 2), at("00", "👎", 1), at("01", "❤️", 1), at("01", "🦉", 1), { minute: "?", uses: 1 }]),
	).toEqual([
		{ time, good: 0, neutral: 0, bad: 1 },
		{ time: time + 60_000, good: 3, neutral: 1, bad: 0 },
	]);
});
