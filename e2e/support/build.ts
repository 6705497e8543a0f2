// Builds the program once for all tests, and hands its path to them.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

declare module "vitest" {
	interface ProvidedContext {
		binary: string;
	}
}

/** The repository's root. */
export const root: string = path.resolve(import.meta.dirname, "../..");

/**
 * RECOUNT_E2E_BINARY names a program that is built already; RECOUNT_E2E_RACE builds one with Go's race detector.
 * Returns what removes the program again.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
	const given = process.env.RECOUNT_E2E_BINARY;
	if (given) {
		project.provide("binary", path.resolve(given));
		return async () => {};
	}
	const folder = await mkdtemp(path.join(tmpdir(), "recount-e2e-build-"));
	const binary = path.join(folder, "recount");
	const race = process.env.RECOUNT_E2E_RACE ? ["-race"] : [];
	const env = race.length > 0 ? { ...process.env, CGO_ENABLED: "1" } : process.env;
	await promisify(execFile)("go", ["build", ...race, "-o", binary, "./cmd/recount"], { cwd: root, env });
	project.provide("binary", binary);
	return () => rm(folder, { recursive: true, force: true });
}
