import { describe, expect } from "vitest";
import { test } from "../support/fixture.js";
import { until } from "../support/until.js";

describe("a join", () => {
	test("gives the whole history and then what happens", async ({ connect }) => {
		const writer = await connect().join("meeting:1");
		await writer.push("card_added", { title: "Coffee" });
		await writer.push("card_added", { title: "Tea" });
		const reader = await connect().join("meeting:1");
		await reader.reaches(2);
		await writer.push("card_moved", { to: "top" });
		await reader.reaches(3);

		expect(await reader.joined).toMatchObject({ version: 2, first: 1, recovered: false });
		expect((await reader.joined).epoch).toMatch(/./);
		expect(reader.versions).toEqual([1, 2, 3]);
		expect(reader.data).toEqual([{ title: "Coffee" }, { title: "Tea" }, { to: "top" }]);
		expect(reader.events).toEqual(writer.events);
	});

	test("of an empty stream is at version 0 and gets no push before the first event", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		expect(await topic.joined).toMatchObject({ version: 0, recovered: false });
		await topic.push("card_added", {});
		await topic.reaches(1);
		expect(topic.pushes.map(({ upto }) => upto)).toEqual([1]);
	});

	test("gives events in the shape of the protocol", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		const caller = (await topic.joined).caller;
		const receipt = await topic.push("$append", {
			events: [
				{
					type: "card_added",
					data: { title: "Coffee" },
					subject: "card-1",
					time: "2026-01-02T03:04:05+01:00",
					meta: { correlation: "c-1" },
				},
			],
		});
		await topic.reaches(1);

		const [event] = topic.events;
		expect(event).toEqual({
			id: receipt.ids[0],
			version: 1,
			position: receipt.position,
			type: "card_added",
			time: "2026-01-02T02:04:05.000Z",
			recorded: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
			actor: caller?.id,
			subject: "card-1",
			data: { title: "Coffee" },
			meta: { correlation: "c-1" },
		});
		expect(receipt).toEqual({ version: 1, position: expect.any(String), ids: [expect.any(String)] });
	});

	test("with since goes on after that version", async ({ connect }) => {
		const writer = await connect().join("meeting:1");
		await writer.fill(5, (n) => ({ type: "card_added", data: n }));
		const { epoch } = await writer.joined;
		const reader = await connect().join("meeting:1", { since: 3, epoch });
		await reader.reaches(5);

		expect(await reader.joined).toMatchObject({ version: 5, recovered: true, epoch });
		expect(reader.versions).toEqual([4, 5]);
	});

	test("with since at the head gets nothing but news", async ({ connect }) => {
		const writer = await connect().join("meeting:1");
		await writer.fill(2, (n) => ({ type: "card_added", data: n }));
		const reader = await connect().join("meeting:1", { since: 2 });
		await writer.push("card_added", {});
		await reader.reaches(3);

		expect(await reader.joined).toMatchObject({ version: 2, recovered: true });
		expect(reader.pushes.map(({ upto }) => upto)).toEqual([3]);
	});

	test("with since now gets nothing but news", async ({ connect }) => {
		const writer = await connect().join("meeting:1");
		await writer.fill(4, (n) => ({ type: "card_added", data: n }));
		const reader = await connect().join("meeting:1", { since: "now" });
		await writer.push("card_added", { late: true });
		await reader.reaches(5);

		expect(await reader.joined).toMatchObject({ version: 4 });
		expect(reader.versions).toEqual([5]);
	});

	test("with another epoch is gone, and says which epoch and head hold", async ({ connect }) => {
		const writer = await connect().join("meeting:1");
		await writer.push("card_added", {});
		const { epoch } = await writer.joined;
		const stale = connect().topic("meeting:1", { since: 1, epoch: "an-older-log" });

		await expect(stale.joined).rejects.toMatchObject({ code: "gone", details: { epoch, head: 1 } });
	});

	test("since beyond the head is gone, and says which epoch and head hold", async ({ connect }) => {
		const writer = await connect().join("meeting:1");
		await writer.push("card_added", {});
		const { epoch } = await writer.joined;
		const ahead = connect().topic("meeting:1", { since: 2 });

		await expect(ahead.joined).rejects.toMatchObject({ code: "gone", details: { epoch, head: 1 } });
	});

	test.for([
		{ since: -1 },
		{ since: "soon" },
		{ since: 1.5 },
		{ since: {} },
		{ epoch: 7 },
		{ replay: "some" },
		{ presence: "Ada" },
	])("with %j is invalid", async (params, { connect }) => {
		await expect(connect().join("meeting:1", params)).rejects.toMatchObject({ code: "invalid" });
	});

	test("of an undeclared category is not found", async ({ connect }) => {
		await expect(connect().join("meting:1")).rejects.toMatchObject({
			code: "not_found",
			message: expect.stringContaining("meeting"),
		});
	});

	test.for(["$accounts:1", "$recount:rules"])("of %s is refused to who is no admin", async (name, { connect }) => {
		await expect(connect().join(name)).rejects.toMatchObject({ code: "forbidden" });
	});

	test("of one topic does not show another's events", async ({ connect }) => {
		const client = connect();
		const one = await client.join("meeting:1");
		const two = await client.join("meeting:2");
		await one.push("card_added", { in: 1 });
		await two.push("card_added", { in: 2 });
		await one.reaches(1);
		await two.reaches(1);

		expect([one.data, two.data]).toEqual([[{ in: 1 }], [{ in: 2 }]]);
	});

	test("may be left and made again", async ({ connect }) => {
		const client = connect();
		const first = await client.join("meeting:1");
		await first.leave();
		const writer = await connect().join("meeting:1");
		await writer.push("card_added", {});
		const second = await client.join("meeting:1");
		await second.reaches(1);

		expect(first.pushes).toEqual([]);
		expect(second.versions).toEqual([1]);
	});

	test("again on the same socket replaces the first", async ({ raw }) => {
		const socket = raw();
		await socket.answered();
		socket.send(["1", "1", "meeting:1", "phx_join", {}]);
		await socket.reply("1");
		socket.send(["2", "2", "meeting:1", "phx_join", {}]);
		await socket.reply("2");
		socket.send(["2", "3", "meeting:1", "card_added", {}]);
		await until("the event", () => socket.frames.some(([, , , event]) => event === "events"));
		socket.send([null, "4", "phoenix", "heartbeat", {}]);
		await socket.reply("4");

		const pushes = socket.frames.filter(([, , , event]) => event === "events");
		expect(pushes.map(([joinRef]) => joinRef)).toEqual(["2"]);
	});
});

test("a heartbeat is answered", async ({ connect }) => {
	await connect().ping();
});

test("a push to a topic that was not joined is an error", async ({ raw }) => {
	const socket = raw();
	await socket.answered();
	socket.send([null, "1", "meeting:1", "card_added", {}]);
	expect(await socket.reply("1")).toMatchObject({ status: "error" });
});
