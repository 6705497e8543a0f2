import { useEffect } from "react";
import { useDispatch, useLocal } from "../live/context.js";
import { notes } from "../live/local.js";

/** Says something to the person at this screen, for a few seconds. */
export function Notes() {
	const note = useLocal((state) => state.notes);
	const dispatch = useDispatch();
	useEffect(() => {
		if (note) {
			const timer = setTimeout(() => dispatch(notes.actions.read()), 5200);
			return () => clearTimeout(timer);
		}
	}, [note, dispatch]);
	return (
		<div role="alert" className="notes">
			{note && <p key={note.key}>{note.text}</p>}
		</div>
	);
}
