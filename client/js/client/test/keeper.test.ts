import { type Checkpoint, type Checkpoints, type Keeper, keeper, memoryCheckpoints } from "@recount/client";
import { afterEach, expect, test, vi } from "vitest";

const at = (upto: number): Checkpoint => ({ epoch: "e", upto, state: `state ${upto}` });

/** A storage whose saves end when they are let go. */
function slow(): { checkpoints: Checkpoints; saved: unknown[]; go: () => Promise<void> } {
	const memory = memoryCheckpoints();
	const saved: unknown[] = [];
	const waiting: (() => void)[] = [];
	const save = async (key: string, checkpoint: Checkpoint): Promise<void> => {
		saved.push(checkpoint.upto);
		await new Promise<void>((resolve) => {
			waiting.push(resolve);
		});
		await memory.save(key, checkpoint);
	};
	const go = async (): Promise<void> => {
		waiting.shift()?.();
		await new Promise((resolve) => {
			setTimeout(resolve);
		});
	};
	return { checkpoints: { ...memory, save }, saved, go };
}

function saveAll(kept: Keeper, from: number, to: number): void {
	for (let upto = from; upto <= to; upto++) {
		kept.save(at(upto));
	}
}

afterEach(() => {
	vi.unstubAllGlobals();
});

test("a state is kept every so many versions, and found again", async () => {
	const { checkpoints, saved, go } = slow();
	const kept = keeper(checkpoints, "k", 10);
	expect(await kept.load()).toBe(undefined);
	saveAll(kept, 1, 12);
	await go();
	saveAll(kept, 13, 19);
	expect(saved).toEqual([10]);
	saveAll(kept, 20, 20);
	await go();
	expect(saved).toEqual([10, 20]);
	kept.close();
	expect(await keeper(checkpoints, "k", 10).load()).toEqual(at(20));
	expect(await keeper(checkpoints, "other", 10).load()).toBe(undefined);
});

test("a slow storage gets one at a time, and the latest", async () => {
	const { checkpoints, saved, go } = slow();
	const kept = keeper(checkpoints, "k", 10);
	saveAll(kept, 1, 95);
	expect(saved).toEqual([10]);
	await go();
	expect(saved).toEqual([10, 95]);
	await go();
	expect(await kept.load()).toEqual(at(95));
});

test("what is not kept yet is kept when the page is left, and at the end", async () => {
	const page = new EventTarget();
	vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
	vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
	const { checkpoints, saved } = slow();
	const kept = keeper(checkpoints, "k", 10);
	saveAll(kept, 1, 3);
	page.dispatchEvent(new Event("pagehide"));
	page.dispatchEvent(new Event("pagehide"));
	expect(saved).toEqual([3]);
	saveAll(kept, 4, 5);
	kept.close();
	expect(saved).toEqual([3, 5]);
	saveAll(kept, 6, 7);
	page.dispatchEvent(new Event("pagehide"));
	expect(saved).toEqual([3, 5]);
});

test("a log that was replaced begins anew", async () => {
	const { checkpoints, saved, go } = slow();
	const kept = keeper(checkpoints, "k", 10);
	saveAll(kept, 50, 50);
	await go();
	saveAll(kept, 0, 1);
	expect(saved).toEqual([50, 0]);
});

test("a state of another log at the same version is kept, too", async () => {
	const checkpoints = memoryCheckpoints();
	const kept = keeper(checkpoints, "k", 5);
	kept.save(at(5));
	const other = { epoch: "another", upto: 5, state: "of another log" };
	kept.save(other);
	kept.close();
	expect(await keeper(checkpoints, "k").load()).toEqual(other);
});

test("a storage that fails, and no key, cost nothing", async () => {
	const broken: Checkpoints = {
		load: () => Promise.reject(new Error("no")),
		save: () => Promise.reject(new Error("no")),
		remove: () => Promise.reject(new Error("no")),
	};
	const kept = keeper(broken, "k", 1);
	expect(await kept.load()).toBe(undefined);
	saveAll(kept, 1, 3);
	const { checkpoints, saved } = slow();
	const none = keeper(checkpoints, undefined, 1);
	saveAll(none, 1, 3);
	none.close();
	expect(saved).toEqual([]);
});

test("what could not be kept is tried again at the end", async () => {
	let broken = true;
	const memory = memoryCheckpoints();
	const save = (key: string, checkpoint: Checkpoint): Promise<void> =>
		broken ? Promise.reject(new Error("full")) : memory.save(key, checkpoint);
	const kept = keeper({ ...memory, save }, "k", 10);
	saveAll(kept, 10, 10);
	await Promise.resolve();
	await new Promise((resolve) => {
		setTimeout(resolve);
	});
	broken = false;
	kept.close();
	expect(await kept.load()).toEqual(at(10));
});
