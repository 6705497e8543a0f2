// How long people wait for the meeting: those who come to a long one, and those who watch another act.

import { loadavg } from "node:os";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startChromium } from "../support/chromium.js";
import { history, lastCard } from "../support/history.js";
import { arrive, enter, type StaticHost, startMeetings, startStaticHost } from "../support/meeting.js";
import type { Server } from "../support/server.js";

const rounds = Number(process.env.RECOUNT_BENCH_ROUNDS ?? 7);
const actions = 200;
const watching = { script: watchLastCard, given: lastCard };

let browser: Browser;
let host: StaticHost;

beforeAll(async () => {
	[browser, host] = await Promise.all([startChromium(), startStaticHost()]);
	say(`load average at the begin: ${loadavg()[0]?.toFixed(1)}`);
});
afterAll(async () => {
	await browser.close();
	await host.close();
});

describe.each([
	{ events: 100, bar: 1000 },
	{ events: 10_000, bar: 1000 },
	{ events: 100_000, bar: 3000 },
])("a meeting of $events events", ({ events, bar }) => {
	let server: Server;

	beforeAll(async () => {
		server = await startMeetings(host, history("meeting:test", events));
	});
	afterAll(() => server.dispose());

	test("shows to who comes for the first time", async () => {
		const took: number[] = [];
		for (let round = 0; round < rounds; round++) {
			const { page } = await enter(browser, host, server.url, `Visitor ${round}`, watching);
			took.push(await shownAt(page));
			await page.context().close();
		}
		expect(report(`join of ${events} events, first visit`, took, bar)).toBeLessThan(bar);
	});

	test("shows to who comes again", async () => {
		const person = await enter(browser, host, server.url, "Visitor", watching);
		await shownAt(person.page);
		await person.settled();
		const took: number[] = [];
		for (let round = 0; round < rounds; round++) {
			await person.page.reload({ waitUntil: "commit" });
			took.push(await shownAt(person.page));
		}
		await person.close();
		expect(report(`join of ${events} events, again`, took, bar)).toBeLessThan(bar);
	});
});

describe("two people", () => {
	test("see what the other does", async () => {
		const bar = 50;
		const server = await startMeetings(host);
		try {
			const ada = await arrive(browser, host, server.url, "Ada");
			const bob = await arrive(browser, host, server.url, "Bob");
			await ada.add("Coffee");
			await bob.shows("Coffee 0");
			const took: number[] = [];
			for (let action = 0; action < actions; action++) {
				await bob.page.evaluate(awaitChange);
				const name = action % 2 === 0 ? "Vote for “Coffee”" : "Take a vote back from “Coffee”";
				const done = await ada.page.evaluate(press, name);
				took.push((await bob.page.evaluate(changedAt)) - done);
				// The next one meets a page at rest.
				await bob.page.waitForTimeout(50);
			}
			expect(bob.errors).toEqual([]);
			expect(report("action in one tab until the frame that shows it in another", took, bar)).toBeLessThan(bar);
		} finally {
			await server.dispose();
		}
	});
});

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

/** Prints the median and the range, in milliseconds, and returns the median. */
function report(what: string, took: number[], bar: number): number {
	const sorted = took.toSorted((a, b) => a - b);
	const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] as number;
	const ms = (value: number): string => `${value.toFixed(0)} ms`;
	say(`${what}: median ${ms(at(0.5))} (${ms(at(0))} to ${ms(at(1))}), bar ${ms(bar)}`);
	return at(0.5);
}

/** In a page that loads: notes when the frame with the last card is made, in milliseconds since the navigation began. */
function watchLastCard(title: string): void {
	const found = (): boolean => [...document.querySelectorAll(".card h2")].some((one) => one.textContent === title);
	const observer = new MutationObserver(() => {
		if (found()) {
			observer.disconnect();
			requestAnimationFrame(() => {
				(window as { shownAt?: number }).shownAt = performance.now();
			});
		}
	});
	observer.observe(document, { childList: true, subtree: true, characterData: true });
}

async function shownAt(page: Page): Promise<number> {
	const handle = await page.waitForFunction(() => (window as { shownAt?: number }).shownAt, undefined, {
		timeout: 60_000,
		polling: 100,
	});
	return (await handle.jsonValue()) as number;
}

/** In a page: begins to wait for the next change of the card. */
function awaitChange(): void {
	const card = document.querySelector(".card") as Element;
	(window as { changed?: Promise<number> }).changed = new Promise((resolve) => {
		const observer = new MutationObserver(() => {
			observer.disconnect();
			requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
		});
		observer.observe(card, { childList: true, subtree: true, characterData: true });
	});
}

/** In a page: when the frame with that change was made. */
function changedAt(): Promise<number> {
	return (window as { changed?: Promise<number> }).changed as Promise<number>;
}

/** In a page: presses a button, and returns when. */
function press(name: string): number {
	const button = document.querySelector(`button[aria-label="${name}"]`) as HTMLElement;
	const now = performance.timeOrigin + performance.now();
	button.click();
	return now;
}
