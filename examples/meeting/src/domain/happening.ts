/** An action with what the log says about it, as reducers see it. */
export interface Happening {
	readonly type: string;
	readonly payload?: unknown;
	readonly meta?: { readonly event?: { readonly actor: string; readonly time: string } };
}

/** Who did it. The log's word, never the sender's. */
export function actorOf(action: Happening): string {
	return action.meta?.event?.actor ?? "";
}

/** When it happened, in milliseconds since 1970. */
export function timeOf(action: Happening): number {
	const time = Date.parse(action.meta?.event?.time ?? "");
	return Number.isNaN(time) ? 0 : time;
}

/** The payload, of which nothing is known: anybody may append anything. */
export function dataOf(action: Happening): Readonly<Record<string, unknown>> {
	const { payload } = action;
	return typeof payload === "object" && payload !== null ? (payload as Record<string, unknown>) : {};
}

/** What nobody sees, and what turns around or covers what stands beside it: controls, halves of characters, heaps of marks. */
const harmful = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]|(?<=\p{M}{6})\p{M}/gu;
/** Something that is seen. */
const visible = /[^\p{Default_Ignorable_Code_Point}\s\u2800]/u;

/** A line of text within a length, without space around it, that harms nothing around it; "" if nothing of it is seen. */
export function line(value: unknown, most: number): string {
	if (typeof value !== "string") {
		return "";
	}
	// Of what is far too long the end is not even looked at.
	const text = value
		.slice(0, 8 * most)
		.replaceAll(/\s+/g, " ")
		.replaceAll(harmful, "")
		.trim();
	const short = text
		.slice(0, most)
		.replace(/\p{Cs}$/u, "")
		.trim();
	return visible.test(short) ? short : "";
}

/** What a record holds under a key that anybody may have chosen: "constructor" is a name like any other. */
export function own<T>(all: Readonly<Record<string, T>>, key: string): T | undefined {
	return Object.hasOwn(all, key) ? all[key] : undefined;
}

/** An ID, or "" if it is none. */
export function id(value: unknown): string {
	return typeof value === "string" && value.length <= 64 ? value : "";
}

/** A whole number within bounds, or undefined if it is none. */
export function whole(value: unknown, least: number, most: number): number | undefined {
	return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}
