// The meeting that the pictures in docs/meeting show.

import type { JsonObject } from "../support/server.js";

type Step = [minute: number, who: string, type: string, data: JsonObject];

const agenda: Step[] = [
	[0, "ada", "member_joined", { name: "Ada" }],
	[0, "ada", "meeting_named", { title: "Quarterly plan" }],
	[0.4, "bob", "member_joined", { name: "Bob" }],
	[0.5, "ada", "card_added", { card: "oncall", title: "Who is on call over the holidays?" }],
	[0.9, "cleo", "member_joined", { name: "Cleo" }],
	[1, "bob", "card_added", { card: "price", title: "The new pricing page, and why nobody finds the yearly plan" }],
	[1.2, "cleo", "card_added", { card: "hire", title: "Hiring: two more engineers" }],
	[1.3, "dan", "member_joined", { name: "Dan" }],
	[1.6, "dan", "card_added", { card: "lunch", title: "Team lunch" }],
	[1.9, "ada", "card_added", { card: "spring", title: "What went well since spring" }],
	[2, "bob", "reaction_sent", { emoji: "🎉", card: null }],
	[2.1, "bob", "card_renamed", { card: "lunch", title: "Team dinner, somewhere with a view" }],
	[2.3, "ada", "card_voted", { card: "oncall" }],
	[2.4, "bob", "card_voted", { card: "oncall" }],
	[2.4, "bob", "card_voted", { card: "oncall" }],
	[2.5, "cleo", "card_voted", { card: "oncall" }],
	[2.6, "cleo", "card_voted", { card: "hire" }],
	[2.6, "cleo", "card_voted", { card: "hire" }],
	[2.7, "dan", "card_voted", { card: "oncall" }],
	[2.7, "dan", "card_voted", { card: "oncall" }],
	[2.8, "dan", "card_voted", { card: "lunch" }],
	[2.9, "ada", "card_voted", { card: "hire" }],
	[3, "ada", "card_voted", { card: "price" }],
	[3.1, "cleo", "reaction_sent", { emoji: "👏", card: null }],
	[3.2, "ada", "card_moved", { card: "hire", after: "oncall" }],
];

const discussion: Step[] = [
	[4, "ada", "discussion_started", { card: "oncall" }],
	[4.6, "bob", "reaction_sent", { emoji: "🤔", card: "oncall" }],
	[5.2, "cleo", "reaction_sent", { emoji: "👎", card: "oncall" }],
	[5.3, "dan", "reaction_sent", { emoji: "👎", card: "oncall" }],
	[6.4, "bob", "task_added", { task: "t1", text: "Ask everybody for their days", owner: "bob", card: "oncall" }],
	[7.1, "cleo", "reaction_sent", { emoji: "👏", card: "oncall" }],
	[8.8, "ada", "item_opened", { card: "hire" }],
	[9.4, "dan", "reaction_sent", { emoji: "❤️", card: "hire" }],
	[9.6, "bob", "reaction_sent", { emoji: "👏", card: "hire" }],
	[10.1, "cleo", "task_added", { task: "t2", text: "Write the two job posts", owner: "cleo", card: "hire" }],
];

const rest: Step[] = [
	[11.2, "ada", "task_added", { task: "t3", text: "Tell finance about the two", owner: "ada", card: "hire" }],
	[12.5, "bob", "reaction_sent", { emoji: "🎉", card: "hire" }],
	[12.6, "cleo", "reaction_sent", { emoji: "🎉", card: "hire" }],
	[13, "ada", "item_opened", { card: "lunch" }],
	[13.4, "dan", "reaction_sent", { emoji: "😂", card: "lunch" }],
	[13.5, "cleo", "reaction_sent", { emoji: "😂", card: "lunch" }],
	[14.1, "dan", "task_added", { task: "t4", text: "Book a table for nine", owner: "dan", card: "lunch" }],
	[14.5, "ada", "item_opened", { card: "price" }],
	[15, "bob", "time_granted", { card: "price", minutes: 2 }],
	[16.2, "cleo", "reaction_sent", { emoji: "🤔", card: "price" }],
	[17.3, "dan", "reaction_sent", { emoji: "👎", card: "price" }],
	[19, "bob", "task_added", { task: "t5", text: "Move the yearly plan to the top", owner: "bob", card: "price" }],
	[19.4, "ada", "reaction_sent", { emoji: "👏", card: "price" }],
	[20.2, "ada", "item_opened", { card: "spring" }],
	[20.9, "bob", "reaction_sent", { emoji: "❤️", card: "spring" }],
	[21, "cleo", "reaction_sent", { emoji: "❤️", card: "spring" }],
	[21.1, "dan", "reaction_sent", { emoji: "🎉", card: "spring" }],
	[22.6, "ada", "discussion_ended", {}],
	[23, "bob", "task_changed", { task: "t1", done: true }],
];

/** Three meetings, as far as they came, as CloudEvents: what `recount import` records. The last thing was done just now. */
export function scenes(): string {
	return [
		...lines("before", agenda),
		...lines("during", [...agenda, ...discussion]),
		...lines("after", [...agenda, ...discussion, ...rest]),
		"",
	].join("\n");
}

function lines(meeting: string, steps: Step[]): string[] {
	const last = steps.at(-1)?.[0] ?? 0;
	const begin = Date.now() - (last + 1) * 60_000;
	return steps.map(([minute, actor, type, data], at) =>
		JSON.stringify({
			specversion: "1.0",
			id: `${meeting} ${at}`,
			source: `/meeting:${meeting}`,
			type,
			time: new Date(begin + minute * 60_000 + at * 10).toISOString(),
			actor,
			data,
		}),
	);
}
