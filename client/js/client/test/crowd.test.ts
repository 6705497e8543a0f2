import { expect } from "vitest";
import { until } from "../../../../e2e/support/until.js";
import { test } from "../../support/fixture.js";

test("a crowd is a number", async ({ dial }) => {
	const watcher = dial().stream("meeting:1").presence;
	const seen: number[] = [];
	watcher.onChange(() => seen.push(watcher.list.length));
	const crowd = Array.from({ length: 201 }, () => dial());
	for (const connection of crowd) {
		connection.stream("meeting:1").subscribe(() => {}, { since: "now" });
	}
	await until("all of them", () => watcher.count >= 201);
	expect(watcher.list).toEqual([]);
	for (const connection of crowd.slice(0, 150)) {
		connection.close();
	}
	await until("a list again", () => watcher.count < 60 && watcher.list.length > 0);
});
