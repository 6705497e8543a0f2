import type { CSSProperties } from "react";
import { hueOf, initials } from "../domain/people.js";
import { useMembers, useName } from "../live/context.js";

/** Gives the colour of a person, for CSS. */
export function useTint(): (person: string) => CSSProperties {
	const members = useMembers();
	return (person) => ({ "--hue": hueOf({ members }, person) }) as CSSProperties;
}

/** A person as a disc with letters. Says nothing to screen readers: the name stands beside it. */
export function Face({ person, name, small }: { person: string; name: string; small?: boolean }) {
	const tint = useTint();
	return (
		<span className={small ? "face small tint" : "face tint"} style={tint(person)} aria-hidden="true">
			{initials(name)}
		</span>
	);
}

/** A person as a disc, and the name. */
export function Byline({ person }: { person: string }) {
	const name = useName(person);
	return (
		<span className="byline">
			<Face person={person} name={name} small />
			<bdi>{name}</bdi>
		</span>
	);
}
