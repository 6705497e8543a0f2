import { own } from "./happening.js";
import type { Meeting } from "./types.js";

/** What somebody is called who has not said it. */
export const stranger = "Somebody";

/** The name of a person in a meeting. */
export function nameOf(meeting: Pick<Meeting, "members">, person: string): string {
	return own(meeting.members, person) ?? stranger;
}

/** One or two letters for a name. */
export function initials(name: string): string {
	const words = name.trim().split(/\s+/);
	const first = words[0] ?? "";
	const last = words.length > 1 ? (words.at(-1) ?? "") : "";
	const letters = last ? [...first].slice(0, 1).concat([...last].slice(0, 1)) : [...first].slice(0, 2);
	return letters.join("").toUpperCase() || "?";
}

/** Which place everybody has among the members. */
const places = new WeakMap<Meeting["members"], Map<string, number>>();

/**
 * A colour for a person, the same on every screen and far from that of who came before: the hue in degrees. Who has not
 * come yet has that of the next one.
 */
export function hueOf({ members }: Pick<Meeting, "members">, person: string): number {
	let known = places.get(members);
	if (!known) {
		known = new Map(Object.keys(members).map((id, place) => [id, place]));
		places.set(members, known);
	}
	return Math.round((255 + (known.get(person) ?? known.size) * 137.5) % 360);
}
