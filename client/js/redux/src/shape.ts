import { guarded } from "@recount/client";
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
	get(state: State): Shared;
	/** The shared state after an action, by the reducer of the whole store. */
	fold(reducer: () => Reducer<State>, now: () => State): Fold<Shared>;
	/** The reducer that the store runs: pure, so that DevTools can run it again. */
	wrap(reducer: Reducer<State>): Reducer<State>;
}

/**
 * A reducer that throws at an event, which anybody may have appended, is told of to the developer, and changes nothing: on
 * this screen as on all others.
 */
function calm<State>(reducer: Reducer<State>): Reducer<State> {
	return (state, action) => {
		let next = state as State;
		guarded(() => {
			next = reducer(state, action);
		});
		return next;
	};
}

export function shapeOf<State, Shared>(slice: string | undefined): Shape<State, Shared> {
	const whole = slice === undefined;
	const get = (state: State): Shared => (whole ? state : (state as Record<string, unknown>)[slice]) as Shared;
	const put = (state: State, shared: Shared): State =>
		(whole ? shared : get(state) === shared ? state : { ...state, [slice]: shared }) as State;
	const show = (reducer: Reducer<State>, state: State, { payload: { shared, actions } }: Shown): State =>
		put(whole ? state : actions.reduce<State>(calm(reducer), state), shared as Shared);
	return {
		get,
		fold: (reducer, now) => (shared, action) => get(calm(reducer())(put(now(), shared), action)),
		wrap: (reducer) => (state, action) => {
			if (state === undefined) {
				return reducer(state, action);
			}
			if (action.type === shown) {
				return show(reducer, state, action as unknown as Shown);
			}
			if (isMarked(action)) {
				return calm(reducer)(state, action);
			}
			const next = reducer(state, action);
			// Only what is recorded, or will be, changes the shared slice.
			return whole || get(state) === undefined ? next : put(next, get(state));
		},
	};
}
