import { memo, useLayoutEffect, useMemo, useRef } from "react";
import { timeOfDay } from "../domain/time.js";
import type { Entry } from "../live/ledger.js";
import { useTint } from "./face.js";

interface ReelProps {
	entries: readonly Entry[];
	at: number;
	onChange: (at: number) => void;
}

/** A slider over all events. Above it each event is a stroke in the colour of who did it. */
export function Reel({ entries, at, onChange }: ReelProps) {
	const last = entries[at - 1];
	const slider = useRef<HTMLInputElement>(null);
	// Whoever comes to look back by a key goes on by keys.
	useLayoutEffect(() => {
		if (document.activeElement === document.body) {
			slider.current?.focus({ preventScroll: true });
		}
	}, []);
	return (
		<div className="reel">
			<Strokes entries={entries} />
			<input
				ref={slider}
				type="range"
				min={0}
				max={entries.length}
				value={at}
				aria-label="Moment"
				aria-valuetext={last ? `${at} of ${entries.length}, ${timeOfDay(last.time)}` : "the beginning"}
				onChange={(event) => onChange(Number(event.target.value))}
			/>
		</div>
	);
}

/** Of many events so many strokes are drawn. */
const most = 400;

const Strokes = memo(function Strokes({ entries }: { entries: readonly Entry[] }) {
	const tint = useTint();
	const strokes = useMemo(() => {
		const step = Math.max(1, entries.length / most);
		return Array.from({ length: Math.min(entries.length, most) }, (_, i) => entries[Math.trunc(i * step)]);
	}, [entries]);
	return (
		<svg viewBox={`0 0 ${Math.max(1, strokes.length)} 20`} preserveAspectRatio="none" aria-hidden="true">
			{strokes.map(
				(entry, i) =>
					entry && (
						<path
							key={entry.version}
							className="tint"
							style={tint(entry.actor)}
							d={`M${i + 0.5} ${entry.emoji ? 12 : 4}V20`}
							vectorEffect="non-scaling-stroke"
						/>
					),
			)}
		</svg>
	);
});
