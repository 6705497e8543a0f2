import { useCallback, useEffect } from "react";
import { useDispatch, useFrozen, useLocal } from "../live/context.js";
import { notes } from "../live/local.js";

/** How long a note is shown, in milliseconds: longer where there is something to decide. */
const [short, long] = [5200, 10_000];

/** Says something to the person at this screen, for a few seconds. */
export function Notes() {
	const note = useLocal((state) => state.notes.at(-1));
	const frozen = useFrozen();
	const dispatch = useDispatch();
	useEffect(() => {
		if (note) {
			const timer = setTimeout(() => dispatch(notes.actions.read()), note.undo ? long : short);
			return () => clearTimeout(timer);
		}
	}, [note, dispatch]);
	const undo = useCallback(() => {
		for (const action of note?.undo ?? []) {
			dispatch(action);
		}
		dispatch(notes.actions.read());
	}, [note, dispatch]);
	return (
		<div role="alert" className="notes">
			{note && (
				<p key={note.key}>
					<span>{note.text}</span>
					{note.undo && !frozen && <Undo onUndo={undo} />}
				</p>
			)}
		</div>
	);
}

/** Undoes what was done last, also by Ctrl+Z where nothing is being written. */
function Undo({ onUndo }: { onUndo: () => void }) {
	useEffect(() => {
		const press = (event: KeyboardEvent): void => {
			const writing = event.target instanceof Element && event.target.matches("input, textarea");
			if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !writing) {
				event.preventDefault();
				onUndo();
			}
		};
		document.addEventListener("keydown", press);
		return () => document.removeEventListener("keydown", press);
	}, [onUndo]);
	return (
		<button type="button" aria-keyshortcuts="Control+Z" title="Ctrl+Z" onClick={onUndo}>
			Undo
		</button>
	);
}
