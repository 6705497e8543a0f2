import { useEffect, useState } from "react";
import { useEntries, useLive, useStatus } from "../live/context.js";

export type Row = Readonly<Record<string, unknown>>;

export interface Answer {
	readonly rows: readonly Row[];
	/** Why there is nothing to show; "" if there is. */
	readonly problem: string;
	readonly loading: boolean;
}

/** Asks a named query of recount.yaml. after is a position that the answer must have seen. Throws what the server says. */
export async function ask(
	backend: string,
	name: string,
	params: Record<string, string>,
	after: string,
	signal?: AbortSignal,
): Promise<readonly Row[]> {
	const query = new URLSearchParams({ ...params, ...(after && { after }) });
	const response = await fetch(`${backend}/v1/queries/${name}?${query}`, {
		credentials: "omit",
		...(signal && { signal }),
	}).catch(() => {
		throw new Error("the server does not answer");
	});
	const answer = (await response.json()) as { rows?: Row[]; detail?: string; title?: string };
	if (!response.ok) {
		throw new Error(answer.detail ?? answer.title ?? `the server answered ${response.status}`);
	}
	return answer.rows ?? [];
}

/** Changes that come close together are asked about once. */
const together = 400;

/** What runs while nothing happens, such as a clock, is asked about so often. */
const refresh = 5000;

/** The answer to a named query about this meeting, asked again after each change of it. withNow gives it the time, as now. */
export function useQuery(name: string, withNow = false): Answer {
	const { id, backend, ledger } = useLive();
	const entries = useEntries();
	const [answer, setAnswer] = useState<Answer>({ rows: [], problem: "", loading: true });
	const last = entries.at(-1)?.version;
	const connected = useStatus((status) => status.connected);
	const [tick, setTick] = useState(0);
	useEffect(() => {
		if (withNow) {
			const timer = setInterval(() => setTick((count) => count + 1), refresh);
			return () => clearInterval(timer);
		}
	}, [withNow]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: a tick asks again, and so does a server that is back
	useEffect(() => {
		const abort = new AbortController();
		const params = { stream: `meeting:${id}`, ...(withNow && { now: new Date(ledger.skew.now()).toISOString() }) };
		const timer = setTimeout(() => {
			ask(backend, name, params, last === undefined ? "" : ledger.position, abort.signal).then(
				(rows) => setAnswer({ rows, problem: "", loading: false }),
				(error: Error) => {
					if (!abort.signal.aborted) {
						setAnswer((before) => ({ ...before, problem: error.message, loading: false }));
					}
				},
			);
		}, together);
		return () => {
			clearTimeout(timer);
			abort.abort();
		};
	}, [id, backend, ledger, name, withNow, last, tick, connected]);
	return answer;
}
