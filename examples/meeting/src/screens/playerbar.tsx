import { type KeyboardEvent, useEffect, useState } from "react";
import { go, humanized, linkTo, newMeeting, replace, useAddress } from "../address.js";
import { meetingNamed } from "../domain/events.js";
import { inVain } from "../domain/sentence.js";
import { minuteOfDay, timeOfDay } from "../domain/time.js";
import { useDispatch, useLive, useStatus } from "../live/context.js";
import { notes, type Speed, speeds } from "../live/local.js";
import { countAt } from "../live/moment.js";
import { usePlayer } from "../live/player.js";
import { Icon } from "./icons.js";
import { Reel } from "./reel.js";

/** Looks back: a slider over all that happened, and everything that can be done from a moment. */
export function PlayerBar() {
	const player = usePlayer();
	const { id, store } = useLive();
	const { entries, at, last, playing, speed } = player;
	const leave = (): void => {
		store.recount.live();
		replace({ meeting: id });
	};
	useMomentInAddress();
	const key = (event: KeyboardEvent): void => {
		if (event.key === "Escape") {
			leave();
		} else if (event.key === " " && (event.target as Element).matches("input")) {
			event.preventDefault();
			player.toggle();
		}
	};
	return (
		<section className="player" aria-label="Rewind" onKeyDown={key}>
			<p className="caption" aria-live={playing ? "off" : "polite"}>
				{last ? (
					<>
						<span className="told">
							<b dir="auto">{last.who}</b> {last.did} {last.what && <q dir="auto">{last.what}</q>}
							{last.vain && <small className="vain">{inVain}</small>}
						</span>
						<time>{timeOfDay(last.time)}</time>
					</>
				) : (
					"Before anything happened"
				)}
			</p>
			<Reel entries={entries} at={at} onChange={player.to} />
			<div className="keys">
				<button
					className="round"
					type="button"
					aria-label="One step back"
					disabled={at === 0}
					onClick={() => player.to(at - 1)}
				>
					<Icon name="back" />
				</button>
				<button className="round filled" type="button" aria-label={playing ? "Pause" : "Play"} onClick={player.toggle}>
					<Icon name={playing ? "pause" : "play"} />
				</button>
				<button
					className="round"
					type="button"
					aria-label="One step on"
					disabled={at === entries.length}
					onClick={() => player.to(at + 1)}
				>
					<Icon name="next" />
				</button>
				<label className="speed" title="As fast as it was, but no pause lasts longer than 2.5 s at 1×">
					<span className="unseen">Speed</span>
					<select value={speed} onChange={(event) => player.setSpeed(Number(event.target.value) as Speed)}>
						{speeds.map((one) => (
							<option key={one} value={one}>
								{one}×
							</option>
						))}
					</select>
				</label>
				<output className="count">
					{at} of {entries.length}
				</output>
				<span className="gap" />
				<MomentLink />
				<ForkButton />
				<button className="solid" type="button" onClick={leave}>
					Back to live
				</button>
			</div>
		</section>
	);
}

/** How many milliseconds a moment is shown before the address names it: browsers forbid to change it all the time. */
const settled = 250;

/** The address names the moment that is shown, so that it can be shared, reloaded, and come back to. */
function useMomentInAddress(): void {
	const { id } = useLive();
	const { at } = useAddress();
	const version = useStatus((status) => (status.state === "past" ? status.version : null));
	useEffect(() => {
		if (version !== null && version !== at) {
			const timer = setTimeout(() => replace({ meeting: id, at: version }), at === null ? 0 : settled);
			return () => clearTimeout(timer);
		}
	}, [id, at, version]);
}

function MomentLink() {
	const { id, store } = useLive();
	const dispatch = useDispatch();
	const copy = async (): Promise<void> => {
		const address = { meeting: id, at: store.recount.status.version };
		replace(address);
		try {
			await navigator.clipboard.writeText(linkTo(address));
			dispatch(notes.actions.told("The link to this moment is copied."));
		} catch {
			dispatch(notes.actions.told("The address bar has the link to this moment."));
		}
	};
	return (
		<button className="pill" type="button" onClick={() => void copy()}>
			<Icon name="link" />
			<span>
				Link<i> to this moment</i>
			</span>
		</button>
	);
}

function ForkButton() {
	const { store, connection, ledger, id } = useLive();
	const [busy, setBusy] = useState(false);
	const dispatch = useDispatch();
	const titleOfFork = (): string => {
		const { entries } = ledger;
		const last = entries[countAt(entries, store.recount.status.version) - 1];
		const title = (store.getState().meeting.title || humanized(id)).replace(/, from [^,]*$/, "");
		return `${title.slice(0, 60)}, from ${last ? minuteOfDay(last.time) : "the beginning"}`;
	};
	const fork = async (): Promise<void> => {
		setBusy(true);
		const to = id.replace(/-[a-z2-9]{8}$/, "");
		const name = `${to}-${newMeeting().slice(-8)}`;
		try {
			await store.recount.stream.fork(`meeting:${name}`, store.recount.status.version);
			await connection.stream(`meeting:${name}`).act(meetingNamed({ title: titleOfFork() }));
			go({ meeting: name });
		} catch (error) {
			dispatch(notes.actions.told(`The meeting was not forked: ${(error as Error).message}`));
			setBusy(false);
		}
	};
	return (
		<button className="pill" type="button" disabled={busy} onClick={() => void fork()}>
			<Icon name="fork" />
			<span>
				Fork<i> from here</i>
			</span>
		</button>
	);
}
