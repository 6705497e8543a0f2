import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startChromium } from "../support/chromium.js";
import { arrive, type Person, type StaticHost, startMeetings, startStaticHost } from "../support/meeting.js";
import type { Server } from "../support/server.js";
import { until } from "../support/until.js";

declare const axe: { run(): Promise<AxeResults> };

let browser: Browser;
let host: StaticHost;
let server: Server;

beforeAll(async () => {
	[browser, host] = await Promise.all([startChromium(), startStaticHost()]);
	server = await startMeetings(host);
});
afterAll(async () => {
	await browser.close();
	await server.dispose();
	await host.close();
});

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe finds serious or worse on a page as it stands. */
async function faults(page: Page): Promise<string[]> {
	if (!(await page.evaluate(() => "axe" in window))) {
		await page.addScriptTag({ path: axeFile });
	}
	// Tall enough that nothing lies under what is fixed to the bottom.
	const size = page.viewportSize() ?? { width: 1280, height: 844 };
	await page.setViewportSize({ ...size, height: 2600 });
	const { violations } = await page.evaluate(() => axe.run());
	await page.setViewportSize(size);
	return violations
		.filter(({ impact }) => impact === "serious" || impact === "critical")
		.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

async function walk(person: Person, look: (where: string) => Promise<void>): Promise<void> {
	const { page } = person;
	await look("an empty agenda");
	await person.add("Coffee");
	await person.add("Tea");
	await person.vote("Tea");
	await person.shows("Coffee 0", "Tea 1");
	await look("the agenda");
	await person.button("Start the discussion").click();
	await page.getByLabel("A new action").fill("Buy beans");
	await page.keyboard.press("Enter");
	await page.getByRole("checkbox", { name: "Buy beans" }).waitFor();
	await look("the discussion");
	await person.button("End the discussion").click();
	await person.button("Save as Markdown").waitFor();
	await look("the closing");
	await person.button("Rewind").click();
	await page.getByLabel("Moment").press("ArrowLeft");
	await look("the past");
	await person.button("Back to live").click();
	await page.getByRole("link", { name: "Insight" }).click();
	await page.locator(".figure .bars").nth(2).waitFor();
	await look("insight");
	await page.getByRole("link", { name: "Audit" }).click();
	await page.locator(".ledger tbody tr").nth(5).waitFor();
	await look("the audit");
}

/** What has the focus: its label, its ID or its text. */
function focusOf(page: Page): Promise<string> {
	return page.evaluate(() => {
		const { ariaLabel = "", textContent, id } = document.activeElement ?? ({} as Element);
		return ariaLabel || id || textContent || "";
	});
}

describe("the pages of the meeting app", () => {
	test.each([
		["light", 1280],
		["dark", 1280],
		["light", 390],
		["dark", 390],
	] as const)("have no serious fault for axe in %s, %i wide", async (colorScheme, width) => {
		const meeting = `axe-${colorScheme}-${width}`;
		const ada = await arrive(browser, host, server.url, "Ada", {
			colorScheme,
			meeting,
			viewport: { width, height: 844 },
		});
		const all: Record<string, string[]> = {};
		await walk(ada, async (where) => {
			all[where] = await faults(ada.page);
		});
		await ada.page.goto(`${host.url}/#/`);
		await ada.page.getByRole("button", { name: "Begin a meeting" }).waitFor();
		all.home = await faults(ada.page);
		expect(Object.entries(all).filter(([, found]) => found.length > 0)).toEqual([]);
		expect(Object.keys(all)).toHaveLength(8);
		expect(ada.errors).toEqual([]);
		await ada.close();
	});

	test("work by keyboard alone", async () => {
		const { page, ...ada } = await arrive(browser, host, server.url, "Ada", { meeting: "keys" });
		const focused = () => focusOf(page);
		const tabTo = async (name: string): Promise<void> => {
			for (let presses = 0; presses < 40 && (await focused()) !== name; presses++) {
				await page.keyboard.press("Tab");
			}
			expect(await focused()).toBe(name);
		};
		const titles = (...expected: string[]) =>
			until(
				`the cards ${expected}`,
				async () => (await page.locator(".card h2").allTextContents()).join() === expected.join(),
			);
		await until("the focus on the page", async () => (await focused()) === "main");
		await tabTo("title");
		for (const title of ["Coffee", "Tea"]) {
			await page.keyboard.type(title);
			await page.keyboard.press("Enter");
		}
		await titles("Coffee", "Tea");
		await tabTo("Move “Coffee”, place 1");
		await page.keyboard.press("ArrowDown");
		await titles("Tea", "Coffee");
		expect(await focused()).toBe("Move “Coffee”, place 2");
		await tabTo("Rename “Coffee”");
		await page.keyboard.press("Enter");
		await page.keyboard.type("Espresso");
		await page.keyboard.press("Escape");
		await until("the focus back", async () => (await focused()) === "Rename “Coffee”");
		await page.keyboard.press("Enter");
		await page.keyboard.type("Espresso");
		await page.keyboard.press("Enter");
		await titles("Tea", "Espresso");
		await tabTo("Vote for “Espresso”");
		await page.keyboard.press("Space");
		await page.locator(".tally b", { hasText: "1" }).waitFor();
		await tabTo("Start the discussion");
		await page.keyboard.press("Enter");
		await page.locator(".item h1", { hasText: "Espresso" }).waitFor();
		await tabTo("Applause");
		await page.keyboard.press("Enter");
		await until("the reaction", () => page.evaluate(() => window.flown.length > 0));
		expect(ada.errors).toEqual([]);
		await page.context().close();
	});

	test("keep the focus at its place when what had it goes", async () => {
		const ada = await arrive(browser, host, server.url, "Ada", { meeting: "focus" });
		const { page } = ada;
		const press = async (on: string, key: string, ...then: string[]): Promise<void> => {
			await ada.button(on).focus();
			for (const wanted of then) {
				await page.keyboard.press(key);
				await until(`the focus on ${wanted}`, async () => (await focusOf(page)) === wanted);
			}
		};
		for (const title of ["A", "B", "C"]) {
			await ada.add(title);
		}
		const vote = "Vote for “A”";
		await press(vote, "Space", vote, vote, vote, vote, vote, vote);
		await page.getByRole("heading", { name: "All your votes are given" }).waitFor();
		const back = "Take a vote back from “A”";
		await press(back, "Space", back, back, back, back, vote);
		await press("Remove “B”", "Enter", "Move “C”, place 2");
		await page.keyboard.press("Control+z");
		await ada.shows("A 0", "B 0", "C 0");
		expect(await focusOf(page)).toBe("Move “C”, place 3");
		await press("Remove “B”", "Enter", "Move “C”, place 2");
		await press("Undo", "Enter", "main");
		await ada.shows("A 0", "B 0", "C 0");
		await press("Remove “B”", "Enter", "Move “C”, place 2");
		await press("Rename the meeting", "Enter", "Name of the meeting");
		await page.keyboard.press("Escape");
		await until("the focus back", async () => (await focusOf(page)) === "Rename the meeting");
		await page.keyboard.press("Enter");
		await page.keyboard.type("Plan");
		await page.keyboard.press("Enter");
		await until("the focus back again", async () => (await focusOf(page)) === "Rename the meeting");
		await page.locator("h1", { hasText: /^Plan$/ }).waitFor();

		await press("Ada (you)", "Enter", "name");
		await page.keyboard.press("Escape");
		await until("the focus on the face", async () => (await focusOf(page)) === "Ada (you)");
		await page.keyboard.press("Enter");
		await page.mouse.click(4, 400);
		await page.getByRole("dialog").waitFor({ state: "detached" });

		await press("Rewind", "Enter", "Moment");
		await page.keyboard.press("Space");
		await ada.button("Pause").waitFor();
		await page.keyboard.press("Escape");
		await until("the focus on the page", async () => (await focusOf(page)) === "main");
		await ada.button("Rewind").waitFor();

		await press("Start the discussion", "Enter", "main");
		await press("Next item", "Enter", "Finish");
		await press("Previous", "Enter", "Next item");
		await page.locator(".stack li button", { hasText: "C" }).press("Enter");
		await page.locator(".item h1", { hasText: /^C$/ }).waitFor();
		expect(await page.locator(".stack .current button:focus").count()).toBe(1);
		await press("End the discussion", "Enter", "main");
		await ada.button("Save as Markdown").waitFor();
		expect(ada.errors).toEqual([]);
		await ada.close();
	});

	test("keep what is being written, whatever the others do", async () => {
		const ada = await arrive(browser, host, server.url, "Ada", { meeting: "unsent" });
		const bob = await arrive(browser, host, server.url, "Bob", { meeting: "unsent" });
		const { page } = ada;
		const title = page.getByLabel("Title of a new card");
		for (const one of ["Coffee", "Cake"]) {
			await bob.add(one);
		}
		await ada.shows("Coffee 0", "Cake 0");
		await title.pressSequentially("Tea");
		await bob.button("Start the discussion").click();
		await page.locator(".item h1", { hasText: "Coffee" }).waitFor();
		await page.keyboard.type(" and");
		await page.getByRole("link", { name: "Audit" }).click();
		await page.locator(".ledger").waitFor();
		await page.getByRole("link", { name: "Meeting", exact: true }).click();
		await until("the title", async () => (await title.inputValue()) === "Tea and");
		await title.press("Enter");
		await bob.page.locator(".stack", { hasText: "Tea and" }).waitFor();

		await page.getByLabel("A new action").pressSequentially("Buy ");
		await bob.button("Next item").click();
		await page.locator(".item h1", { hasText: "Cake" }).waitFor();
		await page.keyboard.type("beans");
		await page.locator(".new-task", { hasText: "for Coffee" }).waitFor();
		await page.keyboard.press("Enter");
		await until("the action sent", async () => (await page.getByLabel("A new action").inputValue()) === "");

		await ada.button("Rename “Cake”").click();
		await page.keyboard.type("Pie");
		await bob.button("End the discussion").click();
		await page.locator(".task", { hasText: "Buy beansCoffee" }).waitFor();
		await bob.button("Back to the agenda").click();
		const again = page.getByLabel("New title for “Cake”");
		await until("the new title", async () => (await again.inputValue()) === "Pie");
		await bob.rename("Cake", "Tart");
		await page.getByText("Bob is writing too: Tart").waitFor();
		await page.keyboard.type("s");
		await page.keyboard.press("Enter");
		await bob.page.keyboard.press("Escape");
		await bob.shows("Coffee 0", "Pies 0", "Tea and 0");

		await ada.button("Rename “Pies”").click();
		await bob.rename("Pies", "Tart");
		await bob.page.keyboard.press("Enter");
		const untouched = page.getByLabel("New title for “Tart”");
		await until("the field to follow", async () => (await untouched.inputValue()) === "Tart");
		await page.keyboard.press("Enter");
		await ada.shows("Coffee 0", "Tart 0", "Tea and 0");

		await ada.rename("Tart", "Crumble");
		await bob.button("Start the discussion").click();
		await page.locator(".item").waitFor();
		await ada.button("Applause").click();
		await bob.button("End the discussion").click();
		await bob.button("Back to the agenda").click();
		await page.getByText("Your unsent title: Crumble").waitFor();
		await bob.shows("Coffee 0", "Tart 0", "Tea and 0");
		await ada.button("Use it").click();
		await bob.shows("Coffee 0", "Crumble 0", "Tea and 0");

		await ada.button("Rename the meeting").click();
		await page.keyboard.type("Break");
		await bob.button("Start the discussion").click();
		await page.locator(".item").waitFor();
		await bob.button("End the discussion").click();
		await page.getByLabel("Name of the meeting").waitFor();
		await page.keyboard.type("fast");
		await page.keyboard.press("Enter");
		await bob.page.getByRole("heading", { name: "Breakfast" }).waitFor();
		expect([...ada.errors, ...bob.errors]).toEqual([]);
		await Promise.all([ada.close(), bob.close()]);
	});

	test("scroll while a card is held at the edge", async () => {
		const viewport = { width: 1280, height: 500 };
		const ada = await arrive(browser, host, server.url, "Ada", { meeting: "edge", viewport });
		const titles = [..."ABCDEFGH"];
		for (const title of titles) {
			await ada.add(title);
		}
		await ada.shows(...titles.map((title) => `${title} 0`));
		const handle = ada.button("Move “A”, place 1");
		await handle.scrollIntoViewIfNeeded();
		const box = await handle.boundingBox();
		await ada.page.mouse.move((box?.x ?? 0) + 10, (box?.y ?? 0) + 10);
		await ada.page.mouse.down();
		await ada.page.mouse.move((box?.x ?? 0) + 10, viewport.height - 4, { steps: 4 });
		await ada.button("Move “A”, place 8").waitFor();
		await ada.page.mouse.up();
		await ada.shows("B 0", "C 0", "D 0", "E 0", "F 0", "G 0", "H 0", "A 0");
		await ada.button("Move “B”, place 1").focus();
		for (let place = 2; place <= 8; place++) {
			await ada.page.keyboard.press("ArrowDown");
			expect((await ada.button(`Move “B”, place ${place}`).boundingBox())?.y).toBeLessThan(viewport.height);
		}
		await ada.close();
	});

	test("drag a card by the mouse", async () => {
		const ada = await arrive(browser, host, server.url, "Ada", { meeting: "drag" });
		for (const title of ["A", "B", "C"]) {
			await ada.add(title);
		}
		await ada.shows("A 0", "B 0", "C 0");
		const middle = async (title: string, place: number): Promise<[number, number]> => {
			const box = await ada.button(`Move “${title}”, place ${place}`).boundingBox();
			return [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
		};
		const [x, from] = await middle("A", 1);
		const [, to] = await middle("C", 3);
		await ada.page.mouse.move(x, from);
		await ada.page.mouse.down();
		await ada.page.mouse.move(x, to + 20, { steps: 6 });
		await ada.page.mouse.up();
		await ada.shows("B 0", "C 0", "A 0");
		await ada.settled();
		await ada.close();
	});

	test("count, draw and export what happened", async () => {
		const ada = await arrive(browser, host, server.url, "Ada", { meeting: "views" });
		const bob = await arrive(browser, host, server.url, "Bob", { meeting: "views" });
		await ada.page.getByRole("link", { name: "Insight" }).click();
		const bar = (name: string) => ada.page.locator(".bars li", { hasText: name }).locator(".value");
		await bob.add("Coffee");
		await bob.add("=Tea");
		await until("two cards", async () => (await bar("Add a card").textContent()) === "2");
		await bob.button("Start the discussion").click();
		await bob.button("Love").click();
		await bob.button("No").click();
		await until("the reactions", async () => (await bar("React").textContent()) === "2");
		await until("a clock that runs", async () => (await bar("Coffee").textContent())?.endsWith(" s"));
		await ada.page.getByRole("img", { name: /Reactions by the minute.*1 good, 0 in doubt, 1 bad/ }).waitFor();
		expect(await bar("Ada").textContent()).toBe("14 %");

		await ada.page.getByRole("link", { name: "Audit" }).click();
		const lines = ada.page.locator(".ledger tbody tr");
		await until("all lines", async () => (await lines.count()) === 7);
		await ada.page.getByLabel("Search").fill("bob tea");
		await until("one line", async () => (await lines.count()) === 1);
		await ada.page.getByLabel("Search").fill("nothing of the kind");
		await ada.button("Clear the search").click();
		await until("all lines again", async () => (await lines.count()) === 7);
		await ada.page.getByLabel("What").selectOption({ label: "React" });
		await until("two lines", async () => (await lines.count()) === 2);
		await ada.page.getByLabel("What").selectOption({ label: "Everything" });
		const [download] = await Promise.all([ada.page.waitForEvent("download"), ada.button("Export CSV").click()]);
		const rows = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
		expect(rows).toHaveLength(8);
		expect(rows[0]).toBe("\ufeffversion,time,who,actor,type,what");
		expect(rows.some((row) => row.endsWith(",card_added,added “=Tea”"))).toBe(true);
		expect([...ada.errors, ...bob.errors]).toEqual([]);
		await Promise.all([ada.close(), bob.close()]);
	});
});
