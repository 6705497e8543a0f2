import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";

const folder = path.resolve(import.meta.dirname, "..");

/** What each entry may weigh, minified and gzipped, beside what others bring along. */
const limits: [entry: string, bytes: number][] = [
	["client/src/index.ts", 8 * 1024],
	["redux/src/index.ts", 3 * 1024],
	["redux/src/saga.ts", 3 * 1024],
	["react/src/index.ts", 3 * 1024],
];

async function weigh(entry: string): Promise<number> {
	const { outputFiles } = await build({
		entryPoints: [path.join(folder, entry)],
		bundle: true,
		minify: true,
		format: "esm",
		target: "es2022",
		packages: "external",
		write: false,
	});
	return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

describe("minified and gzipped", () => {
	test.for(limits)("%s has at most %i bytes", async ([entry, limit]) => {
		const bytes = await weigh(entry);
		expect(bytes).toBeGreaterThan(200);
		expect(bytes).toBeLessThanOrEqual(limit);
	});
});
