import { meetingReducer, nothing } from "../src/domain/meeting.js";
import type { Meeting } from "../src/domain/types.js";

/** An action as the log gives it: by whom, and at which second. */
export function by(actor: string, action: { type: string; payload?: unknown }, second = 0) {
	return { ...action, meta: { event: { actor, time: new Date(second * 1000).toISOString() } } };
}

/** The meeting after these actions. */
export function folded(...actions: readonly ReturnType<typeof by>[]): Meeting {
	return actions.reduce(meetingReducer, nothing);
}
