// What would be published: as npm packs it, checked by publint and by Are The Types Wrong, and imported by Node.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const folder = path.resolve(import.meta.dirname, "..");
const root = path.resolve(folder, "../..");
const names = ["client", "redux", "react"] as const;

let place: string;
const tarballs = new Map<string, string>();

beforeAll(async () => {
	place = await mkdtemp(path.join(tmpdir(), "recount-pack-"));
	// One after another: each is built on the types of those before it.
	for (const name of names) {
		await rm(path.join(folder, name, "dist"), { recursive: true, force: true });
		await run(path.join(root, "node_modules/.bin/tsc"), ["-p", path.join(folder, name, "tsconfig.build.json")]);
	}
	const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", place, ...names.map((name) => `./${name}`)];
	const { stdout } = await run("npm", args, { cwd: folder });
	const packed: unknown = JSON.parse(stdout);
	for (const { name, filename } of Object.values(packed as Record<string, { name: string; filename: string }>)) {
		tarballs.set(name.replace("@recount/", ""), path.join(place, filename));
	}
});

afterAll(async () => {
	await rm(place, { recursive: true, force: true });
});

describe.for(names)("@recount/%s", (name) => {
	const data = (): Promise<Buffer> => readFile(tarballs.get(name) ?? "");

	test("is what publint wants", async () => {
		const buffer = await data();
		const tarball = buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length) as ArrayBuffer;
		const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
		expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
	});

	test("has types that are right wherever packages of this form can be imported", async () => {
		const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await data())));
		if (!analysis.types) {
			throw new Error("there are no types");
		}
		// These packages are ES modules and need `exports`: require and the resolution of Node 10 are not served.
		const others: unknown[] = ["node10", "node16-cjs"];
		const problems = analysis.problems.filter(
			(problem) => !("resolutionKind" in problem && others.includes(problem.resolutionKind)),
		);
		expect(problems).toEqual([]);
	});
});

test("Node imports what was packed", async () => {
	const modules = path.join(place, "node_modules");
	await mkdir(path.join(modules, "@recount"), { recursive: true });
	for (const name of names) {
		const to = path.join(modules, "@recount", name);
		await mkdir(to);
		await run("tar", ["-xzf", tarballs.get(name) ?? "", "--strip-components=1", "-C", to]);
	}
	for (const name of ["phoenix", "redux", "redux-saga", "react", "@redux-saga", "@babel"]) {
		await symlink(path.join(root, "node_modules", name), path.join(modules, name));
	}
	const script = `
		import { connect } from "@recount/client";
		import { recount } from "@recount/redux";
		import { hear } from "@recount/redux/saga";
		import { useStream } from "@recount/react";
		console.log([connect, recount, hear, useStream].map((one) => typeof one).join());`;
	await writeFile(path.join(place, "main.mjs"), script);
	const { stdout } = await run(process.execPath, [path.join(place, "main.mjs")]);
	expect(stdout.trim()).toBe("function,function,function,function");
});
