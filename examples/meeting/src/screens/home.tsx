import { type FormEvent, useState } from "react";
import { go, hashOf, newMeeting } from "../address.js";
import { day } from "../domain/time.js";
import { visits } from "../self.js";
import { Mark } from "./icons.js";

/** Before any meeting: begin one, or come back to one. */
export function Home() {
	const [link, setLink] = useState("");
	const known = visits();
	const join = (event: FormEvent): void => {
		event.preventDefault();
		const id = link.trim().replace(/^.*#\/?(meeting:)?/, "");
		if (id) {
			go({ meeting: id.split(/[/?]/)[0] ?? "" });
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
						value={link}
						onChange={(event) => setLink(event.target.value)}
						placeholder="Its link or name"
						autoComplete="off"
					/>
					<button className="pill" type="submit" disabled={!link.trim()}>
						Go there
					</button>
				</div>
			</form>
			{known.length > 0 && (
				<nav aria-labelledby="visited">
					<h2 id="visited">Where you were</h2>
					<ul className="visits">
						{known.map(({ id, title, at }) => (
							<li key={id}>
								<a href={hashOf({ meeting: id })}>{title}</a>
								<time dateTime={new Date(at).toISOString()}>{day(at)}</time>
							</li>
						))}
					</ul>
				</nav>
			)}
		</main>
	);
}
