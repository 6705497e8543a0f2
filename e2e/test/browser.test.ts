import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type * as phoenix from "phoenix";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { openPage, startChromium } from "../support/chromium.js";
import type { EventsPush, RecordedEvent, Signal } from "../support/client.js";
import { test } from "../support/fixture.js";
import { append } from "../support/http.js";
import { until } from "../support/until.js";

declare const Phoenix: typeof phoenix;

declare global {
	interface Window {
		seen: RecordedEvent[];
		joins: number;
		closes: number;
		channel: phoenix.Channel;
	}
}

const bundle = path.resolve(path.dirname(createRequire(import.meta.url).resolve("phoenix")), "phoenix.min.js");

let browser: Browser;
const pages: Page[] = [];
beforeAll(async () => {
	browser = await startChromium();
});
afterEach(() => Promise.all(pages.splice(0).map((page) => page.context().close())));
afterAll(() => browser.close());

/** Opens a page of this origin with phoenix's bundle in it. */
async function pageOf(origin: string): Promise<Page> {
	const { page } = await openPage(browser, { bypassCSP: true });
	pages.push(page);
	await page.goto(`${origin}/healthz`);
	await page.addScriptTag({ path: bundle });
	return page;
}

/** What a browser does on a topic: join, push, signal, be present. It runs in the page. */
async function coreFlow() {
	const answer = (push: phoenix.Push) =>
		new Promise<{ status: string; response: Record<string, unknown> }>((resolve) => {
			for (const status of ["ok", "error", "timeout"] as const) {
				push.receive(status, (response) => resolve({ status, response }));
			}
		});
	const open = () => {
		const socket = new Phoenix.Socket("/socket");
		socket.connect();
		return socket.channel("meeting:1", { presence: { tab: true } });
	};
	const eventually = async (probe: () => boolean) => {
		while (!probe()) {
			await new Promise((resolve) => requestAnimationFrame(resolve));
		}
	};

	const [ada, bob] = [open(), open()];
	const events: RecordedEvent[] = [];
	const signals: Signal[] = [];
	let upto = 0;
	const presence = new Phoenix.Presence(bob);
	bob.on("events", (push: EventsPush) => {
		events.push(...push.events);
		upto = Number(push.upto);
	});
	bob.on("signal", (signal: Signal) => {
		signals.push(signal);
	});
	const joins = [await answer(ada.join()), await answer(bob.join())];
	const replies = [
		await answer(ada.push("card_added", { title: "Coffee" })),
		await answer(ada.push("$action", { type: "counter/set", payload: 0, error: false })),
		await answer(ada.push("$append", { events: [{ type: "card_added", data: null }], expect: 2 })),
		await answer(ada.push("$append", { events: [{ type: "card_added", data: null }], expect: 2 })),
		await answer(ada.push("cursor_moved", { x: 1 })),
		await answer(ada.push("reaction_sent", { emoji: "🎉" })),
	];
	await eventually(() => upto === 4 && signals.length === 1 && presence.list().length > 0);
	return { joins, replies, events, signals, present: presence.list((_, { metas }) => metas.length as number) };
}

describe("phoenix.js in Chromium", () => {
	test("does what it does in Node", async ({ server }) => {
		const page = await pageOf(server.url);
		const { joins, replies, events, signals, present } = await page.evaluate(coreFlow);

		expect(joins).toMatchObject([{ status: "ok", response: { version: 0 } }, { status: "ok" }]);
		expect(replies.map(({ status }) => status)).toEqual(["ok", "ok", "ok", "error", "ok", "ok"]);
		expect(replies[3]?.response).toMatchObject({ code: "conflict", expected: 2, actual: 3 });
		expect(events.map(({ version, type, data, meta }) => [version, type, data, meta])).toEqual([
			[1, "card_added", { title: "Coffee" }, undefined],
			[2, "counter/set", 0, { action: { error: false } }],
			[3, "card_added", null, undefined],
			[4, "reaction_sent", { emoji: "🎉" }, undefined],
		]);
		expect(signals).toMatchObject([{ type: "cursor_moved", data: { x: 1 } }]);
		expect(present.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(1);
	});

	test("resumes after the connection was cut", async ({ network, server }) => {
		const page = await pageOf(network.url);
		await page.evaluate(() => {
			Object.assign(window, { seen: [], joins: 0 });
			const socket = new Phoenix.Socket("/socket", { reconnectAfterMs: () => 20 });
			let place = {};
			let epoch = "";
			const channel = socket.channel("meeting:1", () => place);
			channel.on("events", ({ events, upto }: EventsPush) => {
				window.seen.push(...events);
				place = { since: upto, epoch };
			});
			socket.connect();
			channel.join().receive("ok", (reply: { epoch: string }) => {
				epoch = reply.epoch;
				window.joins++;
			});
		});
		const versions = () => page.evaluate(() => window.seen.map(({ version }) => version));
		await append(server, "meeting:1", { type: "card_added", data: 1 });
		await until("the first event", async () => (await versions()).length === 1);
		network.cut();
		await append(server, "meeting:1", { type: "card_added", data: 2 });
		await until("a second join", () => page.evaluate(() => window.joins === 2));
		await append(server, "meeting:1", { type: "card_added", data: 3 });
		await until("all events", async () => (await versions()).length >= 3);

		expect(await versions()).toEqual([1, 2, 3]);
	});
});

describe("a page of another origin", () => {
	test("is refused by the socket and by HTTP", async ({ server }) => {
		const elsewhere = createServer((_, response) =>
			response.setHeader("Content-Type", "text/html").end("<p>elsewhere</p>"),
		);
		elsewhere.listen(0, "127.0.0.1");
		await once(elsewhere, "listening");
		const page = await pageOf(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`);
		const outcome = await page.evaluate(async (target) => {
			const socket = new WebSocket(`${target.replace("http", "ws")}/socket/websocket?vsn=2.0.0`);
			const opened = new Promise<boolean>((resolve) => {
				socket.onopen = () => resolve(true);
				socket.onclose = () => resolve(false);
			});
			const url = `${target}/v1/streams/meeting:1`;
			const read = await fetch(url).then(
				() => true,
				() => false,
			);
			const written = await fetch(url, { method: "POST", body: '{"type":"card_added","data":1}' }).then(
				() => true,
				() => false,
			);
			// A simple request is sent whatever the browser thinks of it: only the server can refuse it.
			await fetch(url, { method: "POST", mode: "no-cors", body: '{"type":"card_added","data":1}' }).catch(() => {});
			return { opened: await opened, read, written };
		}, server.url);
		elsewhere.close();

		expect(outcome).toEqual({ opened: false, read: false, written: false });
		const stored = (await (await fetch(`${server.url}/v1/streams/meeting:1`)).json()) as unknown[];
		expect(stored).toEqual([]);
	});
});
