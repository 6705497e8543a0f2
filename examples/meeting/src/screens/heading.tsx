import { type ReactNode, useState } from "react";
import { meetingNamed } from "../domain/events.js";
import { useDispatch, useFrozen } from "../live/context.js";
import { Icon } from "./icons.js";
import { Touch } from "./touch.js";

/** The meeting's name, which everybody may change. */
export function Heading({ overline, title, children }: { overline: string; title: string; children?: ReactNode }) {
	const [text, setText] = useState<string | null>(null);
	const dispatch = useDispatch();
	const frozen = useFrozen();
	const keep = (): void => {
		if (text?.trim() && text.trim() !== title) {
			dispatch(meetingNamed({ title: text.trim() }));
		}
		setText(null);
	};
	return (
		<div className="heading">
			<div className="names">
				<p className="overline">{overline}</p>
				{text === null ? (
					<h1>
						<span dir="auto">{title}</span>
						{!frozen && (
							<button className="ghostly" type="button" aria-label="Rename the meeting" onClick={() => setText(title)}>
								<Icon name="pen" />
							</button>
						)}
					</h1>
				) : (
					<input
						className="naming"
						dir="auto"
						aria-label="Name of the meeting"
						value={text}
						maxLength={80}
						// biome-ignore lint/a11y/noAutofocus: the person has just asked to write here
						autoFocus
						onFocus={({ target }) => target.select()}
						onChange={(event) => setText(event.target.value)}
						onBlur={keep}
						onKeyDown={({ key }) => (key === "Enter" ? keep() : key === "Escape" && setText(null))}
					/>
				)}
				<Touch when={({ type }) => type === "meeting_named"} />
			</div>
			{children}
		</div>
	);
}
