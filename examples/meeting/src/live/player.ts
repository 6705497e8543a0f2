import { useCallback, useEffect, useState } from "react";
import { useDispatch, useEntries, useLive, useLocal, usePast, useStatus } from "./context.js";
import type { Entry } from "./ledger.js";
import { flights, notes, type Speed, speed as speedSlice } from "./local.js";
import { countAt } from "./moment.js";

/** A pause in the meeting is not waited through: it counts as so many milliseconds at most. */
const longestPause = 2500;
/** Two events that came at once are still shown one after the other. */
const shortestPause = 250;

export interface Player {
	/** Whether the past is shown. */
	readonly active: boolean;
	readonly entries: readonly Entry[];
	/** How many of the entries have happened at the moment that is shown. */
	readonly at: number;
	/** What happened last. */
	readonly last: Entry | undefined;
	readonly playing: boolean;
	readonly speed: Speed;
	to(at: number): void;
	toggle(): void;
	setSpeed(speed: Speed): void;
}

/** Plays a meeting again. */
export function usePlayer(): Player {
	const { recount } = useLive().store;
	const active = usePast();
	const version = useStatus((status) => status.version);
	const entries = useEntries();
	const dispatch = useDispatch();
	const [playing, setPlaying] = useState(false);
	const speed = useLocal((state) => state.speed);
	const at = countAt(entries, version);
	const next = entries[at];
	const last = entries[at - 1];

	const to = useCallback(
		(count: number): void => {
			const bounded = Math.min(Math.max(count, 0), entries.length);
			recount.seek(entries[bounded - 1]?.version ?? 0).catch(({ message }: Error) => {
				dispatch(notes.actions.told(`The past cannot be shown: ${message}`));
			});
		},
		[recount, entries, dispatch],
	);

	useEffect(() => {
		if (!playing || !active) {
			return;
		}
		if (!next) {
			setPlaying(false);
			return;
		}
		const pause = Math.min(Math.max(next.time - (last?.time ?? next.time), shortestPause), longestPause);
		const timer = setTimeout(() => {
			to(at + 1);
			if (next.emoji) {
				dispatch(flights.actions.started({ key: `${next.version} ${Date.now()}`, emoji: next.emoji, by: next.actor }));
			}
		}, pause / speed);
		return () => clearTimeout(timer);
	}, [playing, active, next, last, at, speed, to, dispatch]);

	const toggle = (): void => {
		if (!playing && !next) {
			to(0);
		}
		setPlaying(!playing);
	};
	const setSpeed = (chosen: Speed): void => dispatch(speedSlice.actions.chosen(chosen));
	return { active, entries, at, last, playing: playing && active, speed, to, toggle, setSpeed };
}
