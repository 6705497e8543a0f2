import type { Browser, Page } from "playwright-core";
import { afterAll, test as base, beforeAll, describe, expect } from "vitest";
import { openPage, startChromium, type Watched } from "../support/chromium.js";
import { Network } from "../support/network.js";
import { type Server, startDemo } from "../support/server.js";
import { until } from "../support/until.js";

let browser: Browser;
beforeAll(async () => {
	browser = await startChromium();
});
afterAll(() => browser.close());

interface Given {
	demo: Server;
	network: Network;
	/** Opens the page as a person and comes in. */
	visit: (name: string, origin?: string) => Promise<Watched>;
}

const test = base.extend<Given>({
	// biome-ignore lint/correctness/noEmptyPattern: a fixture without others wants an empty pattern
	demo: async ({}, use) => {
		const demo = await startDemo();
		await use(demo);
		await demo.dispose();
	},
	network: async ({ demo }, use) => {
		const network = await Network.start(demo.port);
		await use(network);
		await network.close();
	},
	visit: async ({ demo }, use) => {
		const all: Watched[] = [];
		await use(async (name, origin = demo.url) => {
			const watched = await openPage(browser);
			all.push(watched);
			await watched.page.goto(`${origin}/#meeting:test`);
			await watched.page.getByLabel("Your name").fill(name);
			await watched.page.getByRole("button", { name: "Join the meeting" }).click();
			await live(watched.page);
			return watched;
		});
		await Promise.all(all.map(({ page }) => page.context().close()));
	},
});

const live = (page: Page) => page.waitForSelector('#connection[data-state="live"]');
const titles = (page: Page) => page.locator(".card h3").allTextContents();
const votes = (page: Page) => page.locator(".tally b").allTextContents();
const ledger = (page: Page) => page.locator("#ledger li p").allTextContents();
const people = (page: Page) =>
	page.locator("#people .face").evaluateAll((faces) => faces.map((face) => face.getAttribute("aria-label")));

async function add(page: Page, title: string): Promise<void> {
	await page.getByLabel("Title of a new card").fill(title);
	await page.keyboard.press("Enter");
}

async function shows(page: Page, expected: string[]): Promise<void> {
	await until(`the cards ${expected}`, async () => (await titles(page)).join("|") === expected.join("|"));
}

