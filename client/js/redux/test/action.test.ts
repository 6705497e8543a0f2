// An action that goes by the outbox is recorded exactly as one that goes by $action (ADR 16).

import { actionOf, type RecordedEvent } from "@recount/client";
import { recount } from "@recount/redux";
import { legacy_createStore as createStore } from "redux";
import { expect } from "vitest";
import { test } from "../../support/fixture.js";

const actions = [
	{ type: "plain" },
	{ type: "with_null", payload: null },
	{ type: "with_false", payload: false },
	{ type: "with_zero", payload: 0 },
	{ type: "with_text", payload: "" },
	{
		type: "nested",
		payload: { a: [1, { b: "ü\u2028" }] },
		meta: { from: "keyboard" },
		error: true,
		extra: { deep: null },
	},
];

test("an action is recorded as by $action, and comes back as it was", async ({ dial, connect }) => {
	const stream = dial().stream("note:1");
	const store = createStore(() => 0, recount({ connection: dial(), stream: "note:1" }));
	for (const action of actions) {
		store.dispatch(action);
	}
	const seen: RecordedEvent[] = [];
	for await (const event of stream.events()) {
		seen.push(event);
		if (seen.length === actions.length) {
			break;
		}
	}
	store.recount.close();

	const topic = await connect().join("note:2");
	for (const action of actions) {
		await topic.push("$action", action);
	}
	const { events } = await dial().stream("note:2").read();
	const recorded = ({ type, data, meta }: RecordedEvent) => ({ type, data, meta });
	expect(seen.map(recorded)).toEqual(events.map(recorded));
	expect(seen.map((event) => actionOf(event))).toEqual(actions);
});
