import { type ReactNode, useId } from "react";
import { useStatus } from "../live/context.js";
import type { Answer } from "./query.js";

interface FigureProps {
	title: string;
	text: string;
	answer: Answer;
	children: ReactNode;
}

/** A chart with its title, or why there is none. */
export function Figure({ title, text, answer, children }: FigureProps) {
	const id = useId();
	const { rows, problem, loading } = answer;
	// The page says once for all figures that the server is away.
	const connected = useStatus((status) => status.connected);
	const why =
		problem && connected ? `It cannot be shown: ${problem}` : loading || problem ? "One moment…" : "Nothing yet.";
	const empty = rows.length === 0;
	return (
		<section className="figure" aria-labelledby={id}>
			<h2 id={id}>{title}</h2>
			<p className="soft">{text}</p>
			{!empty && children}
			{empty && <p className="soft">{why}</p>}
		</section>
	);
}
