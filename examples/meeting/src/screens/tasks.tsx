import type { FormEvent } from "react";
import { newId, taskAdded, taskChanged, taskRemoved } from "../domain/events.js";
import { own } from "../domain/happening.js";
import { nameOf } from "../domain/people.js";
import { taskLength } from "../domain/tasks.js";
import type { Task } from "../domain/types.js";
import { useDispatch, useFrozen, useLocal, useMe, useMeeting } from "../live/context.js";
import { type NewTask, noTask, notes, unsent } from "../live/local.js";
import { Face } from "./face.js";
import { useField } from "./field.js";
import { Icon } from "./icons.js";
import { Touch } from "./touch.js";

/** What will be done, and by whom: of one card, or, without one, of the whole meeting. */
export function Tasks({ card, title }: { card: string | null; title: string }) {
	const all = useMeeting((meeting) => meeting.tasks);
	const shown = card === null ? all : all.filter((task) => task.card === card);
	return (
		<section className="tasks" aria-labelledby="tasks-title">
			<h2 id="tasks-title">{title}</h2>
			<ul>
				{shown.map((task) => (
					<TaskItem key={task.id} task={task} named={card === null} />
				))}
			</ul>
			<TaskForm card={card} />
		</section>
	);
}

function TaskItem({ task, named }: { task: Task; named: boolean }) {
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const from = useMeeting((meeting) => meeting.cards.find((card) => card.id === task.card)?.title);
	const change = (what: Omit<Parameters<typeof taskChanged>[0], "task">): void => {
		dispatch(taskChanged({ task: task.id, ...what }));
	};
	const remove = (): void => {
		dispatch(taskRemoved({ task: task.id }));
		const { done, ...added } = task;
		const undo = [taskAdded({ ...added, task: task.id }), ...(done ? [taskChanged({ task: task.id, done })] : [])];
		dispatch(notes.actions.told({ text: `“${task.text}” is removed.`, undo }));
	};
	return (
		<li className={task.done ? "task done" : "task"}>
			<label className="tick">
				<input
					type="checkbox"
					checked={task.done}
					disabled={frozen}
					onChange={(event) => change({ done: event.target.checked })}
				/>
				<span>
					<span dir="auto">{task.text}</span>
					{named && from && <small dir="auto">{from}</small>}
				</span>
			</label>
			<Owner value={task.owner} label={`Owner of “${task.text}”`} onChange={(owner) => change({ owner })} />
			<button
				className="round ghostly"
				type="button"
				disabled={frozen}
				aria-label={`Remove the action “${task.text}”`}
				onClick={remove}
			>
				<Icon name="bin" />
			</button>
			<Touch when={(entry) => entry.type.startsWith("task_") && entry.what === task.text} />
		</li>
	);
}

interface OwnerProps {
	value: string | null;
	label: string;
	onChange: (owner: string | null) => void;
}

/** So many people are offered: each action has a list of its own. */
const mostOwners = 100;

function Owner({ value, label, onChange }: OwnerProps) {
	const members = useMeeting((meeting) => meeting.members);
	const me = useMe();
	const frozen = useFrozen();
	const first = Object.keys(members).slice(0, mostOwners);
	const owners = [...new Set([...first, ...(own(members, me) ? [me] : []), ...(value ? [value] : [])])];
	return (
		<span className="owner">
			{value ? (
				<Face person={value} name={nameOf({ members }, value)} small />
			) : (
				<i className="nobody" aria-hidden="true" />
			)}
			<select
				aria-label={label}
				value={value ?? ""}
				disabled={frozen}
				onChange={(event) => onChange(event.target.value || null)}
			>
				<option value="">Nobody yet</option>
				{owners.map((id) => (
					<option key={id} value={id}>
						{nameOf({ members }, id)}
					</option>
				))}
			</select>
		</span>
	);
}

/** Where an action is written. One that was begun while another card was discussed stays that card's. */
function TaskForm({ card }: { card: string | null }) {
	const begun = useLocal((state) => state.unsent.task);
	const task = begun.text ? begun : { ...begun, card };
	const field = useField("task");
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const elsewhere = useMeeting(({ cards }) => task.card !== card && cards.find(({ id }) => id === task.card)?.title);
	const write = (changed: Partial<NewTask>): void => dispatch(unsent.actions.wrote({ task: { ...task, ...changed } }));
	const add = (event: FormEvent): void => {
		event.preventDefault();
		if (task.text.trim() && !frozen) {
			dispatch(taskAdded({ ...task, task: newId(), text: task.text.trim() }));
			dispatch(unsent.actions.wrote({ task: noTask }));
		}
	};
	return (
		<form className="new-task" onSubmit={add} autoComplete="off">
			<span className="text">
				<input
					dir="auto"
					aria-label="A new action"
					placeholder="What will be done?"
					value={task.text}
					maxLength={taskLength}
					disabled={frozen}
					onChange={(event) => write({ text: event.target.value })}
					{...field}
				/>
				{elsewhere && (
					<small>
						for <q dir="auto">{elsewhere}</q>
					</small>
				)}
			</span>
			<Owner value={task.owner} label="Owner of the new action" onChange={(owner) => write({ owner })} />
			<button className="round filled" type="submit" aria-label="Add the action" disabled={frozen || !task.text.trim()}>
				<Icon name="plus" />
			</button>
		</form>
	);
}
