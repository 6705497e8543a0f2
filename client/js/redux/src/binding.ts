import {
	type Checkpoint,
	type Entry,
	guarded,
	type Keeper,
	keeper,
	Listeners,
	type RecordedEvent,
	RecountError,
	type Stop,
	type Stream,
	type Subscription,
} from "@recount/client";
import type { Reducer, Store, UnknownAction } from "redux";
import {
	incoming,
	isMarked,
	isPlain,
	type RecountAction,
	type Rejected,
	type Rejection,
	rejectedType,
	shown,
} from "./action.js";
import { type Past, past } from "./past.js";
import { draftsOf, type Pending, pending } from "./pending.js";
import type { BindingOptions, Recount, Status } from "./recount.js";
import type { Shape } from "./shape.js";
import { type Fold, type Timeline, timeline } from "./timeline.js";

/**
 * Keeps a store in step with a stream. At all times the shared state is what the confirmed events make, with the pending
 * actions on top; but while the past is shown, it is what stood there.
 */
export class Binding<State, Shared> implements Recount<Shared> {
	readonly stream: Stream;
	readonly #store: Store<State>;
	readonly #options: BindingOptions;
	readonly #timeline: Timeline<Shared>;
	readonly #pending: Pending<Shared>;
	readonly #found: Past;
	readonly #keeper: Keeper<Shared>;
	readonly #listeners: Listeners = new Listeners();
	readonly #hearers: Listeners<[RecountAction | Rejected]> = new Listeners();
	#stops: readonly Stop[] = [];
	/** The store's own. Another one in its place folds what comes from then on. */
	reducer: Reducer<State>;
	readonly #fold: Fold<Shared>;
	#subscription: Subscription | undefined;
	#past: number | undefined;
	/** What the store has not seen yet: of others while the past is shown, and own actions until they are sent. */
	readonly #missed: RecountAction[] = [];
	/** Own actions that came in the stream before the server's answer. */
	readonly #unanswered = new Set<string>();
	#live = false;
	#ended: { error: RecountError | undefined } | undefined;
	/** Undefined when something changed since it was asked for. */
	#status: Status | undefined;
	/** Counts seeks: one that is overtaken shows nothing. */
	#seeks = 0;

	constructor(store: Store<State>, reducer: Reducer<State>, shape: Shape<State, Shared>, options: BindingOptions) {
		this.#store = store;
		this.#options = options;
		this.reducer = reducer;
		this.#fold = shape.fold(() => this.reducer, store.getState);
		this.#timeline = timeline(this.#fold, options.checkpointEvery, shape.get(store.getState()));
		this.#pending = pending(options.actor);
		const { connection, stream, keep, checkpointEvery } = options;
		this.stream = stream;
		this.#found = past(this.#timeline, stream);
		this.#keeper = keeper(connection.checkpoints, keep && `${stream.name} ${keep}`, checkpointEvery);
		this.#follow();
	}

	dispatch(action: unknown): void {
		if (isMarked(action)) {
			// It is known already: somebody told it to other middleware.
			return;
		}
		if (!isPlain(action) || !this.#options.forward(action)) {
			this.#local(action as RecountAction);
			return;
		}
		const why =
			this.#past === undefined ? this.#ended && "the stream has ended" : "this is the past: call live() first";
		if (why) {
			this.#reject(action, { code: "invalid", message: why });
			return;
		}
		const own = this.#pending.make(action);
		// What cannot be sent or reduced throws before anything is done.
		JSON.stringify(action);
		this.reducer(this.#store.getState(), own.action);
		this.#pending.add(own);
		// First sent, then shown: what is dispatched because of it comes behind it. What comes of it is told by
		// onAcknowledged, onRejected, and the stream itself.
		this.#missed.push(own.action);
		this.stream.act(action, own).catch(() => {});
		// Whoever heard of it as pending may have dispatched others, and may have gone to the past.
		while (this.#past === undefined && this.#missed[0]) {
			this.#emit(this.#missed.shift() as RecountAction);
		}
	}

	get status(): Status {
		const { upto } = this.#timeline;
		this.#status ??= {
			state: this.#past === undefined ? (this.#ended ? "ended" : this.#live ? "live" : "loading") : "past",
			connected: this.stream.status === "joined",
			version: this.#past ?? upto,
			head: Math.max(upto, (this.#subscription?.head ?? 0) as number),
			pending: this.#pending.actions(),
			error: this.#ended?.error,
		};
		return this.#status;
	}

	readonly subscribe = (listener: () => void): Stop => this.#listeners.add(listener);

	readonly onAction = (listener: (action: RecountAction | Rejected) => void): Stop => this.#hearers.add(listener);

	readonly confirmed = (): Shared => this.#timeline.state;

	readonly seek = async (at: number | string | Date): Promise<number> => {
		const byVersion = typeof at === "number";
		const moment = byVersion ? at : Number(new Date(at));
		// Also where it is no number at all.
		if (moment % 1 !== 0 || (byVersion && moment < 0)) {
			throw new RecountError("invalid", `seek(${at}): give a version, 0 or more, or a time`);
		}
		const seek = ++this.#seeks;
		let version = this.#found.find(moment, byVersion);
		if (typeof version !== "number") {
			version = await version;
		}
		if (seek === this.#seeks) {
			this.#past = version;
			this.#set(this.#timeline.at(version), []);
		}
		return version;
	};

	readonly live = (): void => {
		this.#seeks++;
		this.#past = undefined;
		this.#show();
	};

	readonly history = async (): Promise<readonly RecordedEvent[]> => {
		await this.#found.complete();
		return [...this.#timeline.events];
	};

	readonly close = (): void => {
		for (const stop of this.#stops) {
			stop();
		}
		this.#subscription?.unsubscribe();
		this.#end();
	};

	#end(error?: RecountError): void {
		this.#keeper.close();
		this.#ended ??= { error };
		this.#changed();
	}

	#follow(): void {
		const { stream } = this;
		const adopt = (entries: readonly Entry[]): void => {
			if (this.#pending.adopt(entries, this.#timeline.events)) {
				this.#show();
			}
		};
		this.#stops = [
			stream.onStatus(() => this.#changed()),
			stream.onPending(adopt),
			stream.onAcknowledged((entry, { version }) => {
				for (const { id } of draftsOf(entry)) {
					this.#unanswered.delete(id);
					this.#pending.acknowledge(id, version);
				}
				if (this.#pending.expire(this.#timeline.upto)) {
					this.#show();
				}
			}),
			stream.onRejected((entry, error) => {
				for (const { id } of draftsOf(entry)) {
					this.#unanswered.delete(id);
					const refused = this.#pending.remove(id);
					if (refused) {
						this.#show();
						this.#reject(refused.given, error);
					}
				}
			}),
		];
		adopt(stream.pending);
		this.#subscription = stream.subscribe(
			{
				batch: (events, { upto }) => this.#take(events, upto as number),
				reset: () => this.#restart(),
				live: () => {
					this.#live = true;
					this.#save();
					this.#changed();
				},
				end: (error) => this.#end(error),
			},
			this.#restore(),
		);
	}

