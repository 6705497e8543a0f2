// Takes the pictures in docs/meeting anew: each page on desk and phone, light and dark. `npm run pictures -w e2e`; needs
// pngquant.

import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../support/build.js";
import { openPage, startChromium } from "../support/chromium.js";
import { arrive, type Person, type StaticHost, startMeetings, startStaticHost } from "../support/meeting.js";
import { scenes } from "./scene.js";

const folder = path.join(root, "docs/meeting");
const pages = ["home", "door", "empty", "agenda", "discussion", "closing", "rewind", "insight", "audit"];

let browser: Browser;
let host: StaticHost;

beforeAll(async () => {
	[browser, host] = await Promise.all([startChromium(), startStaticHost()]);
});
afterAll(async () => {
	await browser.close();
	await host.close();
});

const looks: [suffix: string, options: BrowserContextOptions][] = [
	["", { colorScheme: "light", viewport: { width: 1440, height: 900 } }],
	["-dark", { colorScheme: "dark", viewport: { width: 1440, height: 900 } }],
	["-phone", { colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
	["-phone-dark", { colorScheme: "dark", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
];

test.for(looks)("the pages%s", async ([suffix, options]) => {
	const server = await startMeetings(host, scenes());
	const taken: string[] = [];
	const take = async (page: Page, name: string): Promise<void> => {
		await page.evaluate(() => document.fonts.ready);
		await page.screenshot({ path: path.join(folder, `${name}${suffix}.png`) });
		taken.push(name);
	};
	const come = async (meeting: string, name = "Eve"): Promise<Person> => {
		const person = await arrive(browser, host, server.url, name, { ...options, meeting });
		await person.page.locator(".people .face").first().waitFor();
		await person.settled();
		return person;
	};
	const there = async ({ page }: Person, heading: string): Promise<void> => {
		await page.getByRole("heading", { name: heading }).first().waitFor();
	};

	const outside = await come("friday-retro", "Fay");
	await take(outside.page, "empty");
	await outside.page.goto(`${host.url}/?backend=${encodeURIComponent(server.url)}#/`);
	await outside.button("Begin a meeting").waitFor();
	await take(outside.page, "home");
	await outside.close();

	const stranger = await openPage(browser, options);
	await stranger.page.goto(`${host.url}/?backend=${encodeURIComponent(server.url)}#/quarterly-plan`);
	await stranger.page.getByLabel("Your name").waitFor();
	await take(stranger.page, "door");
	await stranger.page.context().close();

	const before = await come("before");
	const writer = await come("before", "Fay");
	await there(before, "Quarterly plan");
	await writer.rename("Hiring: two more engineers", "Hiring: two engineers and a desig");
	await before.page.getByText("Fay is writing").waitFor();
	await writer.page.getByLabel("New title").pressSequentially("ner");
	await before.page.getByRole("heading", { name: "a designer" }).waitFor();
	await take(before.page, "agenda");
	await Promise.all([before.close(), writer.close()]);

	const during = await come("during");
	await there(during, "Hiring: two more engineers");
	await during.button("Applause").click();
	await during.page.locator(".fly").waitFor();
	await take(during.page, "discussion");
	await during.close();

	const after = await come("after");
	await after.button("Save as Markdown").waitFor();
	await take(after.page, "closing");
	await after.button("Rewind").click();
	const slider = after.page.getByLabel("Moment");
	for (let step = 0; step < 26; step++) {
		await slider.press("ArrowLeft");
	}
	// It has scrolled to what was done on the way.
	await after.page.evaluate(() => window.scrollTo(0, 0));
	await take(after.page, "rewind");
	await after.button("Back to live").click();
	await after.page.getByRole("link", { name: "Insight" }).click();
	await after.page.locator(".figure .bars").nth(2).waitFor();
	await take(after.page, "insight");
	await after.page.getByRole("link", { name: "Audit" }).click();
	await after.page.locator(".ledger tbody tr").nth(8).waitFor();
	await take(after.page, "audit");
	expect(after.errors).toEqual([]);
	await after.close();
	await server.dispose();

	expect(taken.toSorted()).toEqual(pages.toSorted());
	const files = (await readdir(folder)).filter((file) => taken.some((name) => file === `${name}${suffix}.png`));
	await promisify(execFile)("pngquant", ["--force", "--skip-if-larger", "--ext", ".png", ...files], {
		cwd: folder,
	}).catch((error: { code?: number }) => {
		// 98: one is small enough already.
		expect(error.code).toBe(98);
	});
});
