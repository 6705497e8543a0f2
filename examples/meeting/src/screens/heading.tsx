import type { ReactNode } from "react";
import { meetingNamed } from "../domain/events.js";
import { useFrozen } from "../live/context.js";
import { Icon } from "./icons.js";
import { Parked, TitleField, useRetitle } from "./retitle.js";
import { Touch } from "./touch.js";

/** The meeting's name, which everybody may change. */
export function Heading({ overline, title, children }: { overline: string; title: string; children?: ReactNode }) {
	const frozen = useFrozen();
	const retitle = useRetitle("", title, (text) => meetingNamed({ title: text }));
	return (
		<div className="heading">
			<div className="names">
				<p className="overline">{overline}</p>
				{retitle.editing ? (
					<TitleField retitle={retitle} className="naming" label="Name of the meeting" most={80} />
				) : (
					<h1>
						<span dir="auto">{title}</span>
						{!frozen && (
							<button className="ghostly" type="button" aria-label="Rename the meeting" onClick={retitle.edit}>
								<Icon name="pen" />
							</button>
						)}
					</h1>
				)}
				{retitle.parked && <Parked retitle={retitle} />}
				<Touch when={({ type }) => type === "meeting_named"} />
			</div>
			{children}
		</div>
	);
}
