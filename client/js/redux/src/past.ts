import { type RecordedEvent, RecountError, type Stream } from "@recount/client";
import { isPlain } from "./action.js";
import type { Timeline } from "./timeline.js";

/** Finds moments of a stream, also those before what is known. */
export interface Past {
	/** The version that stood at a version, or at a time. Waits only where it must read. */
	find(at: number | string | Date): number | Promise<number>;
	/**
	 * Reads what happened before the checkpoint that the timeline began with. Rejects with `unavailable` where that cannot
	 * be read now, and before it is known what there is.
	 */
	complete(): Promise<void>;
}

/** The past of a timeline, which is known as far as it goes once it was live. */
export function past<Shared>(timeline: Timeline<Shared>, stream: Stream, live: () => boolean): Past {
	/** Once, however many ask for it meanwhile. */
	let reading: Promise<readonly RecordedEvent[]> | undefined;
	const complete = async (): Promise<void> => {
		const { base } = timeline;
		if (!live() || (base && stream.status !== "joined")) {
			throw new RecountError("unavailable", "not all is known yet");
		}
		if (base) {
			reading ??= stream.history(1, base).finally(() => {
				reading = undefined;
			});
			const events = await reading;
			if (timeline.base === base) {
				timeline.prepend(events.filter(isPlain));
			}
		}
	};
	return {
		complete,
		find(at) {
			const byVersion = typeof at === "number";
			const moment = byVersion ? at : Number(new Date(at));
			// Also where it is no number at all.
			if (moment % 1 !== 0 || (byVersion && moment < 0)) {
				throw new RecountError("invalid", `there is no moment ${at}: give a version or a time`);
			}
			const find = (): number => (byVersion ? Math.min(moment, timeline.upto) : timeline.versionAt(moment));
			const version = find();
			return live() && version >= timeline.base ? version : complete().then(find);
		},
	};
}
