// What `recount types` writes is right for the compiler, says of data what the schemas say, and types a stream.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { root } from "../support/build.js";

const run = promisify(execFile);
const schemas = path.join(root, "cmd/recount/types/testdata");
let place: string;

beforeAll(async () => {
	const modules = path.join(root, "e2e/node_modules");
	await mkdir(modules, { recursive: true });
	place = await mkdtemp(path.join(modules, ".types-"));
	await writeFile(path.join(place, "package.json"), '{ "type": "module" }');
});

afterAll(async () => {
	await rm(place, { recursive: true, force: true });
});

/** What tsc says of a folder of files, strictly: also of the declarations. */
async function compile(folder: string, options: Record<string, unknown> = {}): Promise<string> {
	const compilerOptions = {
		strict: true,
		noEmit: true,
		skipLibCheck: false,
		target: "ES2022",
		module: "NodeNext",
		lib: ["ES2023", "DOM", "DOM.Iterable"],
		types: [],
		...options,
	};
	await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
	const { stdout } = await run(path.join(root, "node_modules/.bin/tsc"), ["-p", folder]).catch(
		(error: { stdout: string }) => error,
	);
	return stdout;
}

/** One assignment for each value that a schema has in its keyword. */
async function assignments(keyword: string, before: string): Promise<Map<string, string>> {
	const files = new Map<string, string>();
	for (const file of (await readdir(schemas)).filter((file) => file.endsWith(".json"))) {
		const name = path.basename(file, ".json");
		const schema: unknown = JSON.parse(await readFile(path.join(schemas, file), "utf8"));
		const values = (schema as Record<string, unknown[] | undefined>)[keyword] ?? [];
		const lines = values.map((value, i) => `${before}export const value${i}: Data = ${JSON.stringify(value)};\n`);
		const head = `import type { MeetingEvents } from "./${name}.js";\ntype Data = MeetingEvents["${name}"];\n`;
		files.set(name, head + lines.join(""));
	}
	return files;
}

describe("the types of schemas", () => {
	test.for([true, false])("agree with them about data, with exactOptionalPropertyTypes %s", async (exact) => {
		const folder = path.join(place, `data-${exact}`);
		await cp(schemas, folder, { recursive: true, filter: (file) => !file.endsWith(".json") });
		const right = await assignments("examples", "");
		const wrong = await assignments("x-wrong", "// @ts-expect-error\n");
		expect(right.size).toBeGreaterThan(5);
		for (const [name, code] of right) {
			await writeFile(path.join(folder, `${name}-right.ts`), code);
		}
		for (const [name, code] of wrong) {
			await writeFile(path.join(folder, `${name}-wrong.ts`), code);
		}
		expect(await compile(folder, { exactOptionalPropertyTypes: exact })).toBe("");
	});
});

const recountYaml = `
categories:
  meeting:
    events:
      card_added: { schema: card_added.json }
      card_moved: { schema: card_moved.json }
      meeting_opened: {}
    signals: [cursor_moved]
  open: {}
`;

const usage = `
import { connect } from "@recount/client";
import type { MeetingEvents, MeetingSignals, OpenEvents } from "./events.js";

const connection = connect("http://127.0.0.1:4000");
const meeting = connection.stream<MeetingEvents, MeetingSignals>("meeting:42");

meeting.subscribe((event) => {
	if (event.type === "card_moved") {
		const to: number = event.data.to;
		// @ts-expect-error It is a number.
		const text: string = event.data.to;
		// @ts-expect-error That is of the other type.
		event.data.title;
		return [to, text];
	}
	if (event.type === "card_added") {
		const title: string = event.data.title;
		const size: "s" | "l" | undefined = event.data.size;
		return [title, size];
	}
	const type: "meeting_opened" = event.type;
	// @ts-expect-error Nothing is known of its data.
	event.data.title;
	return [type];
});

await meeting.append("card_added", { title: "Coffee", size: "s" });
await meeting.append("meeting_opened");
await meeting.appendAll([{ type: "card_moved", data: { to: 1 } }]);
await meeting.signal("cursor_moved", { x: 1 });
// @ts-expect-error No such size.
await meeting.append("card_added", { title: "Coffee", size: "xl" });
// @ts-expect-error No such type.
await meeting.append("card_adedd", { title: "Coffee" });
// @ts-expect-error Data of another type.
await meeting.appendAll([{ type: "card_moved", data: { title: "x" } }]);
// @ts-expect-error No such signal.
await meeting.signal("cursor_mooved");

const open = connection.stream<OpenEvents>("open:1");
await open.append("whatever", 1);
open.subscribe((event) => [event.type, event.data]);
`;

test("a stream has the types that the program writes", async () => {
	const folder = path.join(place, "stream");
	await mkdir(folder);
	await writeFile(path.join(folder, "recount.yaml"), recountYaml);
	await writeFile(
		path.join(folder, "card_added.json"),
		JSON.stringify({
			type: "object",
			required: ["title"],
			properties: { title: { type: "string" }, size: { $ref: "#/$defs/size" } },
			$defs: { size: { enum: ["s", "l"] } },
		}),
	);
	await writeFile(
		path.join(folder, "card_moved.json"),
		JSON.stringify({ type: "object", required: ["to"], properties: { to: { type: "integer" } } }),
	);
	const { stdout, stderr } = await run(inject("binary"), ["types"], { cwd: folder });
	expect(stderr).toBe("");
	await writeFile(path.join(folder, "events.d.ts"), stdout);
	await writeFile(path.join(folder, "usage.ts"), usage);
	const options = { skipLibCheck: true, customConditions: ["recount-source"] };
	expect(await compile(folder, options)).toBe("");
});
