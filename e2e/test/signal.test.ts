import { describe, expect } from "vitest";
import type { Topic } from "../support/client.js";
import { test } from "../support/fixture.js";
import { until } from "../support/until.js";

/** Signals keep their order: once this one is there, all before it are. */
async function fence(from: Topic, to: Topic): Promise<void> {
	await from.push("$signal", { type: "cursor_moved", data: "fence" });
	await until("the last signal", () => to.signals.some(({ data }) => data === "fence"));
}

describe("a signal", () => {
	test("reaches all others on the topic and nobody else", async ({ connect }) => {
		const [ada, bob, cleo, elsewhere] = await Promise.all([
			connect().join("meeting:1"),
			connect().join("meeting:1"),
			connect().join("meeting:1"),
			connect().join("meeting:2"),
		]);
		expect(await ada.push("cursor_moved", { x: 1, y: 2 })).toEqual({});
		await fence(bob, ada);
		await fence(ada, bob);
		await fence(ada, cleo);
		await fence(await connect().join("meeting:2"), elsewhere);

		const signal = {
			type: "cursor_moved",
			data: { x: 1, y: 2 },
			actor: (await ada.joined).caller?.id,
			time: expect.stringMatching(/Z$/),
		};
		expect(bob.signals[0]).toEqual(signal);
		expect(cleo.signals[0]).toEqual(signal);
		expect(ada.signals.map(({ data }) => data)).toEqual(["fence"]);
		expect(elsewhere.signals.map(({ data }) => data)).toEqual(["fence"]);
	});

	test("reaches the same caller's other socket", async ({ connect }) => {
		const first = await connect().join("meeting:1");
		const { token = "" } = (await first.joined).caller ?? {};
		const second = await connect({ authToken: token }).join("meeting:1");
		await first.push("cursor_moved", { x: 1 });
		await until("the signal", () => second.signals.length === 1);
		expect((await second.joined).caller?.id).toBe((await first.joined).caller?.id);
	});

	test("is not stored", async ({ connect }) => {
		const ada = await connect().join("meeting:1");
		const bob = await connect().join("meeting:1");
		await ada.push("cursor_moved", { x: 1 });
		await fence(ada, bob);
		const late = await connect().join("meeting:1");
		const receipt = await ada.push("card_added", {});
		await late.reaches(1);
		await fence(ada, late);

		expect(receipt.version).toBe(1);
		expect(late.versions).toEqual([1]);
		expect(late.signals.map(({ data }) => data)).toEqual(["fence"]);
		expect((await ada.push<{ events: unknown[] }>("$read", {})).events).toHaveLength(1);
	});

	test("that was not declared is invalid", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await expect(topic.push("$signal", { type: "cursor_moves", data: {} })).rejects.toMatchObject({
			code: "invalid",
			message: expect.stringContaining("cursor_moved"),
		});
	});

	test("over 16 KiB is too large, and the message gives the limit", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await topic.push("cursor_moved", { text: "x".repeat(16_000) });
		await expect(topic.push("cursor_moved", { text: "x".repeat(16_400) })).rejects.toMatchObject({
			code: "too_large",
			message: expect.stringMatching(/16/),
		});
	});
});

describe("a live-only type", () => {
	test("is seen by who is here, and upto has no holes", async ({ connect }) => {
		const ada = await connect().join("meeting:1");
		const bob = await connect().join("meeting:1");
		await ada.push("card_added", { n: 1 });
		await ada.push("reaction_sent", { emoji: "🎉" });
		await ada.push("reaction_sent", { emoji: "👏" });
		await bob.reaches(3);

		expect(bob.versions).toEqual([1, 2, 3]);
		expect(Number(bob.pushes[0]?.upto)).toBeGreaterThanOrEqual(1);
		expect(bob.pushes.at(-1)?.upto).toBe(3);
	});

	test("is not in the history of a newcomer, while upto covers it", async ({ connect }) => {
		const ada = await connect().join("meeting:1");
		await ada.push("card_added", { n: 1 });
		await ada.push("reaction_sent", { emoji: "🎉" });
		await ada.push("card_added", { n: 3 });
		await ada.push("reaction_sent", { emoji: "👏" });
		const late = await connect().join("meeting:1");
		await late.reaches(4);
		await ada.push("reaction_sent", { emoji: "💡" });
		await late.reaches(5);

		expect(await late.joined).toMatchObject({ version: 4 });
		expect(late.versions).toEqual([1, 3, 5]);
		expect(late.pushes.slice(-2).map(({ upto }) => upto)).toEqual([4, 5]);
	});

	test("alone leaves an empty last push of history", async ({ connect }) => {
		const ada = await connect().join("meeting:1");
		await ada.push("card_added", { n: 1 });
		await ada.push("reaction_sent", { emoji: "🎉" });
		const late = await connect().join("meeting:1", { since: 1 });
		await late.reaches(2);

		expect(late.pushes).toEqual([{ events: [], upto: 2 }]);
	});

	test("is in the history with replay: all", async ({ connect }) => {
		const ada = await connect().join("meeting:1");
		await ada.push("card_added", { n: 1 });
		await ada.push("reaction_sent", { emoji: "🎉" });
		const late = await connect().join("meeting:1", { replay: "all" });
		await late.reaches(2);
		expect(late.versions).toEqual([1, 2]);
	});
});
