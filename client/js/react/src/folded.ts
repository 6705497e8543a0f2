import {
	type EventOf,
	guarded,
	Listeners,
	type RecountError,
	type Stop,
	type Stream,
	type Subscription,
} from "@recount/client";

/** What a component sees of a stream. A new object after each change. */
export interface StreamView<State> {
	readonly state: State;
	/** Whether all that was there is in the state. */
	readonly live: boolean;
	/** The version up to which it is. */
	readonly version: number;
	/** Why the stream ended. */
	readonly error: RecountError | undefined;
}

/** The state that a stream's events make. It follows the stream while somebody listens, and goes on where it was. */
export class Folded<Events extends object, State> {
	view: StreamView<State>;
	readonly #stream: Stream<Events>;
	readonly #reduce: (state: State, event: EventOf<Events>) => State;
	readonly #initial: State;
	readonly #listeners: Listeners = new Listeners();
	#epoch: string | undefined;
	#subscription: Subscription | undefined;

	constructor(stream: Stream<Events>, reduce: (state: State, event: EventOf<Events>) => State, initial: State) {
		this.#stream = stream;
		this.#reduce = reduce;
		this.#initial = initial;
		this.view = { state: initial, live: false, version: 0, error: undefined };
	}

	readonly look = (): StreamView<State> => this.view;

	readonly subscribe = (listener: () => void): Stop => {
		const stop = this.#listeners.add(listener);
		this.#subscription ??= this.#follow();
		return () => {
			stop();
			if (this.#listeners.size === 0) {
				this.#subscription?.unsubscribe();
				this.#subscription = undefined;
				this.view = { ...this.view, live: false };
			}
		};
	};

	#follow(): Subscription {
		return this.#stream.subscribe(
			{
				batch: (events, { epoch, upto }) => {
					this.#epoch = epoch;
					let { state } = this.view;
					for (const event of events) {
						// One that makes reduce throw changes nothing.
						guarded(() => {
							state = this.#reduce(state, event);
						});
					}
					this.#set({ state, version: upto as number });
				},
				reset: () => this.#set({ state: this.#initial, version: 0, live: false }),
				live: () => this.#set({ live: true, error: undefined }),
				end: (error) => {
					this.#subscription = undefined;
					this.#set({ error, live: false });
				},
			},
			this.#epoch === undefined ? {} : { since: this.view.version, epoch: this.#epoch },
		);
	}

	#set(change: Partial<StreamView<State>>): void {
		this.view = { ...this.view, ...change };
		this.#listeners.tell();
	}
}
