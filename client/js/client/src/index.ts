export type { Backoff } from "./backoff.js";
export { type Checkpoint, type Checkpoints, memoryCheckpoints } from "./checkpoint.js";
export { type Connection, type ConnectionState, connect } from "./connection.js";
export type { CallerStorage } from "./credentials.js";
export { type Code, RecountError } from "./error.js";
export {
	type Action,
	actionOf,
	type Draft,
	type DraftOf,
	draftOf,
	type EventOf,
	type Given,
	type Meta,
	type Outcome,
	type Place,
	type Receipt,
	type RecordedEvent,
	type Signal,
	type SignalOf,
} from "./event.js";
export { newId } from "./id.js";
export { type IndexedOptions, indexedCheckpoints, indexedOutbox, type Locks } from "./indexed.js";
export { plain } from "./json.js";
export { type Keeper, keeper } from "./keeper.js";
export { guarded, Listeners, type Stop } from "./listeners.js";
export type { AppendOptions, ConnectOptions, ReadOptions, SubscribeOptions, Subscription } from "./options.js";
export { type Entry, memoryOutbox, type Outbox } from "./outbox.js";
export type { Presence, Present } from "./presence.js";
export type { Cursor, Observer } from "./readers.js";
export type { StreamStatus } from "./room.js";
export type { Stream } from "./stream.js";
