import { memo, useCallback, useEffect, useRef } from "react";
import { inVain } from "../domain/sentence.js";
import { timeOfDay } from "../domain/time.js";
import { useEntries, useStatus } from "../live/context.js";
import type { Entry } from "../live/ledger.js";
import { countAt } from "../live/moment.js";
import { useSeek } from "../live/seek.js";
import { Face } from "./face.js";

/** So many lines are shown, of a long record those around the moment. */
const window_ = 120;

/** Who did what, the newest first. Each line leads to its moment. */
export function Record() {
	const version = useStatus((status) => (status.state === "past" ? status.version : null));
	const entries = useEntries();
	const at = version === null ? entries.length : countAt(entries, version);
	const from = Math.max(0, Math.min(at - window_ / 2, entries.length - window_));
	const shown = runsOf(entries.slice(from, from + window_)).toReversed();
	const current = entries[at - 1]?.version ?? 0;
	const seek = useSeek();
	const show = useCallback(({ version }: Entry): void => void seek(version), [seek]);
	return (
		<section className="record" aria-labelledby="record-title">
			<h2 id="record-title">The record</h2>
			{entries.length === 0 && <p className="soft">Every change is kept, in order. They appear here.</p>}
			<ol>
				{shown.map(({ first, last, emoji }) => (
					<Line
						key={first}
						entry={last}
						emoji={emoji}
						current={version !== null && first <= current && current <= last.version}
						later={version !== null && first > version}
						onShow={show}
					/>
				))}
			</ol>
		</section>
	);
}

/** One thing that was done, or the reactions of one person without anything between them. */
interface Run {
	/** The version of the first. */
	readonly first: number;
	readonly last: Entry;
	/** All reactions, in order; "" where it is one thing. */
	readonly emoji: string;
}

function runsOf(entries: readonly Entry[]): readonly Run[] {
	const runs: Run[] = [];
	for (const last of entries) {
		const before = runs.at(-1);
		if (last.emoji && before?.last.emoji && before.last.actor === last.actor) {
			const emoji = `${before.emoji || before.last.emoji} ${last.emoji}`;
			runs[runs.length - 1] = { first: before.first, last, emoji };
		} else {
			runs.push({ first: last.version, last, emoji: "" });
		}
	}
	return runs;
}

interface LineProps {
	entry: Entry;
	emoji: string;
	current: boolean;
	later: boolean;
	onShow: (entry: Entry) => void;
}

// Whatever is done adds a line: the others stay as they are.
const Line = memo(function Line({ entry, emoji, current, later, onShow }: LineProps) {
	const item = useRef<HTMLLIElement>(null);
	useEffect(() => {
		if (current) {
			const box = item.current?.parentElement;
			box?.scrollTo({ top: (item.current?.offsetTop ?? 0) - box.offsetTop - box.clientHeight / 2 });
		}
	}, [current]);
	return (
		<li ref={item} className={`${current ? "current" : later ? "later" : ""}${entry.vain ? " idle" : ""}`}>
			<button
				type="button"
				onClick={() => onShow(entry)}
				aria-current={current ? "step" : undefined}
				title={`Show this moment: ${timeOfDay(entry.time)}`}
			>
				<Face person={entry.actor} name={entry.who} small />
				<span>
					<b dir="auto">{entry.who}</b> {emoji ? counted(emoji) : entry.did}{" "}
					{entry.what && <q dir="auto">{entry.what}</q>}
					{entry.vain && <small className="vain">{inVain}</small>}
				</span>
			</button>
		</li>
	);
});

/** Says how often somebody reacted, and how: "reacted 3 times with ❤️ 🎉". */
function counted(emoji: string): string {
	const all = emoji.split(" ");
	return `reacted ${all.length} times with ${[...new Set(all)].join(" ")}`;
}
