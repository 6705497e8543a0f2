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
 * else made, it has it again when it comes: one goes on typing. If something else has it by then, the field was left.
 */
export function useField(name: string): Field {
	const ref = useRef<HTMLInputElement>(null);
	const dispatch = useDispatch();
	const { entered, left } = unsent.actions;
	const held = useRef(false);
	held.current = useLocal((state) => state.unsent.field === name);
	// biome-ignore lint/correctness/useExhaustiveDependencies: it comes once
	useLayoutEffect(() => {
		if (held.current && document.activeElement?.contains(ref.current)) {
			ref.current?.focus();
		} else if (held.current) {
			dispatch(left(name));
		}
	}, []);
	return { ref, onFocus: () => dispatch(entered(name)), onBlur: () => dispatch(left(name)) };
}
