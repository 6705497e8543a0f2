import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["bench/**/*.bench.ts"],
		globalSetup: ["support/build.ts"],
		testTimeout: 600_000,
		hookTimeout: 120_000,
		// One at a time, with the whole machine.
		fileParallelism: false,
		disableConsoleIntercept: true,
	},
});
