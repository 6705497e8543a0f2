import { newId as randomId } from "@recount/client";
import { createAction } from "@reduxjs/toolkit";

/** Every type of event that makes a meeting, and its data. The actions of the app are exactly these. */
export interface MeetingEvents {
	meeting_named: { title: string };
	member_joined: { name: string };
	card_added: { card: string; title: string };
	card_renamed: { card: string; title: string };
	/** after is the card before it, or null for the top. */
	card_moved: { card: string; after: string | null };
	card_removed: { card: string };
	card_voted: { card: string };
	card_unvoted: { card: string };
	budget_set: { votes: number };
	minutes_set: { minutes: number };
	/** card is the first. */
	discussion_started: { card: string };
	/** from is the item that was open to who went on: where others went on meanwhile, nothing happens. */
	item_opened: { card: string; from?: string };
	clock_paused: Record<string, never>;
	clock_resumed: Record<string, never>;
	time_granted: { card: string; minutes: number };
	discussion_ended: Record<string, never>;
	agenda_reopened: Record<string, never>;
	task_added: { task: string; text: string; owner: string | null; card: string | null };
	task_changed: { task: string; text?: string; owner?: string | null; done?: boolean };
	task_removed: { task: string };
	/** Lives for a moment: it is recorded, and not replayed to those who come later. */
	reaction_sent: { emoji: string; card: string | null };
}

/** What is only of interest while it happens: not recorded. */
export interface MeetingSignals {
	/** Somebody is typing the title of a card; null when he stopped. */
	title_typed: { card: string; title: string | null };
}

const make = <Type extends keyof MeetingEvents>(type: Type) => createAction<MeetingEvents[Type], Type>(type);

export const meetingNamed = make("meeting_named");
export const memberJoined = make("member_joined");
export const cardAdded = make("card_added");
export const cardRenamed = make("card_renamed");
export const cardMoved = make("card_moved");
export const cardRemoved = make("card_removed");
export const cardVoted = make("card_voted");
export const cardUnvoted = make("card_unvoted");
export const budgetSet = make("budget_set");
export const minutesSet = make("minutes_set");
export const discussionStarted = make("discussion_started");
export const itemOpened = make("item_opened");
export const clockPaused = make("clock_paused");
export const clockResumed = make("clock_resumed");
export const timeGranted = make("time_granted");
export const discussionEnded = make("discussion_ended");
export const agendaReopened = make("agenda_reopened");
export const taskAdded = make("task_added");
export const taskChanged = make("task_changed");
export const taskRemoved = make("task_removed");
export const reactionSent = make("reaction_sent");

/** A short random ID. */
export function newId(): string {
	return randomId().replaceAll("-", "").slice(0, 12);
}
