import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import { startChromium } from "../support/chromium.js";
import { streamUrl } from "../support/http.js";
import { arrive, Person, type StaticHost, startMeetings, startStaticHost } from "../support/meeting.js";
import { Network } from "../support/network.js";
import type { Server } from "../support/server.js";
import { until } from "../support/until.js";

let browser: Browser;
let host: StaticHost;
let server: Server;
let network: Network;
let people: Person[];

beforeAll(async () => {
	[browser, host] = await Promise.all([startChromium(), startStaticHost()]);
});
afterAll(async () => {
	await browser.close();
	await host.close();
});
beforeEach(async () => {
	server = await startMeetings(host);
	network = await Network.start(server.port);
	people = [];
	onTestFailed(() => {
		process.stderr.write(`the server said:\n${server.log}\n`);
	});
});
afterEach(async () => {
	await Promise.all(people.map((person) => person.close()));
	await network.close();
	await server.dispose();
});

/** People come in, one after the other, over the bad network. */
async function come(...names: string[]): Promise<Person[]> {
	const come: Person[] = [];
	for (const name of names) {
		come.push(await arrive(browser, host, network.url, name));
	}
	people.push(...come);
	return come;
}

const everybody = (...cards: string[]): Promise<unknown> => Promise.all(people.map((person) => person.shows(...cards)));

/** Nothing gets through any more, until the network is mended. */
function tear(): void {
	network.target = 1;
	network.cut();
}

function mend(): void {
	network.target = server.port;
}

/** The types of all that was recorded. */
async function recorded(): Promise<string[]> {
	const response = await fetch(streamUrl(server, "meeting:test"));
	return ((await response.json()) as { type: string }[]).map(({ type }) => type);
}

