// What recount.yaml declares, written by recount types. Do not edit: write it anew.

/** The events of meeting: their types, and what data they have. */
export interface MeetingEvents {
	arrays: Arrays;
}

export type Arrays = {
	any?: unknown[];
	begin?: [string?, (number | null)?, ...unknown[]];
	both?: (A & B)[];
	choices?: ("a" | "b")[];
	/** The schema says more than this type: contains. */
	contains?: unknown[];
	deep?: (number | null)[][];
	empty?: { [key: string]: never };
	exact?: [1, "x", { a: null; "b-c": [] }];
	none?: never[];
	pair?: [(A | B)?, ...unknown[]];
	rest?: [string, ...number[]];
	short?: [string?];
};

export type A = {
	a: number;
};

export type B = {
	b: number;
};
