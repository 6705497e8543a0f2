import { useSyncExternalStore } from "react";
import { line } from "./domain/happening.js";

/** What of a meeting is shown. */
export type View = "meeting" | "insight" | "audit";

/** What the address bar says: everything after the #, so that any static host will do. */
export interface Address {
	/** The meeting's ID, or "" at the door of the house. */
	readonly meeting: string;
	readonly view: View;
	/** The moment that is linked to. */
	readonly at: number | null;
}

const views: readonly string[] = ["insight", "audit"];

/** Reads a fragment: "#/ID", "#/ID/insight", "#/ID?at=17", and "#meeting:ID" as in older links. */
export function parse(hash: string): Address {
	const [path = "", query = ""] = hash.replace(/^#\/?(meeting:)?/, "").split("?");
	const [id = "", view = ""] = path.split("/");
	const at = new URLSearchParams(query).get("at") ?? "";
	return {
		meeting: named(decoded(id)),
		view: views.includes(view) ? (view as View) : "meeting",
		at: /^\d{1,15}$/.test(at) ? Number(at) : null,
	};
}

/** What somebody pasted to come to a meeting: a link, or just its ID. Null if it names none, as a link without its # does. */
export function pasted(text: string): Address | null {
	const fragment = text.indexOf("#");
	const link = text.includes("/");
	const address: Address =
		fragment < 0 ? { meeting: link ? "" : named(text), view: "meeting", at: null } : parse(text.slice(fragment).trim());
	return address.meeting ? address : null;
}

function named(text: string): string {
	return text.trim().slice(0, 100);
}

/** The fragment of an address. */
export function hashOf({ meeting, view, at }: Partial<Address>): string {
	const path = meeting ? `/${encodeURIComponent(meeting)}` : "/";
	const place = view && view !== "meeting" ? `/${view}` : "";
	return `#${path}${place}${at === undefined || at === null ? "" : `?at=${at}`}`;
}

/** The whole link to an address of this app. */
export function linkTo(address: Partial<Address>): string {
	const { origin, pathname, search } = window.location;
	return `${origin}${pathname}${search}${hashOf(address)}`;
}

export function go(address: Partial<Address>): void {
	window.location.hash = hashOf(address);
}

/** Says another address in place of the one that is there: the way back leads to what was before. */
export function replace(address: Partial<Address>): void {
	if (window.location.hash !== hashOf(address)) {
		history.replaceState(null, "", hashOf(address));
		window.dispatchEvent(new HashChangeEvent("hashchange"));
	}
}

export function useAddress(): Address {
	const hash = useSyncExternalStore(
		(changed) => {
			window.addEventListener("hashchange", changed);
			return () => window.removeEventListener("hashchange", changed);
		},
		() => window.location.hash,
	);
	return parse(hash);
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** What to call a meeting that nobody named: its ID in words. */
export function humanized(id: string): string {
	const words = line(id.replaceAll(/[-_]+/g, " "), 100);
	// The random part of an ID that this app made says nothing to anybody.
	const plain = words.replace(/ [a-z2-9]{8}$/, "");
	return plain.charAt(0).toUpperCase() + plain.slice(1);
}

const adjectives = [
	"amber",
	"brisk",
	"calm",
	"clear",
	"early",
	"gentle",
	"golden",
	"green",
	"kind",
	"late",
	"light",
	"quiet",
	"silver",
	"sunny",
	"warm",
	"wide",
];
const nouns = [
	"bridge",
	"brook",
	"garden",
	"harbour",
	"hill",
	"island",
	"kitchen",
	"lake",
	"lantern",
	"meadow",
	"orchard",
	"porch",
	"river",
	"table",
	"terrace",
	"window",
];
const letters = "abcdefghjkmnpqrstuvwxyz23456789";

/** An ID that reads well and that nobody guesses: whoever has the link is in. */
export function newMeeting(): string {
	const random = crypto.getRandomValues(new Uint8Array(10));
	const pick = (from: ArrayLike<string>, at: number): string => from[(random[at] ?? 0) % from.length] ?? "";
	const tail = Array.from({ length: 8 }, (_, i) => pick(letters, i + 2)).join("");
	return `${pick(adjectives, 0)}-${pick(nouns, 1)}-${tail}`;
}
