// Commands, with the server of examples/counter: recount's own program has no aggregates.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { connect } from "@recount/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../../../e2e/support/build.js";
import { until } from "../../../../e2e/support/until.js";
import { quick } from "../../support/fixture.js";

let folder: string;
let child: ChildProcess;
let url: string;

/** A port where nobody listens, below those that systems give to who asks for any: nobody else gets it meanwhile. */
async function freePort(): Promise<number> {
	for (;;) {
		const port = 10_000 + Math.floor(Math.random() * 20_000);
		const listener = createServer().listen(port, "127.0.0.1");
		if (await once(listener, "listening").catch(() => undefined)) {
			listener.close();
			await once(listener, "close");
			return port;
		}
	}
}

beforeAll(async () => {
	folder = await mkdtemp(path.join(tmpdir(), "recount-counter-"));
	const binary = path.join(folder, "counter");
	await promisify(execFile)("go", ["build", "-o", binary, "./examples/counter"], { cwd: root });
	const listen = `127.0.0.1:${await freePort()}`;
	url = `http://${listen}`;
	child = spawn(binary, ["-listen", listen], { stdio: "ignore" });
	await until("the server", async () => (await fetch(`${url}/readyz`)).ok);
}, 120_000);

afterAll(async () => {
	const ended = once(child, "exit");
	child.kill();
	await ended;
	await rm(folder, { recursive: true, force: true });
});

test("dispatches commands, each once", async () => {
	const created = await fetch(`${url}/v1/commands/counter:$next/create`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: "{}",
	});
	const { stream: name } = (await created.json()) as { stream: string };
	const connection = connect(url, quick);
	const stream = connection.stream<{ incremented: { By: number } }>(name);
	const seen: number[] = [];
	const follow = stream.subscribe(({ type, data }) => type === "incremented" && seen.push(data.By));
	const first = await stream.dispatch<number>("increment", 2, { id: "first" });
	expect(first).toMatchObject({ result: 2, version: 2, position: expect.any(String) });
	expect(await stream.dispatch("increment", 2, { id: "first" })).toEqual(first);
	expect(await stream.dispatch("increment_twice", 5)).toMatchObject({ result: 12, version: 4 });
	await expect(stream.dispatch("increment", 3, { id: "first" })).rejects.toMatchObject({ code: "conflict" });
	await expect(stream.dispatch("increment", -1)).rejects.toMatchObject({ code: "rejected" });
	await expect(stream.dispatch("incremnt", 1)).rejects.toMatchObject({ code: "not_found" });
	await expect(stream.append("incremented", { By: 1 })).rejects.toMatchObject({ code: "forbidden" });
	await until("the events", () => follow.cursor.upto === 4);
	expect(seen).toEqual([2, 5, 5]);
	expect(await stream.state<number>()).toMatchObject({ state: 12, version: 4 });
	expect(await stream.state<number>(3)).toMatchObject({ state: 7, version: 3 });
	expect(await stream.state<number>(new Date())).toMatchObject({ state: 12, version: 4 });
	await expect(stream.state(5)).rejects.toMatchObject({ code: expect.any(String) });
	connection.close();
});
