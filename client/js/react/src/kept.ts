import { useRef } from "react";

/** Gives the same object again as long as its members are the same, as useSyncExternalStore wants. */
export function useKept<View extends object>(): (view: View) => View {
	const last = useRef<View>(undefined);
	return (view) => {
		const known = last.current;
		const same =
			known && Object.keys(view).every((key) => Object.is(known[key as keyof View], view[key as keyof View]));
		if (!same) {
			last.current = view;
		}
		return last.current as View;
	};
}
