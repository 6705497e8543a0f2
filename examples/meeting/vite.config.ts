import { defaultClientConditions, defineConfig } from "vite";

/** The app is built into the program: `recount demo` shows it. The same files lie well on any static host. */
export default defineConfig({
	base: "./",
	resolve: { conditions: ["recount-source", ...defaultClientConditions] },
	build: {
		outDir: "../../cmd/recount/demo/app",
		emptyOutDir: true,
		target: "es2023",
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		license: { fileName: "licenses.md" },
	},
	server: {
		port: 5173,
		proxy: { "/socket": { target: "http://127.0.0.1:4000", ws: true }, "/v1": "http://127.0.0.1:4000" },
	},
});
