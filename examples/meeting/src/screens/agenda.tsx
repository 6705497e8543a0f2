import { useLayoutEffect, useState } from "react";
import { firstOf } from "../domain/discussion.js";
import { budgetSet, cardMoved, discussionStarted, minutesSet } from "../domain/events.js";
import { given } from "../domain/votes.js";
import { useDispatch, useFrozen, useMe, useMeeting } from "../live/context.js";
import { CardItem } from "./card.js";
import { Composer } from "./composer.js";
import { Heading } from "./heading.js";
import { Record } from "./record.js";
import { useReorder } from "./reorder.js";
import { Stepper } from "./stepper.js";
import { Touch } from "./touch.js";
import { Twice } from "./twice.js";

/** Before the discussion: everybody writes cards, puts them in order, and votes. */
export function Agenda({ title }: { title: string }) {
	const count = useMeeting((meeting) => meeting.cards.length);
	return (
		<>
			<section className="stage" aria-label="Agenda">
				<Heading
					overline={count === 0 ? "Agenda" : `Agenda · ${count} ${count === 1 ? "card" : "cards"}`}
					title={title}
				/>
				<Composer />
				{count === 0 ? <Empty /> : <Cards />}
			</section>
			<aside className="side beside">
				<Ballot />
				<Rules />
				<Record />
			</aside>
		</>
	);
}

function Cards() {
	const cards = useMeeting((meeting) => meeting.cards);
	const dispatch = useDispatch();
	const [stepped, setStepped] = useState<{ place: number }>();
	const ids = cards.map((card) => card.id);
	// A card that is moved by keys stays in sight. Before it begins to glide: it counts where it will be.
	useLayoutEffect(() => {
		if (stepped) {
			document.activeElement?.closest(".card")?.scrollIntoView({ block: "nearest" });
		}
	}, [stepped]);
	const { list, held, order, grab } = useReorder(ids, (card, after) => dispatch(cardMoved({ card, after })));
	const step = (card: string, by: number): void => {
		const at = ids.indexOf(card) + by;
		if (at >= 0 && at < ids.length) {
			const rest = ids.filter((id) => id !== card);
			dispatch(cardMoved({ card, after: rest[at - 1] ?? null }));
			setStepped({ place: at + 1 });
		}
	};
	const known = new Map(cards.map((card) => [card.id, card]));
	return (
		<>
			<ol className="cards" ref={list} aria-label="Cards">
				{order.map((id, at) => {
					const card = known.get(id);
					return (
						card && (
							<CardItem
								key={id}
								card={card}
								place={at + 1}
								held={held === id}
								grab={grab(id)}
								onStep={(by) => step(id, by)}
							/>
						)
					);
				})}
			</ol>
			<p className="unseen" id="how-to-move">
				Press the up and down arrow keys to move the card, or drag it.
			</p>
			<p className="unseen" aria-live="polite">
				{stepped && `Place ${stepped.place} of ${ids.length}`}
			</p>
		</>
	);
}

function Empty() {
	const frozen = useFrozen();
	return (
		<div className="empty">
			<svg
				viewBox="0 0 132 96"
				fill="none"
				stroke="currentColor"
				strokeWidth="2"
				strokeLinecap="round"
				strokeLinejoin="round"
				aria-hidden="true"
			>
				<path d="M22 30h88v54H22zM34 30v-9h64v9M46 21v-9h40v9M40 48h42M40 60h56M40 72h28" />
			</svg>
			<strong>Nothing on the agenda {frozen ? "then" : "yet"}</strong>
			{!frozen && <p>Write the first card: everybody here sees it at once.</p>}
		</div>
	);
}

/** What is left to give, and the way into the discussion. */
function Ballot() {
	const me = useMe();
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const budget = useMeeting((meeting) => meeting.budget);
	const empty = useMeeting((meeting) => meeting.cards.length === 0);
	const first = useMeeting((meeting) => firstOf(meeting.cards));
	const used = useMeeting((meeting) => given(meeting.cards, me));
	const left = Math.max(0, budget - used);
	return (
		<section className="ballot" aria-labelledby="ballot-title">
			<h2 id="ballot-title">{leftWords(budget, used)}</h2>
			<p className="dots" aria-hidden="true">
				{Array.from({ length: budget }, (_, i) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: dots are all alike
					<i key={i} className={i < budget - left ? "spent" : ""} />
				))}
			</p>
			<button
				className="solid wide"
				type="button"
				disabled={frozen || empty}
				onClick={() => dispatch(discussionStarted({ card: first }))}
			>
				Start the discussion
			</button>
			<Twice />
		</section>
	);
}

function leftWords(budget: number, used: number): string {
	const left = budget - used;
	if (left < 0) {
		return `${-left} ${left === -1 ? "vote" : "votes"} too many given`;
	}
	return left === 0 ? "All your votes are given" : `${left} ${left === 1 ? "vote" : "votes"} left`;
}

/** What everybody may set. */
function Rules() {
	const dispatch = useDispatch();
	const budget = useMeeting((meeting) => meeting.budget);
	const minutes = useMeeting((meeting) => meeting.minutes);
	return (
		<div className="rules">
			<details>
				<summary>How this meeting works</summary>
				<Stepper
					label="Votes for each person"
					value={budget}
					least={1}
					most={20}
					onChange={(votes) => dispatch(budgetSet({ votes }))}
				/>
				<Stepper
					label="Minutes for each item"
					value={minutes}
					least={1}
					most={60}
					onChange={(next) => dispatch(minutesSet({ minutes: next }))}
				/>
			</details>
			<Touch when={({ type }) => type === "budget_set" || type === "minutes_set"} />
		</div>
	);
}
