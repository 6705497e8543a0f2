import type { Connection, Stream } from "@recount/client";
import type { Reducer, StoreEnhancer, UnknownAction } from "redux";
import { Binding } from "./binding.js";
import type { Forward, Recount } from "./recount.js";
import { shapeOf } from "./shape.js";

export interface RecountOptions {
	connection: Connection;
	/** The name of the stream that the store is of. */
	stream: string;
	/** The key of the state that the stream makes; no other action changes it. Defaults to the whole state. */
	slice?: string;
	/** Which actions go to the stream. Defaults to all whose type does not begin with `@@`. */
	forward?: Forward;
	/** How many events lie between two checkpoints, which make seek fast. Defaults to 500. */
	checkpointEvery?: number;
	/**
	 * Keeps checkpoints across reloads under this name. Change it whenever the reducer changes: a state of another reducer
	 * would be taken for one of this. Defaults to none kept.
	 */
	keep?: string;
	/** Who this client is, for `meta.event.actor` of pending actions. Defaults to the ID that the server gave an anonymous client. */
	actor?: () => string;
}

/**
 * Makes a store shared: what is dispatched is shown at once and appended to the stream, what others append is folded in,
 * in the same order for all. It must be the innermost enhancer: the last in RTK's list.
 */
export function recount<Shared = unknown>(options: RecountOptions): StoreEnhancer<{ recount: Recount<Shared> }> {
	const { connection } = options;
	return ((createStore: (reducer: Reducer, preloaded?: unknown) => ReturnType<typeof Object>) =>
		(reducer: Reducer, preloaded?: unknown) => {
			const shape = shapeOf<unknown, Shared>(options.slice);
			const store = createStore(shape.wrap(reducer), preloaded);
			const binding = new Binding(store, reducer, shape, {
				forward: () => true,
				checkpointEvery: 500,
				actor: () => connection.caller ?? "",
				...options,
				stream: connection.stream(options.stream) as Stream,
			});
			return {
				...store,
				dispatch: (action: UnknownAction) => {
					binding.dispatch(action);
					return action;
				},
				replaceReducer: (next: Reducer) => {
					binding.reducer = next;
					store.replaceReducer(shape.wrap(next));
				},
				recount: binding,
			};
		}) as unknown as StoreEnhancer<{ recount: Recount<Shared> }>;
}
