import { type FormEvent, useState } from "react";
import { go, hashOf, newMeeting, pasted } from "../address.js";
import { day } from "../domain/time.js";
import { visits } from "../self.js";
import { Mark } from "./icons.js";

/** Before any meeting: begin one, or come back to one. */
export function Home() {
	const [link, setLink] = useState("");
	const [problem, setProblem] = useState("");
	const known = visits();
	const join = (event: FormEvent): void => {
		event.preventDefault();
		const address = pasted(link);
		if (address) {
			go(address);
		} else {
			setProblem("This names no meeting. Its whole link is needed, with all that comes after the #.");
		}
	};
	return (
		<main className="home">
			<Mark />
			<h1>A meeting that remembers itself.</h1>
			<p className="lead">
				An agenda that everybody writes, votes that decide what comes first, a clock for each item, and actions with
				owners. Every change is kept, so any moment can be looked at again.
			</p>
			<button className="solid large" type="button" onClick={() => go({ meeting: newMeeting() })}>
				Begin a meeting
			</button>
			<form className="inline" onSubmit={join}>
				<label htmlFor="link">Or come to one that is there</label>
				<div className="row">
					<input
						id="link"
						dir="auto"
						value={link}
						onChange={(event) => {
							setLink(event.target.value);
							setProblem("");
						}}
						aria-describedby="link-problem"
						aria-invalid={problem !== ""}
						placeholder="Its link or name"
						autoComplete="off"
					/>
					<button className="pill" type="submit" disabled={!link.trim()}>
						Go there
					</button>
				</div>
				<p className="problem" id="link-problem" role="alert">
					{problem}
				</p>
			</form>
			{known.length > 0 && (
				<nav aria-labelledby="visited">
					<h2 id="visited">Where you were</h2>
					<ul className="visits">
						{known.map(({ id, title, at }) => (
							<li key={id}>
								<a dir="auto" href={hashOf({ meeting: id })}>
									{title}
								</a>
								<time dateTime={new Date(at).toISOString()}>{day(at)}</time>
							</li>
						))}
					</ul>
				</nav>
			)}
		</main>
	);
}
