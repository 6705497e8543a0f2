import { cardsReducer } from "./cards.js";
import { discussionReducer } from "./discussion.js";
import { actorOf, dataOf, type Happening, line, own, whole } from "./happening.js";
import { tasksReducer } from "./tasks.js";
import type { Meeting } from "./types.js";
import { votesReducer } from "./votes.js";

/** How many people have a name in a meeting; what exceeds it is ignored. */
export const mostMembers = 1000;

/** A meeting in which nothing has happened yet. */
export const nothing: Meeting = {
	title: "",
	members: {},
	phase: "agenda",
	budget: 5,
	minutes: 5,
	cards: [],
	stack: [],
	clock: { card: null, since: null },
	tasks: [],
};

/**
 * Pure: the meeting after an action, which may be of any type and have any payload. What changes nothing, because the
 * rules forbid it or it is so already, gives the same object.
 */
export function meetingReducer(meeting: Meeting = nothing, action: Happening): Meeting {
	const settings = settingsReducer(meeting, action);
	const settled = alike(settings, meeting) ? meeting : settings;
	const cards = votesReducer(cardsReducer(settled.cards, action), action, settled.budget);
	const tasks = tasksReducer(settled.tasks, action);
	const same = cards === settled.cards && tasks === settled.tasks;
	return discussionReducer(same ? settled : { ...settled, cards, tasks }, action);
}

function settingsReducer(meeting: Meeting, action: Happening): Meeting {
	const data = dataOf(action);
	switch (action.type) {
		case "meeting_named":
			return { ...meeting, title: line(data.title, 80) || meeting.title };
		case "member_joined": {
			const name = line(data.name, 40);
			return name ? { ...meeting, members: joined(meeting.members, actorOf(action), name) } : meeting;
		}
		case "budget_set":
			return { ...meeting, budget: whole(data.votes, 1, 20) ?? meeting.budget };
		case "minutes_set":
			return { ...meeting, minutes: whole(data.minutes, 1, 60) ?? meeting.minutes };
		default:
			return meeting;
	}
}

function joined(members: Meeting["members"], actor: string, name: string): Meeting["members"] {
	const known = own(members, actor);
	const full = known === undefined && Object.keys(members).length >= mostMembers;
	return known === name || full ? members : { ...members, [actor]: name };
}

function alike(a: Meeting, b: Meeting): boolean {
	return a === b || (Object.keys(a) as (keyof Meeting)[]).every((key) => a[key] === b[key]);
}
