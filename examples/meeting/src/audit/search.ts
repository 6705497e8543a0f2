import { inVain } from "../domain/sentence.js";
import type { Entry } from "../live/ledger.js";

/** What to look for. "" is anything. */
export interface Search {
	readonly text: string;
	readonly actor: string;
	readonly type: string;
}

/** The entries that match, the newest first. */
export function found(entries: readonly Entry[], { text, actor, type }: Search): readonly Entry[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return entries
		.filter((entry) => {
			const line = `${entry.who} ${entry.did} ${entry.what} ${entry.type} ${entry.vain ? inVain : ""}`.toLowerCase();
			return (
				(!actor || entry.actor === actor) &&
				(!type || entry.type === type) &&
				words.every((word) => line.includes(word))
			);
		})
		.toReversed();
}

/** The entries as CSV (RFC 4180), which spreadsheets take for text and never for formulas. */
export function csv(entries: readonly Entry[]): string {
	const rows = entries.map(({ version, time, who, actor, type, did, what, vain }) => [
		String(version),
		new Date(time).toISOString(),
		who,
		actor,
		type,
		`${did}${what && ` “${what}”`}${vain ? `, ${inVain}` : ""}`,
	]);
	return [["version", "time", "who", "actor", "type", "what"], ...rows]
		.map((row) => `${row.map(cell).join(",")}\r\n`)
		.join("");
}

// Where lists are separated by semicolons or tabs, a cell begins behind each of them. Excel also takes wide signs.
const formula = /(^|[;\t\r\n])(?=["'\s]*[=+\-@＝＋－＠\t\r])/g;

function cell(text: string): string {
	const harmless = text.replaceAll(formula, "$1'");
	return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
