import { titleLength } from "../domain/cards.js";
import { line } from "../domain/happening.js";
import { span } from "../domain/time.js";
import { useLive, useStatus } from "../live/context.js";
import { Byline, useTint } from "../screens/face.js";
import { Bars } from "./bars.js";
import { Curve } from "./curve.js";
import { featureName } from "./features.js";
import { Figure } from "./figure.js";
import { useQuery } from "./query.js";
import { moodsOf } from "./sentiment.js";

/** What the meeting's record says about it: SQL over the journal, drawn, and drawn again as it goes on. */
export function Insight({ title }: { title: string }) {
	const gone = useStatus(({ state, connected }) => state !== "loading" && !connected);
	return (
		<main id="main" className="page" tabIndex={-1}>
			<p className="overline">{title} · Insight</p>
			<h1>How it went</h1>
			{gone && (
				<p className="soft away" role="status">
					The server does not answer. It is counted again once it is back; what stands here is of before.
				</p>
			)}
			<div className="figures">
				<ItemTime />
				<Sentiment />
				<Shares />
				<FeatureUse />
			</div>
		</main>
	);
}

function ItemTime() {
	const answer = useQuery("item_time", true);
	const bars = answer.rows.map(({ card, title, seconds }) => ({
		key: String(card),
		name: line(title, titleLength) || "A removed card",
		value: Number(seconds),
		words: span(Math.round(Number(seconds) * 1000)),
	}));
	return (
		<Figure title="Time for each item" text="How long it was discussed, pauses aside." answer={answer}>
			<Bars bars={bars} />
		</Figure>
	);
}

function Sentiment() {
	const { ledger } = useLive();
	const answer = useQuery("sentiment");
	return (
		<Figure title="How people felt" text="Reactions, minute by minute." answer={answer}>
			<Curve moods={moodsOf(answer.rows, ledger.skew.now())} />
			<ul className="legend">
				<li>
					<i className="good" />
					Applause, love, laughter, party
				</li>
				<li>
					<i className="neutral" />
					Doubt
				</li>
				<li>
					<i className="bad" />
					No
				</li>
			</ul>
		</Figure>
	);
}

function Shares() {
	const answer = useQuery("shares");
	const tint = useTint();
	const all = answer.rows.reduce((sum, { changes }) => sum + Number(changes), 0);
	const bars = answer.rows.map(({ actor, changes }) => ({
		key: String(actor),
		name: <Byline person={String(actor)} />,
		value: Number(changes),
		words: `${Math.round((Number(changes) / Math.max(1, all)) * 100)} %`,
		style: tint(String(actor)),
	}));
	return (
		<Figure
			title="Who took part"
			text="Each person's share of all that was done, or tried without effect."
			answer={answer}
		>
			<Bars bars={bars} />
		</Figure>
	);
}

function FeatureUse() {
	const answer = useQuery("feature_use");
	const bars = answer.rows.map(({ type, uses }) => ({
		key: String(type),
		name: featureName(String(type)),
		value: Number(uses),
		words: String(uses),
	}));
	return (
		<Figure title="What was used" text="How often each thing was done, or tried without effect." answer={answer}>
			<Bars bars={bars} />
		</Figure>
	);
}
