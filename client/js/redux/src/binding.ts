import {
	type Entry,
	guarded,
	type Keeper,
	keeper,
	Listeners,
	newId,
	type RecordedEvent,
	type RecountError,
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
	readonly #store: Store<State>;
	readonly #options: BindingOptions;
	readonly #timeline: Timeline<Shared>;
	readonly #pending: Pending<Shared>;
	readonly #found: Past;
	readonly #keeper: Keeper<Shared>;
	readonly #listeners: Listeners = new Listeners();
	readonly #hearers: Listeners<[RecountAction | Rejected]> = new Listeners();
	readonly #stops: (() => void)[] = [];
	/** The store's own. Another one in its place folds what comes from then on. */
	reducer: Reducer<State>;
	readonly #fold: Fold<Shared>;
	#subscription: Subscription | undefined;
	#past: number | undefined;
	/** What others did while the past was shown: the rest of the state has not seen it. */
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
		if (this.#past !== undefined || this.#ended) {
			const why = this.#past === undefined ? "the stream has ended" : "this is the past: call live() first";
			this.#reject(action, { code: "invalid", message: why });
			return;
		}
		const id = newId();
		const shown = this.#pending.add(id, action);
		try {
			// What cannot be sent or reduced throws before anything is done.
			JSON.stringify(action);
			this.reducer(this.#store.getState(), shown);
		} catch (error) {
			this.#pending.remove(id);
			throw error;
		}
		// First sent, then shown: what is dispatched because of it comes behind it. What comes of it is told by
		// onAcknowledged, onRejected, and the stream itself.
		this.stream.act(action, { id }).catch(() => {});
		this.#emit(shown);
		this.#changed();
	}

	get stream(): Stream {
		return this.#options.stream;
	}

	get status(): Status {
		const { upto } = this.#timeline;
		const live = this.#live ? "live" : "loading";
		this.#status ??= {
			state: this.#past === undefined ? (this.#ended ? "ended" : live) : "past",
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
		const seek = ++this.#seeks;
		let version = this.#found.find(at);
		if (typeof version !== "number") {
			version = await version;
		}
		if (seek === this.#seeks) {
			this.#past = version;
			this.#set(this.#timeline.at(version), []);
			this.#changed();
		}
		return version;
	};

	readonly live = (): void => {
		this.#seeks++;
		this.#past = undefined;
		this.#show(this.#missed.splice(0));
	};

	readonly history = async (): Promise<readonly RecordedEvent[]> => {
		await this.#found.complete();
		return [...this.#timeline.events];
	};

	readonly close = (): void => {
		for (const stop of this.#stops.splice(0)) {
			stop();
		}
		this.#subscription?.unsubscribe();
		this.#keeper.close();
		this.#ended ??= { error: undefined };
		this.#changed();
	};

	#follow(): void {
		const { stream } = this.#options;
		const adopt = (entries: readonly Entry[]): void => {
			if (this.#pending.adopt(entries, (id) => this.#timeline.events.some((event) => event.id === id))) {
				this.#show([]);
			}
		};
		this.#stops.push(
			stream.onStatus(() => this.#changed()),
			stream.onPending(adopt),
			stream.onAcknowledged((entry, { version }) => {
				for (const { id } of draftsOf(entry)) {
					this.#unanswered.delete(id);
					this.#pending.acknowledge(id, version);
				}
				if (this.#pending.expire(this.#timeline.upto)) {
					this.#show([]);
				}
			}),
			stream.onRejected((entry, error) => {
				for (const { id } of draftsOf(entry)) {
					this.#unanswered.delete(id);
					const refused = this.#pending.remove(id);
					if (refused) {
						this.#show([]);
						this.#reject(refused.given, error);
					}
				}
			}),
		);
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
				end: (error) => {
					this.#ended = { error };
					this.#changed();
				},
			},
			this.#restore(),
		);
	}

	/** Begins with the checkpoint of an earlier visit, if there is one. */
	async #restore(): Promise<{ since?: number; epoch?: string }> {
		const kept = await this.#keeper.load();
		if (!kept || this.#ended) {
			return {};
		}
		this.#restart(kept.state, kept.upto as number);
		return { since: this.#timeline.upto, epoch: kept.epoch };
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
			this.#changed();
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
				this.#show([]);
			}
		}
	}

	#reject(action: Rejected["payload"]["action"], { code, message, details }: Rejection): void {
		const told: Rejected = { type: rejectedType, payload: { action, error: { code, message, details } } };
		guarded(() => this.#local(told as unknown as RecountAction));
		this.#hearers.tell(told);
	}

	/** Shows what is now, unless the past is shown. */
	#show(actions: readonly RecountAction[]): void {
		if (this.#past === undefined) {
			this.#set(this.#pending.on(this.#timeline.state, this.#fold), actions);
		} else {
			this.#missed.push(...actions);
		}
		this.#changed();
	}

	#set(shared: Shared, actions: readonly RecountAction[]): void {
		this.#emit({ type: shown, payload: { shared, actions } });
	}

	/** Whoever listens to the store finds a status that goes with its state. */
	#emit(action: UnknownAction): void {
		this.#status = undefined;
		guarded(() => this.#store.dispatch(action));
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
