import { useState } from "react";
import { type Address, hashOf, linkTo, type View } from "../address.js";
import { own } from "../domain/happening.js";
import { useDispatch, useLive, useMe, useMeeting, useStatus } from "../live/context.js";
import { named, notes } from "../live/local.js";
import { useSeek } from "../live/seek.js";
import { rememberName } from "../self.js";
import { Connection } from "./connection.js";
import { Door } from "./door.js";
import { Icon, Mark } from "./icons.js";
import { Modal } from "./modal.js";
import { PeopleHere } from "./people.js";

const views: readonly [View, string][] = [
	["meeting", "Meeting"],
	["insight", "Insight"],
	["audit", "Audit"],
];

/** The top of the page: where one is, who is here, and the link to share. */
export function Header({ address }: { address: Address }) {
	const { meeting, view } = address;
	const [asking, setAsking] = useState(false);
	return (
		<header className="top">
			<a className="house" href={hashOf({})} aria-label="Recount, all meetings">
				<Mark />
				<span>Recount</span>
			</a>
			<nav className="views" aria-label="Views of this meeting">
				{views.map(([name, words]) => (
					<a key={name} href={hashOf({ meeting, view: name })} aria-current={view === name ? "page" : undefined}>
						{words}
					</a>
				))}
			</nav>
			<span className="gap" />
			<Connection />
			<RewindButton view={view} />
			<ShareButton meeting={meeting} />
			<PeopleHere onRename={() => setAsking(true)} />
			{asking && <Rename meeting={meeting} onDone={() => setAsking(false)} />}
		</header>
	);
}

function RewindButton({ view }: { view: View }) {
	const { store, id } = useLive();
	const seek = useSeek();
	const there = useStatus(({ state }) => state !== "past" && state !== "loading");
	const empty = useStatus(({ head }) => head === 0);
	if (!there || view !== "meeting") {
		return null;
	}
	return (
		<button
			className="pill"
			type="button"
			onClick={() => seek(store.recount.status.head)}
			disabled={empty}
			data-meeting={id}
		>
			<Icon name="rewind" />
			<span>Rewind</span>
		</button>
	);
}

function ShareButton({ meeting }: { meeting: string }) {
	const dispatch = useDispatch();
	const share = async (): Promise<void> => {
		const link = linkTo({ meeting });
		try {
			await navigator.clipboard.writeText(link);
			dispatch(notes.actions.told("The link is copied. Whoever has it is in."));
		} catch {
			dispatch(notes.actions.told(`The link is ${link}`));
		}
	};
	return (
		<button className="pill" type="button" onClick={() => void share()}>
			<Icon name="link" />
			<span>Copy link</span>
		</button>
	);
}

function Rename({ meeting, onDone }: { meeting: string; onDone: () => void }) {
	const me = useMe();
	const known = useMeeting((state) => own(state.members, me)) ?? "";
	const dispatch = useDispatch();
	const enter = (name: string): void => {
		rememberName(name);
		dispatch(named(name));
		onDone();
	};
	return (
		<Modal label="Your name" onClose={onDone}>
			<Door meeting={meeting} known={known || "You"} onEnter={enter} onCancel={onDone} />
		</Modal>
	);
}
