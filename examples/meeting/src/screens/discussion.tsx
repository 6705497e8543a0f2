import { useState } from "react";
import { spentOn } from "../domain/discussion.js";
import {
	agendaReopened,
	clockPaused,
	clockResumed,
	discussionEnded,
	itemOpened,
	timeGranted,
} from "../domain/events.js";
import { clock } from "../domain/time.js";
import type { Card } from "../domain/types.js";
import { useDispatch, useFrozen, useLocal, useMeeting } from "../live/context.js";
import { useNow } from "../live/moment.js";
import { Composer } from "./composer.js";
import { Byline } from "./face.js";
import { Icon } from "./icons.js";
import { Record } from "./record.js";
import { Stack } from "./stack.js";
import { Tally } from "./tally.js";
import { Tasks } from "./tasks.js";
import { CardTitle, Editors } from "./title.js";
import { Touch } from "./touch.js";

/** One item after the other, each with its clock. */
export function Discussion({ title }: { title: string }) {
	const current = useMeeting((meeting) => meeting.cards.find((card) => card.id === meeting.clock.card));
	const stack = useMeeting((meeting) => meeting.stack);
	const place = current ? stack.indexOf(current.id) : -1;
	return (
		<>
			<section className="stage" aria-label="Discussion">
				<p className="overline">
					<bdi>{title}</bdi> · {current ? `item ${place + 1} of ${stack.length}` : "no item"}
				</p>
				{current ? <Item card={current} next={stack[place + 1]} previous={stack[place - 1]} /> : <NoItem />}
			</section>
			<aside className="side">
				<Stack />
				<Late />
				<Record />
			</aside>
		</>
	);
}

/** A card that comes late. What was being written as the discussion began is shown. */
function Late() {
	const begun = useLocal((state) => state.unsent.card !== "");
	const [open, setOpen] = useState(begun);
	return (
		<details className="late" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
			<summary>Add a card to the stack</summary>
			<Composer />
		</details>
	);
}

function NoItem() {
	const dispatch = useDispatch();
	const frozen = useFrozen();
	return (
		<div className="empty">
			<strong>The stack is empty</strong>
			<button className="solid" type="button" disabled={frozen} onClick={() => dispatch(agendaReopened({}))}>
				Back to the agenda
			</button>
		</div>
	);
}

interface ItemProps {
	card: Card;
	next: string | undefined;
	previous: string | undefined;
}

function Item({ card, next, previous }: ItemProps) {
	const dispatch = useDispatch();
	const frozen = useFrozen();
	return (
		<article className="item">
			<CardTitle card={card} level="h1" />
			<p className="by">
				<Byline person={card.by} />
				<Tally votes={card.votes} />
				<Editors card={card.id} />
			</p>
			<Touch when={(entry) => entry.card === card.id && !entry.type.startsWith("task_") && !entry.emoji} />
			<ItemClock card={card} />
			<Touch when={({ type }) => type.startsWith("clock_")} />
			<div className="controls">
				<PauseButton />
				<button
					className="pill"
					type="button"
					disabled={frozen}
					onClick={() => dispatch(timeGranted({ card: card.id, minutes: 2 }))}
				>
					<Icon name="plus" />
					<span>2 more minutes</span>
				</button>
				<span className="gap" />
				{previous && (
					<button
						className="pill"
						type="button"
						disabled={frozen}
						onClick={() => dispatch(itemOpened({ card: previous, from: card.id }))}
					>
						<Icon name="back" />
						<span>Previous</span>
					</button>
				)}
				{next ? (
					<button
						className="solid"
						type="button"
						disabled={frozen}
						onClick={() => dispatch(itemOpened({ card: next, from: card.id }))}
					>
						<span>Next item</span>
						<Icon name="next" />
					</button>
				) : (
					<button className="solid" type="button" disabled={frozen} onClick={() => dispatch(discussionEnded({}))}>
						<span>Finish</span>
						<Icon name="check" />
					</button>
				)}
			</div>
			<Tasks card={card.id} title="Actions from this item" />
		</article>
	);
}

function PauseButton() {
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const runs = useMeeting((meeting) => meeting.clock.since !== null);
	return (
		<button
			className="pill"
			type="button"
			disabled={frozen}
			onClick={() => dispatch(runs ? clockPaused({}) : clockResumed({}))}
		>
			<Icon name={runs ? "pause" : "play"} />
			<span>{runs ? "Pause" : "Go on"}</span>
		</button>
	);
}

/** How much time is left, as a number and as a line that runs out. */
function ItemClock({ card }: { card: Card }) {
	const now = useNow();
	const meeting = useMeeting((all) => all);
	const spent = spentOn(meeting, card, now);
	const whole = meeting.minutes * 60_000 + card.extra;
	// In whole seconds, so that what is left and what is spent make the whole.
	const left = whole - Math.floor(spent / 1000) * 1000;
	const over = left < 0;
	return (
		<div className={`clock${over ? " over" : ""}${meeting.clock.since === null ? " still" : ""}`}>
			<p className="left" role="timer" aria-label={over ? "Over time" : "Time left"}>
				{clock(over ? -left : left)}
				<small>{over ? "over time" : meeting.clock.since === null ? "left, paused" : "left"}</small>
			</p>
			<p className="spent">
				{clock(spent)} of {clock(whole)}
			</p>
			<div className="bar" aria-hidden="true">
				<i style={{ width: `${Math.min(100, (spent / whole) * 100)}%` }} />
			</div>
		</div>
	);
}
