// Debian's Chromium, without a screen and with nothing of its own on the network.

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { patience } from "./until.js";

const flags = [
	"--no-sandbox",
	"--disable-gpu",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--disable-quic",
];

/** Starts a browser with a fresh profile. RECOUNT_E2E_CHROMIUM names another program than /usr/bin/chromium. */
export function startChromium(...more: string[]): Promise<Browser> {
	const executablePath = process.env.RECOUNT_E2E_CHROMIUM ?? "/usr/bin/chromium";
	return chromium.launch({ executablePath, headless: true, args: [...flags, ...more], timeout: patience });
}

/** A page that remembers what went wrong in it and where it asked for what. */
export interface Watched {
	page: Page;
	errors: string[];
	requests: string[];
}

/** Opens a page as a person of its own: nothing is shared with other pages. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
	const context = await browser.newContext(options);
	const page = await context.newPage();
	page.setDefaultTimeout(patience);
	const watched: Watched = { page, errors: [], requests: [] };
	page.on("pageerror", (error) => watched.errors.push(String(error)));
	page.on("console", (message) => {
		if (message.type() === "error") {
			watched.errors.push(message.text());
		}
	});
	page.on("request", (request) => watched.requests.push(request.url()));
	page.on("websocket", (socket) => watched.requests.push(socket.url()));
	return watched;
}
