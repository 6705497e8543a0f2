// The part of the Web Locks API that an outbox uses, which Node 20 lacks: one lock at a time for each name.

import type { Locks } from "@recount/client";

export function fakeLocks(): Locks {
	const last = new Map<string, Promise<unknown>>();
	return {
		request(name, held) {
			const before = last.get(name) ?? Promise.resolve();
			const after = before.then(held, held);
			last.set(name, after);
			return after;
		},
	};
}
