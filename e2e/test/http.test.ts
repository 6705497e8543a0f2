import { stream } from "@durable-streams/client";
import { EventSource } from "eventsource";
import { describe, expect } from "vitest";
import { test } from "../support/fixture.js";
import { append, post, problem, streamUrl } from "../support/http.js";
import type { Json } from "../support/server.js";
import { until } from "../support/until.js";

interface CloudEvent {
	specversion: string;
	id: string;
	source: string;
	type: string;
	streamversion: string;
	data?: Json;
}

const cards = (count: number, from = 0) =>
	Array.from({ length: count }, (_, i) => ({ type: "card_added", data: { n: from + i } }));

describe("npm @durable-streams/client", () => {
	test("reads a stream", async ({ server }) => {
		await append(server, "meeting:1", cards(3));
		const response = await stream<CloudEvent>({
			url: streamUrl(server, "meeting:1"),
			offset: "-1",
			live: false,
			warnOnHttp: false,
		});
		const events = await response.json();

		expect(events).toMatchObject(
			[1, 2, 3].map((n) => ({
				specversion: "1.0",
				source: "/meeting:1",
				type: "card_added",
				streamversion: String(n),
				data: { n: n - 1 },
			})),
		);
		expect(response.upToDate).toBe(true);
		expect(response.offset).toBe("0000000000000003");
	});

	test("goes on from an offset", async ({ server }) => {
		await append(server, "meeting:1", cards(5));
		const response = await stream<CloudEvent>({
			url: streamUrl(server, "meeting:1"),
			offset: "0000000000000003",
			live: false,
			warnOnHttp: false,
		});
		expect((await response.json()).map(({ streamversion }) => streamversion)).toEqual(["4", "5"]);
	});

	test.for(["long-poll", "sse"] as const)("follows by %s, from history to live", async (live, { server }) => {
		await append(server, "meeting:1", cards(2));
		const ended = new AbortController();
		const response = await stream<CloudEvent>({
			url: streamUrl(server, "meeting:1"),
			offset: "-1",
			live,
			signal: ended.signal,
			warnOnHttp: false,
		});
		const seen: CloudEvent[] = [];
		let offset = "";
		response.subscribeJson<CloudEvent>((batch) => {
			seen.push(...batch.items);
			offset = batch.offset;
		});
		await until("the history", () => seen.length === 2);
		for (let n = 2; n < 6; n++) {
			await append(server, "meeting:1", cards(1, n));
			await until(`event ${n}`, () => seen.length === n + 1);
		}
		await until("the offset", () => offset === "0000000000000006");
		ended.abort();
		expect(seen.map(({ data }) => data)).toEqual([0, 1, 2, 3, 4, 5].map((n) => ({ n })));
	});

	test("follows from now", async ({ server }) => {
		await append(server, "meeting:1", cards(2));
		const ended = new AbortController();
		const response = await stream<CloudEvent>({
			url: streamUrl(server, "meeting:1"),
			offset: "now",
			live: "sse",
			signal: ended.signal,
			warnOnHttp: false,
		});
		const seen: CloudEvent[] = [];
		response.subscribeJson<CloudEvent>((batch) => {
			seen.push(...batch.items);
		});
		await append(server, "meeting:1", cards(1, 7));
		await until("the news", () => seen.length === 1);
		ended.abort();
		expect(seen[0]).toMatchObject({ data: { n: 7 }, streamversion: "3" });
	});
});

describe("npm eventsource", () => {
	test("follows a stream, and goes on by Last-Event-ID after the connection was cut", async ({ network, server }) => {
		await append(server, "meeting:1", cards(2));
		const asked: (string | null)[] = [];
		const source = new EventSource(`${streamUrl(network, "meeting:1")}?offset=-1&live=sse`, {
			fetch: (url, init) => {
				asked.push(new Headers(init.headers).get("Last-Event-ID"));
				return fetch(url, init);
			},
		});
		const seen: CloudEvent[] = [];
		source.addEventListener("data", ({ data }) => {
			seen.push(...([JSON.parse(data)].flat() as CloudEvent[]));
		});
		await until("the history", () => seen.length === 2);
		network.cut();
		await append(server, "meeting:1", cards(1, 2));
		await until("what came meanwhile", () => seen.length >= 3);
		await append(server, "meeting:1", cards(1, 3));
		await until("what comes now", () => seen.length >= 4);
		source.close();

		expect(seen.map(({ streamversion }) => streamversion)).toEqual(["1", "2", "3", "4"]);
		expect(asked).toEqual([null, "0000000000000002"]);
	});
});

describe("HTTP", () => {
	test("states what an append expects by If-Match and If-None-Match", async ({ server }) => {
		const created = await post(server, "meeting:1", cards(1), { "If-None-Match": "*" });
		expect(created.status).toBe(200);
		expect(await created.json()).toMatchObject({ version: 1, position: expect.any(String), ids: [expect.any(String)] });
		const again = await post(server, "meeting:1", cards(1), { "If-None-Match": "*" });
		expect(again.status).toBe(412);
		expect(await problem(again)).toMatchObject({ code: "conflict", expected: 0, actual: 1 });
		expect((await post(server, "meeting:1", cards(1), { "If-Match": '"1"' })).status).toBe(200);
		const late = await post(server, "meeting:1", cards(1), { "If-Match": '"1"' });
		expect(late.status).toBe(412);
		expect(await problem(late)).toMatchObject({ code: "conflict", expected: 1, actual: 2 });
	});

	test("answers a repeated ID with the first receipt, and 409 if its content differs", async ({ server }) => {
		const event = { id: "order-7", type: "card_added", data: { n: 1 } };
		const first = await append(server, "meeting:1", event);
		expect(await append(server, "meeting:1", event)).toMatchObject(first);
		expect((await post(server, "meeting:1", { ...event, data: { n: 2 } })).status).toBe(409);
	});

	test("is shown on topics at once, and topics are shown over HTTP", async ({ connect, server }) => {
		const topic = await connect().join("meeting:1");
		await append(server, "meeting:1", { type: "card_added", data: { from: "http" }, subject: "card-1" });
		await topic.push("card_added", { from: "channel" });
		await topic.reaches(2);
		const page = (await (await fetch(streamUrl(server, "meeting:1"))).json()) as CloudEvent[];

		expect(topic.data).toEqual([{ from: "http" }, { from: "channel" }]);
		expect(page.map(({ data }) => data)).toEqual(topic.data);
		expect(page.map(({ id }) => id)).toEqual(topic.events.map(({ id }) => id));
	});

	test("says how it is", async ({ server }) => {
		expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
		expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
		expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^recount_\w+/m);
	});
});
