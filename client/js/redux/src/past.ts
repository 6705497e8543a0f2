import type { RecordedEvent, Stream } from "@recount/client";
import type { Timeline } from "./timeline.js";

/** Finds moments of a stream, also those before what is known. */
export interface Past {
	/** The version that stood at a version or time. Waits only where it must read. */
	find(at: number | string | Date): number | Promise<number>;
	/** Reads what happened before the checkpoint that the timeline began with. */
	complete(): Promise<void>;
}

/** The past of a timeline, which begins with this state. */
export function past<Shared>(timeline: Timeline<Shared>, stream: Stream, initial: Shared): Past {
	const complete = async (): Promise<void> => {
		const { base } = timeline;
		const events: RecordedEvent[] = [];
		for (let from = 1; from <= base; ) {
			const page = await stream.read({ from, limit: 500 });
			events.push(...page.events.filter(({ version }) => version <= base));
			from = page.more ? (page.events.at(-1)?.version ?? base) + 1 : base + 1;
		}
		if (base > 0 && timeline.base === base) {
			timeline.prepend(events, initial);
		}
	};
	return {
		complete,
		find(at) {
			const { base, events } = timeline;
			const version = typeof at === "number" ? at : undefined;
			const time = new Date(at).getTime();
			const find = (): number =>
				version === undefined ? timeline.versionAt(time) : Math.min(Math.max(version, 0), timeline.upto);
			const early = version === undefined ? time < Date.parse(events[0]?.recorded ?? "9999") : version < base;
			return early && base > 0 ? complete().then(find) : find();
		},
	};
}