describe("the meeting", () => {
	test("is the same on all screens after every step", async () => {
		const [ada, bob, cleo] = (await come("Ada", "Bob", "Cleo")) as [Person, Person, Person];
		await until("three faces", async () => (await cleo.page.locator(".people .face").count()) === 3);
		await ada.add("Coffee");
		await everybody("Coffee 0");
		await bob.add("Tea");
		await everybody("Coffee 0", "Tea 0");
		await bob.vote("Tea");
		await cleo.vote("Tea");
		await everybody("Coffee 0", "Tea 2");

		await bob.button("Rename “Tea”").click();
		await bob.page.keyboard.type("Green t");
		await ada.page.getByRole("heading", { name: "Green t" }).waitFor();
		await ada.page.getByText("Bob is writing").waitFor();
		await bob.page.keyboard.type("ea");
		await bob.page.keyboard.press("Enter");
		await everybody("Coffee 0", "Green tea 2");

		await cleo.button("Move “Coffee”, place 1").press("ArrowDown");
		await everybody("Green tea 2", "Coffee 0");

		for (let votes = 0; votes < 5; votes++) {
			await ada.vote("Coffee");
		}
		await everybody("Green tea 2", "Coffee 5");
		expect(await ada.button("Vote for “Green tea”").isDisabled()).toBe(true);
		await ada.button("Take a vote back from “Coffee”").click();
		await everybody("Green tea 2", "Coffee 4");

		await ada.button("Start the discussion").click();
		const items = (person: Person) => person.page.locator(".item h1").allTextContents();
		for (const person of people) {
			await until("the first item", async () => (await items(person)).join() === "Coffee");
		}
		await cleo.page.getByLabel("A new action").fill("Buy beans");
		await cleo.page.getByLabel("Owner of the new action").selectOption({ label: "Bob" });
		await cleo.button("Add the action").click();
		await bob.button("Next item").click();
		for (const person of people) {
			await until("the second item", async () => (await items(person)).join() === "Green tea");
		}
		await ada.button("Finish").click();
		for (const person of people) {
			await person.page.getByRole("checkbox", { name: /Buy beans/ }).waitFor();
			expect(await person.page.getByLabel("Owner of “Buy beans”").locator("option:checked").textContent()).toBe("Bob");
		}
		const [download] = await Promise.all([ada.page.waitForEvent("download"), ada.button("Save as Markdown").click()]);
		expect(download.suggestedFilename()).toBe("Test.md");
		expect(people.flatMap(({ errors }) => errors)).toEqual([]);
		const hosts = new Set(people.flatMap(({ requests }) => requests.map((url) => new URL(url).host)));
		expect(hosts).toEqual(new Set([host.url, network.url].map((url) => new URL(url).host)));
	});

	test("shows everything to those who come late, and no reaction of before", async () => {
		const [ada, bob] = (await come("Ada", "Bob")) as [Person, Person];
		await ada.add("Coffee");
		await everybody("Coffee 0");
		await ada.button("Party").click();
		await until("Ada's reaction", async () => (await bob.flown())[0]?.includes("Ada"));
		await bob.vote("Coffee");
		const [cleo] = (await come("Cleo")) as [Person];
		await cleo.shows("Coffee 1");
		expect(await cleo.flown()).toEqual([]);
		await until("the reaction in the record", async () => (await recorded()).includes("reaction_sent"));
		await bob.button("Applause").click();
		await until("Bob's reaction", async () => (await cleo.flown()).length > 0);
		expect(await cleo.flown()).toEqual([expect.stringContaining("Bob")]);
	});

	test("keeps what is done offline, also across a reload, and sends it once", async () => {
		const [ada, bob] = (await come("Ada", "Bob")) as [Person, Person];
		await ada.add("Before");
		await everybody("Before 0");
		tear();
		await bob.add("One");
		await bob.vote("Before");
		await bob.shows("Before 1", "One 0");
		await bob.page.reload();
		await bob.page.locator('.status[data-pending="2"]').waitFor();
		await bob.shows("Before 1", "One 0");
		await bob.add("Two");
		await bob.shows("Before 1", "One 0", "Two 0");
		mend();
		await everybody("Before 1", "One 0", "Two 0");
		await Promise.all(people.map((person) => person.settled()));
		const types = await recorded();
		expect(types.filter((type) => type === "card_added")).toHaveLength(3);
		expect(types.filter((type) => type === "card_voted")).toHaveLength(1);
	});

	test("ends with the same title everywhere when people change it at once", async () => {
		const [ada, bob] = (await come("Ada", "Bob", "Cleo")) as [Person, Person, Person];
		await ada.add("Lunch");
		await everybody("Lunch 0");
		tear();
		await ada.rename("Lunch", "Early lunch");
		await ada.page.keyboard.press("Enter");
		await bob.rename("Lunch", "Late lunch");
		await bob.page.keyboard.press("Enter");
		await ada.shows("Early lunch 0");
		await bob.shows("Late lunch 0");
		mend();
		await Promise.all(people.map((person) => person.settled()));
		await until(
			"one title",
			async () => new Set(await Promise.all(people.map(async (one) => (await one.cards()).join()))).size === 1,
		);
		expect(["Early lunch 0", "Late lunch 0"]).toEqual(expect.arrayContaining(await ada.cards()));
		expect((await recorded()).filter((type) => type === "card_renamed")).toHaveLength(2);
	});

	test("shows any moment as it was", async () => {
		const [ada] = (await come("Ada")) as [Person];
		const moments: string[] = [""];
		const step = async (act: () => Promise<unknown>, ...cards: string[]): Promise<void> => {
			await act();
			await ada.shows(...cards);
			await ada.settled();
			moments.push(cards.join("|"));
		};
		await step(() => ada.add("A"), "A 0");
		await step(() => ada.add("B"), "A 0", "B 0");
		await step(() => ada.vote("B"), "A 0", "B 1");
		await step(() => ada.button("Move “B”, place 2").press("ArrowUp"), "B 1", "A 0");
		await step(() => ada.rename("A", "C").then(() => ada.page.keyboard.press("Enter")), "B 1", "C 0");
		await step(() => ada.button("Remove “C”").click(), "B 1");

		await ada.button("Rewind").click();
		const slider = ada.page.getByLabel("Moment");
		await slider.focus();
		for (const expected of moments.toReversed()) {
			await until(`the moment with ${expected}`, async () => (await ada.cards()).join("|") === expected);
			await ada.page.keyboard.press("ArrowLeft");
		}
		expect(await ada.button("Start the discussion").isDisabled()).toBe(true);

		await ada.page.getByLabel("Speed").selectOption("16");
		await ada.button("Play").click();
		await ada.shows("B 1");
		await ada.page.locator(".record button", { hasText: "Ada voted for" }).click();
		await ada.shows("A 0", "B 1");
		await ada.button("Link to this moment").click();
		const link = ada.page.url();
		expect(link).toMatch(/\?at=4$/);
		await ada.button("Back to live").click();
		await ada.shows("B 1");

		const [bob] = (await come("Bob")) as [Person];
		await bob.page.goto(link);
		await bob.shows("A 0", "B 1");
		await bob.button("Fork from here").click();
		await bob.page.waitForURL(/#\/test-[a-z0-9]{8}$/);
		await bob.shows("A 0", "B 1");
		await bob.add("Only in the fork");
		await bob.shows("A 0", "B 1", "Only in the fork 0");
		await bob.settled();
		await ada.shows("B 1");
	});

	test("is told one name by two tabs of one person, and which of their votes had no effect", async () => {
		const [ada] = (await come("Ada")) as [Person];
		const second = new Person("Ada", { page: await ada.page.context().newPage(), errors: [], requests: [] });
		const tabs = [ada, second];
		await second.page.goto(ada.page.url());
		await second.settled();
		const called = (name: string) =>
			Promise.all(tabs.map(({ page }) => page.locator(`button.face[aria-label^="${name} (you)"]`).waitFor()));
		for (const [tab, name] of [
			[ada, "Ann"],
			[second, "Bea"],
		] as const) {
			await tab.page.bringToFront();
			await tab.page.locator("button.face").click();
			await tab.page.getByLabel("Your name", { exact: true }).last().fill(name);
			await tab.button("Keep this name").click();
			await called(name);
		}
		await ada.add("Coffee");
		await Promise.all(tabs.map((tab) => tab.shows("Coffee 0")));

		tear();
		for (const [tab, votes] of [
			[ada, 5],
			[second, 4],
		] as const) {
			await tab.page.bringToFront();
			for (let i = 0; i < votes; i++) {
				await tab.vote("Coffee");
			}
		}
		await ada.page.locator(".status", { hasText: "5 to send" }).waitFor();
		mend();
		await Promise.all(tabs.map(({ page }) => page.evaluate(() => window.dispatchEvent(new Event("online")))));
		await Promise.all(tabs.map((tab) => tab.settled()));
		for (const tab of tabs) {
			await tab.shows("Coffee 5");
			const votes = tab.page.locator(".record li", { hasText: "Bea voted for" });
			await until("nine votes", async () => (await votes.count()) === 9);
			expect(await votes.filter({ hasText: "without effect" }).count()).toBe(4);
		}
		const types = await recorded();
		expect(types.filter((type) => type === "member_joined")).toHaveLength(3);
		expect(types.filter((type) => type === "card_voted")).toHaveLength(9);
		expect(ada.errors.filter((error) => !error.includes("WebSocket"))).toEqual([]);
	});

	test("shows the moment that the address names, with everybody's name and no reaction of now", async () => {
		const [ada, bob] = (await come("Ada", "Bob")) as [Person, Person];
		await ada.add("Coffee");
		await bob.vote("Coffee");
		await everybody("Coffee 1");
		const { page } = ada;
		const at = (moment: string) => page.waitForURL((url) => url.hash === `#/test${moment}`);
		const past = () => page.locator("main.past").waitFor();
		const live = () => page.locator("main:not(.past)").waitFor();
		const open = (hash: string) => page.evaluate((to) => location.assign(to), hash);

		await ada.button("Rewind").click();
		await at("?at=4");
		await page.getByLabel("Moment").press("Home");
		await at("?at=0");
		const faces = page.locator(".people .face");
		const names = await faces.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
		expect(names).toEqual(["Ada (you)", "Bob"]);
		const hues = await faces.evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
		expect(new Set(hues).size).toBe(2);
		await bob.button("Party").click();
		await page.locator(".count", { hasText: "0 of 5" }).waitFor();
		expect(await ada.flown()).toEqual([]);

		await page.getByRole("link", { name: "Meeting", exact: true }).click();
		await live();
		await open("#/test?at=3");
		await past();
		await ada.shows("Coffee 0");
		await ada.button("Back to live").click();
		await at("");
		await live();
		await open("#/test?at=3");
		await past();
		await page.getByRole("link", { name: "Audit" }).click();
		await page.locator(".status", { hasText: "In step" }).waitFor();
		await page.goBack();
		await past();
		await open("#/test?at=99999");
		await page.getByRole("alert").getByText("moment 99999").waitFor();
		await at("");
		await live();

		await open("#/test?at=3");
		await past();
		await ada.button("Fork from here").click();
		await page.getByRole("heading", { name: /^Test, from \d/ }).waitFor();
		await page.goBack();
		await past();
		await ada.shows("Coffee 0");

		await until("both", async () => (await bob.page.locator(".people .face").count()) === 2);
		await page.getByRole("link", { name: "Recount, all meetings" }).click();
		await until("Ada to be gone", async () => (await bob.page.locator(".people .face").count()) === 1);
		expect(await page.title()).toBe("Recount meeting");
		const link = page.getByLabel("Or come to one that is there");
		await link.fill(host.url);
		await ada.button("Go there").click();
		await page.getByText("This names no meeting").waitFor();
		await link.fill(`${host.url}/#/t%65st?at=4`);
		await ada.button("Go there").click();
		await past();
		await ada.shows("Coffee 1");
		expect([...ada.errors, ...bob.errors]).toEqual([]);
	});

	test("goes on when the server is killed", async () => {
		const [ada, bob, cleo] = (await come("Ada", "Bob", "Cleo")) as [Person, Person, Person];
		await ada.add("Before");
		await everybody("Before 0");
		for (const { page } of people) {
			await page.evaluate(() => Object.assign(window, { stays: true }));
		}
		const kill = server.kill();
		await Promise.all([ada.add("From Ada"), bob.add("From Bob"), cleo.vote("Before")]);
		await kill;
		await bob.vote("Before");
		await server.start();
		mend();
		await Promise.all(people.map((person) => person.settled()));
		await until("all to be equal", async () => {
			const all = await Promise.all(people.map(async (one) => (await one.cards()).join("|")));
			return new Set(all).size === 1 && all[0]?.split("|").length === 3;
		});
		expect((await ada.cards()).toSorted()).toEqual(["Before 2", "From Ada 0", "From Bob 0"]);
		const types = await recorded();
		expect(types.filter((type) => type === "card_added")).toHaveLength(3);
		expect(types.filter((type) => type === "card_voted")).toHaveLength(2);
		for (const { page } of people) {
			expect(await page.evaluate(() => "stays" in window)).toBe(true);
		}
	});
});
