import { type FormEvent, useState } from "react";
import { newId, taskAdded, taskChanged, taskRemoved } from "../domain/events.js";
import { stranger } from "../domain/people.js";
import { taskLength } from "../domain/tasks.js";
import type { Task } from "../domain/types.js";
import { useDispatch, useFrozen, useMeeting } from "../live/context.js";
import { Face } from "./face.js";
import { Icon } from "./icons.js";

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
			<NewTask card={card} />
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
					{task.text}
					{named && from && <small>{from}</small>}
				</span>
			</label>
			<Owner value={task.owner} label={`Owner of “${task.text}”`} onChange={(owner) => change({ owner })} />
			<button
				className="round ghostly"
				type="button"
				disabled={frozen}
				aria-label={`Remove the action “${task.text}”`}
				onClick={() => dispatch(taskRemoved({ task: task.id }))}
			>
				<Icon name="bin" />
			</button>
		</li>
	);
}

interface OwnerProps {
	value: string | null;
	label: string;
	onChange: (owner: string | null) => void;
}

function Owner({ value, label, onChange }: OwnerProps) {
	const members = useMeeting((meeting) => meeting.members);
	const frozen = useFrozen();
	return (
		<span className="owner">
			{value ? (
				<Face person={value} name={members[value] ?? stranger} small />
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
				{Object.entries(members).map(([id, name]) => (
					<option key={id} value={id}>
						{name}
					</option>
				))}
			</select>
		</span>
	);
}

function NewTask({ card }: { card: string | null }) {
	const [text, setText] = useState("");
	const [owner, setOwner] = useState<string | null>(null);
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const add = (event: FormEvent): void => {
		event.preventDefault();
		if (text.trim() && !frozen) {
			dispatch(taskAdded({ task: newId(), text: text.trim(), owner, card }));
			setText("");
		}
	};
	return (
		<form className="new-task" onSubmit={add} autoComplete="off">
			<input
				aria-label="A new action"
				placeholder="What will be done?"
				value={text}
				maxLength={taskLength}
				disabled={frozen}
				onChange={(event) => setText(event.target.value)}
			/>
			<Owner value={owner} label="Owner of the new action" onChange={setOwner} />
			<button className="round filled" type="submit" aria-label="Add the action" disabled={frozen || !text.trim()}>
				<Icon name="plus" />
			</button>
		</form>
	);
}
