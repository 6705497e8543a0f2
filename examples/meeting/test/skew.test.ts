import { expect, test } from "vitest";
import { Skew } from "../src/live/skew.js";

const server = 1_000_000;

test("the fastest of what came says how far the clock is ahead", () => {
	const skew = new Skew();
	expect(skew.value).toBe(0);
	for (const [wrong, delay] of [
		[60_000, 300],
		[60_000, 20],
		[60_000, 4000],
	] as const) {
		skew.came(server, server + wrong + delay);
	}
	expect(skew.value).toBe(60_020);
	skew.came(Number.NaN, server);
	expect(skew.value).toBe(60_020);
});

test("what was known last holds until something comes, and what differs by enough is kept", () => {
	const kept: number[] = [];
	const skew = new Skew(40_000, (value) => kept.push(value));
	expect(skew.value).toBe(40_000);
	for (const delay of [50, 90, 20]) {
		skew.came(server, server + 60_000 + delay);
	}
	expect(kept).toEqual([60_050]);
	expect(skew.value).toBe(60_020);
});

test("a slow clock is behind", () => {
	const skew = new Skew();
	skew.came(server, server - 5000 + 10);
	expect(skew.value).toBe(-4990);
	expect(skew.now() - Date.now()).toBeGreaterThan(4900);
});

test("a clock that is set is followed", () => {
	const skew = new Skew();
	skew.came(server, server + 10);
	for (let i = 0; i < 20; i++) {
		skew.came(server, server + 90_000 + i);
	}
	expect(skew.value).toBe(90_000);
});
