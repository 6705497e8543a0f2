import { useEffect, useState } from "react";
import { useEntries, useLive, usePast, useStatus } from "./context.js";
import type { Entry } from "./ledger.js";

/** How many entries there were at a version: the place of the next one. */
export function countAt(entries: readonly Entry[], version: number): number {
	let low = 0;
	let high = entries.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((entries[middle]?.version ?? 0) <= version) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/** What happened last at the moment that is shown, while the past is shown. */
export function usePastEntry(): Entry | undefined {
	const version = useStatus((status) => (status.state === "past" ? status.version : null));
	const entries = useEntries();
	return version === null ? undefined : entries[countAt(entries, version) - 1];
}

/**
 * The time of the moment that is shown, by the server's clock, in milliseconds since 1970: it goes on by seconds unless the
 * past is shown.
 */
export function useNow(): number {
	const ticks = !usePast();
	const past = usePastEntry();
	const { skew } = useLive().ledger;
	const [now, setNow] = useState(() => skew.now());
	useEffect(() => {
		if (!ticks) {
			return;
		}
		setNow(skew.now());
		const timer = setInterval(() => setNow(skew.now()), 500);
		return () => clearInterval(timer);
	}, [ticks, skew]);
	return ticks ? now : (past?.time ?? now);
}
