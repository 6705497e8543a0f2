import type { Connection, EventOf } from "@recount/client";
import { useMemo, useRef, useSyncExternalStore } from "react";
import { Folded, type StreamView } from "./folded.js";

/**
 * The state that the events of a stream make. reduce is pure, like a reducer of Redux; it and initial count from the first
 * time only. A component that is unmounted leaves the stream, if nobody else is on it.
 */
export function useStream<State, Events extends object = Record<string, unknown>>(
	connection: Connection,
	name: string,
	reduce: (state: State, event: EventOf<Events>) => State,
	initial: State,
): StreamView<State> {
	const first = useRef({ reduce, initial });
	const folded = useMemo(() => {
		const { current } = first;
		return new Folded<Events, State>(connection.stream<Events>(name), current.reduce, current.initial);
	}, [connection, name]);
	return useSyncExternalStore(folded.subscribe, folded.look, folded.look);
}