	/** Begins with the checkpoint of an earlier visit, if there is one. */
	async #restore(): Promise<Checkpoint<Shared> | undefined> {
		const kept = await this.#keeper.load();
		if (kept && !this.#ended) {
			this.#restart(kept.state, kept.upto as number);
		}
		return kept;
	}

	#restart(state?: Shared, version?: number): void {
		this.#timeline.restart(state, version);
		this.#live = false;
		// A seek in the old one shows nothing.
		this.live();
	}

	#take(events: readonly RecordedEvent[], upto: number): void {
		const alone = this.#pending.actions().length === 0;
		const others = events.flatMap((event) => this.#push(event));
		this.#timeline.upto = upto;
		const expired = this.#pending.expire(upto);
		this.#save();
		const live = this.#live ? others : [];
		const [only] = live;
		if (only && this.#past === undefined && events.length === 1 && alone) {
			this.#emit(only);
		} else if (events.length > 0 || expired) {
			this.#show(live);
		} else {
			this.#changed();
		}
		for (const action of live) {
			this.#hearers.tell(action);
		}
	}

	/** Folds an event. Returns its action if it came from elsewhere. */
	#push(event: RecordedEvent): RecountAction[] {
		const own = this.#pending.remove(event.id);
		const action = incoming(event, !own);
		this.#timeline.push(event, action);
		if (own && own.version === undefined) {
			this.#unanswered.add(own.id);
		}
		return own ? [] : [action];
	}

	/** An action of this store alone. */
	#local(action: RecountAction): void {
		const whole = this.#options.slice === undefined;
		if (whole) {
			// It becomes part of what the next events are folded on, below what is pending.
			this.#timeline.state = this.#fold(this.#timeline.state, action);
		}
		try {
			this.#store.dispatch(action);
		} finally {
			if (whole) {
				this.#show();
			}
		}
	}

	#reject(action: Rejected["payload"]["action"], { code, message, details }: Rejection): void {
		const told: Rejected = { type: rejectedType, payload: { action, error: { code, message, details } } };
		guarded(() => this.#local(told as unknown as RecountAction));
		this.#hearers.tell(told);
	}

	/** Shows what is now, unless the past is shown. */
	#show(actions: readonly RecountAction[] = []): void {
		this.#missed.push(...actions);
		if (this.#past === undefined) {
			this.#set(this.#pending.on(this.#timeline.state, this.#fold), this.#missed.splice(0));
		} else {
			this.#changed();
		}
	}

	#set(shared: Shared, actions: readonly RecountAction[]): void {
		this.#emit({ type: shown, payload: { shared, actions } });
	}

	/** Whoever listens to the store finds a status that goes with its state. */
	#emit(action: UnknownAction): void {
		this.#status = undefined;
		guarded(() => this.#store.dispatch(action));
		this.#changed();
	}

	#save(): void {
		const epoch = this.#subscription?.cursor.epoch;
		// What the outbox will send again must not be in it: it would be shown twice.
		if (epoch && this.#unanswered.size === 0) {
			const { upto, state } = this.#timeline;
			this.#keeper.save({ epoch, upto, state });
		}
	}

	#changed(): void {
		this.#status = undefined;
		this.#listeners.tell();
	}
}
