/** A place in a stream: a version. Watching a category, a position, which is a string that sorts. */
export type Place = number | string;

/** What the server knows of an event beside its type and data. */
export interface Meta {
	correlation?: string;
	causation?: string;
	/** The keys of a Redux action other than type and payload. */
	action?: Record<string, unknown>;
	[key: string]: unknown;
}

/** One event as it was recorded. Never changes. */
export interface RecordedEvent<Type extends string = string, Data = unknown> {
	readonly id: string;
	readonly version: number;
	readonly position: string;
	readonly type: Type;
	/** When it happened: RFC 3339, UTC, milliseconds. */
	readonly time: string;
	/** When a log first took it. */
	readonly recorded: string;
	/** The caller who did it. */
	readonly actor: string;
	readonly subject?: string;
	/** Absent, so undefined, where an event has no data. */
	readonly data: Data;
	readonly data_base64?: string;
	readonly datacontenttype?: string;
	readonly meta?: Meta;
	/** Only where a whole category is watched. */
	readonly stream?: string;
}

/** All events of a map of types to data, as a union that `type` discriminates. */
export type EventOf<Events extends object> = {
	[Type in keyof Events & string]: RecordedEvent<Type, Events[Type]>;
}[keyof Events & string];

/** A signal: sent to all who are there, and not kept. */
export interface Signal<Type extends string = string, Data = unknown> {
	readonly type: Type;
	readonly data: Data;
	readonly actor: string;
	readonly time: string;
}

/** All signals of a map of types to data. */
export type SignalOf<Signals extends object> = {
	[Type in keyof Signals & string]: Signal<Type, Signals[Type]>;
}[keyof Signals & string];

/** An event to be. */
export interface Draft<Type extends string = string, Data = unknown> {
	type: Type;
	data?: Data;
	/** What makes sending it again harmless. Defaults to a random UUID. */
	id?: string;
	subject?: string;
	time?: string;
	meta?: Meta;
}

/** Any drafts of a map of types to data. */
export type DraftOf<Events extends object> = {
	[Type in keyof Events & string]: Draft<Type, Events[Type]> &
		(undefined extends Events[Type] ? unknown : { data: Events[Type] });
}[keyof Events & string];

/** Data as arguments, which can be left out only where undefined will do. */
export type Given<Data, More extends unknown[] = []> = undefined extends Data
	? [data?: Data, ...more: More]
	: [data: Data, ...more: More];

/**
 * Where an append went: the version of its last event, and a position at or after it: that of the last event that was
 * sent with it. A reader that has come there has seen it.
 */
export interface Receipt {
	version: number;
	position: string;
	ids: string[];
}

/** What a command answered. */
export interface Outcome<Result = unknown> {
	result: Result;
	version: number;
	position: string;
}

/** A plain Redux action. */
export interface Action {
	type: string;
	payload?: unknown;
	[key: string]: unknown;
}

/** The draft that records an action: `payload` is its data, all other keys go to its meta. */
export function draftOf(action: Action, id: string): Draft {
	const { type, payload, ...rest } = action;
	return {
		id,
		type,
		data: payload,
		...(Object.keys(rest).length === 0 ? {} : { meta: { action: rest } }),
	};
}

/** The action that an event records, exactly as it was dispatched. */
export function actionOf(event: Pick<RecordedEvent, "type" | "meta"> & { readonly data?: unknown }): Action {
	return {
		...event.meta?.action,
		type: event.type,
		...(event.data === undefined ? {} : { payload: event.data }),
	};
}
