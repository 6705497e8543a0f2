// What recount.yaml declares, written by recount types. Do not edit: write it anew.

/** The events of closed: their types, and what data they have. */
export interface ClosedEvents {}

/** The events of issue: their types, and what data they have. */
export interface IssueEvents {
	card_added: CardAdded;
	card_moved: CardMoved;
}

export type CardAdded = {
	size?: Size;
};

export type Size = number;

export type CardMoved = Size2;

export type Size2 = string;

/** The events of meeting: their types, and what data they have. Others are accepted, too, and are not listed here. */
export interface MeetingEvents {
	"*/": Type;
	"1": Type1;
	"card-added": CardAdded2;
	card_added: CardAdded;
	card_moved: CardMoved2;
	meeting_events: MeetingEvents2;
	/** Shown live, and no part of the history. */
	reaction_sent: unknown;
	"日本": 日本;
}

/** The signals of meeting. */
export interface MeetingSignals {
	"cursor-moved": unknown;
	typing: unknown;
}

export type Type = CardMoved;

export type Type1 = CardMoved;

export type CardAdded2 = CardMoved;

export type CardMoved2 = CardAdded;

export type MeetingEvents2 = CardMoved;

export type 日本 = CardMoved;

/** The events of open: any. */
export interface OpenEvents {
	[type: string]: unknown;
}
