import { useEffect, useState } from "react";
import { useLive, useStatus } from "../live/context.js";

/** What is not sent after so many milliseconds is told. */
const soon = 1000;
/** A server that was never there is told of after so many milliseconds. */
const patience = 6000;

/** Whether this screen is in step with the others, and what is still to be sent. */
export function Connection() {
	const state = useStatus((status) => status.state);
	const connected = useStatus((status) => status.connected);
	const pending = useStatus((status) => status.pending.length);
	const oldest = useStatus((status) => status.pending[0]?.meta.event.id ?? null);
	const error = useStatus((status) => status.error?.message ?? null);
	const late = useAfter(soon, oldest);
	const mode = state === "ended" ? "ended" : connected && state !== "loading" ? (late ? "late" : "live") : "away";
	const waiting = pending > 0 ? `, ${pending} to send` : "";
	const words = {
		live: state === "past" ? "Looking back" : "In step",
		late: `Sending ${pending}…`,
		away: `${state === "loading" ? "Connecting" : "Reconnecting"}${waiting}`,
		ended: "Ended",
	}[mode];
	return (
		<p className="status" role="status" data-state={mode} data-pending={pending} title={error ?? undefined}>
			<i aria-hidden="true" />
			<span>{words}</span>
		</p>
	);
}

/** Says so where the server was not there from the beginning. */
export function Unreachable() {
	const { backend } = useLive();
	const waits = useStatus(({ state, connected }) => state === "loading" && !connected);
	const long = useAfter(patience, waits ? backend : null);
	return (
		<p className="unreachable" role="alert">
			{long && (
				<>
					<b>{new URL(backend).host} does not answer.</b> What you do here is kept, and sent once it does. If it never
					does, the address of the server may be wrong, or it may not allow pages from {window.location.host}.
				</>
			)}
		</p>
	);
}

/** Whether something has stood for so many milliseconds. null is nothing. */
function useAfter(delay: number, what: string | null): boolean {
	const [old, setOld] = useState<string | null>(null);
	useEffect(() => {
		if (what !== null) {
			const timer = setTimeout(() => setOld(what), delay);
			return () => clearTimeout(timer);
		}
	}, [delay, what]);
	return what !== null && old === what;
}
