import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { open } from "./given.js";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

test("a listener that another one stops is not called", async () => {
	const { stream } = open();
	const heard: string[] = [];
	stream.onStatus((status) => {
		heard.push(status);
		stop();
	});
	const stop = stream.onStatus((status) => heard.push(`other ${status}`));
	stream.subscribe({});
	expect(heard).toEqual(["joining"]);
});
