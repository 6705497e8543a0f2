import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import { test } from "../support/fixture.js";
import { append } from "../support/http.js";
import { until } from "../support/until.js";

const mebibyte = 1024 * 1024;

/** So many letters that no compression makes fewer, so that they fill the buffers of a connection that stands still. */
function noise(letters: number): string {
	return randomBytes(letters).toString("base64").slice(0, letters);
}

describe("a history of 20,000 events", () => {
	test("is replayed while live events keep coming, and other topics do not wait for it", async ({
		connect,
		connectBadly,
		network,
		server,
	}) => {
		const total = 20_000;
		for (let n = 0; n < total; n += 1000) {
			await append(
				server,
				"meeting:big",
				Array.from({ length: 1000 }, (_, i) => ({ type: "card_added", data: { n: n + i, text: noise(800) } })),
			);
		}
		const client = connectBadly();
		const small = await client.join("note:1");
		const big = await client.join("meeting:big");
		await big.reaches(500);
		network.stall();
		await append(server, "note:1", { type: "noted", data: { live: true } });
		const writer = await connect().join("meeting:big", { since: "now" });
		const writing = (async () => {
			for (let n = 0; n < 200; n++) {
				await writer.push("card_added", { live: n });
			}
		})();
		network.flow();
		await small.reaches(1);
		const replayedThen = big.upto;
		await writing;
		await big.reaches(total + 200);

		expect(replayedThen).toBeLessThan(total);
		expect(big.versions).toEqual(Array.from({ length: total + 200 }, (_, i) => i + 1));
		expect(big.pushes.some(({ upto }) => upto === total)).toBe(true);
		expect(big.pushes.every(({ events }) => events.length <= 500)).toBe(true);
	});
});

describe("a slow client", () => {
	test("gets an event of 1 MiB whole, and the others do not wait for it", async ({
		connect,
		connectBadly,
		network,
		server,
	}) => {
		const slow = await connectBadly().join("meeting:1");
		const fast = await connect().join("meeting:1");
		network.slow(mebibyte);
		const text = noise(mebibyte - 100);
		await append(server, "meeting:1", { type: "card_added", data: { text } });
		await append(server, "meeting:1", { type: "card_added", data: { n: 2 } });
		await fast.reaches(2);
		const behind = slow.upto;
		await slow.reaches(2);

		expect(behind).toBeLessThan(2);
		expect(slow.data).toEqual([{ text }, { n: 2 }]);
		expect(slow.events).toEqual(fast.events);
	});

	test("that stops reading delays nobody and has everything when it reads again", async ({
		connect,
		connectBadly,
		network,
		server,
	}) => {
		const stuck = await connectBadly().join("meeting:1");
		const fast = await connect().join("meeting:1");
		network.stall();
		for (let n = 0; n < 12; n++) {
			await append(
				server,
				"meeting:1",
				Array.from({ length: 1000 }, (_, i) => ({ type: "card_added", data: { n, i, text: noise(1000) } })),
			);
			await fast.reaches((n + 1) * 1000);
		}
		const behind = stuck.upto;
		network.flow();
		await stuck.reaches(12_000);

		expect(behind).toBeLessThan(12_000);
		expect(stuck.versions).toEqual(fast.versions);
	});
});

describe("fifty clients that are cut again and again", () => {
	test("end with the same events", async ({ connectBadly, network, server }) => {
		const topics = await Promise.all(Array.from({ length: 50 }, () => connectBadly().join("meeting:1")));
		const last = 300;
		for (let n = 1; n <= last; n++) {
			await append(server, "meeting:1", { type: "card_added", data: n });
			if (n % 60 === 0) {
				network.cut();
			}
		}
		const all = Array.from({ length: last }, (_, i) => i + 1);
		await until("everybody to have everything", () => topics.every(({ upto }) => upto === last));
		for (const topic of topics) {
			expect(topic.versions).toEqual(all);
		}
	});
});
