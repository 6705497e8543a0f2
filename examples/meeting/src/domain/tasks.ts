import { dataOf, type Happening, id, line } from "./happening.js";
import type { Task } from "./types.js";

/** How long the text of a task may be. */
export const taskLength = 240;
/** How many tasks a meeting holds; what exceeds it is ignored. */
export const mostTasks = 200;

type Tasks = readonly Task[];

function added(tasks: Tasks, action: Happening): Tasks {
	const { task, text, owner, card } = dataOf(action);
	const words = line(text, taskLength);
	if (!id(task) || !words || tasks.length >= mostTasks || tasks.some((one) => one.id === task)) {
		return tasks;
	}
	return [...tasks, { id: id(task), text: words, owner: id(owner) || null, card: id(card) || null, done: false }];
}

function changed(task: Task, data: ReturnType<typeof dataOf>): Task {
	const text = line(data.text, taskLength) || task.text;
	const owner = data.owner === undefined ? task.owner : id(data.owner) || null;
	const done = typeof data.done === "boolean" ? data.done : task.done;
	return text === task.text && owner === task.owner && done === task.done ? task : { ...task, text, owner, done };
}

/** The tasks after an action. */
export function tasksReducer(tasks: Tasks, action: Happening): Tasks {
	const data = dataOf(action);
	switch (action.type) {
		case "task_added":
			return added(tasks, action);
		case "task_changed": {
			const at = tasks.findIndex((one) => one.id === data.task);
			const old = tasks[at];
			const next = old && changed(old, data);
			return next && next !== old ? tasks.with(at, next) : tasks;
		}
		case "task_removed":
			return tasks.some((one) => one.id === data.task) ? tasks.filter((one) => one.id !== data.task) : tasks;
		default:
			return tasks;
	}
}
