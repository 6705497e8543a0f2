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

/** So many milliseconds are shown, up to the last reaction. */
const longest = 24 * 3_600_000;

/**
 * Sums the reactions of each minute by how they feel. Emoji that nobody knows are neutral. Of what is said to have been long
 * before the others, or after now, in milliseconds since 1970, there is none.
 */
export function moodsOf(rows: readonly Row[], now: number = Date.now()): readonly Mood[] {
	const all = new Map<string, Mood>();
	for (const { minute, emoji, uses } of rows) {
		const time = Date.parse(`${String(minute)}:00Z`);
		if (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(String(minute)) && time <= now) {
			const before = all.get(String(minute)) ?? { time, good: 0, neutral: 0, bad: 0 };
			const mood = own(moods, String(emoji)) ?? "neutral";
			all.set(String(minute), { ...before, [mood]: before[mood] + Number(uses) });
		}
	}
	const sorted = [...all.values()].sort((a, b) => a.time - b.time);
	const last = sorted.at(-1)?.time ?? 0;
	return sorted.filter(({ time }) => time > last - longest);
}
