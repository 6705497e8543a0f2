import { type KeyboardEvent, useRef, useState } from "react";
import { titleLength } from "../domain/cards.js";
import { cardRenamed } from "../domain/events.js";
import { nameOf } from "../domain/people.js";
import type { Card } from "../domain/types.js";
import { useDispatch, useFrozen, useLocal, useMeeting } from "../live/context.js";
import { typed } from "../live/local.js";
import { Face, useTint } from "./face.js";
import { Icon } from "./icons.js";

/** The title of a card. While somebody edits it, everybody sees each letter. */
export function CardTitle({ card, level: Level }: { card: Card; level: "h1" | "h2" }) {
	const [text, setText] = useState<string | null>(null);
	const tint = useTint();
	const button = useRef<HTMLButtonElement>(null);
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const draft = useLocal((state) => state.drafts[card.id]);
	const editing = text !== null && !frozen;

	const write = (title: string): void => {
		setText(title);
		dispatch(typed({ card: card.id, title }));
	};
	const finish = (keep: boolean): void => {
		if (text === null) {
			return;
		}
		if (keep && text.trim() && text.trim() !== card.title) {
			dispatch(cardRenamed({ card: card.id, title: text.trim() }));
		}
		setText(null);
		dispatch(typed({ card: card.id, title: null }));
	};
	const key = (event: KeyboardEvent): void => {
		if (event.key === "Enter" || event.key === "Escape") {
			event.preventDefault();
			finish(event.key === "Enter");
			requestAnimationFrame(() => button.current?.focus());
		}
	};

	if (editing) {
		return (
			<input
				className="retitle"
				aria-label={`New title for “${card.title}”`}
				value={text}
				maxLength={titleLength}
				// biome-ignore lint/a11y/noAutofocus: the person has just asked to write here
				autoFocus
				onFocus={(event) => event.target.select()}
				onChange={(event) => write(event.target.value)}
				onBlur={() => finish(true)}
				onKeyDown={key}
			/>
		);
	}
	const live = frozen ? undefined : draft;
	return (
		<div className="titled">
			<Level className={live ? "drafted tint" : undefined} style={live && tint(live.by)}>
				{live ? live.title || " " : card.title}
			</Level>
			{!frozen && !live && (
				<button
					ref={button}
					className="ghostly"
					type="button"
					aria-label={`Rename “${card.title}”`}
					onClick={() => write(card.title)}
				>
					<Icon name="pen" />
				</button>
			)}
			{live && <Writer person={live.by} />}
		</div>
	);
}

function Writer({ person }: { person: string }) {
	const name = useMeeting((meeting) => nameOf(meeting, person));
	const tint = useTint();
	return (
		<span className="writer tint" style={tint(person)}>
			<Face person={person} name={name} small />
			{name} is writing
		</span>
	);
}
