import { useState } from "react";
import { go, hashOf, linkTo, newMeeting } from "../address.js";
import { timeOfDay } from "../domain/time.js";
import { useDispatch, useLive } from "../live/context.js";
import { notes } from "../live/local.js";
import { type Speed, speeds, usePlayer } from "../live/player.js";
import { Icon } from "./icons.js";
import { Reel } from "./reel.js";

/** Looks back: a slider over all that happened, and everything that can be done from a moment. */
export function PlayerBar() {
	const player = usePlayer();
	const { id, store } = useLive();
	const { entries, at, last, playing, speed } = player;
	const leave = (): void => {
		history.replaceState(null, "", hashOf({ meeting: id }));
		store.recount.live();
	};
	return (
		<section className="player" aria-label="Rewind">
			<p className="caption" aria-live={playing ? "off" : "polite"}>
				{last ? (
					<>
						<b>{last.who}</b> {last.did} {last.what && <q>{last.what}</q>}
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
				<label className="speed">
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

function MomentLink() {
	const { id, store } = useLive();
	const dispatch = useDispatch();
	const copy = async (): Promise<void> => {
		const address = { meeting: id, at: store.recount.status.version };
		history.replaceState(null, "", hashOf(address));
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
			<span>Link to this moment</span>
		</button>
	);
}

function ForkButton() {
	const { store, id } = useLive();
	const [busy, setBusy] = useState(false);
	const dispatch = useDispatch();
	const fork = async (): Promise<void> => {
		setBusy(true);
		const to = id.replace(/-[a-z2-9]{8}$/, "");
		const name = `${to}-${newMeeting().slice(-8)}`;
		try {
			await store.recount.stream.fork(`meeting:${name}`, store.recount.status.version);
			go({ meeting: name });
		} catch (error) {
			dispatch(notes.actions.told(`The meeting was not forked: ${(error as Error).message}`));
			setBusy(false);
		}
	};
	return (
		<button className="pill" type="button" disabled={busy} onClick={() => void fork()}>
			<Icon name="fork" />
			<span>Fork from here</span>
		</button>
	);
}
