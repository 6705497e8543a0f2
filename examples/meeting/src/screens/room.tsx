import { useEffect } from "react";
import { type Address, humanized } from "../address.js";
import { Audit } from "../audit/audit.js";
import { Insight } from "../insight/insight.js";
import { useFrozen, useLive, useMeeting, useStatus } from "../live/context.js";
import { rememberVisit } from "../self.js";
import { Agenda } from "./agenda.js";
import { Air } from "./air.js";
import { Closing } from "./closing.js";
import { Discussion } from "./discussion.js";
import { Dock } from "./dock.js";
import { Header } from "./header.js";
import { Notes } from "./notes.js";
import { PlayerBar } from "./playerbar.js";

const phases = { agenda: Agenda, discussion: Discussion, closing: Closing };

/** A meeting, and what can be known about it. */
export function Room({ address }: { address: Address }) {
	const title = useTitle();
	const { state } = useStatus();
	useLinkedMoment(address.at);
	const { view } = address;
	return (
		<>
			<button className="skip" type="button" onClick={skip}>
				Skip to the content
			</button>
			<Header address={address} />
			{view === "meeting" && <Table title={title} />}
			{view === "insight" && <Insight title={title} />}
			{view === "audit" && <Audit title={title} />}
			{view === "meeting" && (state === "past" ? <PlayerBar /> : <Dock />)}
			<Air />
			<Notes />
		</>
	);
}

function skip(): void {
	document.getElementById("main")?.focus();
}

/** A record that is longer is read to its end before anything is shown: to draw each part of it would take longer. */
const long = 400;

/** The meeting itself: what its phase shows, and the record beside it. */
function Table({ title }: { title: string }) {
	const Phase = phases[useMeeting((meeting) => meeting.phase)];
	const frozen = useFrozen();
	const { state, connected, head } = useStatus();
	if (state === "loading" && connected && head > long) {
		return <p className="reading">Reading {head.toLocaleString()} changes…</p>;
	}
	return (
		<main id="main" tabIndex={-1} className={frozen ? "table past" : "table"}>
			<Phase title={title} />
		</main>
	);
}

/** What the meeting is called. Sets the page's title, and remembers the visit. */
function useTitle(): string {
	const { id } = useLive();
	const given = useMeeting((meeting) => meeting.title);
	const title = given || humanized(id);
	useEffect(() => {
		document.title = `${title} · Recount`;
		rememberVisit(id, title);
	}, [id, title]);
	return title;
}

/** Shows the moment that a link names, once the meeting is there. */
function useLinkedMoment(at: number | null): void {
	const { store, ledger } = useLive();
	const there = useStatus().state !== "loading";
	useEffect(() => {
		if (at !== null && there) {
			void ledger.load().then(() => store.recount.seek(at));
		}
	}, [at, there, store, ledger]);
}
