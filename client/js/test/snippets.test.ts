// The code blocks of each README, put together, are one module: it must be right for the compiler, and those that need no
// page must run against the real server.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { WebSocket } from "ws";
import { test } from "../support/fixture.js";

const folder = path.resolve(import.meta.dirname, "..");
const names = ["client", "redux", "react"];
let place: string;

async function moduleOf(name: string): Promise<string> {
	const readme = await readFile(path.join(folder, name, "README.md"), "utf8");
	return [...readme.matchAll(/^```tsx?\n(.*?)^```$/gms)].map(([, code]) => code).join("\n");
}

beforeAll(async () => {
	await mkdir(path.join(folder, "node_modules"), { recursive: true });
	place = await mkdtemp(path.join(folder, "node_modules/.snippets-"));
	for (const name of names) {
		await writeFile(path.join(place, `${name}.tsx`), await moduleOf(name));
	}
	const config = {
		extends: "../../tsconfig.json",
		compilerOptions: { noUnusedLocals: false },
		include: ["*.tsx"],
		exclude: [],
	};
	await writeFile(path.join(place, "tsconfig.json"), JSON.stringify(config));
	await writeFile(path.join(place, "package.json"), '{"type": "module"}');
});

afterAll(async () => {
	await rm(place, { recursive: true, force: true });
});

describe("the snippets of the READMEs", () => {
	test("are right for the compiler", async () => {
		const tsc = path.resolve(folder, "../../node_modules/.bin/tsc");
		const { stdout } = await promisify(execFile)(tsc, ["-p", place]).catch((error: { stdout: string }) => error);
		expect(stdout).toBe("");
	});

	test.for(["client", "redux"])("run: %s", async (name, { server }) => {
		const file = path.join(place, `${name}-run.ts`);
		const code = (await moduleOf(name)).replaceAll("https://recount.example.com", server.url);
		await writeFile(file, code);
		vi.stubGlobal("WebSocket", WebSocket);
		const said: string[] = [];
		const log = vi.spyOn(console, "log").mockImplementation((...all) => void said.push(all.join(" ")));
		try {
			await import(file);
		} finally {
			log.mockRestore();
			vi.unstubAllGlobals();
		}
		expect(said.join("\n")).toContain("Coffee");
	});
});
