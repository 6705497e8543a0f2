// The ten lines of examples/meeting/README.md that make a new type of event, as somebody would who reads them.

import { type ExecFileOptions, execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { root } from "../support/build.js";
import { startChromium } from "../support/chromium.js";
import { streamUrl } from "../support/http.js";
import { arrive, startMeetings, startStaticHost } from "../support/meeting.js";
import { until } from "../support/until.js";

const example = "examples/meeting";

test("a new type of event needs ten lines of the front end", async () => {
	const text = await readFile(path.join(root, example, "README.md"), "utf8");
	const [, diff = ""] = /```diff\n(.*?)```/s.exec(text) ?? [];
	expect(diff.match(/^\+(?!\+\+ )/gm)?.length).toBeLessThanOrEqual(10);

	const folder = await mkdtemp(path.join(tmpdir(), "recount-poll-"));
	const browser = await startChromium();
	try {
		const built = await build(folder, diff);
		const host = await startStaticHost(built);
		const server = await startMeetings(host);
		try {
			const ada = await arrive(browser, host, server.url, "Ada");
			const bob = await arrive(browser, host, server.url, "Bob");
			await ada.button("A break? 0 want one").click();
			await bob.button("A break? 1 want one").click();
			await ada.button("A break? 2 want one").waitFor();
			await bob.page.reload();
			await bob.button("A break? 2 want one").waitFor();
			await until("both answers", async () => {
				const events = (await (await fetch(streamUrl(server, "meeting:test"))).json()) as { type: string }[];
				return events.filter(({ type }) => type === "poll_answered").length === 2;
			});
			await bob.button("Rewind").click();
			await bob.page.getByLabel("Moment").press("ArrowLeft");
			await bob.button("A break? 1 want one").waitFor();
			expect([...ada.errors, ...bob.errors]).toEqual([]);
		} finally {
			await server.dispose();
			await host.close();
		}
	} finally {
		await browser.close();
		await rm(folder, { recursive: true, force: true });
	}
});

/** Applies a diff to a copy of the example, and builds that. Returns the folder of what was built. */
async function build(folder: string, diff: string): Promise<string> {
	const copy = path.join(folder, example);
	const inExample = (file: string): string => path.join(copy, file);
	await cp(path.join(root, example), copy, { recursive: true, filter: (from) => !from.endsWith("node_modules") });
	for (const other of ["node_modules", "client", "tsconfig.json"]) {
		await symlink(path.join(root, other), path.join(folder, other));
	}
	await writeFile(path.join(folder, "poll.diff"), diff);
	const run = async (file: string, args: string[], options: ExecFileOptions = {}): Promise<void> => {
		await promisify(execFile)(file, args, options).catch(({ message, stdout }) => {
			throw new Error(`${message}\n${stdout}`);
		});
	};
	await run("git", ["apply", "poll.diff"], { cwd: folder, env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() } });
	await run(path.join(root, "node_modules/.bin/tsc"), ["--noEmit", "-p", copy]);
	const vite = path.join(root, "node_modules/.bin/vite");
	await run(vite, ["build", "--outDir", inExample("built")], {
		cwd: copy,
		env: { ...process.env, NODE_ENV: "production" },
	});
	return inExample("built");
}
