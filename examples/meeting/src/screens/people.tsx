import { useSyncExternalStore } from "react";
import { initials } from "../domain/people.js";
import { useLocal, useMe, useMembers } from "../live/context.js";
import { type Person, shownName } from "../live/local.js";
import { useTint } from "./face.js";
import { Icon } from "./icons.js";

/** How many faces are shown in a window of so many pixels at most; where there are more people, the last is a number. */
const rooms: readonly [number, number][] = [
	[356, 2],
	[386, 3],
	[560, 4],
];

/** How many faces there is room for. */
function useRoom(): number {
	return useSyncExternalStore(
		resized,
		() => rooms.find(([width]) => matchMedia(`(max-width: ${width}px)`).matches)?.[1] ?? 6,
	);
}

function resized(tell: () => void): () => void {
	window.addEventListener("resize", tell);
	return () => window.removeEventListener("resize", tell);
}

/** Everybody who is here, this person first. */
export function PeopleHere({ onRename }: { onRename: () => void }) {
	const me = useMe();
	const { list, count } = useLocal((state) => state.people);
	const members = useMembers();
	const most = useRoom();
	const nameOf = (person: Person): string => shownName(members, person);
	const ordered = list.toSorted(
		(a, b) => Number(b.id === me) - Number(a.id === me) || nameOf(a).localeCompare(nameOf(b)),
	);
	const shown = ordered.slice(0, ordered.length > most ? most - 1 : most);
	const others = Math.max(count, ordered.length) - ordered.length + (ordered.length - shown.length);
	return (
		<ul className="people" aria-label="Who is here">
			{shown.map((person) => (
				<li key={person.id}>
					<PersonFace person={person} name={nameOf(person)} own={person.id === me} onRename={onRename} />
				</li>
			))}
			{others > 0 && list.length > 0 && ordered.length > shown.length && (
				<li>
					<span className="face more">+{ordered.length - shown.length}</span>
				</li>
			)}
			{list.length === 0 && count > 1 && (
				<li>
					<span className="face more">{count}</span>
				</li>
			)}
		</ul>
	);
}

interface PersonFaceProps {
	person: Person;
	name: string;
	own: boolean;
	onRename: () => void;
}

function PersonFace({ person, name, own, onRename }: PersonFaceProps) {
	const tint = useTint();
	const label = `${name}${own ? " (you)" : ""}${person.editing ? ", editing" : ""}`;
	const inner = (
		<>
			<span data-letters={initials(name)} />
			{own && person.screens > 1 && <span className="writes" data-letters={person.screens} />}
			{!(own && person.screens > 1) && person.editing && (
				<span className="writes">
					<Icon name="pen" />
				</span>
			)}
		</>
	);
	return own ? (
		<button
			type="button"
			className="face tint"
			style={tint(person.id)}
			title={person.screens > 1 ? `You, in ${person.screens} tabs` : "Change your name"}
			aria-label={label}
			onClick={onRename}
		>
			{inner}
		</button>
	) : (
		<span className="face tint" style={tint(person.id)} title={label} role="img" aria-label={label}>
			{inner}
		</span>
	);
}
