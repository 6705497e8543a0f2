// The property of property.test.ts, in short, on the real server through a bad network.

import type { RecordedEvent } from "@recount/client";
import { recount } from "@recount/redux";
import { legacy_createStore as createStore, type Reducer } from "redux";
import { expect } from "vitest";
import { until } from "../../../../e2e/support/until.js";
import { test } from "../../support/fixture.js";

const list: Reducer<readonly number[]> = (state = [], { type, payload }: { type: string; payload?: number }) =>
	type === "card_added" && payload !== undefined
		? [...state.slice(0, payload), payload, ...state.slice(payload)]
		: state;

test("five stores end equal after cuts and a killed server", async ({ dial, dialBadly, network, server }) => {
	const stores = Array.from({ length: 5 }, () =>
		createStore(list, recount<readonly number[]>({ connection: dialBadly({ timeout: 1000 }), stream: "meeting:1" })),
	);
	for (const store of stores) {
		store.subscribe(() => {
			const { pending, state } = store.recount.status;
			if (state === "past") {
				return;
			}
			expect(store.getState()).toEqual(pending.reduce(list, store.recount.confirmed()));
		});
	}
	let n = 0;
	const act = (): void => {
		for (const store of stores) {
			store.dispatch({ type: "card_added", payload: n++ % 7 });
		}
	};
	act();
	await until("all to be live", () => stores.every(({ recount }) => recount.status.state === "live"));
	act();
	network.cut();
	act();
	await until("something", () => stores.some(({ recount }) => recount.status.head > 5));
	await server.kill();
	act();
	await server.start();
	network.target = server.port;
	act();
	await until("all", () =>
		stores.every(({ recount: { status } }) => status.head === 25 && status.pending.length === 0),
	);

	const { events } = await dial().stream("meeting:1").read();
	expect(new Set(events.map(({ id }) => id)).size).toBe(25);
	const folded = events.reduce<readonly number[]>(
		(state, { type, data }: RecordedEvent) => list(state, { type, payload: data } as never),
		[],
	);
	for (const store of stores) {
		expect(store.getState()).toEqual(folded);
		const version = await store.recount.seek(10);
		expect(version).toBe(10);
		expect(store.getState()).toHaveLength(10);
	}
});
