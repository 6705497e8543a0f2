import { minuteOfDay } from "../domain/time.js";
import type { Mood } from "./sentiment.js";

const width = 560;
const height = 180;
/** How many minutes are shown at least. */
const least = 10;

/** Reactions minute by minute: what was good stands above the line, what was bad hangs below it. */
export function Curve({ moods }: { moods: readonly Mood[] }) {
	const end = moods.at(-1)?.time ?? 0;
	const first = Math.min(moods[0]?.time ?? 0, end - (least - 1) * 60_000);
	const step = width / ((end - first) / 60_000 + 1);
	const thick = Math.max(2, Math.min(26, step * 0.62));
	const up = Math.max(1, ...moods.map(({ good, neutral }) => good + neutral));
	const down = Math.max(0, ...moods.map(({ bad }) => bad));
	// One reaction is as high above the line as below it.
	const unit = Math.min(44, height / (up + down));
	const middle = up * unit;
	const bottom = middle + down * unit + 2;
	const left = (time: number): number => ((time - first) / 60_000 + 0.5) * step - thick / 2;
	const words = moods.map(said).join("; ");
	return (
		<>
			<div className="scaled">
				<p className="scale" aria-hidden="true">
					<span style={{ top: 0 }}>{up}</span>
					{down > 0 && <span style={{ top: "100%" }}>{down}</span>}
				</p>
				<svg
					className="curve"
					viewBox={`0 0 ${width} ${bottom}`}
					role="img"
					aria-label={`Reactions by the minute. ${words}`}
				>
					<path className="grid" d={`M0 .5H${width}${down > 0 ? `M0 ${bottom - 0.5}H${width}` : ""}`} />
					{moods.map((mood) => (
						<g key={mood.time} transform={`translate(${left(mood.time)} 0)`}>
							<title>{said(mood)}</title>
							<rect className="good" width={thick} y={middle - mood.good * unit} height={mood.good * unit} rx="2" />
							<rect
								className="neutral"
								width={thick}
								y={middle - (mood.good + mood.neutral) * unit}
								height={mood.neutral * unit}
								rx="2"
							/>
							<rect className="bad" width={thick} y={middle + 2} height={mood.bad * unit} rx="2" />
						</g>
					))}
					<path className="axis" d={`M0 ${middle + 1}H${width}`} />
				</svg>
			</div>
			<p className="ends" aria-hidden="true">
				<span>{minuteOfDay(first)}</span>
				<span>{minuteOfDay(end)}</span>
			</p>
		</>
	);
}

function said({ time, good, neutral, bad }: Mood): string {
	return `${minuteOfDay(time)}: ${good} good, ${neutral} in doubt, ${bad} bad`;
}
