import { expect, test } from "vitest";
import { hashOf, humanized, newMeeting, parse, pasted } from "../src/address.js";
import { csv, found } from "../src/audit/search.js";
import { backendUrl } from "../src/backend.js";
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
	vain: false,
};
const all = [
	entry,
	{ ...entry, version: 2, actor: "2", who: "=Bob", did: "voted for", type: "card_voted", what: 'a "b", c', vain: true },
];

test("search finds all words, in any case, the newest first", () => {
	const any = { text: "", actor: "", type: "" };
	expect(found(all, any).map(({ version }) => version)).toEqual([2, 1]);
	expect(found(all, { ...any, text: "TEA ada" }).map(({ version }) => version)).toEqual([1]);
	expect(found(all, { ...any, text: "tea bob" })).toEqual([]);
	expect(found(all, { ...any, text: "without effect" }).map(({ version }) => version)).toEqual([2]);
	expect(found(all, { ...any, actor: "2" })).toHaveLength(1);
	expect(found(all, { ...any, type: "card_added" })).toHaveLength(1);
});

test("CSV is quoted, and no cell is a formula", () => {
	expect(csv(all)).toBe(
		"version,time,who,actor,type,what\r\n" +
			"1,1970-01-01T00:00:00.000Z,Ada,1,card_added,added “Tea”\r\n" +
			'2,1970-01-01T00:00:00.000Z,\'=Bob,2,card_voted,"voted for “a ""b"", c”, without effect"\r\n',
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
	for (const at of ["", "%202", "+2", "-1", "1.5", "1e3", "0x1", "NaN"]) {
		expect(parse(`#/x?at=${at}`).at).toBe(null);
	}
	expect(parse("#/x?at=0").at).toBe(0);
	expect(newMeeting()).toMatch(/^[a-z]+-[a-z]+-[a-z2-9]{8}$/);
	expect(humanized("quiet-lake-abcdefgh")).toBe("Quiet lake");
	expect(humanized("q3_plan")).toBe("Q3 plan");
});

test("what is pasted leads to the meeting that it names, and to the moment", () => {
	const at = (meeting: string, moment: number | null = null) => ({ meeting, view: "meeting", at: moment });
	expect(pasted("http://127.0.0.1:4000/#/a%20b?at=3")).toEqual(at("a b", 3));
	expect(pasted(" https://example.com/x/?backend=y#/plan/audit \n")).toEqual({ ...at("plan"), view: "audit" });
	expect(pasted("#/plan?at=")).toEqual(at("plan"));
	expect(pasted(" q3 plan ")).toEqual(at("q3 plan"));
	expect(pasted("50% off?")).toEqual(at("50% off?"));
	for (const nowhere of [
		"",
		"  ",
		"https://example.com/",
		"HTTP://example.com",
		"example.com/plan",
		"https://example.com/#/",
		"#",
	]) {
		expect(pasted(nowhere)).toBe(null);
	}
});

test("the server is where the page says, if that can be one", () => {
	const page = (written: string) => ({ querySelector: () => ({ getAttribute: () => written }) }) as unknown as Document;
	const at = (search: string) => ({ search, href: `https://example.com/app/${search}#/x` }) as Location;
	expect(backendUrl(page(""), at(""))).toBe("https://example.com/app");
	expect(backendUrl(page("https://a.example.com/"), at(""))).toBe("https://a.example.com");
	expect(backendUrl(page("https://a.example.com"), at("?backend=http://127.0.0.1:1/b/"))).toBe("http://127.0.0.1:1/b");
	for (const bad of ["http://", "ftp://x", "javascript:1"]) {
		expect(() => backendUrl(page(""), at(`?backend=${bad}`))).toThrow(`“${bad}” is no address of a server`);
	}
});

test("no cell of CSV is a formula where something else than a comma separates them", () => {
	const cell = (who: string) =>
		csv([{ ...entry, who }])
			.split("\r\n")[1]
			?.slice("1,1970-01-01T00:00:00.000Z,".length);
	expect(cell("a;=1+1")).toBe('"a;\'=1+1",1,card_added,added “Tea”');
	expect(cell('a; "@b')).toBe('"a;\' ""@b",1,card_added,added “Tea”');
	expect(cell("a\t-1")).toBe('"a\t\'-1",1,card_added,added “Tea”');
	expect(cell("＝1+1")).toBe("'＝1+1,1,card_added,added “Tea”");
	expect(cell(" =1")).toBe("' =1,1,card_added,added “Tea”");
	expect(cell("a; b=c")).toBe('"a; b=c",1,card_added,added “Tea”');
});

test("moods of another day, or of a day to come, do not bend the curve", () => {
	const at = (minute: string) => ({ minute, emoji: "🎉", uses: 1 });
	const now = Date.parse("2026-01-02T10:30:00Z");
	const all = ["1970-01-01T00:00", "2026-01-01T09:00", "2026-01-01T23:00", "2026-01-02T10:00", "9999-01-01T00:00"];
	expect(moodsOf(all.map(at), now).map(({ time }) => new Date(time).toISOString().slice(0, 16))).toEqual(
		all.slice(2, 4),
	);
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
