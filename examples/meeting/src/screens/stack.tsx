import { useEffect, useRef } from "react";
import { spentOn } from "../domain/discussion.js";
import { discussionEnded, itemOpened } from "../domain/events.js";
import { clock } from "../domain/time.js";
import type { Card } from "../domain/types.js";
import { useDispatch, useFrozen, useMeeting } from "../live/context.js";
import { useNow } from "../live/moment.js";
import { Icon } from "./icons.js";

/** All items in the order in which they are discussed. */
export function Stack() {
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const { cards, stack } = useMeeting((meeting) => meeting);
	const items = stack.flatMap((id) => cards.find((one) => one.id === id) ?? []);
	return (
		<section className="stack" aria-labelledby="stack-title">
			<h2 id="stack-title">The stack</h2>
			<ol>
				{items.map((card, at) => (
					<Item key={card.id} card={card} place={at + 1} />
				))}
			</ol>
			<button className="quiet" type="button" disabled={frozen} onClick={() => dispatch(discussionEnded({}))}>
				End the discussion
			</button>
		</section>
	);
}

function Item({ card, place }: { card: Card; place: number }) {
	const now = useNow();
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const meeting = useMeeting((all) => all);
	const current = meeting.clock.card === card.id;
	const spent = spentOn(meeting, card, now);
	const done = spent > 0 && !current;
	const votes = `${card.votes.length} ${card.votes.length === 1 ? "vote" : "votes"}`;
	const item = useRef<HTMLLIElement>(null);
	useEffect(() => {
		const box = item.current?.parentElement;
		if (current && item.current && box) {
			box.scrollTo({ top: item.current.offsetTop - box.offsetTop - box.clientHeight / 3 });
		}
	}, [current]);
	return (
		<li ref={item} className={current ? "current" : done ? "done" : ""}>
			<button
				type="button"
				disabled={frozen}
				// Whoever has just opened it stays where he is.
				aria-disabled={current}
				aria-current={current ? "step" : undefined}
				onClick={() => !current && dispatch(itemOpened({ card: card.id }))}
			>
				<span className="place">{done ? <Icon name="check" /> : place}</span>
				<span className="words" dir="auto">
					{card.title}
				</span>
				<span className="time">{spent > 0 ? clock(spent) : votes}</span>
			</button>
		</li>
	);
}
