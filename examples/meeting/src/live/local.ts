import { type Action, createAction, createSlice, type PayloadAction } from "@reduxjs/toolkit";
import { own } from "../domain/happening.js";
import { stranger } from "../domain/people.js";
import type { Meeting } from "../domain/types.js";

// What this tab knows beside the meeting: who is here, what they type, what flies. None of it is recorded.

/** Somebody who is here. */
export interface Person {
	readonly id: string;
	readonly name: string;
	/** The card whose title he edits. */
	readonly editing: string | null;
	/** In how many tabs. */
	readonly screens: number;
}

/** What somebody who is here is called: what the meeting calls him comes before what he shows. */
export function shownName(members: Meeting["members"], { id, name }: Person): string {
	return own(members, id) ?? (name || stranger);
}

export interface People {
	readonly list: readonly Person[];
	readonly count: number;
}

export const people = createSlice({
	name: "people",
	initialState: { list: [], count: 0 } as People,
	reducers: { seen: (_, { payload }: PayloadAction<People>) => payload },
});

/** A title that somebody is typing. */
export interface Draft {
	readonly by: string;
	readonly title: string;
}

export const drafts = createSlice({
	name: "drafts",
	initialState: {} as Record<string, Draft>,
	reducers: {
		heard(all, { payload: { card, by, title } }: PayloadAction<{ card: string; by: string; title: string | null }>) {
			if (title === null && own(all, card)?.by !== by) {
				return all;
			}
			const { [card]: _, ...others } = all;
			return title === null ? others : { ...others, [card]: { by, title } };
		},
	},
});

/** An emoji on its way over the screen. */
export interface Flight {
	readonly key: string;
	readonly emoji: string;
	readonly by: string;
}

/** More than this would be a wall. */
const mostFlights = 40;

export const flights = createSlice({
	name: "flights",
	initialState: [] as Flight[],
	reducers: {
		started: (all, { payload }: PayloadAction<Flight>) => {
			all.push(payload);
			all.splice(0, all.length - mostFlights);
		},
		landed: (all, { payload }: PayloadAction<string>) => all.filter(({ key }) => key !== payload),
	},
});

/** Something to tell the person at this screen. */
export interface Note {
	readonly key: number;
	readonly text: string;
	/** What makes undone what it tells of. */
	readonly undo?: readonly Action[];
}

/** So many steps can be undone, one after the other. */
const mostUndone = 10;

export const notes = createSlice({
	name: "notes",
	// The last is shown. Below it wait those that can be undone.
	initialState: [] as readonly Note[],
	reducers: {
		told: (all, { payload }: PayloadAction<string | Omit<Note, "key">>) => [
			...all.filter(({ undo }) => undo).slice(-mostUndone),
			{ ...(typeof payload === "string" ? { text: payload } : payload), key: (all.at(-1)?.key ?? 0) + 1 },
		],
		read: (all) => all.slice(0, -1),
	},
});

/** What this person has written and not sent. It outlives the field, which goes when others go on or the view changes. */
export interface Unsent {
	/** The title of a new card. */
	readonly card: string;
	readonly task: NewTask;
	/** New titles, by card; that of the meeting by "". */
	readonly titles: Readonly<Record<string, NewTitle>>;
	/** The field that has the focus. */
	readonly field: string | null;
}

/** A title that is being written. */
export interface NewTitle {
	readonly text: string;
	/** What it was as the writing began. */
	readonly from: string;
}

/** An action that is being written. */
export interface NewTask {
	readonly text: string;
	readonly owner: string | null;
	/** The card that was discussed when it was begun. */
	readonly card: string | null;
}

export const noTask: NewTask = { text: "", owner: null, card: null };

export const unsent = createSlice({
	name: "unsent",
	initialState: { card: "", task: noTask, titles: {}, field: null } as Unsent,
	reducers: {
		wrote: (all, { payload }: PayloadAction<Partial<Pick<Unsent, "card" | "task">>>) => ({ ...all, ...payload }),
		titled: (all, { payload: { card, title } }: PayloadAction<{ card: string; title: NewTitle | null }>) => {
			const { [card]: _, ...others } = all.titles;
			return { ...all, titles: title === null ? others : { ...others, [card]: title } };
		},
		entered: (all, { payload }: PayloadAction<string>) => ({ ...all, field: payload }),
		left: (all, { payload }: PayloadAction<string>) => (all.field === payload ? { ...all, field: null } : all),
	},
});

/** How fast the past is played. */
export const speeds = [1, 2, 4, 8, 16] as const;
export type Speed = (typeof speeds)[number];

export const speed = createSlice({
	name: "speed",
	initialState: 2 as Speed,
	reducers: { chosen: (_, { payload }: PayloadAction<Speed>) => payload },
});

/** This person types a title; null when done. */
export const typed = createAction<{ card: string; title: string | null }>("typed");
/** This person's name. */
export const named = createAction<string>("named");
/** This person is called so, as another of his tabs has told the meeting. */
export const adopted = createAction<string>("adopted");
