import {
	type Keeper,
	keeper,
	Listeners,
	newId,
	type RecordedEvent,
	type RecountError,
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
import { type Fold, Timeline } from "./timeline.js";

/**
 * Keeps a store in step with a stream. At all times the shared state is what the confirmed events make, with the pending
 * actions on top; but while the past is shown, it is what stood there.
 */
export class Binding<State, Shared> {
	readonly #store: Store<State>;
	readonly #options: BindingOptions;
	readonly #shape: Shape<State, Shared>;
	readonly #timeline: Timeline<Shared>;
	readonly #pending: Pending<Shared>;
	readonly #initial: Shared;
	readonly #found: Past;
	readonly #keeper: Keeper<Shared>;
	readonly #listeners: Listeners = new Listeners();
	readonly #hearers: Listeners<[RecountAction | Rejected]> = new Listeners();
	readonly #stops: (() => void)[] = [];
	#fold: Fold<Shared>;
	#subscription: Subscription | undefined;
	#past: number | undefined;
	#live = false;
	#ended: { error: RecountError | undefined } | undefined;
	/** Undefined when something changed since it was asked for. */
	#status: Status | undefined;
	/** Counts seeks: one that is overtaken shows nothing. */
	#seeks = 0;

	constructor(store: Store<State>, reducer: Reducer<State>, shape: Shape<State, Shared>, options: BindingOptions) {
		this.#store = store;
		this.#options = options;
		this.#shape = shape;
		this.#initial = shape.get(store.getState());
		this.#fold = shape.fold(reducer, () => store.getState());
		this.#timeline = new Timeline((shared, action) => this.#fold(shared, action), options.every, this.#initial);
		this.#pending = pending(options.actor);
		const { connection, stream, keep, every } = options;
		this.#found = past(this.#timeline, stream, this.#initial);
		this.#keeper = keeper(connection.checkpoints, keep && `${stream.name} ${keep}`, every);
		this.#follow();
	}

	/** The reducer was replaced: what comes is folded by the new one. */
	replace(reducer: Reducer<State>): void {
		this.#fold = this.#shape.fold(reducer, () => this.#store.getState());
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
			const why = this.#past === undefined ? "the stream has ended" : "the store shows the past: call live() first";
			this.#reject(action, { code: "invalid", message: why });
			return;
		}
		const id = newId();
		this.#emit(this.#pending.add(id, action));
		// What comes of it is told by onAcknowledged, onRejected, and the stream itself.
		this.#options.stream.act(action, { id }).catch(() => {});
		this.#changed();
	}

	get recount(): Recount<Shared> {
		const now = (): Status => this.#now();
		return {
			stream: this.#options.stream,
			get status() {
				return now();
			},
			subscribe: (listener) => this.#listeners.add(listener),
			confirmed: () => this.#timeline.state,
			seek: (at) => this.#seek(at),
			live: () => {
				this.#seeks++;
				this.#past = undefined;
				this.#show([]);
			},
			history: async () => {
				await this.#found.complete();
				return [...this.#timeline.events];
			},
			onAction: (listener) => this.#hearers.add(listener),
			close: () => {
				for (const stop of this.#stops.splice(0)) {
					stop();
				}
				this.#subscription?.unsubscribe();
				this.#keeper.close();
			},
		};
	}

	#follow(): void {
		const { stream } = this.#options;
		this.#stops.push(
			stream.onStatus(() => this.#changed()),
			stream.onPending((entries) => {
				if (this.#pending.adopt(entries, (id) => this.#timeline.events.some((event) => event.id === id))) {
					this.#show([]);
				}
			}),
			stream.onAcknowledged((entry, { version }) => {
				for (const { id } of draftsOf([entry])) {
					this.#pending.acknowledge(id, version);
				}
				if (this.#pending.expire(this.#timeline.upto)) {
					this.#show([]);
				}
			}),
			stream.onRejected((entry, error) => {
				for (const { id } of draftsOf([entry])) {
					const action = this.#pending.remove(id);
					if (action) {
						this.#show([]);
						const { pending: _, remote: __, event: ___, ...meta } = action.meta;
						this.#reject({ ...action, meta }, error);
					}
				}
			}),
		);
		if (this.#pending.adopt(stream.pending, () => false)) {
			this.#show([]);
		}
		this.#subscription = stream.subscribe(
			{
				batch: (events, { upto }) => this.#take(events, upto as number),
				reset: () => this.#restart(this.#initial, 0),
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
		if (!kept) {
			return {};
		}
		this.#restart(kept.state, kept.upto as number);
		return { since: this.#timeline.upto, epoch: kept.epoch };
	}

	#restart(state: Shared, version: number): void {
		this.#timeline.restart(state, version);
		this.#live = false;
		this.#past = undefined;
		this.#show([]);
	}

	#take(events: readonly RecordedEvent[], upto: number): void {
		const before = this.#pending.actions().length;
		const others: RecountAction[] = [];
		for (const event of events) {
			const own = this.#pending.remove(event.id) !== undefined;
			const action = incoming(event, !own);
			this.#timeline.push(event, action);
			if (!own) {
				others.push(action);
			}
		}
		this.#timeline.upto = upto;
		const expired = this.#pending.expire(upto);
		this.#save();
		const [only] = others;
		if (only && this.#live && this.#past === undefined && events.length === 1 && before === 0) {
			this.#emit(only);
			this.#changed();
		} else if (events.length > 0 || expired) {
			this.#show(this.#live ? others : []);
		} else {
			this.#changed();
		}
		for (const action of this.#live ? others : []) {
			this.#hearers.tell(action);
		}
	}

	/** An action of this store alone. */
	#local(action: RecountAction): void {
		if (this.#shape.whole) {
			// The whole state is shared: it becomes part of what the next events are folded on.
			this.#timeline.state = this.#fold(this.#timeline.state, action);
		}
		this.#emit(action);
	}

	#reject(action: Rejected["payload"]["action"], { code, message, details }: Rejection): void {
		const told: Rejected = { type: rejectedType, payload: { action, error: { code, message, details } } };
		this.#local(told as unknown as RecountAction);
		this.#hearers.tell(told);
	}

	/** Shows what is now, unless the past is shown. */
	#show(actions: readonly RecountAction[]): void {
		if (this.#past === undefined) {
			this.#set(this.#pending.on(this.#timeline.state, this.#fold), actions);
		}
		this.#changed();
	}

	#set(shared: Shared, actions: readonly RecountAction[]): void {
		this.#emit({ type: shown, payload: { shared, actions } });
	}

	/** Whoever listens to the store finds a status that goes with its state. */
	#emit(action: UnknownAction): void {
		this.#status = undefined;
		this.#store.dispatch(action);
	}

	async #seek(at: number | string | Date): Promise<number> {
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
	}

	#save(): void {
		const epoch = this.#subscription?.cursor.epoch;
		if (epoch) {
			const { upto, state } = this.#timeline;
			this.#keeper.save({ epoch, upto, state });
		}
	}

	#changed(): void {
		this.#status = undefined;
		this.#listeners.tell();
	}

	#now(): Status {
		const { upto } = this.#timeline;
		const live = this.#live ? "live" : "loading";
		this.#status ??= {
			state: this.#past === undefined ? (this.#ended ? "ended" : live) : "past",
			connected: this.#options.stream.status === "joined",
			version: this.#past ?? upto,
			head: Math.max(upto, (this.#subscription?.head ?? 0) as number),
			pending: this.#pending.actions(),
			error: this.#ended?.error,
		};
		return this.#status;
	}
}
