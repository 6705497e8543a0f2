import { useEffect, useRef } from "react";
import type { Entry } from "../live/ledger.js";
import { usePastEntry } from "../live/moment.js";
import { useTint } from "./face.js";

/** What somebody did, beside what it was done to: "noted this". */
export function touchWords({ did, what }: Entry): string {
	return what ? `${did.replace(/ (“.*|the action|an action:|the meeting)$/, "")} this` : did;
}

/** Says who did what was done last, beside what it was done to, while the past is shown. */
export function Touch({ when }: { when: (entry: Entry) => boolean }) {
	const past = usePastEntry();
	const last = past && when(past) ? past : undefined;
	const tint = useTint();
	const words = useRef<HTMLParagraphElement>(null);
	useEffect(() => {
		if (last) {
			words.current?.scrollIntoView({ block: "nearest" });
		}
	}, [last]);
	return last ? (
		<p ref={words} className="touch inline tint" style={tint(last.actor)}>
			<bdi>{last.who}</bdi> {touchWords(last)}
		</p>
	) : null;
}
