// What recount.yaml declares, written by recount types. Do not edit: write it anew.

/** The events of meeting: their types, and what data they have. */
export interface MeetingEvents {
	references: References;
}

export type References = {
	"a/b c"?: {
		n: number;
	}[];
	anchor?: Here;
	bundled?: Card;
	card?: Card2;
	circle?: unknown /* $ref "#/$defs/circle" comes back to itself */;
	dynamic?: unknown /* $dynamicRef is followed at run time */;
	inside?: Size;
	json?: Json;
	leaf?: Items;
	list?: List;
	old?: Old;
	tree?: References;
};

export type Here = 1 | 2;

export type Card = {
	size: Size;
};

export type Card2 = string;

export type Size = "s" | "l";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export type Items = {
	n: number;
};

export type List = [number, List] | null;

export type Old = unknown /* $schema is another draft than 2020-12 */;
