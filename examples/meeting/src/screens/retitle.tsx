import type { KeyboardEvent, MouseEvent } from "react";
import type { Action } from "redux";
import { own } from "../domain/happening.js";
import { useDispatch, useFrozen, useLocal } from "../live/context.js";
import { unsent } from "../live/local.js";
import { useField } from "./field.js";

/** How something gets another title. */
export interface Retitle {
	readonly field: string;
	/** What it is called now. */
	readonly title: string;
	/** What stands in the field: the title as long as nothing else is written. */
	readonly text: string;
	/** Whether others have called it otherwise since the writing began. */
	readonly renamed: boolean;
	/** Whether there is a field for it. */
	readonly editing: boolean;
	/** Whether something else is written, and there is no field for it: others went on, and the person did something else. */
	readonly parked: boolean;
	/** For the button that asks for the field. */
	edit(event: MouseEvent<HTMLElement>): void;
	write(text: string): void;
	/** Done: with what is written, or not. */
	finish(keep: boolean): void;
}

/** For a title that everybody may change: of a card by its ID, of the meeting by "". */
export function useRetitle(id: string, title: string, renamed: (title: string) => Action): Retitle {
	const field = `title ${id}`;
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const begun = useLocal((state) => own(state.unsent.titles, id));
	const entered = useLocal((state) => state.unsent.field === field);
	const { text, from } = begun && begun.text !== begun.from ? begun : { text: title, from: title };
	const put = (words: string): void => {
		dispatch(unsent.actions.titled({ card: id, title: { text: words, from } }));
	};
	return {
		field,
		title,
		text,
		renamed: from !== title,
		editing: begun !== undefined && entered && !frozen,
		parked: begun !== undefined && !entered && !frozen && text.trim() !== "" && text !== title,
		edit({ currentTarget }) {
			// The field takes the focus over.
			currentTarget.focus();
			put(text);
			dispatch(unsent.actions.entered(field));
		},
		write: put,
		finish(keep) {
			const words = text.trim();
			if (keep && words && words !== from && words !== title) {
				dispatch(renamed(words));
			}
			dispatch(unsent.actions.titled({ card: id, title: null }));
		},
	};
}

interface TitleFieldProps {
	retitle: Retitle;
	className: string;
	label: string;
	most: number;
}

/** Where a new title is written. */
export function TitleField({ retitle, className, label, most }: TitleFieldProps) {
	const { title, text, write, finish } = retitle;
	const field = useField(retitle.field);
	const key = (event: KeyboardEvent): void => {
		if (event.key === "Enter" || event.key === "Escape") {
			event.preventDefault();
			finish(event.key === "Enter");
		}
	};
	return (
		<input
			{...field}
			className={className}
			dir="auto"
			aria-label={label}
			value={text}
			maxLength={most}
			onFocus={({ target }) => {
				field.onFocus();
				if (text === title) {
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
	);
}

/** A title that was written and not sent. */
export function Parked({ retitle: { text, finish } }: { retitle: Retitle }) {
	return (
		<p className="parked soft">
			<span>
				Your unsent title: <q dir="auto">{text}</q>
			</span>
			<button type="button" onClick={() => finish(true)}>
				Use it
			</button>
			<button type="button" onClick={() => finish(false)}>
				Drop it
			</button>
		</p>
	);
}
