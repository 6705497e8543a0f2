import { defineConfig } from "vitest/config";

const conditions = ["recount-source"];

export default defineConfig({
	resolve: { conditions },
	ssr: { resolve: { conditions } },
	test: {
		include: ["*/test/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
		globalSetup: ["../../e2e/support/build.ts"],
		testTimeout: 60_000,
		hookTimeout: 60_000,
		maxWorkers: 2,
		sequence: { shuffle: true },
	},
});
