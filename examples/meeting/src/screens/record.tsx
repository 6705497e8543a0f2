import { memo, useCallback, useEffect, useRef } from "react";
import { timeOfDay } from "../domain/time.js";
import { useEntries, useLive, useStatus } from "../live/context.js";
import type { Entry } from "../live/ledger.js";
import { countAt } from "../live/moment.js";
import { Face } from "./face.js";

/** So many lines are shown, of a long record those around the moment. */
const window_ = 120;

/** Who did what, the newest first. Each line leads to its moment. */
export function Record() {
	const { store, ledger } = useLive();
	const version = useStatus((status) => (status.state === "past" ? status.version : null));
	const entries = useEntries();
	const at = version === null ? entries.length : countAt(entries, version);
	const from = Math.max(0, Math.min(at - window_ / 2, entries.length - window_));
	const shown = entries.slice(from, from + window_).toReversed();
	const current = entries[at - 1]?.version;
	const show = useCallback(
		({ version }: Entry): void => {
			void ledger.load().then(() => store.recount.seek(version));
		},
		[ledger, store],
	);
	return (
		<section className="record" aria-labelledby="record-title">
			<h2 id="record-title">The record</h2>
			{entries.length === 0 && <p className="soft">Every change is kept, in order. They appear here.</p>}
			<ol>
				{shown.map((entry) => (
					<Line
						key={entry.version}
						entry={entry}
						current={version !== null && entry.version === current}
						later={version !== null && entry.version > version}
						onShow={show}
					/>
				))}
			</ol>
		</section>
	);
}

interface LineProps {
	entry: Entry;
	current: boolean;
	later: boolean;
	onShow: (entry: Entry) => void;
}

// Whatever is done adds a line: the others stay as they are.
const Line = memo(function Line({ entry, current, later, onShow }: LineProps) {
	const item = useRef<HTMLLIElement>(null);
	useEffect(() => {
		if (current) {
			const box = item.current?.parentElement;
			box?.scrollTo({ top: (item.current?.offsetTop ?? 0) - box.offsetTop - box.clientHeight / 2 });
		}
	}, [current]);
	return (
		<li ref={item} className={current ? "current" : later ? "later" : ""}>
			<button
				type="button"
				onClick={() => onShow(entry)}
				aria-current={current ? "step" : undefined}
				title={`Show this moment: ${timeOfDay(entry.time)}`}
			>
				<Face person={entry.actor} name={entry.who} small />
				<span>
					<b>{entry.who}</b> {entry.did} {entry.what && <q>{entry.what}</q>}
				</span>
			</button>
		</li>
	);
});
