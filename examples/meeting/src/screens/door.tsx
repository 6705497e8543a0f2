import { type FormEvent, useContext, useState } from "react";
import { humanized } from "../address.js";
import { line } from "../domain/happening.js";
import { LiveContext } from "../live/context.js";
import { becomeStranger } from "../self.js";
import { Mark } from "./icons.js";

interface DoorProps {
	meeting: string;
	/** The name that the person had so far. */
	known?: string;
	onEnter: (name: string) => void;
	onCancel?: () => void;
}

/** Asks for a name: all that a meeting wants to know. */
export function Door({ meeting, known = "", onEnter, onCancel }: DoorProps) {
	const [name, setName] = useState(known);
	const live = useContext(LiveContext);
	const submit = (event: FormEvent): void => {
		event.preventDefault();
		const words = line(name, 40);
		if (words) {
			onEnter(words);
		}
	};
	return (
		<main className="door">
			<form className="slip folded" onSubmit={submit}>
				<Mark />
				<h1>{known ? "Who are you?" : "Come in, the meeting is open"}</h1>
				<p>
					{known
						? "The others see your new name at once."
						: `Add to the agenda of “${humanized(meeting)}”, vote, discuss. There is nothing to sign up for.`}
				</p>
				<label htmlFor="name">Your name</label>
				<input
					id="name"
					dir="auto"
					value={name}
					onChange={(event) => setName(event.target.value)}
					maxLength={40}
					autoComplete="given-name"
					required
					pattern=".*\S.*"
					title="At least one letter"
					// biome-ignore lint/a11y/noAutofocus: it is the only thing to do here
					autoFocus
				/>
				<button className="solid" type="submit">
					{known ? "Keep this name" : "Join the meeting"}
				</button>
				{known && (
					<>
						<button className="quiet" type="button" onClick={() => becomeStranger(live)}>
							Be somebody else in this tab
						</button>
						<button className="quiet" type="button" onClick={onCancel}>
							Cancel
						</button>
					</>
				)}
			</form>
		</main>
	);
}
