import { type FormEvent, useState } from "react";
import { titleLength } from "../domain/cards.js";
import { cardAdded, newId } from "../domain/events.js";
import { useDispatch, useFrozen } from "../live/context.js";
import { Icon } from "./icons.js";

/** Where a card for the agenda is written. */
export function Composer() {
	const [title, setTitle] = useState("");
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const add = (event: FormEvent): void => {
		event.preventDefault();
		if (title.trim() && !frozen) {
			dispatch(cardAdded({ card: newId(), title: title.trim() }));
			setTitle("");
		}
	};
	return (
		<form className="composer" onSubmit={add} autoComplete="off">
			<label className="unseen" htmlFor="title">
				Title of a new card
			</label>
			<input
				id="title"
				value={title}
				onChange={(event) => setTitle(event.target.value)}
				maxLength={titleLength}
				placeholder="What should we talk about?"
				enterKeyHint="done"
				disabled={frozen}
			/>
			<button className="solid" type="submit" disabled={frozen || !title.trim()}>
				<Icon name="plus" />
				<span>Add card</span>
			</button>
		</form>
	);
}
