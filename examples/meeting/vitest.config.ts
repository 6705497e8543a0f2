import { defineConfig } from "vitest/config";

const conditions = ["recount-source"];

export default defineConfig({
	resolve: { conditions },
	ssr: { resolve: { conditions } },
	test: { include: ["test/**/*.test.ts"], sequence: { shuffle: true } },
});
