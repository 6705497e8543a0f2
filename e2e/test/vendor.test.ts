import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { root } from "../support/build.js";

test("the demo ships the files of the pinned packages", async () => {
	const { stderr } = await promisify(execFile)("scripts/vendor-phoenix", ["--check"], { cwd: root });
	expect(stderr).toBe("");
});
