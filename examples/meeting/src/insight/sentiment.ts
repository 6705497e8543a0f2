import { own } from "../domain/happening.js";
import type { Row } from "./query.js";

/** How people felt in one minute. */
export interface Mood {
	/** In milliseconds since 1970. */
	readonly time: number;
	readonly good: number;
	readonly neutral: number;
	readonly bad: number;
}

const moods: Readonly<Record<string, "good" | "neutral" | "bad">> = {
	"👏": "good",
	"❤️": "good",
	"😂": "good",
	"🎉": "good",
	"🤔": "neutral",
	"👎": "bad",
};

/** Sums the reactions of each minute by how they feel. Emoji that nobody knows are neutral. */
export function moodsOf(rows: readonly Row[]): readonly Mood[] {
	const all = new Map<string, Mood>();
	for (const { minute, emoji, uses } of rows) {
		const time = Date.parse(`${String(minute)}:00Z`);
		if (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(String(minute)) && !Number.isNaN(time)) {
			const before = all.get(String(minute)) ?? { time, good: 0, neutral: 0, bad: 0 };
			const mood = own(moods, String(emoji)) ?? "neutral";
			all.set(String(minute), { ...before, [mood]: before[mood] + Number(uses) });
		}
	}
	return [...all.values()].sort((a, b) => a.time - b.time);
}
