import { describe, expect } from "vitest";
import type { RecordedEvent } from "../support/client.js";
import { test } from "../support/fixture.js";
import { mint } from "../support/token.js";
import { until } from "../support/until.js";

interface Page {
	events: RecordedEvent[];
	more: boolean;
}

describe("$pause and $resume", () => {
	test("hold a topic back and go on where it was", async ({ connect }) => {
		const client = connect();
		const paused = await client.join("meeting:1");
		const other = await client.join("meeting:2");
		const writer = await connect().join("meeting:1");
		await writer.push("card_added", { n: 1 });
		await paused.reaches(1);
		expect(await paused.push("$pause")).toEqual({});
		await writer.fill(700, (n) => ({ type: "card_added", data: n }));
		await writer.reaches(701);
		await other.push("card_added", {});
		await other.reaches(1);
		await client.ping();

		expect(paused.upto).toBe(1);
		expect(await paused.push("$resume")).toEqual({});
		await paused.reaches(701);
		expect(paused.versions).toEqual(Array.from({ length: 701 }, (_, i) => i + 1));
	});

	test("deliver the live-only events that came meanwhile", async ({ connect }) => {
		const paused = await connect().join("meeting:1");
		const writer = await connect().join("meeting:1");
		await paused.push("$pause");
		await writer.push("reaction_sent", { emoji: "🎉" });
		await paused.push("$resume");
		await paused.reaches(1);
		expect(paused.versions).toEqual([1]);
	});

	test("let a paused topic append", async ({ connect }) => {
		const paused = await connect().join("meeting:1");
		await paused.push("$pause");
		expect(await paused.push("card_added", {})).toMatchObject({ version: 1 });
		await paused.push("$resume");
		await paused.reaches(1);
	});
});

describe("$read", () => {
	test("gives a part of the history, forward and backward", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await topic.fill(5, (n) => ({ type: "card_added", data: n }));
		const read = async (payload: Record<string, string | number | boolean>) => {
			const { events, more } = await topic.push<Page>("$read", payload);
			return { versions: events.map(({ version }) => version), more };
		};

		expect(await read({})).toEqual({ versions: [1, 2, 3, 4, 5], more: false });
		expect(await read({ from: 2, limit: 2 })).toEqual({ versions: [2, 3], more: true });
		expect(await read({ from: 4, limit: 2 })).toEqual({ versions: [4, 5], more: false });
		expect(await read({ from: 6 })).toEqual({ versions: [], more: false });
		expect(await read({ backward: true, limit: 2 })).toEqual({ versions: [5, 4], more: true });
		expect(await read({ backward: true, from: 2 })).toEqual({ versions: [2, 1], more: false });
	});

	test("ends at a time", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await topic.push("card_added", { n: 1 });
		await topic.reaches(1);
		const first = Date.parse(topic.events[0]?.recorded ?? "");
		await until("the clock to go on", () => Date.now() > first + 3);
		await topic.push("card_added", { n: 2 });
		const page = await topic.push<Page>("$read", { until: new Date(first + 1).toISOString() });

		expect(page.events.map(({ version }) => version)).toEqual([1]);
		expect(page.more).toBe(false);
	});

	test("shows events as the topic does", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await topic.push("$action", { type: "a", payload: null, error: true });
		await topic.reaches(1);
		expect((await topic.push<Page>("$read")).events).toEqual(topic.events);
	});

	test.for([{ from: -1 }, { limit: 0 }, { limit: "all" }, { until: "yesterday" }, { form: 1 }])(
		"of %j is invalid",
		async (payload, { connect }) => {
			const topic = await connect().join("meeting:1");
			await expect(topic.push("$read", payload)).rejects.toMatchObject({ code: "invalid" });
		},
	);
});

describe("a category", () => {
	const admin = { authToken: mint({ sub: "root", role: "admin" }) };

	test("is watched by an admin: every event with its stream, in order of position", async ({ connect }) => {
		const writer = connect();
		const one = await writer.join("meeting:1");
		const two = await writer.join("meeting:2");
		const note = await writer.join("note:1");
		await one.push("card_added", { n: 1 });
		const watch = await connect(admin).join("meeting:*");
		await two.push("card_added", { n: 2 });
		await note.push("noted", {});
		const last = await one.push("card_added", { n: 3 });
		await until("all events", () => watch.events.length >= 3);

		const reply = await watch.joined;
		expect(reply).toMatchObject({ version: expect.any(String), first: expect.any(String), recovered: false });
		expect(watch.events.map(({ stream, version, data }) => [stream, version, data])).toEqual([
			["meeting:1", 1, { n: 1 }],
			["meeting:2", 1, { n: 2 }],
			["meeting:1", 2, { n: 3 }],
		]);
		expect(watch.pushes.at(-1)?.upto).toBe(last.position);
	});

	test("is watched since a position", async ({ connect }) => {
		const one = await connect().join("meeting:1");
		const first = await one.push("card_added", { n: 1 });
		await one.push("card_added", { n: 2 });
		const watch = await connect(admin).join("meeting:*", { since: first.position });
		await until("the second event", () => watch.events.length > 0);

		expect((await watch.joined).recovered).toBe(true);
		expect(watch.data).toEqual([{ n: 2 }]);
	});

	test("is not shown to others", async ({ connect }) => {
		await expect(connect().join("meeting:*")).rejects.toMatchObject({ code: "forbidden" });
		const member = connect({ authToken: mint({ sub: "bob", role: "member" }) });
		await expect(member.join("meeting:*")).rejects.toMatchObject({ code: "forbidden" });
	});
});

describe("a category with a guard", () => {
	test.override({ config: { categories: { meeting: { guards: { watch: "caller.role == 'auditor'" } } } } });

	test("is shown to whom the guard lets in", async ({ connect }) => {
		await connect({ authToken: mint({ sub: "eve", role: "auditor" }) }).join("meeting:*");
		await expect(connect().join("meeting:*")).rejects.toMatchObject({ code: "forbidden" });
	});
});
