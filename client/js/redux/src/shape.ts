import { guarded } from "@recount/client";
import type { Reducer } from "redux";
import { isMarked, type RecountAction, shown } from "./action.js";

/** The action that sets the shared state. The rest of the state sees `actions`, once each. */
export interface Shown {
	readonly type: typeof shown;
	readonly payload: { readonly shared: unknown; readonly actions: readonly RecountAction[] };
}

/** Which part of a store's state its stream makes: all of it, or one slice. */
export interface Shape<State, Shared> {
	readonly whole: boolean;
	get(state: State): Shared;
	/** The shared state after an action, beside the rest of a state, by the reducer that was wrapped last. It may throw. */
	fold(state: State, action: RecountAction, shared?: Shared): Shared;
	/** The reducer that the store runs: pure, so that DevTools can run it again. */
	wrap(reducer: Reducer<State>): Reducer<State>;
}

/**
 * What a call gives, or else this. What throws at an event, which anybody may have appended, is told of to the developer,
 * and changes nothing: on this screen as on all others.
 */
export function tried<Result>(call: () => Result, otherwise: Result): Result {
	let result = otherwise;
	guarded(() => {
		result = call();
	});
	return result;
}

export function shapeOf<State, Shared>(slice: string | undefined): Shape<State, Shared> {
	const whole = slice === undefined;
	const get = (state: State | undefined): Shared =>
		(whole ? state : (state as Record<string, unknown> | undefined)?.[slice]) as Shared;
	const put = (state: State, shared: Shared): State =>
		(whole ? shared : get(state) === shared ? state : { ...state, [slice]: shared }) as State;
	let reducer: Reducer<State>;
	const calm = (state: State, action: RecountAction): State => tried(() => reducer(state, action), state);
	return {
		whole,
		get,
		fold: (state, action, shared = get(state)) => get(reducer(put(state, shared), action)),
		wrap(next) {
			reducer = next;
			return (state, action) => {
				// First of all: an event may have any type.
				if (isMarked(action)) {
					return calm(state as State, action);
				}
				if (action.type === shown) {
					const { shared, actions } = (action as unknown as Shown).payload;
					return put(whole ? (state as State) : actions.reduce(calm, state as State), shared as Shared);
				}
				const after = reducer(state, action);
				const shared = get(state);
				// Only what is recorded, or will be, changes the shared slice.
				return whole || shared === undefined ? after : put(after, shared);
			};
		},
	};
}
