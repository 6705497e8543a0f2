import { type ReactNode, useId } from "react";
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
	const empty = rows.length === 0;
	return (
		<section className="figure" aria-labelledby={id}>
			<h2 id={id}>{title}</h2>
			<p className="soft">{text}</p>
			{!empty && children}
			{empty && (
				<p className="soft">{problem ? `It cannot be shown: ${problem}` : loading ? "One moment…" : "Nothing yet."}</p>
			)}
		</section>
	);
}
