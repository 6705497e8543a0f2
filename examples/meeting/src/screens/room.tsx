import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { type Address, humanized, parse, replace } from "../address.js";
import { Audit } from "../audit/audit.js";
import { Insight } from "../insight/insight.js";
import { useDispatch, useFrozen, useLive, useMeeting, usePast, useStatus } from "../live/context.js";
import { notes } from "../live/local.js";
import { useSeek } from "../live/seek.js";
import { rememberVisit } from "../self.js";
import { Agenda } from "./agenda.js";
import { Air } from "./air.js";
import { Closing } from "./closing.js";
import { Unreachable } from "./connection.js";
import { Discussion } from "./discussion.js";
import { Dock } from "./dock.js";
import { useKeptFocus } from "./focus.js";
import { Header } from "./header.js";
import { Notes } from "./notes.js";
import { PlayerBar } from "./playerbar.js";

const phases = { agenda: Agenda, discussion: Discussion, closing: Closing };

/** A meeting, and what can be known about it. */
export function Room({ address }: { address: Address }) {
	const title = useTitle();
	const past = usePast();
	const { view } = address;
	useKeptFocus();
	// A moment that is none, and what else says nothing, does not stay in the address.
	useEffect(() => replace(parse(window.location.hash)));
	useLinkedMoment(view === "meeting" ? address.at : null);
	return (
		<>
			<button className="skip" type="button" onClick={skip}>
				Skip to the content
			</button>
			<Header address={address} />
			<Unreachable />
			{view === "meeting" && <Table title={title} />}
			{view === "insight" && <Insight title={title} />}
			{view === "audit" && <Audit title={title} />}
			{view === "meeting" && (past ? <PlayerBar /> : <Dock />)}
			<Air />
			<Notes />
		</>
	);
}

function skip(): void {
	document.getElementById("main")?.focus();
}

/** The meeting itself: what its phase shows, and the record beside it. */
function Table({ title }: { title: string }) {
	const Phase = phases[useMeeting((meeting) => meeting.phase)];
	const frozen = useFrozen();
	const awaited = useAwaited();
	useFocusOn(awaited === null);
	useSight();
	if (awaited !== null) {
		return <Reading of={awaited} />;
	}
	return (
		<main id="main" tabIndex={-1} className={frozen ? "table past" : "table"}>
			<Phase title={title} />
		</main>
	);
}

/** Gives the page the focus where nothing has it: whoever came through the door reads on here. */
function useFocusOn(drawn: boolean): void {
	// biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn at last is another page
	useEffect(() => {
		if (document.activeElement === document.body) {
			document.getElementById("main")?.focus({ preventScroll: true });
		}
	}, [drawn]);
}

/** Shows those who are deep in the page where the others went on to, unless they write. */
function useSight(): void {
	const phase = useMeeting((meeting) => meeting.phase);
	const card = useMeeting((meeting) => meeting.clock.card);
	const live = useStatus(({ state }) => state === "live");
	const before = useRef({ phase, card, live });
	useLayoutEffect(() => {
		const last = before.current;
		before.current = { phase, card, live };
		if (!live || document.activeElement?.matches("main input")) {
			return;
		}
		if (phase !== last.phase) {
			window.scrollTo(0, 0);
		} else if (card !== last.card) {
			document.querySelector(".item h1")?.scrollIntoView({ block: "nearest" });
		}
	}, [phase, card, live]);
}

/** So far behind the record, what is known of a meeting is not drawn: to draw each step on the way would take longer. */
const far = 400;
/** How many milliseconds an unknown meeting is awaited before an empty one is shown. */
const patience = 1500;

/** How many changes are to be read before anything is drawn, 0 if that is not known yet; null if it can be drawn. */
function useAwaited(): number | null {
	const [patient, setPatient] = useState(true);
	useEffect(() => {
		const timer = setTimeout(() => setPatient(false), patience);
		return () => clearTimeout(timer);
	}, []);
	return useStatus(({ state, connected, version, head, pending }) => {
		if (state !== "loading") {
			return null;
		}
		if (head - version > (version > 0 ? far : 0)) {
			return head;
		}
		return patient && !connected && version === 0 && pending.length === 0 ? 0 : null;
	});
}

const numbers = new Intl.NumberFormat([]);

function Reading({ of }: { of: number }) {
	const percent = useStatus(({ version }) => Math.floor((100 * version) / Math.max(of, 1)));
	return (
		<main id="main" tabIndex={-1} className="reading">
			{of > far && (
				<label>
					Reading {numbers.format(of)} changes…
					<progress max={100} value={percent} />
				</label>
			)}
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

/** Shows the moment that the address names, once the meeting is there, and what is now when it names none any more. */
function useLinkedMoment(at: number | null): void {
	const { id, store } = useLive();
	const seek = useSeek();
	const there = useStatus(({ state }) => state !== "loading");
	const dispatch = useDispatch();
	useEffect(() => {
		const { recount } = store;
		const { state, version, head } = recount.status;
		const past = state === "past";
		if (!there || (past && at === version)) {
			return;
		}
		if (at === null) {
			if (past) {
				recount.live();
			}
		} else if (at > head) {
			dispatch(notes.actions.told(`The link is to moment ${at}, and only ${head} have been so far. This is now.`));
			replace({ meeting: id });
		} else {
			return seek(at);
		}
	}, [at, there, id, store, seek, dispatch]);
}
