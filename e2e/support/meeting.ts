// What the tests of the meeting app are given: the app as it is built, on a static host of its own, and people in it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { inject } from "vitest";
import { root } from "./build.js";
import { openPage, type Watched } from "./chromium.js";
import { Server, started } from "./server.js";
import { until } from "./until.js";

/** The app as it was built and committed, or another build that RECOUNT_E2E_APP names. */
const app = path.resolve(process.env.RECOUNT_E2E_APP ?? path.join(root, "cmd/recount/demo/app"));

const types: Record<string, string> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".woff2": "font/woff2",
};

/** A host that knows nothing but files. */
export interface StaticHost {
	url: string;
	close(): Promise<void>;
}

export async function startStaticHost(folder: string = app): Promise<StaticHost> {
	const listener = createServer((request, response) => {
		const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
		const file = path.join(folder, path.normalize(pathname === "/" ? "/index.html" : pathname));
		readFile(file).then(
			(content) => response.setHeader("Content-Type", types[path.extname(file)] ?? "text/plain").end(content),
			() => response.writeHead(404).end(),
		);
	});
	listener.listen(0, "127.0.0.1");
	await once(listener, "listening");
	return {
		url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
		close: async () => {
			listener.closeAllConnections();
			listener.close();
			await once(listener, "close");
		},
	};
}

/** Starts a server with the example's own recount.yaml, which pages of this host may use, and with these CloudEvents. */
export async function startMeetings(host: StaticHost, events = ""): Promise<Server> {
	const example = await readFile(path.join(root, "examples/meeting/recount.yaml"), "utf8");
	const text = example.replace(/^ *# *origins:.*$/m, `  origins: ["${host.url}"]`);
	const folder = await mkdtemp(path.join(tmpdir(), "recount-e2e-"));
	await writeFile(path.join(folder, "recount.yaml"), `${text}\nlisten: 127.0.0.1:0\nstore: pebble:data\n`);
	if (events) {
		await record(folder, events);
	}
	return started(new Server(folder, ["serve", "--config", "recount.yaml", "--json"]));
}

/** Records events in the store of a server that is to be started in this folder. */
async function record(folder: string, events: string): Promise<void> {
	const child = spawn(inject("binary"), ["import", "--atomic", "--store", "pebble:data"], {
		cwd: folder,
		stdio: ["pipe", "ignore", "inherit"],
	});
	const ended = once(child, "exit");
	child.stdin.end(events);
	const [code] = await ended;
	if (code !== 0) {
		throw new Error(`recount import ended with ${code}`);
	}
}

declare global {
	interface Window {
		/** What the reactions said that have flown in this page. */
		flown: string[];
	}
}

/** Keeps what every reaction says: it is gone again soon, perhaps before a busy machine has looked. It runs in the page. */
function keepFlown(): void {
	window.flown = [];
	new MutationObserver((changes) => {
		for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
			if (node instanceof Element && node.matches(".fly")) {
				window.flown.push(node.textContent ?? "");
			}
		}
	}).observe(document, { childList: true, subtree: true });
}

/** One person with the app open. */
export class Person {
	readonly name: string;
	readonly page: Page;
	readonly errors: string[];
	readonly requests: string[];

	constructor(name: string, { page, errors, requests }: Watched) {
		this.name = name;
		this.page = page;
		this.errors = errors;
		this.requests = requests;
	}

	async add(title: string): Promise<void> {
		await this.page.getByLabel("Title of a new card").fill(title);
		await this.page.keyboard.press("Enter");
	}

	button(name: string | RegExp) {
		return this.page.getByRole("button", { name, exact: true });
	}

	vote(title: string): Promise<void> {
		return this.button(`Vote for “${title}”`).click();
	}

	async rename(from: string, to: string): Promise<void> {
		await this.button(`Rename “${from}”`).click();
		await this.page.getByLabel(`New title for “${from}”`).fill(to);
	}

	/** The cards as they stand there: title and number of votes. */
	cards(): Promise<string[]> {
		return this.page
			.locator(".card")
			.evaluateAll((cards) =>
				cards.map(
					(card) => `${card.querySelector("h2")?.textContent} ${card.querySelector(".tally b")?.textContent ?? 0}`,
				),
			);
	}

	/** What the reactions said that have flown here. */
	flown(): Promise<string[]> {
		return this.page.evaluate(() => window.flown);
	}

	async shows(...cards: string[]): Promise<void> {
		await until(`${this.name} to see ${cards}`, async () => (await this.cards()).join("|") === cards.join("|"));
	}

	/** In step with the server, and with nothing to send. */
	async settled(): Promise<void> {
		await this.page.locator('.status[data-state="live"][data-pending="0"]').waitFor();
	}

	close(): Promise<void> {
		return this.page.context().close();
	}
}

/** Opens a meeting as a person who has told his name here before. init runs in the page before anything else does. */
export async function enter(
	browser: Browser,
	host: StaticHost,
	backend: string,
	name: string,
	init: { script: (given: string) => void; given: string },
): Promise<Person> {
	const person = new Person(name, await openPage(browser, { reducedMotion: "reduce" }));
	await person.page.addInitScript((known) => localStorage.setItem("recount-meeting-name", known), name);
	await person.page.addInitScript(init.script, init.given);
	await person.page.goto(meetingUrl(host, backend, "test"), { waitUntil: "commit" });
	return person;
}

/** Opens a meeting as a person of its own. backend is where the server is. */
export async function arrive(
	browser: Browser,
	host: StaticHost,
	backend: string,
	name: string,
	options: BrowserContextOptions & { meeting?: string } = {},
): Promise<Person> {
	const { meeting = "test", ...more } = options;
	const person = new Person(name, await openPage(browser, { reducedMotion: "reduce", ...more }));
	await person.page.addInitScript(keepFlown);
	await person.page.goto(meetingUrl(host, backend, meeting));
	await person.page.getByLabel("Your name").fill(name);
	await person.button("Join the meeting").click();
	await person.page.locator('.status[data-state="live"]').waitFor();
	return person;
}

function meetingUrl(host: StaticHost, backend: string, meeting: string): string {
	return `${host.url}/?backend=${encodeURIComponent(backend)}#/${meeting}`;
}
