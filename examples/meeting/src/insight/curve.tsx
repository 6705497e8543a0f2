import { minuteOfDay } from "../domain/time.js";
import type { Mood } from "./sentiment.js";

const width = 560;
const middle = 120;
const height = 180;

/** Reactions minute by minute: what was good stands above the line, what was bad hangs below it. */
export function Curve({ moods }: { moods: readonly Mood[] }) {
	const first = moods[0]?.time ?? 0;
	const minutes = Math.max(9, ((moods.at(-1)?.time ?? 0) - first) / 60_000) + 1;
	const most = Math.max(1, ...moods.map(({ good, neutral }) => good + neutral), ...moods.map(({ bad }) => bad * 2));
	const unit = (middle - 14) / most;
	const step = width / minutes;
	const thick = Math.max(2, Math.min(26, step * 0.62));
	const place = (time: number): number => ((time - first) / 60_000 + 0.5) * step;
	const words = moods
		.map(({ time, good, neutral, bad }) => `${minuteOfDay(time)}: ${good} good, ${neutral} in doubt, ${bad} bad`)
		.join("; ");
	return (
		<>
			<svg
				className="curve"
				viewBox={`0 0 ${width} ${height}`}
				role="img"
				aria-label={`Reactions by the minute. ${words}`}
			>
				{moods.map(({ time, good, neutral, bad }) => (
					<g key={time} transform={`translate(${place(time) - thick / 2} 0)`}>
						<rect className="good" width={thick} y={middle - good * unit} height={good * unit} rx="2" />
						<rect
							className="neutral"
							width={thick}
							y={middle - (good + neutral) * unit}
							height={neutral * unit}
							rx="2"
						/>
						<rect className="bad" width={thick} y={middle + 2} height={Math.min(bad * unit, height - middle)} rx="2" />
					</g>
				))}
				<path className="axis" d={`M0 ${middle + 1}H${width}`} />
			</svg>
			<p className="ends" aria-hidden="true">
				<span>{minuteOfDay(first)}</span>
				<span>{minuteOfDay(first + (minutes - 1) * 60_000)}</span>
			</p>
		</>
	);
}
