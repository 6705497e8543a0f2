import { type ReactNode, useEffect, useMemo, useState } from "react";
import { hashOf } from "../address.js";
import { inVain } from "../domain/sentence.js";
import { day, timeOfDay } from "../domain/time.js";
import { featureName } from "../insight/features.js";
import { useEntries, useLive, useMembers } from "../live/context.js";
import type { Entry } from "../live/ledger.js";
import { Face } from "../screens/face.js";
import { Icon } from "../screens/icons.js";
import { save } from "../screens/save.js";
import { csv, found, type Search } from "./search.js";

/** So many lines are shown at once. */
const page = 100;

const anything: Search = { text: "", actor: "", type: "" };

/** Who did what, and when: all of it. */
export function Audit({ title }: { title: string }) {
	const { id, ledger } = useLive();
	const entries = useEntries();
	const [search, setSearch] = useState(anything);
	const [lines, setLines] = useState(page);
	useEffect(() => void ledger.load(), [ledger]);
	const matching = useMemo(() => found(entries, search), [entries, search]);
	return (
		<main id="main" className="page audit" tabIndex={-1}>
			<p className="overline">{title} · Audit</p>
			<h1>Who did what</h1>
			<Filters entries={entries} search={search} onChange={setSearch}>
				<button
					className="pill"
					type="button"
					disabled={matching.length === 0}
					// Excel takes a file without the mark in front for one that is not UTF-8.
					onClick={() => save(`${id}.csv`, "text/csv", `\ufeff${csv(matching)}`)}
				>
					<Icon name="save" />
					<span>Export CSV</span>
				</button>
			</Filters>
			<p className="soft" role="status">
				{ledger.whole ? `${matching.length} of ${entries.length}` : "Reading the record…"}
			</p>
			{matching.length === 0 && ledger.whole ? (
				<div className="empty">
					<strong>Nothing like that was done</strong>
					<button className="pill" type="button" onClick={() => setSearch(anything)}>
						Clear the search
					</button>
				</div>
			) : (
				<Lines entries={matching.slice(0, lines)} meeting={id} />
			)}
			{matching.length > lines && (
				<button className="quiet" type="button" onClick={() => setLines(lines + page)}>
					Show more
				</button>
			)}
		</main>
	);
}

interface FiltersProps {
	entries: readonly Entry[];
	search: Search;
	onChange: (search: Search) => void;
	children: ReactNode;
}

function Filters({ entries, search, onChange, children }: FiltersProps) {
	const members = useMembers();
	const types = useMemo(
		() => [...new Set(entries.map(({ type }) => type))].sort((a, b) => featureName(a).localeCompare(featureName(b))),
		[entries],
	);
	return (
		<search className="filters">
			<label className="wide">
				Search
				<input
					type="search"
					value={search.text}
					onChange={(event) => onChange({ ...search, text: event.target.value })}
					placeholder="A word or a name"
				/>
			</label>
			<label>
				Who
				<select value={search.actor} onChange={(event) => onChange({ ...search, actor: event.target.value })}>
					<option value="">Everybody</option>
					{Object.entries(members).map(([id, name]) => (
						<option key={id} value={id}>
							{name}
						</option>
					))}
				</select>
			</label>
			<label>
				What
				<select value={search.type} onChange={(event) => onChange({ ...search, type: event.target.value })}>
					<option value="">Everything</option>
					{types.map((type) => (
						<option key={type} value={type}>
							{featureName(type)}
						</option>
					))}
				</select>
			</label>
			{children}
		</search>
	);
}

function Lines({ entries, meeting }: { entries: readonly Entry[]; meeting: string }) {
	return (
		<table className="ledger">
			<thead>
				<tr>
					<th scope="col">No.</th>
					<th scope="col">Who</th>
					<th scope="col">What</th>
					<th scope="col">When</th>
				</tr>
			</thead>
			<tbody>
				{entries.map((entry) => (
					<tr key={entry.version}>
						<td className="number">
							<a href={hashOf({ meeting, at: entry.version })} title="Show this moment">
								{entry.version}
							</a>
						</td>
						<td>
							<span className="byline">
								<Face person={entry.actor} name={entry.who} small />
								{entry.who}
							</span>
						</td>
						<td className="what">
							{entry.did} {entry.what && <q dir="auto">{entry.what}</q>}
							{entry.vain && <small className="vain">{inVain}</small>}
						</td>
						<td className="when">
							<time dateTime={new Date(entry.time).toISOString()}>
								{day(entry.time)} {timeOfDay(entry.time)}
							</time>
						</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}
