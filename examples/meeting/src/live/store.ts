import { type Connection, type ConnectOptions, connect } from "@recount/client";
import { type Recount, recount } from "@recount/redux";
import { configureStore, type EnhancedStore } from "@reduxjs/toolkit";
import createSagaMiddleware, { type Task } from "redux-saga";
import { nothing } from "../domain/meeting.js";
import type { Meeting } from "../domain/types.js";
import { knownSkew, rememberSkew } from "../self.js";
import { Ledger } from "./ledger.js";
import { recorded } from "./recorded.js";
import { root } from "./sagas.js";
import { Skew } from "./skew.js";
import { reducer, type State } from "./state.js";

/** States that other reducers made are of no use. Change the number with what they do; what a meeting has is part of it. */
const keep = `meeting-2 ${Object.keys(nothing)}`;

/** Milliseconds between two signs of life: a network that is gone without a word is noticed within twice that. */
const heartbeat = 5000;

/** A meeting, connected. */
export interface Live {
	/** The meeting's ID: what comes after "meeting:". */
	readonly id: string;
	readonly backend: string;
	readonly connection: Connection;
	readonly store: EnhancedStore<State> & { readonly recount: Recount<Meeting> };
	readonly ledger: Ledger;
	close(): void;
}

/** Opens a meeting: shows what is known of it at once, and keeps it in step from then on. */
export function openMeeting(id: string, backend: string, name: string, options: ConnectOptions = {}): Live {
	const connection = connect(backend, { heartbeat, ...options });
	const sagas = createSagaMiddleware();
	const store = configureStore({
		reducer,
		middleware: (defaults) => defaults({ thunk: false, serializableCheck: false, immutableCheck: false }).concat(sagas),
		enhancers: (defaults) =>
			defaults({ autoBatch: false }).concat(
				recount<Meeting>({
					connection,
					stream: `meeting:${id}`,
					slice: "meeting",
					forward: ({ type }) => recorded.has(type),
					keep,
					checkpointEvery: 25,
				}),
			),
	}) as unknown as Live["store"];
	const skew = new Skew(knownSkew(backend), (value) => rememberSkew(backend, value));
	const ledger = new Ledger(store.recount, skew);
	const task: Task = sagas.run(root, { connection, recount: store.recount, name });
	return {
		id,
		backend,
		connection,
		store,
		ledger,
		close() {
			task.cancel();
			ledger.close();
			store.recount.close();
			connection.close();
		},
	};
}
