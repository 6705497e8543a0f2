import { Mark } from "./icons.js";

/** Where this page was told to use a server that cannot be one. */
export function Astray({ problem }: { problem: string }) {
	const { origin, pathname, hash } = window.location;
	return (
		<main className="home">
			<Mark />
			<h1>There is no server at that address.</h1>
			<p className="lead">
				{problem}: one begins with https:// or http:// and names a host. It stands in the address of this page, after{" "}
				<code>backend=</code>, or in its <code>recount-backend</code> meta element.
			</p>
			<a className="solid large" href={`${origin}${pathname}${hash}`}>
				Use this page's own server
			</a>
		</main>
	);
}
