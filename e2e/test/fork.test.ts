import { describe, expect } from "vitest";
import type { RecordedEvent, Topic } from "../support/client.js";
import { test } from "../support/fixture.js";
import { append, problem, streamUrl } from "../support/http.js";
import type { JsonObject, Server } from "../support/server.js";
import { inSeconds, mint } from "../support/token.js";

interface Forked {
	stream: string;
	version: number;
}

const admin = mint({ sub: "root", role: "admin", exp: inSeconds(600) });

function fork(server: Server, stream: string, body: JsonObject, token?: string): Promise<Response> {
	return fetch(`${streamUrl(server, stream)}/fork`, {
		method: "POST",
		headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
		body: JSON.stringify(body),
	});
}

/** What a fork keeps of an event. */
const kept = ({ version, type, time, recorded, actor, data }: RecordedEvent) => ({
	version,
	type,
	time,
	recorded,
	actor,
	data,
});

async function history(topic: Topic, upto: number): Promise<RecordedEvent[]> {
	await topic.reaches(upto);
	return topic.events;
}

describe("$fork", () => {
	test("copies what happened up to a version, with new IDs and all else as it was", async ({ connect }) => {
		const ada = connect();
		const topic = await ada.join("meeting:1");
		await topic.fill(5, (n) => ({ type: "card_added", data: { n } }));
		const answer = await topic.push<Forked>("$fork", { to: "meeting:1-before", at: 3 });
		expect(answer).toEqual({ stream: "meeting:1-before", version: 3 });

		const events = await history(topic, 5);
		const copies = await history(await ada.join("meeting:1-before"), 3);
		expect(copies.map(kept)).toEqual(events.slice(0, 3).map(kept));
		expect(new Set([...copies, ...events].map(({ id }) => id)).size).toBe(8);
		expect(copies[0]?.meta).toMatchObject({ $fork: { stream: "meeting:1", version: 3 } });
	});

	test("answers the same when it is sent again, though more has happened", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await topic.push("card_added", { n: 1 });
		for (const _ of [1, 2]) {
			await expect(topic.push("$fork", { to: "meeting:2" })).resolves.toEqual({ stream: "meeting:2", version: 1 });
			await topic.push("card_added", { n: 2 });
		}
	});

	test("is refused where there is something else, and for what is not there", async ({ connect }) => {
		const topic = await connect().join("meeting:1");
		await expect(topic.push("$fork", { to: "meeting:2" })).rejects.toMatchObject({ code: "not_found" });
		await topic.push("card_added", {});
		await expect(topic.push("$fork", { to: "meeting:1" })).rejects.toMatchObject({ code: "invalid" });
		await expect(topic.push("$fork", { to: "meeting:2", at: 2 })).rejects.toMatchObject({ code: "gone" });
		await expect(topic.push("$fork", { to: "$sys:1" })).rejects.toMatchObject({ code: "forbidden" });
		await expect(topic.push("$fork", { two: "meeting:2" })).rejects.toMatchObject({
			code: "invalid",
			message: expect.stringContaining("did you mean to?"),
		});
	});
});

describe("POST …/fork", () => {
	test("copies what happened up to a time", async ({ server, connect }) => {
		await append(server, "meeting:1", { type: "card_added", data: 1 });
		const response = await fork(server, "meeting:1", {
			to: "meeting:2",
			at: new Date(Date.now() + 60_000).toISOString(),
		});
		expect(response.status).toBe(200);
		expect(await response.json()).toEqual({ stream: "meeting:2", version: 1 });
		expect(await history(await connect().join("meeting:2"), 1)).toHaveLength(1);
	});

	describe("with guards", () => {
		test.override({
			config: {
				categories: {
					open: {},
					public: { guards: { append: "type != 'secret_told'" } },
					hidden: { guards: { join: "caller.role == 'admin'", append: "false" } },
					strict: { unknown_events: "reject", events: { opened: {} }, guards: { dispatch: "!caller.anonymous" } },
				},
			},
		});

		test("copies nothing that the caller could not read or append", async ({ server }) => {
			await append(server, "open:1", [{ type: "opened" }, { type: "secret_told" }]);
			for (const [body, code] of [
				[{ to: "public:1" }, "forbidden"],
				[{ to: "hidden:1" }, "forbidden"],
				[{ to: "strict:1" }, "rejected"],
			] as const) {
				const refused = await fork(server, "open:1", body);
				expect(await problem(refused)).toMatchObject({ code });
			}
			expect(await problem(await fork(server, "hidden:1", { to: "open:2" }))).toMatchObject({ code: "forbidden" });
			expect((await fork(server, "open:1", { to: "public:1", at: 1 })).status).toBe(200);
			expect((await fork(server, "open:1", { to: "strict:1" }, admin)).status).toBe(200);
		});
	});
});

describe("a command where nobody decides", () => {
	test("is not found, over both ways", async ({ server, connect }) => {
		const response = await fetch(`${server.url}/v1/commands/meeting:1/increment`, { method: "POST" });
		expect(response.status).toBe(404);
		expect(await problem(response)).toMatchObject({
			code: "not_found",
			detail: expect.stringContaining("meeting has no commands"),
		});

		const topic = await connect().join("meeting:1");
		await expect(topic.push("$dispatch", { command: "increment" })).rejects.toMatchObject({ code: "not_found" });
		await expect(topic.push("$state", {})).rejects.toMatchObject({ code: "not_found" });
	});
});
