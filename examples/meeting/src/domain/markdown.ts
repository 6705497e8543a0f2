import { ranked, spentOn } from "./discussion.js";
import { nameOf } from "./people.js";
import { span } from "./time.js";
import type { Meeting, Task } from "./types.js";

/** Keeps what people wrote from being taken for Markdown. */
function plain(text: string): string {
	return text.replaceAll(/[\\`*_[\]<>#|~]|&(?=#?\w+;)/g, "\\$&");
}

function taskLine(meeting: Meeting, task: Task): string {
	const owner = task.owner === null ? "nobody yet" : nameOf(meeting, task.owner);
	return `- [${task.done ? "x" : " "}] ${plain(task.text)} (${plain(owner)})`;
}

/** The minutes of a meeting. */
export function markdown(meeting: Meeting, title: string, now: number): string {
	const order =
		meeting.stack.length > 0
			? meeting.stack.flatMap((id) => meeting.cards.find((card) => card.id === id) ?? [])
			: ranked(meeting.cards);
	const items = order.map((card, i) => {
		const spent = spentOn(meeting, card, now);
		const votes = `${card.votes.length} ${card.votes.length === 1 ? "vote" : "votes"}`;
		const own = meeting.tasks.filter((task) => task.card === card.id).map((task) => `   ${taskLine(meeting, task)}`);
		const facts = [votes, ...(spent > 0 ? [span(spent)] : []), nameOf(meeting, card.by)].map(plain).join(", ");
		return [`${i + 1}. **${plain(card.title)}** (${facts})`, ...own].join("\n");
	});
	const loose = meeting.tasks.filter((task) => !order.some((card) => card.id === task.card));
	const people = Object.values(meeting.members).map(plain);
	const parts = [
		`# ${plain(title)}`,
		`${new Date(now).toISOString().slice(0, 10)}${people.length > 0 ? ` · ${people.join(", ")}` : ""}`,
		`## Items\n\n${items.join("\n") || "None."}`,
		...(loose.length > 0 ? [`## Actions\n\n${loose.map((task) => taskLine(meeting, task)).join("\n")}`] : []),
	];
	return `${parts.join("\n\n")}\n`;
}
