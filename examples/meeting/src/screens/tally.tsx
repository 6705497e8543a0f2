import { nameOf } from "../domain/people.js";
import { useMe, useMembers } from "../live/context.js";
import { useTint } from "./face.js";

/** Strokes beyond this are only counted. */
const most = 15;

/** Votes as people count them by hand: four strokes and one across, each in its voter's colour. */
export function Tally({ votes }: { votes: readonly string[] }) {
	const me = useMe();
	const members = useMembers();
	if (votes.length === 0) {
		return <p className="tally none">No votes yet</p>;
	}
	const voters = [...new Set(votes)].map((voter) => {
		const count = votes.filter((one) => one === voter).length;
		return `${voter === me ? "you" : nameOf({ members }, voter)}${count > 1 ? ` ${count} times` : ""}`;
	});
	const groups = Array.from({ length: Math.ceil(Math.min(votes.length, most) / 5) }, (_, i) => i * 5);
	return (
		<p className="tally" title={voters.join(", ")}>
			{groups.map((at) => (
				<Strokes key={at} voters={votes.slice(at, Math.min(at + 5, most))} at={at} />
			))}
			<b>{votes.length}</b>
			<span className="unseen">
				{votes.length === 1 ? "vote" : "votes"}: {voters.join(", ")}
			</span>
		</p>
	);
}

function Strokes({ voters, at }: { voters: readonly string[]; at: number }) {
	const tint = useTint();
	const lean = (i: number): number => (((at + i) * 37) % 5) * 0.55 - 1.1;
	const path = (i: number): string =>
		i < 4
			? `M${4 + i * 7.5 + lean(i)} ${2.5 + lean(i + 2)}L${4 + i * 7.5 - lean(i)} ${25 + lean(i + 1)}`
			: `M-1 ${20 + lean(i)}L34 ${7 - lean(i)}`;
	return (
		<svg viewBox={`-2 0 ${voters.length > 4 ? 38 : voters.length * 7.5 + 3} 28`} aria-hidden="true">
			{voters.map((voter, i) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a stroke is known by its place
				<path key={i} d={path(i)} className="tint" style={tint(voter)} pathLength={1} />
			))}
		</svg>
	);
}
