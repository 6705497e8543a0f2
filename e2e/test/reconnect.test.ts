import { randomBytes } from "node:crypto";
import { describe, expect } from "vitest";
import type { Receipt } from "../support/client.js";
import { test } from "../support/fixture.js";
import { append } from "../support/http.js";
import { until } from "../support/until.js";

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

describe("after the TCP connection was cut", () => {
	test("the same socket goes on without gap or repeat", async ({ connectBadly, network, server }) => {
		const client = connectBadly();
		const topic = await client.join("meeting:1");
		await append(server, "meeting:1", { type: "card_added", data: 1 });
		await topic.reaches(1);

		for (let cut = 1; cut <= 5; cut++) {
			network.cut();
			await append(server, "meeting:1", [
				{ type: "card_added", data: { cut } },
				{ type: "reaction_sent", data: { cut } },
			]);
			await until(`join ${cut + 1}`, () => topic.replies.length === cut + 1);
			await append(server, "meeting:1", { type: "card_added", data: { after: cut } });
			await topic.reaches(1 + 3 * cut);
		}

		expect(topic.replies.slice(1).every(({ recovered }) => recovered)).toBe(true);
		const liveOnly = new Set([3, 6, 9, 12, 15]);
		expect(topic.versions.filter((version) => !liveOnly.has(version))).toEqual(
			upTo(16).filter((version) => !liveOnly.has(version)),
		);
		expect(topic.versions).toEqual([...new Set(topic.versions)].sort((a, b) => a - b));
		expect(network.accepted).toBe(6);
		expect(client.closed).toHaveLength(5);
	});

	test("in the middle of a long history it goes on where it was", async ({ connect, connectBadly, network }) => {
		const writer = await connect().join("meeting:1");
		await writer.fill(5000, (n) => ({ type: "card_added", data: { n, text: randomBytes(200).toString("base64") } }));
		network.slow(5_000_000);
		const topic = connectBadly().topic("meeting:1");
		let cuts = 0;
		topic.channel.on("events", () => {
			if (cuts < 3 && topic.replies.length > cuts) {
				cuts++;
				network.cut();
			}
		});
		await topic.reaches(5000);

		expect(topic.versions).toEqual(upTo(5000));
		expect(network.accepted).toBe(4);
	});

	test("what was pushed meanwhile is recorded once, however often it is sent", async ({
		connect,
		connectBadly,
		network,
	}) => {
		const reader = await connect().join("meeting:1");
		const topic = await connectBadly().join("meeting:1");
		const deliver = async (n: number): Promise<Receipt> => {
			const draft = { id: `draft-${n}`, type: "card_added", data: n };
			return topic.push("$append", { events: [draft] }, 1000).catch(() => deliver(n));
		};
		network.cut();
		const first = await Promise.all([1, 2, 3].map(deliver));
		const again = await Promise.all([1, 2, 3].map(deliver));
		await reader.reaches(3);

		expect(again).toEqual(first);
		expect(reader.events.map(({ id }) => id).sort()).toEqual(["draft-1", "draft-2", "draft-3"]);
	});
});

describe("after the server was killed and started again", () => {
	test("a client resumes and nothing that was acknowledged is lost", async ({ connectBadly, network, server }) => {
		const topic = await connectBadly().join("meeting:1");
		await topic.push("card_added", { n: 1 });
		await topic.push("card_added", { n: 2 });
		await topic.reaches(2);
		const { epoch } = await topic.joined;

		await server.kill();
		await server.start();
		network.target = server.port;
		await until("a second join", () => topic.replies.length >= 2);
		await topic.push("card_added", { n: 3 });
		await topic.reaches(3);

		expect(topic.replies.at(-1)).toMatchObject({ epoch, version: 2, recovered: true });
		expect(topic.versions).toEqual([1, 2, 3]);
	});
});

describe("SIGTERM", () => {
	test("closes connections with 1001 and ends the program with status 0", async ({ connect, server }) => {
		const client = connect();
		const topic = await client.join("meeting:1");
		await topic.push("card_added", {});
		await topic.reaches(1);
		expect(await server.stop()).toBe(0);
		await until("the close", () => client.closed.length > 0);
		expect(client.closed[0]).toBe(1001);
	});
});
