import type { Connection, Present } from "@recount/client";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { useKept } from "./kept.js";

export interface PresenceView<Shown = Record<string, unknown>> {
	/** Everybody who is there. Empty where they are too many to be named. */
	readonly list: readonly Present<Shown>[];
	/** How many connections are there. */
	readonly count: number;
}

/**
 * Who is on a stream. shown is what the others see of us, an object of up to 1 KiB; nothing any more when it is undefined
 * again, and when the component goes.
 */
export function usePresence<Shown extends object = Record<string, unknown>>(
	connection: Connection,
	name: string,
	shown?: Shown,
): PresenceView<Shown> {
	const { presence } = connection.stream(name);
	const view = useKept<PresenceView<Shown>>();
	const subscribe = useCallback((listener: () => void) => presence.onChange(listener), [presence]);
	const look = (): PresenceView<Shown> =>
		view({ list: presence.list as readonly Present<Shown>[], count: presence.count });
	// By its text: an object that is written in the component is another one each time.
	const text = shown && JSON.stringify(shown);
	useEffect(() => {
		if (text) {
			// Said again with the next join, if it cannot be said now.
			presence.set(JSON.parse(text) as Record<string, unknown>).catch(() => {});
		}
	}, [presence, text]);
	const shows = text !== undefined;
	useEffect(() => (shows ? () => void presence.set({}).catch(() => {}) : undefined), [presence, shows]);
	return useSyncExternalStore(subscribe, look, look);
}
