import { useStatus } from "../live/context.js";

/** Whether this screen is in step with the others, and what is still to be sent. */
export function Connection() {
	const state = useStatus((status) => status.state);
	const connected = useStatus((status) => status.connected);
	const pending = useStatus((status) => status.pending.length);
	const error = useStatus((status) => status.error?.message ?? null);
	const mode = state === "ended" ? "ended" : connected ? (state === "loading" ? "away" : "live") : "away";
	const waiting = pending > 0 && mode !== "live" ? `, ${pending} to send` : "";
	if (state === "past" && mode === "live") {
		return <Shown mode="live" pending={pending} words="Looking back" />;
	}
	const words = {
		live: "In step",
		away: state === "loading" ? "Connecting" : `Reconnecting${waiting}`,
		ended: "Ended",
	}[mode];
	return <Shown mode={mode} pending={pending} words={words} title={error} />;
}

function Shown({
	mode,
	pending,
	words,
	title,
}: {
	mode: string;
	pending: number;
	words: string;
	title?: string | null;
}) {
	return (
		<p className="status" role="status" data-state={mode} data-pending={pending} title={title ?? undefined}>
			<i aria-hidden="true" />
			<span>{words}</span>
		</p>
	);
}