describe("the demo", () => {
	test("keeps two people in step", async ({ visit, demo }) => {
		const [ada, bob] = await Promise.all([visit("Ada"), visit("Bob")]);
		await until("two faces", async () => (await people(ada.page)).length === 2);
		expect(await people(ada.page)).toEqual(["Ada (you)", "Bob"]);
		expect(await people(bob.page)).toEqual(["Bob (you)", "Ada"]);

		await ada.page.getByLabel("Title of a new card").pressSequentially("Coffee");
		await bob.page.getByText("Ada is writing…").waitFor();
		await ada.page.keyboard.press("Enter");
		await shows(bob.page, ["Coffee"]);
		await add(bob.page, "Tea");
		await shows(ada.page, ["Tea", "Coffee"]);

		await bob.page.getByRole("button", { name: "Vote for “Coffee”" }).click();
		await ada.page.getByRole("button", { name: "Vote for “Coffee”" }).click();
		await until("two votes", async () => (await votes(bob.page)).join() === "2");
		await ada.page.getByRole("button", { name: "Vote for “Coffee”", pressed: true }).click();
		await until("one vote", async () => (await votes(bob.page)).join() === "1");

		await bob.page.getByRole("button", { name: "Rename “Tea”" }).click();
		await bob.page.keyboard.type("Green tea");
		await bob.page.keyboard.press("Enter");
		await shows(ada.page, ["Green tea", "Coffee"]);

		await bob.page.getByRole("button", { name: "Party" }).click();
		await ada.page.locator(".fly", { hasText: "Bob" }).waitFor();
		await until("the reaction in the record", async () => (await ledger(ada.page))[0] === "Bob reacted with 🎉");

		for (const { errors, requests } of [ada, bob]) {
			expect(errors).toEqual([]);
			expect(
				requests.filter((url) => !/^(data:|blob:)/.test(url) && new URL(url).host !== new URL(demo.url).host),
			).toEqual([]);
		}
	});

	test("shows a newcomer what happened, without reactions, and lets him look back", async ({ visit }) => {
		const ada = await visit("Ada");
		await add(ada.page, "Coffee");
		await shows(ada.page, ["Coffee"]);
		await ada.page.getByRole("button", { name: "Party" }).click();
		await until("the reaction", async () => (await ledger(ada.page))[0] === "You reacted with 🎉");
		await add(ada.page, "Tea");
		await shows(ada.page, ["Tea", "Coffee"]);

		const { page } = await visit("Bob");
		await shows(page, ["Tea", "Coffee"]);
		await until("the record", async () => (await ledger(page)).length === 4);
		expect(await ledger(page)).toEqual(["You came in ", "Ada added Tea ", "Ada added Coffee ", "Ada came in "]);

		const tape = page.getByLabel("Look back in the record");
		await tape.focus();
		await page.keyboard.press("ArrowLeft");
		await page.keyboard.press("ArrowLeft");
		await shows(page, ["Coffee"]);
		await page.getByRole("button", { name: "Back to now" }).click();
		await shows(page, ["Tea", "Coffee"]);
	});

	test("comes back after the line broke, and sends what was done meanwhile", async ({ visit, network }) => {
		const ada = await visit("Ada");
		const bob = await visit("Bob", network.url);
		await add(ada.page, "Before");
		await shows(bob.page, ["Before"]);
		await bob.page.evaluate(() => {
			(window as unknown as { stays: boolean }).stays = true;
		});
		network.cut();
		await add(ada.page, "Meanwhile");
		await add(bob.page, "Offline");
		await until("all cards", async () => (await titles(ada.page)).length === 3);
		await until("all cards", async () => (await titles(bob.page)).length === 3);

		expect(await titles(bob.page)).toEqual(await titles(ada.page));
		expect(await bob.page.evaluate(() => "stays" in window)).toBe(true);
		await until("one Bob", async () => (await people(ada.page)).join() === "Ada (you),Bob");
	});

	test("knows who comes back, and lets a tab be somebody else", async ({ visit }) => {
		const { page } = await visit("Ada");
		await add(page, "Coffee");
		await shows(page, ["Coffee"]);
		await page.getByRole("button", { name: "Vote for “Coffee”" }).click();
		await until("a vote", async () => (await votes(page)).join() === "1");
		await page.reload();
		await live(page);
		await page.getByRole("button", { name: "Vote for “Coffee”", pressed: true }).waitFor();

		const tab = await page.context().newPage();
		await tab.goto(page.url());
		await live(tab);
		await tab.getByRole("button", { name: "Ada (you)" }).click();
		await tab.getByRole("button", { name: "Be somebody else in this tab" }).click();
		await tab.getByLabel("Your name").fill("Cleo");
		await tab.getByRole("button", { name: "Join the meeting" }).click();
		await tab.getByRole("button", { name: "Vote for “Coffee”", pressed: false }).click();
		await until("two votes", async () => (await votes(page)).join() === "2");
	});

	test("works by keyboard alone", async ({ visit }) => {
		const { page } = await visit("Ada");
		const on = (name: string) =>
			page.evaluate((wanted) => document.activeElement?.getAttribute("aria-label") === wanted, name);
		await page.keyboard.type("Coffee");
		await page.keyboard.press("Enter");
		await shows(page, ["Coffee"]);
		const tabTo = async (name: string) => {
			for (let presses = 0; presses < 12 && !(await on(name)); presses++) {
				await page.keyboard.press("Tab");
			}
			expect(await on(name)).toBe(true);
		};
		await tabTo("Rename “Coffee”");
		await page.keyboard.press("Enter");
		await page.keyboard.type("Tea");
		await page.keyboard.press("Escape");
		expect(await on("Rename “Coffee”")).toBe(true);
		await page.keyboard.press("Enter");
		await page.keyboard.type("Tea");
		await page.keyboard.press("Enter");
		await shows(page, ["Tea"]);
		await tabTo("Vote for “Tea”");
		await page.keyboard.press("Space");
		await until("a vote", async () => (await votes(page)).join() === "1");
		await tabTo("Applause");
		await page.keyboard.press("Enter");
		await page.locator(".fly").waitFor();
	});
});
