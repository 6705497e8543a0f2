// What recount.yaml declares, written by recount types. Do not edit: write it anew.

/** The events of meeting: their types, and what data they have. */
export interface MeetingEvents {
	just_a_reference: JustAReference;
}

export type JustAReference = Title;

export type Title = string;
