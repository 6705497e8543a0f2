import { describe, expect } from "vitest";
import { test } from "../support/fixture.js";
import type { JsonObject } from "../support/server.js";

describe("a push by type", () => {
	test("is appended as an event, and the pusher gets it as everybody does", async ({ connect }) => {
		const ada = await connect().join("meeting:1");
		const bob = await connect().join("meeting:1");
		const receipt = await ada.push("card_added", { title: "Coffee" });
		await ada.reaches(1);
		await bob.reaches(1);

		expect(receipt.version).toBe(1);
		expect(bob.events).toMatchObject([{ type: "card_added", data: { title: "Coffee" }, id: receipt.ids[0] }]);
		expect(ada.events).toEqual(bob.events);
	});

	test("of a type that nobody declared is appended too", async ({ connect }) => {
		const topic = await connect().join("note:1");
		await topic.push("never_heard_of", { n: 1 });
		await topic.reaches(1);
		expect(topic.events).toMatchObject([{ type: "never_heard_of", data: { n: 1 } }]);
	});

	test("of a name with $ that does not exist is refused", async ({ connect }) => {
		const topic = await connect().join("note:1");
		await expect(topic.push("$apend", {})).rejects.toMatchObject({
			code: "not_found",
			message: expect.stringContaining("$append"),
		});
	});
});

describe("$action", () => {
	const actions: JsonObject[] = [
		{ type: "counter/set", payload: 0 },
		{ type: "counter/set", payload: false },
		{ type: "counter/set", payload: "" },
		{ type: "counter/set", payload: null },
		{ type: "counter/set" },
		{ type: "counter/set", payload: [], error: true },
		{ type: "counter/set", payload: {}, meta: { requestId: "r1", falsy: 0 }, error: false },
		{ type: "counter/set", meta: null },
		{ type: "todos/added", payload: { text: "Grüße 👋", done: false }, extra: ["a", { b: null }] },
	];

	test("keeps a whole Redux action, so that it can be rebuilt exactly", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		for (const action of actions) {
			await topic.push("$action", action);
		}
		await topic.reaches(actions.length);

		const rebuilt = topic.events.map(({ type, data, meta }) => ({
			type,
			...(data === undefined ? {} : { payload: data }),
			...(meta?.action as JsonObject | undefined),
		}));
		expect(rebuilt).toStrictEqual(actions);
	});

	test("without a type is invalid", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await expect(topic.push("$action", { payload: 1 })).rejects.toMatchObject({ code: "invalid" });
	});
});

