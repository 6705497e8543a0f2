import { type KeyboardEvent, useEffect } from "react";
import { titleLength } from "../domain/cards.js";
import { cardRenamed } from "../domain/events.js";
import type { Card } from "../domain/types.js";
import { useDispatch, useFrozen, useLocal, useMe, useName } from "../live/context.js";
import { typed, unsent } from "../live/local.js";
import { Face, useTint } from "./face.js";
import { useField } from "./field.js";
import { Icon } from "./icons.js";

interface CardTitleProps {
	card: Card;
	level: "h1" | "h2";
}

/** The title of a card. While somebody edits it, everybody sees each letter. */
export function CardTitle({ card, level: Level }: CardTitleProps) {
	const tint = useTint();
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const draft = useLocal((state) => state.drafts[card.id]);
	const text = useLocal((state) => state.unsent.titles[card.id]);
	if (text !== undefined && !frozen) {
		return <Retitle card={card} text={text} />;
	}
	const edit = (): void => {
		dispatch(unsent.actions.titled({ card: card.id, title: card.title }));
		dispatch(unsent.actions.entered(fieldOf(card)));
	};
	const live = frozen ? undefined : draft;
	return (
		<div className="titled" data-length={lengthOf(card.title)}>
			<Level dir="auto" className={live ? "drafted tint" : undefined} style={live && tint(live.by)}>
				{live ? live.title || " " : card.title}
			</Level>
			{!frozen && !live && (
				<button className="ghostly" type="button" aria-label={`Rename “${card.title}”`} onClick={edit}>
					<Icon name="pen" />
				</button>
			)}
			{live && <Writer person={live.by} />}
		</div>
	);
}

function fieldOf(card: Card): string {
	return `title ${card.id}`;
}

/** Long titles are set smaller. */
function lengthOf({ length }: string): string | undefined {
	return length > 90 ? "very long" : length > 45 ? "long" : undefined;
}

/** Where a new title is written. */
function Retitle({ card, text }: { card: Card; text: string }) {
	const { id } = card;
	const dispatch = useDispatch();
	const draft = useLocal((state) => state.drafts[id]);
	const field = useField(fieldOf(card));

	// The others see it as long as the field is there.
	// biome-ignore lint/correctness/useExhaustiveDependencies: each letter is told as it is written
	useEffect(() => {
		dispatch(typed({ card: id, title: text }));
		return () => dispatch(typed({ card: id, title: null }));
	}, [dispatch, id]);

	const write = (title: string): void => {
		dispatch(unsent.actions.titled({ card: id, title }));
		dispatch(typed({ card: id, title }));
	};
	const finish = (keep: boolean): void => {
		if (keep && text.trim() && text.trim() !== card.title) {
			dispatch(cardRenamed({ card: id, title: text.trim() }));
		}
		dispatch(unsent.actions.titled({ card: id, title: null }));
	};
	const key = (event: KeyboardEvent): void => {
		if (event.key === "Enter" || event.key === "Escape") {
			event.preventDefault();
			finish(event.key === "Enter");
		}
	};
	return (
		<div className="retitled" data-length={lengthOf(text)}>
			<input
				{...field}
				className="retitle"
				dir="auto"
				aria-label={`New title for “${card.title}”`}
				value={text}
				maxLength={titleLength}
				onFocus={({ target }) => {
					field.onFocus();
					if (text === card.title) {
						target.select();
					}
				}}
				onChange={(event) => write(event.target.value)}
				onBlur={() => {
					field.onBlur();
					finish(true);
				}}
				onKeyDown={key}
			/>
			{draft && <Writer person={draft.by} title={draft.title} />}
		</div>
	);
}

/** Who is typing, and what, where it does not stand there. */
function Writer({ person, title }: { person: string; title?: string }) {
	const me = useMe();
	const name = useName(person);
	const tint = useTint();
	return (
		<span className="writer tint" style={tint(person)}>
			<Face person={person} name={name} small />
			<span>
				{person === me ? (
					"You write in another tab"
				) : (
					<>
						<bdi>{name}</bdi> is writing
					</>
				)}
				{title !== undefined && ` too: ${title}`}
			</span>
		</span>
	);
}

/** Who else has this card open to edit it. */
export function Editors({ card }: { card: string }) {
	const me = useMe();
	const frozen = useFrozen();
	const list = useLocal((state) => state.people.list);
	const drafted = useLocal((state) => state.drafts[card]?.by);
	const others = list.filter((person) => person.editing === card && person.id !== me && person.id !== drafted);
	return frozen
		? null
		: others.map(({ id, name }) => (
				<span key={id} className="editor">
					<Face person={id} name={name} small />
					<span>
						<bdi>{name}</bdi> edits
					</span>
				</span>
			));
}
