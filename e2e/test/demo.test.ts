import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { root } from "../support/build.js";
import { startChromium } from "../support/chromium.js";
import { arrive } from "../support/meeting.js";
import { startDemo } from "../support/server.js";
import { until } from "../support/until.js";

test("the demo is the meeting app, and asks for nothing from elsewhere", async () => {
	const browser = await startChromium();
	const demo = await startDemo();
	try {
		const host = { url: demo.url, close: async () => {} };
		const ada = await arrive(browser, host, demo.url, "Ada");
		const bob = await arrive(browser, host, demo.url, "Bob");
		await ada.add("Coffee");
		await bob.shows("Coffee 0");
		await bob.vote("Coffee");
		await ada.shows("Coffee 1");

		await ada.page.evaluate(() => {
			window.location.hash = `${window.location.hash}/insight`;
		});
		await until("the queries of the demo", async () => (await ada.page.getByRole("main").innerText()).includes("Bob"));

		for (const person of [ada, bob]) {
			expect(person.errors).toEqual([]);
			expect(person.requests.filter((url) => new URL(url).host !== new URL(demo.url).host)).toEqual([]);
			await person.close();
		}
	} finally {
		await demo.dispose();
		await browser.close();
	}
});

// Browsers give a page from another machine, by plain HTTP, less than one from this machine.
test("the demo works for others in the network", async () => {
	const browser = await startChromium("--host-resolver-rules=MAP meeting.test 127.0.0.1");
	const demo = await startDemo();
	try {
		const url = `http://meeting.test:${new URL(demo.url).port}`;
		const ada = await arrive(browser, { url, close: async () => {} }, url, "Ada");
		expect(await ada.page.evaluate(() => window.isSecureContext)).toBe(false);
		await ada.add("Coffee");
		await ada.settled();
		await ada.shows("Coffee 0");
		await ada.button("Copy link").click();
		await ada.page.getByText(`The link is ${url}`).waitFor();
		expect(ada.errors).toEqual([]);
	} finally {
		await demo.dispose();
		await browser.close();
	}
});

/** The files of a folder with their contents, by name. */
async function contents(folder: string): Promise<Map<string, string>> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
	return new Map(
		await Promise.all(
			files.sort().map(async (file) => [path.relative(folder, file), await readFile(file, "latin1")] as const),
		),
	);
}

test("the demo ships what the source builds", async () => {
	const folder = await mkdtemp(path.join(tmpdir(), "recount-built-"));
	try {
		await promisify(execFile)("npx", ["vite", "build", "--outDir", folder, "--emptyOutDir"], {
			cwd: path.join(root, "examples/meeting"),
			env: { ...process.env, NODE_ENV: "production" }, // not that of the test
		});
		const [built, committed] = await Promise.all([contents(folder), contents(path.join(root, "cmd/recount/demo/app"))]);
		expect([...committed.keys()], "run npm run build -w examples/meeting, and commit what it writes").toEqual([
			...built.keys(),
		]);
		for (const [name, content] of built) {
			expect(committed.get(name) === content, `${name} is what the source builds`).toBe(true);
		}
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
});
