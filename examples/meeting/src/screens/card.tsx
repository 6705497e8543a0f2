import { type KeyboardEvent, useEffect, useRef } from "react";
import { cardAdded, cardMoved, cardRemoved, cardUnvoted, cardVoted } from "../domain/events.js";
import type { Card } from "../domain/types.js";
import { given } from "../domain/votes.js";
import { useDispatch, useFrozen, useMe, useMeeting } from "../live/context.js";
import { notes } from "../live/local.js";
import { usePastEntry } from "../live/moment.js";
import { Byline, useTint } from "./face.js";
import { Icon } from "./icons.js";
import type { Reorder } from "./reorder.js";
import { Tally } from "./tally.js";
import { CardTitle, Editors } from "./title.js";
import { touchWords } from "./touch.js";

interface CardItemProps {
	card: Card;
	place: number;
	held: boolean;
	grab: ReturnType<Reorder["grab"]>;
	/** Moves it so many places down. */
	onStep: (by: number) => void;
}

/** A card on the agenda. */
export function CardItem({ card, place, held, grab, onStep }: CardItemProps) {
	const tint = useTint();
	const touched = usePastEntry();
	const last = touched?.card === card.id ? touched : undefined;
	const item = useRef<HTMLLIElement>(null);
	useEffect(() => {
		if (last) {
			item.current?.scrollIntoView({ block: "nearest" });
		}
	}, [last]);
	return (
		<li
			ref={item}
			data-id={card.id}
			className={`card${held ? " held" : ""}${last ? " touched tint" : ""}`}
			style={last && tint(last.actor)}
		>
			<article className="slip" aria-label={card.title}>
				<Handle card={card} place={place} grab={grab} onStep={onStep} />
				<div className="body">
					<CardTitle card={card} level="h2" />
					<p className="by">
						<Byline person={card.by} />
						<Editors card={card.id} />
					</p>
				</div>
				<Tally votes={card.votes} />
				<VoteButtons card={card} />
			</article>
			{last && (
				<p className="touch tint" style={tint(last.actor)}>
					<bdi>{last.who}</bdi> {touchWords(last)}
				</p>
			)}
		</li>
	);
}

function Handle({ card, place, grab, onStep }: Pick<CardItemProps, "card" | "place" | "grab" | "onStep">) {
	const frozen = useFrozen();
	const key = (event: KeyboardEvent): void => {
		const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
		if (by) {
			event.preventDefault();
			onStep(by);
		}
	};
	return (
		<button
			className="handle"
			type="button"
			disabled={frozen}
			aria-label={`Move “${card.title}”, place ${place}`}
			aria-describedby="how-to-move"
			aria-keyshortcuts="ArrowUp ArrowDown"
			title="Drag, or press the arrow keys"
			onKeyDown={key}
			{...grab}
		>
			<span className="place">{place}</span>
			<Icon name="grip" />
		</button>
	);
}

function VoteButtons({ card }: { card: Card }) {
	const me = useMe();
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const left = useMeeting((meeting) => meeting.budget - given(meeting.cards, me));
	const agenda = useMeeting((meeting) => meeting.cards);
	const own = card.votes.filter((voter) => voter === me).length;
	const vote = (): void => {
		if (left > 0) {
			dispatch(cardVoted({ card: card.id }));
		}
	};
	const remove = (): void => {
		dispatch(cardRemoved({ card: card.id }));
		// Nothing is taken out of the record: what undoes it is added, too.
		const added = cardAdded({ card: card.id, title: card.title });
		const place = agenda.findIndex(({ id }) => id === card.id);
		const moved = cardMoved({ card: card.id, after: agenda[place - 1]?.id ?? null });
		const undo = place < agenda.length - 1 ? [added, moved] : [added];
		dispatch(notes.actions.told({ text: `“${card.title}” is removed.`, undo }));
	};
	return (
		<div className="votes">
			{own > 0 && (
				<button
					className="round"
					type="button"
					disabled={frozen}
					aria-label={`Take a vote back from “${card.title}”`}
					onClick={() => dispatch(cardUnvoted({ card: card.id }))}
				>
					<Icon name="minus" />
				</button>
			)}
			<button
				className={own > 0 ? "vote given" : "vote"}
				type="button"
				disabled={frozen}
				// Whoever has just given the last vote stays where he is.
				aria-disabled={left <= 0}
				title={left <= 0 ? "All your votes are given" : undefined}
				aria-label={`Vote for “${card.title}”`}
				onClick={vote}
			>
				{own > 0 ? <b data-letters={own} /> : <Icon name="plus" />}
				<span>Vote</span>
			</button>
			{own === 0 && card.by === me && card.votes.length === 0 && (
				<button
					className="round ghostly"
					type="button"
					disabled={frozen}
					aria-label={`Remove “${card.title}”`}
					onClick={remove}
				>
					<Icon name="bin" />
				</button>
			)}
		</div>
	);
}
