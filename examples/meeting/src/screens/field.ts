import { type RefObject, useLayoutEffect, useRef } from "react";
import { useDispatch, useLocal } from "../live/context.js";
import { unsent } from "../live/local.js";

interface Field {
	readonly ref: RefObject<HTMLInputElement | null>;
	onFocus(): void;
	onBlur(): void;
}

/**
 * For a field whose text is kept in `unsent`. If it had the focus when it went, as with a change of phase that somebody
 * else made, it has it again when it comes: one goes on typing.
 */
export function useField(name: string): Field {
	const ref = useRef<HTMLInputElement>(null);
	const dispatch = useDispatch();
	const { entered, left } = unsent.actions;
	const held = useRef(false);
	held.current = useLocal((state) => state.unsent.field === name);
	useLayoutEffect(() => {
		// Unless something else has it by now.
		if (held.current && document.activeElement?.contains(ref.current)) {
			ref.current?.focus();
		}
	}, []);
	return { ref, onFocus: () => dispatch(entered(name)), onBlur: () => dispatch(left(name)) };
}
