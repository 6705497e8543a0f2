import type { Reducer } from "redux";
import { isMarked, type RecountAction, shown } from "./action.js";
import type { Fold } from "./timeline.js";

/** The action that sets the shared state. The rest of the state sees `actions`, once each. */
export interface Shown {
	readonly type: typeof shown;
	readonly payload: { readonly shared: unknown; readonly actions: readonly RecountAction[] };
}

/** Which part of a store's state its stream makes: all of it, or one slice. */
export interface Shape<State, Shared> {
	/** Whether all of it is shared. */
	readonly whole: boolean;
	get(state: State): Shared;
	put(state: State, shared: Shared): State;
	/** The shared state after an action, by the reducer of the whole store. */
	fold(reducer: Reducer<State>, now: () => State): Fold<Shared>;
	/** The reducer that the store runs: pure, so that DevTools can run it again. */
	wrap(reducer: Reducer<State>): Reducer<State>;
}

export function shapeOf<State, Shared>(slice: string | undefined): Shape<State, Shared> {
	const get = (state: State): Shared =>
		(slice === undefined ? state : (state as Record<string, unknown>)[slice]) as Shared;
	const put = (state: State, shared: Shared): State =>
		(slice === undefined ? shared : { ...state, [slice]: shared }) as State;
	return {
		whole: slice === undefined,
		get,
		put,
		fold: (reducer, now) => (shared, action) => get(reducer(put(now(), shared), action)),
		wrap: (reducer) => (state, action) => {
			if (state === undefined) {
				return reducer(state, action);
			}
			if (action.type === shown) {
				const { shared, actions } = (action as unknown as Shown).payload;
				const rest = slice === undefined ? state : actions.reduce<State>((all, one) => reducer(all, one), state);
				return put(rest, shared as Shared);
			}
			const next = reducer(state, action);
			// Only what is recorded, or will be, changes the shared slice.
			return slice === undefined || isMarked(action) || get(next) === get(state) || get(state) === undefined
				? next
				: put(next, get(state));
		},
	};
}
