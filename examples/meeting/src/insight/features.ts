import { line, own } from "../domain/happening.js";

const features: Readonly<Record<string, string>> = {
	member_joined: "Come in",
	meeting_named: "Name the meeting",
	card_added: "Add a card",
	card_renamed: "Rename a card",
	card_moved: "Move a card",
	card_removed: "Remove a card",
	card_voted: "Vote",
	card_unvoted: "Take a vote back",
	budget_set: "Set the votes",
	minutes_set: "Set the minutes",
	discussion_started: "Start the discussion",
	item_opened: "Open an item",
	clock_paused: "Pause the clock",
	clock_resumed: "Let the clock go on",
	time_granted: "Give more time",
	discussion_ended: "End the discussion",
	agenda_reopened: "Back to the agenda",
	task_added: "Note an action",
	task_changed: "Change an action",
	task_removed: "Remove an action",
	reaction_sent: "React",
};

/** What a type of event is called. */
export function featureName(type: string): string {
	return own(features, type) ?? line(type.replaceAll("_", " "), 80);
}
