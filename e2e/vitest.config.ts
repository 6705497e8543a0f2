import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts"],
		globalSetup: ["support/build.ts"],
		// For what hangs: each wait has its own end, which says more.
		testTimeout: 300_000,
		hookTimeout: 300_000,
		maxWorkers: 4,
		sequence: { shuffle: true },
	},
});
