import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts"],
		globalSetup: ["support/build.ts"],
		testTimeout: process.env.RECOUNT_E2E_RACE ? 300_000 : 60_000,
		hookTimeout: 60_000,
		maxWorkers: 4,
		sequence: { shuffle: true },
	},
});
