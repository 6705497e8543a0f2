import { useStatus } from "../live/context.js";

/** Whether this screen is in step with the others, and what is still to be sent. */
export function Connection() {
	const { state, connected, pending, error } = useStatus();
	const mode = state === "ended" ? "ended" : connected ? (state === "loading" ? "away" : "live") : "away";
	const waiting = pending.length > 0 && mode !== "live" ? `, ${pending.length} to send` : "";
	if (state === "past" && mode === "live") {
		return <Shown mode="live" pending={pending.length} words="Looking back" />;
	}
	const words = {
		live: "In step",
		away: state === "loading" ? "Connecting" : `Reconnecting${waiting}`,
		ended: "Ended",
	}[mode];
	return <Shown mode={mode} pending={pending.length} words={words} title={error?.message} />;
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
	title?: string | undefined;
}) {
	return (
		<p className="status" role="status" data-state={mode} data-pending={pending} title={title}>
			<i aria-hidden="true" />
			<span>{words}</span>
		</p>
	);
}
