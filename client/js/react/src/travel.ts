import type { Recount } from "@recount/redux";
import { useMemo, useSyncExternalStore } from "react";
import { Player, type PlayerView } from "./player.js";

/** What there is to see and to do about the past of a store. */
export interface TimeTravel extends PlayerView {
	readonly playing: boolean;
	/** Shows a version or a time. */
	seek(at: number | string | Date): Promise<void>;
	/** Back to what is now. */
	live(): void;
	/** Plays on from what is shown, so many times faster than it happened; from the beginning if that is the end. */
	play(speed?: number): Promise<void>;
	pause(): void;
	/** So many events on, or back. */
	step(by?: number): Promise<void>;
}

/** Rewinds a store that has the enhancer of @recount/redux. Pauses in what happened are played as 2 s at most, or as longest. */
export function useTimeTravel(store: { readonly recount: Recount }, longest = 2000): TimeTravel {
	const { recount } = store;
	const player = useMemo(() => new Player(recount, longest), [recount, longest]);
	const view = useSyncExternalStore(player.subscribe, player.look, player.look);
	const { seek, live, play, pause, step } = player;
	return useMemo(
		() => ({ ...view, playing: view.speed > 0, seek, live, play, pause, step }),
		[view, seek, live, play, pause, step],
	);
}
