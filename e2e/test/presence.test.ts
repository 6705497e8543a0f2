import { describe, expect } from "vitest";
import type { Topic } from "../support/client.js";
import { test } from "../support/fixture.js";
import { until } from "../support/until.js";

async function idOf(topic: Topic): Promise<string> {
	return (await topic.joined).caller?.id ?? "";
}

async function sees(topic: Topic, ids: string[]): Promise<void> {
	const wanted = [...ids].sort().join();
	await until(`${wanted} to be present`, () => topic.present.at(-1)?.join() === wanted);
}

function metas(topic: Topic, id: string): Record<string, unknown>[] {
	return topic.presence.list((key, { metas }) => (key === id ? metas : [])).flat() as Record<string, unknown>[];
}

describe("presence", () => {
	test("shows who is here, with what they say about themselves", async ({ connect }) => {
		const ada = await connect().join("meeting:1", { presence: { name: "Ada" } });
		const bob = await connect().join("meeting:1", { presence: { name: "Bob" } });
		const ids = [await idOf(ada), await idOf(bob)];
		await sees(ada, ids);
		await sees(bob, ids);

		expect(metas(ada, await idOf(bob))).toEqual([{ name: "Bob", phx_ref: expect.any(String) }]);
		expect(metas(bob, await idOf(ada))).toEqual([{ name: "Ada", phx_ref: expect.any(String) }]);
	});

	test("is replaced by $presence", async ({ connect }) => {
		const ada = await connect().join("meeting:1", { presence: { name: "Ada", mood: "calm" } });
		const bob = await connect().join("meeting:1");
		const id = await idOf(ada);
		expect(await ada.push("$presence", { name: "Ada L." })).toEqual({});
		await until("the new name", () => metas(bob, id)[0]?.name === "Ada L.");

		expect(metas(bob, id)).toEqual([{ name: "Ada L.", phx_ref: expect.any(String) }]);
		expect(bob.present.every((ids, i) => i === 0 || ids.includes(id))).toBe(true);
	});

	test("over 1 KiB is too large", async ({ connect }) => {
		const ada = await connect().join("meeting:1");
		await expect(ada.push("$presence", { name: "x".repeat(1100) })).rejects.toMatchObject({ code: "too_large" });
	});

	test("counts a caller with two sockets once, and forgets him when both are gone", async ({ connect }) => {
		const bob = await connect().join("meeting:1");
		const first = await connect().join("meeting:1", { presence: { screen: 1 } });
		const { token = "" } = (await first.joined).caller ?? {};
		const second = await connect({ authToken: token }).join("meeting:1", { presence: { screen: 2 } });
		const [bobsId, id] = [await idOf(bob), await idOf(first)];
		await until("both screens", () => metas(bob, id).length === 2);
		await first.leave();
		await until("one screen", () => metas(bob, id).length === 1);
		await second.leave();
		await sees(bob, [bobsId]);
	});

	test("does not flicker when a connection breaks and comes back, and ends when it does not", async ({
		connect,
		connectBadly,
		network,
	}) => {
		const bob = await connect().join("meeting:1");
		const client = connectBadly();
		const ada = await client.join("meeting:1", { presence: { name: "Ada" } });
		const { token = "" } = (await ada.joined).caller ?? {};
		client.useToken(token);
		const ids = [await idOf(bob), await idOf(ada)];
		await sees(bob, ids);
		const arrived = bob.present.length;

		network.cut();
		await until("a second join", () => ada.replies.length === 2);
		await ada.push("$presence", { name: "Ada, back" });
		await until("what she says now", () => metas(bob, ids[1] ?? "").some(({ name }) => name === "Ada, back"));
		for (const seen of bob.present.slice(arrived)) {
			expect(seen).toEqual([...ids].sort());
		}

		const from = Date.now();
		client.close();
		network.cut();
		await until("her leave", () => !bob.present.at(-1)?.includes(ids[1] ?? ""));
		expect(Date.now() - from).toBeGreaterThan(4000);
	});

	test("is not kept where it is not declared", async ({ connect }) => {
		const ada = await connect().join("note:1");
		await expect(ada.push("$presence", { name: "Ada" })).rejects.toMatchObject({ code: "invalid" });
	});
});
