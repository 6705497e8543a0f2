import {
	type Checkpoint,
	type Entry,
	guarded,
	keeper,
	Listeners,
	type RecordedEvent,
	type RecountError,
	type Stop,
	type Stream,
	type Subscription,
} from "@recount/client";
import type { Store, UnknownAction } from "redux";
import {
	forwarding,
	isMarked,
	isPlain,
	type RecountAction,
	type Rejected,
	type Rejection,
	rejectedType,
	resetType,
	shown,
	type Told,
} from "./action.js";
import { past } from "./past.js";
import { adopted, among, draftsOf, type Waiting, waiting } from "./pending.js";
import type { Recount, RecountOptions, Status } from "./recount.js";
import { type Shape, tried } from "./shape.js";
import { type Fold, timeline } from "./timeline.js";

/** What ties a store to a stream. */
export interface Binding<Shared> {
	readonly recount: Recount<Shared>;
	dispatch(action: unknown): void;
	/** Folds all anew: another reducer has taken the place of the store's. */
	refold(): void;
}

/**
 * Keeps a store in step with a stream. At all times the shared state is what the confirmed events make, with the pending
 * actions on top; but while the past is shown, it is what stood there.
 */
export function bind<State, Shared>(
	store: Store<State>,
	shape: Shape<State, Shared>,
	{
		connection,
		stream: name,
		slice,
		forward = forwarding(slice),
		checkpointEvery = 500,
		keep,
		actor = () => connection.caller ?? "",
	}: RecountOptions,
): Binding<Shared> {
	const stream = connection.stream(name) as Stream;
	const fold: Fold<Shared> = (shared, action) => tried(() => shape.fold(store.getState(), action, shared), shared);
	const line = timeline(fold, checkpointEvery, shape.get(store.getState()));
	const { find, complete } = past(line, stream, () => live);
	const checkpoints = keeper<Shared>(connection.checkpoints, keep && `${name} ${keep}`, checkpointEvery);
	const listeners: Listeners = new Listeners();
	const hearers: Listeners<[Told]> = new Listeners();
	const told = new WeakSet();
	/** In the order in which they are sent. */
	let pending: readonly Waiting[] = [];
	/** What the store has not seen yet: of others while the past is shown, and own actions until they are sent. */
	const missed: RecountAction[] = [];
	/** The version that is shown, if it is the past. */
	let at: number | undefined;
	let live = false;
	let ended: { error: RecountError | undefined } | undefined;
	/** Undefined when something changed since it was asked for. */
	let status: Status | undefined;
	/** Counts seeks, and what cancels them: one that is overtaken shows nothing. */
	let seeks = 0;

	const changed = (): void => {
		status = undefined;
		listeners.tell();
	};

	/** Whoever listens to the store finds a status that goes with its state. */
	const emit = (action: UnknownAction): void => {
		status = undefined;
		guarded(() => store.dispatch(action));
		changed();
	};

	/** Shows what the store has not seen, one after the other, unless the past is shown. */
	const showEach = (): void => {
		while (at === undefined && missed[0]) {
			emit(missed.shift() as RecountAction);
		}
	};

	/** Shows what is now, unless the past is shown. */
	const show = (): void => {
		if (at === undefined) {
			const shared = pending.reduce((state, { action }) => fold(state, action), line.state);
			emit({ type: shown, payload: { shared, actions: missed.splice(0) } });
		} else {
			changed();
		}
	};

	const rewind = (version: number): void => {
		at = version;
		emit({ type: shown, payload: { shared: line.at(version), actions: [] } });
	};

	const toLive = (): void => {
		seeks++;
		at = undefined;
		show();
	};

	/** An action of this store alone. */
	const local = (action: RecountAction): void => {
		if (shape.whole) {
			// It becomes part of what the next events are folded on, below what is pending.
			line.state = fold(line.state, action);
		}
		try {
			store.dispatch(action);
		} finally {
			if (shape.whole) {
				show();
			}
		}
	};

	/** Tells what happened to this store. */
	const tell = (what: Told): void => {
		told.add(what);
		guarded(() => local(what as RecountAction));
		hearers.tell(what);
	};

	const reject = (action: Rejected["payload"]["action"], { code, message, details }: Rejection): void =>
		tell({ type: rejectedType, payload: { action, error: { code, message, details } } });

	/** Takes such pending actions out. Returns them. */
	const drop = (such: (one: Waiting) => unknown): readonly Waiting[] => {
		const dropped = pending.filter(such);
		pending = pending.filter((one) => !dropped.includes(one));
		return dropped;
	};

	/** Takes those out that were recorded and did not come: live-only ones of before a break. Returns them. */
	const expire = (): readonly Waiting[] => drop(({ version }) => version && version <= line.upto);

	const adopt = (entries: readonly Entry[]): void => {
		const all = adopted(pending, entries, line.events, actor);
		if (all[pending.length]) {
			pending = all;
			show();
		}
	};

	const save = (): void => {
		const { epoch } = subscription.cursor;
		// What the outbox will send again must not be in it: it would be shown twice.
		if (epoch && stream.pending.flatMap(draftsOf).every(among(pending))) {
			checkpoints.save({ epoch, upto: line.upto, state: line.state });
		}
	};

	const restart = (state?: Shared, version?: number): void => {
		line.restart(state, version);
		live = false;
		// A seek in the old one shows nothing.
		toLive();
	};

	/** Begins with the checkpoint of an earlier visit, if there is one. */
	const restore = async (): Promise<Checkpoint<Shared> | undefined> => {
		const kept = await checkpoints.load();
		if (kept && !ended) {
			restart(kept.state, kept.upto as number);
		}
		return kept;
	};

	const end = (error?: RecountError): void => {
		seeks++;
		checkpoints.close();
		ended ??= { error };
		changed();
	};

	const take = (events: readonly RecordedEvent[], upto: number): void => {
		const alone = !pending[0];
		const others: RecountAction[] = [];
		for (const event of events) {
			const [own] = drop(among([event]));
			const action = line.push(event, !own);
			if (!own && live && tried(() => forward(action), false)) {
				others.push(action);
			}
		}
		line.upto = upto;
		expire();
		save();
		missed.push(...others);
		if (alone && !events[1] && others[0] && at === undefined) {
			showEach();
		} else {
			show();
		}
		for (const action of others) {
			hearers.tell(action);
		}
	};

	const subscription: Subscription = stream.subscribe(
		{
			batch: (events, { upto }) => take(events.filter(isPlain), upto as number),
			reset: () => {
				// What the log before took will not come.
				drop(({ version }) => version);
				restart();
				tell({ type: resetType });
			},
			live: () => {
				live = true;
				save();
				changed();
			},
			end,
		},
		restore(),
	);
	const stops: readonly Stop[] = [
		subscription.unsubscribe,
		stream.onStatus(changed),
		stream.onPending(adopt),
		stream.onAcknowledged((entry, { version }) => {
			for (const one of pending.filter(among(draftsOf(entry)))) {
				one.version = version;
			}
			if (expire()[0]) {
				show();
			}
		}),
		stream.onRejected((entry, error) => {
			for (const { given } of drop(among(draftsOf(entry)))) {
				show();
				reject(given, error);
			}
		}),
	];
	adopt(stream.pending);

	const recount: Recount<Shared> = {
		stream,
		get status() {
			status ??= {
				state: at === undefined ? (ended ? "ended" : live ? "live" : "loading") : "past",
				connected: stream.status === "joined",
				version: at ?? line.upto,
				head: Math.max(line.upto, (subscription.head ?? 0) as number),
				pending: pending.map(({ action }) => action),
				error: ended?.error,
			};
			return status;
		},
		subscribe: (listener) => listeners.add(listener),
		onAction: (listener) => hearers.add(listener),
		confirmed: () => line.state,
		async seek(moment) {
			let version = find(moment);
			const seek = ++seeks;
			if (typeof version !== "number") {
				version = await version;
			}
			if (seek === seeks) {
				rewind(version);
			}
			return version;
		},
		at: async (moment) => line.at(await find(moment)),
		live: toLive,
		async history() {
			await complete();
			return [...line.events];
		},
		close() {
			for (const stop of stops) {
				stop();
			}
			end();
		},
	};

	return {
		recount,
		dispatch(action) {
			if (isMarked(action) || told.has(action as object)) {
				// It is known already: somebody told it to other middleware.
				return;
			}
			if (!isPlain(action) || !forward(action)) {
				local(action as RecountAction);
				return;
			}
			const over = ended || connection.state === "closed";
			if (over || at !== undefined) {
				const message = over ? "the stream has ended" : "this is the past: call live() first";
				reject(action, ended?.error ?? { code: "invalid", message });
				return;
			}
			// What cannot be sent or reduced throws before anything is done.
			const own = waiting(action, actor());
			shape.fold(store.getState(), own.action);
			seeks++;
			pending = [...pending, own];
			// First sent, then shown: what is dispatched because of it comes behind it. What comes of it is told by
			// onAcknowledged, onRejected, and the stream itself.
			missed.push(own.action);
			stream.act(action, own).catch(() => {});
			// Whoever heard of it as pending may have dispatched others, and may have gone to the past.
			showEach();
		},
		refold() {
			line.refold();
			if (at === undefined) {
				show();
			} else {
				rewind(at);
			}
		},
	};
}