describe("$append", () => {
	test("with expect is recorded only if the version holds", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await topic.push("$append", { events: [{ type: "opened", data: {} }], expect: "none" });
		await topic.push("$append", {
			events: [
				{ type: "card_added", data: 1 },
				{ type: "card_added", data: 2 },
			],
			expect: 1,
		});
		const late = topic.push("$append", { events: [{ type: "card_added", data: 3 }], expect: 1 });
		await expect(late).rejects.toMatchObject({ code: "conflict", expected: 1, actual: 3 });
		const again = topic.push("$append", { events: [{ type: "opened", data: {} }], expect: "none" });
		await expect(again).rejects.toMatchObject({ code: "conflict", expected: 0, actual: 3 });
		const early = (await topic.push("$append", { events: [{ type: "closed", data: {} }], expect: 3 })) as {
			version: number;
		};

		expect(early.version).toBe(4);
		await topic.reaches(4);
		expect(topic.events.map(({ type }) => type)).toEqual(["opened", "card_added", "card_added", "closed"]);
	});

	test("on a stream that is not there yet: actual is 0", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		const push = topic.push("$append", { events: [{ type: "card_added", data: 1 }], expect: 4 });
		await expect(push).rejects.toMatchObject({ code: "conflict", expected: 4, actual: 0 });
	});

	test("of the same ID twice gives the same receipt and one event", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		const draft = { id: "order-7", type: "card_added", data: { title: "Coffee" } };
		const first = await topic.push("$append", { events: [draft] });
		await topic.push("card_added", { title: "Tea" });
		const second = await topic.push("$append", { events: [draft] });
		const third = await topic.push("$append", { events: [draft], expect: "none" });
		await topic.push("card_added", { title: "Milk" });
		await topic.reaches(3);

		expect(first.ids).toEqual(["order-7"]);
		expect(second).toEqual(first);
		expect(third).toEqual(first);
		expect(topic.versions).toEqual([1, 2, 3]);
	});

	test("of the same ID with other content is a conflict", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await topic.push("$append", { events: [{ id: "order-7", type: "card_added", data: 1 }] });
		const other = topic.push("$append", { events: [{ id: "order-7", type: "card_added", data: 2 }] });
		await expect(other).rejects.toMatchObject({ code: "conflict" });
	});

	test("is recorded whole or not at all, and comes in one push", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		const half = topic.push("$append", {
			events: [
				{ type: "card_added", data: 1 },
				{ type: "", data: 2 },
			],
		});
		await expect(half).rejects.toMatchObject({ code: "invalid" });
		const receipt = await topic.push("$append", { events: [1, 2, 3].map((data) => ({ type: "card_added", data })) });
		await topic.reaches(3);

		expect(receipt).toMatchObject({ version: 3 });
		expect(receipt.ids).toHaveLength(3);
		expect(topic.pushes).toHaveLength(1);
		expect(topic.data).toEqual([1, 2, 3]);
	});

	test("keeps within in meta", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await topic.push("$append", { events: [{ type: "topic_viewed", data: {} }], within: "15m" });
		await topic.reaches(1);
		expect(topic.events[0]?.meta).toEqual({ within: "15m0s" });
	});

	test("takes no actor and no meta of the system", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		const actor = topic.push("$append", { events: [{ type: "card_added", data: 1, actor: "somebody" }] });
		await expect(actor).rejects.toMatchObject({ code: expect.stringMatching(/invalid|forbidden/) });
		const system = topic.push("$append", { events: [{ type: "card_added", data: 1, meta: { $command: "x" } }] });
		await expect(system).rejects.toMatchObject({ code: expect.stringMatching(/invalid|forbidden/) });
	});

	test.for<JsonObject>([
		{},
		{ events: [] },
		{ events: {} },
		{ events: [{ data: 1 }] },
		{ events: [{ type: "a", data: 1, vers: 1 }] },
		{ events: [{ type: "a", data: 1 }], expect: -1 },
		{ events: [{ type: "a", data: 1 }], expect: "some" },
		{ events: [{ type: "a", data: 1 }], within: "soon" },
	])("of %j is invalid", async (payload, { connect }) => {
		const topic = await connect().join("meeting:1");
		await expect(topic.push("$append", payload)).rejects.toMatchObject({
			code: "invalid",
			message: expect.stringMatching(/./),
		});
	});
});

describe("a declared schema", () => {
	test.override({
		config: {
			categories: {
				meeting: {
					events: { card_added: { schema: "card_added.json" }, card_closed: {} },
					unknown_events: "reject",
				},
			},
		},
		files: {
			"card_added.json": JSON.stringify({
				$schema: "https://json-schema.org/draft/2020-12/schema",
				type: "object",
				required: ["title"],
				properties: { title: { type: "string", maxLength: 10 } },
			}),
		},
	});

	test("refuses data that does not fit, and names the place", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await expect(topic.push("card_added", { title: 7 })).rejects.toMatchObject({
			code: "rejected",
			message: expect.stringContaining("/title"),
		});
		await topic.push("card_added", { title: "Coffee" });
		await topic.push("card_closed", {});
		await topic.reaches(2);
		expect(topic.events.map(({ type }) => type)).toEqual(["card_added", "card_closed"]);
	});

	test("and unknown_events: reject refuse what was not declared", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await expect(topic.push("card_aded", { title: "Coffee" })).rejects.toMatchObject({
			code: "rejected",
			message: expect.stringContaining("card_added"),
		});
	});
});
