// Names that objects have without having been given them: streams, types, IDs, callers and keys may be called so.

import { connect, indexedCheckpoints, indexedOutbox, type Signal } from "@recount/client";
import { IDBFactory } from "fake-indexeddb";
import { expect } from "vitest";
import { inSeconds, mint } from "../../../../e2e/support/token.js";
import { until } from "../../../../e2e/support/until.js";
import { quick, test } from "../../support/fixture.js";
import { fakeLocks } from "../../support/locks.js";
import { SimulatedServer } from "../../support/simulated.js";

const names = ["constructor", "toString", "__proto__", "hasOwnProperty"];

test("callers and what they show", async ({ dial }) => {
	const watcher = dial().stream("meeting:1").presence;
	watcher.onChange(() => {});
	const ids = (): string[] => watcher.list.map(({ id }) => id).filter((id) => names.includes(id));
	const all = names.map((sub) => {
		const connection = dial({ token: mint({ sub, exp: inSeconds(60) }) });
		connection.stream("meeting:1").subscribe({}, { presence: { name: sub } });
		return connection;
	});
	await until("all", () => ids().length === names.length);
	expect(ids().sort()).toEqual([...names].sort());
	for (const { id, metas } of watcher.list) {
		expect(metas.map(({ name }) => name)).toEqual([names.includes(id) ? id : undefined]);
	}
	const [first, ...rest] = all;
	first?.close();
	await until("one to be gone", () => ids().length === names.length - 1);
	for (const connection of rest) {
		connection.close();
	}
	await until("all to be gone", () => ids().length === 0);
});

test("streams, types, IDs, keys and signals", async () => {
	const server = new SimulatedServer({ actor: () => "__proto__" });
	const factory = new IDBFactory();
	const locks = fakeLocks();
	const checkpoints = indexedCheckpoints("db", { factory });
	const { WebSocket: transport } = server;
	server.kill();
	const before = connect("http://127.0.0.1", {
		...quick,
		transport,
		outbox: indexedOutbox("db", { factory, locks }),
	});
	for (const name of names) {
		before
			.stream(name)
			.append(name, { [name]: 1 }, { id: name })
			.catch(() => {});
		await checkpoints.save(name, { epoch: name, upto: 1, state: name });
	}
	before.close();
	server.start();
	const connection = connect("http://127.0.0.1", {
		...quick,
		transport,
		outbox: indexedOutbox("db", { factory, locks }),
	});
	for (const name of names) {
		const stream = connection.stream(name);
		expect(connection.stream(name)).toBe(stream);
		const heard: Signal[] = [];
		stream.onSignal((signal) => heard.push(signal));
		await until(name, () => server.log(name).length === 1);
		const { value } = await stream.events().next();
		expect(value).toMatchObject({ type: name, id: name, actor: "__proto__" });
		expect(Object.entries(value?.data as object)).toEqual([[name, 1]]);
		expect(await checkpoints.load(name)).toEqual({ epoch: name, upto: 1, state: name });
		await until("an empty outbox", () => stream.pending.length === 0);
	}
	connection.close();
});
