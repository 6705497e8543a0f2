import * as events from "../domain/events.js";

/** The types of the events that are the meeting's. */
export const recorded: ReadonlySet<string> = new Set(
	Object.values(events).flatMap((one) => ("type" in one && typeof one.type === "string" ? [one.type] : [])),
);
