import { useEffect, useRef } from "react";
import { titleLength } from "../domain/cards.js";
import { cardRenamed } from "../domain/events.js";
import { own } from "../domain/happening.js";
import type { Card } from "../domain/types.js";
import { useDispatch, useFrozen, useLocal, useMe, useMembers, useName } from "../live/context.js";
import { shownName, typed } from "../live/local.js";
import { Face, useTint } from "./face.js";
import { Icon } from "./icons.js";
import { Parked, type Retitle, TitleField, useRetitle } from "./retitle.js";

interface CardTitleProps {
	card: Card;
	level: "h1" | "h2";
}

/** The title of a card. While somebody edits it, everybody sees each letter. */
export function CardTitle({ card, level: Level }: CardTitleProps) {
	const tint = useTint();
	const frozen = useFrozen();
	const draft = useLocal((state) => own(state.drafts, card.id));
	const retitle = useRetitle(card.id, card.title, (title) => cardRenamed({ card: card.id, title }));
	if (retitle.editing) {
		return <Edited card={card} retitle={retitle} />;
	}
	const live = frozen ? undefined : draft;
	return (
		<div className="titled" data-length={lengthOf(card.title)}>
			<Level dir="auto" className={live ? "drafted tint" : undefined} style={live && tint(live.by)}>
				{live ? live.title || " " : card.title}
			</Level>
			{!frozen && !live && (
				<button className="ghostly" type="button" aria-label={`Rename “${card.title}”`} onClick={retitle.edit}>
					<Icon name="pen" />
				</button>
			)}
			{live && <Writer person={live.by} />}
			{retitle.parked && <Parked retitle={retitle} />}
		</div>
	);
}

/** Long titles are set smaller. */
function lengthOf({ length }: string): string | undefined {
	return length > 90 ? "very long" : length > 45 ? "long" : undefined;
}

/** A title with the field where a new one is written. */
function Edited({ card: { id, title }, retitle }: { card: Card; retitle: Retitle }) {
	const { text } = retitle;
	const dispatch = useDispatch();
	const draft = useLocal((state) => own(state.drafts, id));
	const box = useRef<HTMLDivElement>(null);

	// The others see each letter, as long as the field is there. Where it comes without the focus it is gone at once.
	useEffect(() => {
		if (box.current?.contains(document.activeElement)) {
			dispatch(typed({ card: id, title: text }));
		}
	}, [dispatch, id, text]);
	useEffect(() => () => dispatch(typed({ card: id, title: null })), [dispatch, id]);

	return (
		<div className="retitled" ref={box} data-length={lengthOf(text)}>
			<TitleField retitle={retitle} className="retitle" label={`New title for “${title}”`} most={titleLength} />
			{draft && <Writer person={draft.by} title={draft.title} />}
			{retitle.renamed && (
				<small className="soft" role="status">
					It is called <q dir="auto">{title}</q> now.
				</small>
			)}
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
				{title !== undefined && (
					<>
						{" "}
						too: <bdi>{title}</bdi>
					</>
				)}
			</span>
		</span>
	);
}

/** Who else has this card open to edit it. */
export function Editors({ card }: { card: string }) {
	const me = useMe();
	const frozen = useFrozen();
	const list = useLocal((state) => state.people.list);
	const members = useMembers();
	const drafted = useLocal((state) => own(state.drafts, card)?.by);
	const others = list.filter((person) => person.editing === card && person.id !== me && person.id !== drafted);
	return frozen
		? null
		: others.map((person) => {
				const name = shownName(members, person);
				return (
					<span key={person.id} className="editor">
						<Face person={person.id} name={name} small />
						<span>
							<bdi>{name}</bdi> edits
						</span>
					</span>
				);
			});
}
