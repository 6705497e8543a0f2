import { type Action, actionOf, type RecordedEvent } from "@recount/client";

/** Which actions go to the stream. */
export type Forward = (action: Action) => boolean;

/** What the log, or this store in advance, says of an action. */
export interface Recorded {
	readonly id: string;
	/** Undefined while the action is pending. */
	readonly version?: number;
	/** Who did it. While it is pending: this client, as far as it knows itself. */
	readonly actor: string;
	/** When it happened: RFC 3339, UTC. While it is pending, by this client's clock. */
	readonly time: string;
}

/** An action as reducers see it. */
export interface RecountAction extends Action {
	meta: {
		/** Whether it came from elsewhere, or from before this store. */
		readonly remote: boolean;
		/** Present while the server has not confirmed it. */
		readonly pending?: true | undefined;
		readonly event: Recorded;
		[key: string]: unknown;
	};
}

/** Why the server, or the store, refused an action. Plain, as actions should be. */
export interface Rejection {
	readonly code: string;
	readonly message: string;
	readonly details?: unknown;
}

/** Dispatched after a refused action was rolled back. */
export interface Rejected extends Action {
	readonly type: typeof rejectedType;
	readonly payload: { readonly action: Action; readonly error: Rejection };
}

/** Dispatched after another log took the place of the one that was shown: its state was forgotten. */
export interface Reset extends Action {
	readonly type: typeof resetType;
}

/** What a store tells of: what comes live from elsewhere, and what happened to it. */
export type Told = RecountAction | Rejected | Reset;

export const rejectedType = "@@recount/rejected";
export const resetType = "@@recount/reset";

/** Sets the shared state: after what others did, after a refusal, and to show the past. */
export const shown = "@@recount/shown";

/** Makes the action of an event, with what the log says about it. */
export function incoming(event: RecordedEvent, remote: boolean): RecountAction {
	const { id, version, actor, time } = event;
	// Whatever its own meta says.
	return marked(actionOf(event), { remote, pending: undefined, event: { id, version, actor, time } });
}

/** Adds to an action's meta. */
export function marked(action: Action, marks: RecountAction["meta"]): RecountAction {
	return { ...action, meta: { ...(action.meta as object | undefined), ...marks } };
}

/** Whether an action says that it was recorded, or is pending: such a one is never sent. */
export function isMarked(action: unknown): action is RecountAction {
	const meta = (action as { meta?: { event?: unknown; remote?: unknown } } | undefined)?.meta;
	return typeof meta?.remote === "boolean" && !!meta.event;
}

/** What the log says of an action, for reducers: who did it, and when. Undefined for actions that are of this store alone. */
export function recorded(action: unknown): Recorded | undefined {
	return isMarked(action) ? action.meta.event : undefined;
}

/** Whether it may be recorded, or, if it was, heeded: types that begin with `@@` are those of Redux and its middleware. */
export function isPlain(action: unknown): action is Action {
	const type = (action as { type?: unknown } | undefined)?.type;
	return typeof type === "string" && !type.startsWith("@@");
}

/** What is sent if nothing else is said: what is of the slice, if there is one, and neither of a thunk nor of RTK Query. */
export function forwarding(slice: string | undefined): Forward {
	const prefix = slice === undefined ? "" : `${slice}/`;
	return ({ type, meta }) =>
		type.startsWith(prefix) && !(meta as { requestId?: unknown } | null | undefined)?.requestId;
}
