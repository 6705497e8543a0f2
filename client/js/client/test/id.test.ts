import { newId } from "@recount/client";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.unstubAllGlobals());

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test("IDs are random UUIDs, also where the page is in no secure context", () => {
	expect(newId()).toMatch(uuid);
	const { getRandomValues } = crypto;
	vi.stubGlobal("crypto", { getRandomValues: getRandomValues.bind(crypto) });
	const ids = Array.from({ length: 1000 }, newId);
	for (const id of ids) {
		expect(id).toMatch(uuid);
	}
	expect(new Set(ids).size).toBe(1000);
});
