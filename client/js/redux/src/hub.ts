import type { Stop } from "@recount/client";

/** Those who want to hear of something. */
export interface Hub<Given> {
	add(listener: (given: Given) => void): Stop;
	tell(given: Given): void;
}

export function hub<Given>(): Hub<Given> {
	const all = new Set<(given: Given) => void>();
	return {
		add(listener) {
			all.add(listener);
			return () => all.delete(listener);
		},
		tell(given) {
			for (const listener of all) {
				listener(given);
			}
		},
	};
}
