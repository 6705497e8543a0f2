import type { Stream } from "@recount/client";
import type { Timeline } from "./timeline.js";

/** Finds moments of a stream, also those before what is known. */
export interface Past {
	/** The version that stood at a version or time. Waits only where it must read. */
	find(at: number | string | Date): number | Promise<number>;
	/** Reads what happened before the checkpoint that the timeline began with. */
	complete(): Promise<void>;
}

/** The past of a timeline. */
export function past<Shared>(timeline: Timeline<Shared>, stream: Stream): Past {
	const read = async (): Promise<void> => {
		const { base } = timeline;
		const events = base > 0 ? await stream.history(1, base) : [];
		if (base > 0 && timeline.base === base) {
			timeline.prepend(events);
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
		find(at) {
			const { base } = timeline;
			const byVersion = typeof at === "number";
			const find = (): number =>
				byVersion ? Math.min(Math.max(at, 0), timeline.upto) : timeline.versionAt(new Date(at).getTime());
			const version = find();
			return version < base || (!byVersion && base > 0 && version === base) ? complete().then(find) : version;
		},
	};
}
