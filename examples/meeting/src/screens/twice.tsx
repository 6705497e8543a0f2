import { useLive, useLocal, useMe } from "../live/context.js";
import { becomeStranger } from "../self.js";

/** Tells a person who has the meeting open twice that both are one, and how to try it as two. */
export function Twice() {
	const me = useMe();
	const live = useLive();
	const screens = useLocal(({ people }) => people.list.find(({ id }) => id === me)?.screens ?? 1);
	return screens > 1 ? (
		<p className="twice soft">
			You are here in {screens} tabs, as one person with one set of votes.{" "}
			<button type="button" onClick={() => becomeStranger(live)}>
				Be somebody else in this tab
			</button>
		</p>
	) : null;
}
