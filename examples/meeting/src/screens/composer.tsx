import type { FormEvent } from "react";
import { mostCards, titleLength } from "../domain/cards.js";
import { cardAdded, newId } from "../domain/events.js";
import { useDispatch, useFrozen, useLocal, useMeeting } from "../live/context.js";
import { unsent } from "../live/local.js";
import { useField } from "./field.js";
import { Icon } from "./icons.js";

/** Where a card for the agenda is written. */
export function Composer() {
	const title = useLocal((state) => state.unsent.card);
	const field = useField("card");
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const full = useMeeting((meeting) => meeting.cards.length >= mostCards);
	const closed = frozen || full;
	const write = (card: string): void => dispatch(unsent.actions.wrote({ card }));
	const add = (event: FormEvent): void => {
		event.preventDefault();
		if (title.trim() && !closed) {
			dispatch(cardAdded({ card: newId(), title: title.trim() }));
			write("");
		}
	};
	return (
		<form className="composer" onSubmit={add} autoComplete="off">
			<label className="unseen" htmlFor="title">
				Title of a new card
			</label>
			<input
				id="title"
				dir="auto"
				value={title}
				onChange={(event) => write(event.target.value)}
				maxLength={titleLength}
				placeholder={frozen ? "Cards are added live" : "What should we talk about?"}
				enterKeyHint="done"
				disabled={closed}
				{...field}
			/>
			<button className="solid" type="submit" disabled={closed || !title.trim()}>
				<Icon name="plus" />
				<span>Add card</span>
			</button>
			{full && <p className="soft">The agenda is full: it holds {mostCards} cards.</p>}
		</form>
	);
}
