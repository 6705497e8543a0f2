import { RecountError } from "@recount/client";
import type { Reducer, StoreEnhancer, UnknownAction } from "redux";
import { bind } from "./binding.js";
import type { Recount, RecountOptions } from "./recount.js";
import { shapeOf } from "./shape.js";

/**
 * Makes a store shared: what is dispatched is shown at once and appended to the stream, what others append is folded in,
 * in the same order for all. It must be the innermost enhancer: the last in RTK's list.
 */
export function recount<Shared = unknown>(options: RecountOptions): StoreEnhancer<{ recount: Recount<Shared> }> {
	return ((createStore: (reducer: Reducer, preloaded?: unknown) => ReturnType<typeof Object>) =>
		(reducer: Reducer, preloaded?: unknown) => {
			const { slice } = options;
			const shape = shapeOf<unknown, Shared>(slice);
			const store = createStore(shape.wrap(reducer), preloaded);
			const wrong = store.recount
				? "one store, one stream: remove one recount()"
				: shape.get(store.getState()) === undefined && `slice "${slice}" is no key of the state`;
			if (wrong) {
				throw new RecountError("invalid", wrong);
			}
			const { dispatch, refold, recount } = bind(store, shape, options);
			return {
				...store,
				dispatch: (action: UnknownAction) => {
					dispatch(action);
					return action;
				},
				replaceReducer: (next: Reducer) => {
					store.replaceReducer(shape.wrap(next));
					refold();
				},
				recount,
			};
		}) as unknown as StoreEnhancer<{ recount: Recount<Shared> }>;
}
