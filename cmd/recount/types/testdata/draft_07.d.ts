// What recount.yaml declares, written by recount types. Do not edit: write it anew.

/** The events of meeting: their types, and what data they have. */
export interface MeetingEvents {
	draft_07: Draft07;
}

export type Draft07 = unknown /* $schema is another draft than 2020-12 */;
