import { randomBytes } from "node:crypto";
import type { Connection, Cursor, RecordedEvent, Stream } from "@recount/client";
import { describe, expect } from "vitest";
import { append } from "../../../../e2e/support/http.js";
import { startServer } from "../../../../e2e/support/server.js";
import { until } from "../../../../e2e/support/until.js";
import { test } from "../../support/fixture.js";

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

interface Watched {
	stream: Stream;
	versions: number[];
	ids: string[];
	resets: Cursor[];
}

function watch(connection: Connection, name = "meeting:1"): Watched {
	const stream = connection.stream(name);
	const watched: Watched = { stream, versions: [], ids: [], resets: [] };
	stream.subscribe({
		event: (event: RecordedEvent) => {
			watched.versions.push(event.version);
			watched.ids.push(event.id);
		},
		reset: (cursor) => {
			watched.resets.push(cursor);
			watched.versions.length = 0;
		},
	});
	return watched;
}

describe("after a break", () => {
	test("it goes on without gap or repeat", async ({ dialBadly, network, server }) => {
		const connection = dialBadly();
		const states: string[] = [];
		connection.onState((state) => state !== states.at(-1) && states.push(state));
		const { stream, versions } = watch(connection);
		for (let n = 1; n <= 5; n++) {
			await until("the join", () => stream.status === "joined");
			network.cut();
			await append(server, "meeting:1", { type: "card_added", data: n });
			await until("the event", () => versions.length === n);
		}
		expect(versions).toEqual(upTo(5));
		expect(states.slice(0, 3)).toEqual(["open", "connecting", "open"]);
	});

	test("it goes on in the middle of a long history", async ({ dial, dialBadly, network }) => {
		const filler = dial().stream("meeting:1");
		for (let n = 0; n < 8; n++) {
			const drafts = Array.from({ length: 500 }, () => ({
				type: "card_added",
				data: randomBytes(200).toString("hex"),
			}));
			await filler.appendAll(drafts);
		}
		network.slow(10_000_000);
		const { stream, versions } = watch(dialBadly());
		let cuts = 0;
		stream.subscribe({
			batch: () => {
				// Whatever was on its way still comes: cut the next connection, not this one again.
				if (cuts < 3 && network.accepted === cuts + 1) {
					cuts++;
					network.cut();
				}
			},
		});
		await until("all", () => versions.length === 4000);
		expect(versions).toEqual(upTo(4000));
		expect(network.accepted).toBe(4);
	});

	test("what was done meanwhile is recorded once, in order", async ({ dial, dialBadly, network }) => {
		const reader = watch(dial());
		const { stream } = watch(dialBadly());
		await until("the join", () => stream.status === "joined");
		network.cut();
		const ids = upTo(10).map((n) => `draft-${n}`);
		const receipts = Promise.all(ids.map((id) => stream.append("card_added", id, { id })));
		network.cut();
		expect((await receipts).map(({ version }) => version)).toEqual(upTo(10));
		await until("all", () => reader.ids.length === 10);
		expect(reader.ids).toEqual(ids);
		expect(stream.pending).toEqual([]);
	});

	test("an answer that was lost does not double the event", async ({ dial, dialBadly, network }) => {
		const reader = watch(dial());
		const { stream } = watch(dialBadly({ timeout: 300 }));
		await until("both", () => stream.status === "joined" && reader.stream.status === "joined");
		network.stall();
		const sent = stream.append("card_added", 1);
		await until("the event at the others", () => reader.versions.length === 1);
		expect(stream.pending).toHaveLength(1);
		network.cut();
		network.flow();
		expect(await sent).toMatchObject({ version: 1 });
		await stream.append("card_added", 2);
		await until("both", () => reader.versions.length === 2);
		expect(reader.versions).toEqual([1, 2]);
	});
});

describe("a server that was killed and started again", () => {
	test("is found again, and nothing is lost or doubled", async ({ dialBadly, network, server }) => {
		const one = watch(dialBadly());
		const other = watch(dialBadly());
		await one.stream.append("card_added", 1);
		await until("it at the other", () => other.versions.length === 1);
		await server.kill();
		const receipts = Promise.all([2, 3].map((n) => one.stream.append("card_added", n)));
		expect(one.stream.pending).toHaveLength(2);
		await server.start();
		network.target = server.port;
		expect((await receipts).map(({ version }) => version)).toEqual([2, 3]);
		await until("all", () => one.versions.length === 3 && other.versions.length === 3);
		expect([one.versions, other.versions]).toEqual([upTo(3), upTo(3)]);
		expect([one.resets, other.resets]).toEqual([[], []]);
	});
});

describe("another log", () => {
	test("at the same address resets", async ({ dialBadly, network, server }) => {
		await append(server, "meeting:1", [{ type: "card_added" }, { type: "card_added" }]);
		const watched = watch(dialBadly());
		await until("both", () => watched.versions.length === 2);
		const another = await startServer();
		try {
			await append(another, "meeting:1", { type: "card_added", id: "of-another" });
			network.target = another.port;
			network.cut();
			await until("the other one's event", () => watched.ids.includes("of-another"));
		} finally {
			await another.dispose();
		}
		expect(watched.versions).toEqual([1]);
		expect(watched.resets).toHaveLength(1);
		expect(watched.resets[0]).toMatchObject({ upto: 0, epoch: expect.any(String) });
	});

	test("than that of a cursor resets, and a place beyond the end, too", async ({ dial, server }) => {
		await append(server, "meeting:1", { type: "card_added" });
		const stream = dial().stream("meeting:1");
		const seen: unknown[] = [];
		const follow = (name: string, since: number, epoch?: string): void => {
			const observer = {
				event: ({ version }: RecordedEvent) => seen.push([name, version]),
				reset: () => seen.push([name, "reset"]),
			};
			stream.subscribe(observer, { since, ...(epoch === undefined ? {} : { epoch }) });
		};
		follow("epoch", 1, "another");
		await until("the event", () => seen.length === 2);
		expect(seen).toEqual([
			["epoch", "reset"],
			["epoch", 1],
		]);
		// On a topic that is joined already.
		follow("later", 1, "another");
		await until("the event again", () => seen.length === 4);
		expect(seen.slice(2)).toEqual([
			["later", "reset"],
			["later", 1],
		]);
		const other = dial().stream("meeting:1");
		const beyond: unknown[] = [];
		other.subscribe({ event: ({ version }) => beyond.push(version), reset: () => beyond.push("reset") }, { since: 9 });
		await until("the event", () => beyond.length === 2);
		expect(beyond).toEqual(["reset", 1]);
	});

	test("ends an iteration with gone", async ({ dial, server }) => {
		await append(server, "meeting:1", { type: "card_added" });
		const all = dial().stream("meeting:1").events({ since: 1, epoch: "another" });
		await expect(all.next()).rejects.toMatchObject({ code: "gone" });
	});
});
