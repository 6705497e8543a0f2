import { describe, expect } from "vitest";
import { Refusal } from "../support/client.js";
import { test } from "../support/fixture.js";
import { post, problem } from "../support/http.js";
import { until } from "../support/until.js";

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

describe("limits", () => {
	test("a frame over 1.25 MiB ends the connection with 1009", async ({ raw }) => {
		const socket = raw();
		await socket.answered();
		socket.socket.send("x".repeat(1.25 * mebibyte + 1));
		expect(await socket.ended()).toBe(1009);
	});

	test("an event of 1 MiB is taken, a larger one is too large", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		const quotes = 2;
		const draft = (size: number) => ({ events: [{ type: "card_added", data: "x".repeat(size - quotes) }] });
		await expect(topic.push("$append", draft(mebibyte + 1))).rejects.toMatchObject({ code: "too_large" });
		await topic.push("$append", draft(mebibyte));
		await topic.reaches(1);
		expect(String(topic.data[0])).toHaveLength(mebibyte - quotes);
	});

	test("more than 1,000 events in one append are too large", async ({ connect, server }) => {
		const topic = await connect().join("meeting:1");
		const events = Array.from({ length: 1001 }, (_, n) => ({ type: "card_added", data: n }));
		await expect(topic.push("$append", { events })).rejects.toMatchObject({
			code: "too_large",
			message: expect.stringMatching(/1,?000/),
		});
		const response = await post(server, "meeting:1", events);
		expect(response.status).toBe(413);
		expect(await problem(response)).toMatchObject({ code: "too_large" });
	});

	test("a commit of 1,000 events is several pushes of at most 500 events and 256 KiB", async ({ connect, raw }) => {
		const socket = raw();
		await socket.answered();
		socket.send(["1", "1", "meeting:1", "phx_join", {}]);
		await socket.reply("1");
		const writer = await connect().join("meeting:1");
		await writer.fill(1000, (n) => ({ type: "card_added", data: { n, text: "x".repeat(700) } }));
		await writer.reaches(1000);

		expect(writer.versions).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
		for (const push of writer.pushes) {
			expect(push.events.length).toBeLessThanOrEqual(500);
			expect(JSON.stringify(push).length).toBeLessThanOrEqual(256 * kibibyte);
		}
	});

	test("128 topics a connection, and one more is refused", async ({ connect }) => {
		const client = connect();
		await Promise.all(Array.from({ length: 128 }, (_, n) => client.join(`meeting:${n}`)));
		await expect(client.join("meeting:one-more")).rejects.toMatchObject({
			code: expect.stringMatching(/too_large|rate_limited/),
		});
	});

	test("200 pushes at once are taken", async ({ connect }) => {
		const client = connect();
		const topic = await client.join("meeting:1");
		await Promise.all(Array.from({ length: 199 }, (_, n) => topic.push("cursor_moved", { n })));
	});

	test.for([
		"hello",
		"{}",
		'["1","1","meeting:1"',
		'["1","1","meeting:1","phx_join"]',
		'["1","1",7,"phx_join",{}]',
		'["1",{},"meeting:1","phx_join",{}]',
		'["1","1","meeting:1","phx_join",{},{}]',
	])(
		"the frame %s ends its connection or is answered by an error, and the server lives on",
		async (frame, { connect, raw }) => {
			const socket = raw();
			await socket.answered();
			socket.socket.send(frame);
			await until("an answer", () => socket.code !== undefined || socket.frames.length > 0);
			if (socket.code === undefined) {
				expect(socket.frames[0]?.[4]).toMatchObject({ status: "error", response: { code: "invalid" } });
			}
			await connect().join("meeting:1");
		},
	);
});

describe("a limit of one push a second after a burst of 20", () => {
	test.override({ config: { limits: { pushes_per_second: 1, push_burst: 20 } } });

	test("refuses what comes faster, and lets it be sent again", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		const answers = await Promise.allSettled(Array.from({ length: 35 }, (_, n) => topic.push("card_added", { n })));
		const taken = answers.filter(({ status }) => status === "fulfilled").length;
		const refusals = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));

		expect(taken).toBeGreaterThanOrEqual(19);
		expect(refusals.length).toBeGreaterThan(0);
		for (const refusal of refusals) {
			expect(refusal).toBeInstanceOf(Refusal);
			expect(refusal).toMatchObject({ code: "rate_limited", retry: true, message: expect.stringMatching(/\d s/) });
		}
		await topic.reaches(taken);
		expect(topic.events).toHaveLength(taken);
		const refusedAt = Date.now();
		await until("a second to have passed", () => Date.now() > refusedAt + 1000);
		await topic.push("card_added", {});
	});

	test("sends away with 3429 who goes on and on", async ({ raw }) => {
		const socket = raw();
		await socket.answered();
		for (let n = 0; n < 100; n++) {
			socket.send([null, String(n), "meeting:1", "card_added", {}]);
		}
		expect(await socket.ended()).toBe(3429);
	});
});
