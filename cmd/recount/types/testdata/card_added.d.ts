// What recount.yaml declares, written by recount types. Do not edit: write it anew.

/** The events of meeting: their types, and what data they have. */
export interface MeetingEvents {
	card_added: CardAdded;
}

/**
 * A card on the agenda
 *
 * Somebody wrote a card.
 * Its text may still change. *\/ is no end of this.
 */
export type CardAdded = {
	$ref?: string;
	"1st"?: unknown;
	at?: [number, number];
	/** Who wrote it. */
	author?: Person;
	/**
	 * When
	 *
	 * At the latest.
	 *
	 * @format date-time
	 */
	due?: string;
	kind: "idea" | "question" | "say \"no\"" | 3 | null | true;
	never?: never;
	"not-a-name"?: boolean;
	/** @deprecated */
	note?: string | null;
	tags?: string[];
	/** What it says. */
	title: string;
	version?: 1;
	votes?: number;
};

export type Person = {
	knows?: Person[];
	name: string;
};
