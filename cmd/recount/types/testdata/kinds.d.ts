// What recount.yaml declares, written by recount types. Do not edit: write it anew.

/** The events of meeting: their types, and what data they have. */
export interface MeetingEvents {
	kinds: Kinds;
}

export type Kinds = {
	both?: Choice & number;
	impossible?: never;
	integers?: number;
	length?: unknown;
	loose: {
		a?: string;
	} | unknown[] | string | number | boolean | null;
	nothing?: unknown;
	nullable?: null | Choice;
	numbers?: number;
	ref?: string & Choice;
	some?: "a" | null;
	words?: string;
};

export type Choice = string | number;
