// What the tests of the store are given: cards that are shared, and beside them what is not.

import { connect, memoryOutbox } from "@recount/client";
import { type RecountOptions, type Rejected, recorded, recount, rejectedType as rejected } from "@recount/redux";
import { configureStore, createSlice, type PayloadAction } from "@reduxjs/toolkit";
import { vi } from "vitest";
import type { SimulatedServer } from "../../support/simulated.js";

export interface Cards {
	titles: string[];
	by: string[];
}

const nothing: Cards = { titles: [], by: [] };

export const cards = createSlice({
	name: "cards",
	initialState: nothing,
	reducers: {
		added: (state, action: PayloadAction<string>) => {
			state.titles.push(action.payload);
			state.by.push(recorded(action)?.actor ?? "nobody");
		},
		cleared: () => nothing,
	},
});
export const { added, cleared } = cards.actions;

export const ui = createSlice({
	name: "ui",
	initialState: { open: false, heard: 0, errors: [] as string[] },
	reducers: {
		opened: (state) => {
			state.open = true;
		},
	},
	extraReducers: (build) => {
		build.addMatcher(
			({ type }) => type.startsWith("cards/"),
			(state) => {
				state.heard++;
			},
		);
		build.addMatcher(
			({ type }) => type === rejected,
			(state, action) => {
				state.errors.push((action as unknown as Rejected).payload.error.message);
			},
		);
	},
});

export const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(2000);

export function setup(server: SimulatedServer, more: Partial<RecountOptions> = {}) {
	const { connection = connect("http://127.0.0.1", { transport: server.WebSocket, outbox: memoryOutbox() }) } = more;
	const store = configureStore({
		reducer: { cards: cards.reducer, ui: ui.reducer },
		enhancers: (defaults) =>
			defaults().concat(
				recount<Cards>({
					stream: "cards:1",
					slice: "cards",
					forward: ({ type }) => type.startsWith("cards/"),
					actor: () => "me",
					...more,
					connection,
				}),
			),
	});
	return { connection, store, titles: () => store.getState().cards.titles };
}

export const outside = (server: SimulatedServer, ...titles: string[]): unknown =>
	server.append(
		"cards:1",
		titles.map((data) => ({ type: "cards/added", data })),
		"ada",
	);
