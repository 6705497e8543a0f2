import { reactionSent } from "../domain/events.js";
import { useDispatch, useFrozen, useMeeting } from "../live/context.js";

export const emoji: readonly (readonly [picture: string, words: string])[] = [
	["👏", "Applause"],
	["❤️", "Love"],
	["😂", "Laughter"],
	["🎉", "Party"],
	["🤔", "Doubt"],
	["👎", "No"],
];

/** Reactions, at the bottom of the page. */
export function Dock() {
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const card = useMeeting((meeting) => meeting.clock.card);
	return (
		// biome-ignore lint/a11y/useSemanticElements: a fieldset would want a legend that shows
		<div className="dock" role="group" aria-label="React">
			{emoji.map(([picture, words]) => (
				<button
					key={words}
					type="button"
					aria-label={words}
					title={words}
					disabled={frozen}
					onClick={() => dispatch(reactionSent({ emoji: picture, card }))}
				>
					{picture}
				</button>
			))}
		</div>
	);
}
