// What recount.yaml declares, written by recount types. Do not edit: write it anew.

/** The events of meeting: their types, and what data they have. */
export interface MeetingEvents {
	composed: Composed;
}

export type Composed = {
	email?: string;
	id: string;
	phone?: string | null;
} & {
	size?: number;
} & Stamped & ({
	email: {} | null;
} | {
	phone: {} | null;
}) & ({
	kind: "moved";
	to: number;
} | {
	kind: "opened" | "closed";
	to?: never;
});

export type Stamped = {
	at: string;
};
