import type { Stream } from "@recount/client";
import type { Timeline } from "./timeline.js";

/** Finds moments of a stream, also those before what is known. */
export interface Past {
	/** The version that stood at a version, or at a time in milliseconds. Waits only where it must read. */
	find(moment: number, byVersion: boolean): number | Promise<number>;
	/** Reads what happened before the checkpoint that the timeline began with. */
	complete(): Promise<void>;
}

/** The past of a timeline. */
export function past<Shared>(timeline: Timeline<Shared>, stream: Stream): Past {
	const read = async (): Promise<void> => {
		const { base } = timeline;
		if (base > 0) {
			const events = await stream.history(1, base);
			if (timeline.base === base) {
				timeline.prepend(events);
			}
		}
	};
	let reading: Promise<void> | undefined;
	/** Once, however many ask for it meanwhile. */
	const complete = (): Promise<void> => {
		reading ??= read().finally(() => {
			reading = undefined;
		});
		return reading;
	};
	return {
		complete,
		find(moment, byVersion) {
			const find = (): number => (byVersion ? Math.min(moment, timeline.upto) : timeline.versionAt(moment));
			const version = find();
			return version < timeline.base ? complete().then(find) : version;
		},
	};
}
