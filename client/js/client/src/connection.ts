import { Socket, type SocketConnectOption } from "phoenix";
import { endpointOf } from "./address.js";
import { delay } from "./backoff.js";
import { type Checkpoints, memoryCheckpoints } from "./checkpoint.js";
import { Credentials, subjectOf } from "./credentials.js";
import { RecountError } from "./error.js";
import { indexedCheckpoints, indexedOutbox } from "./indexed.js";
import type { Channel, Line } from "./line.js";
import { Listeners, type Stop } from "./listeners.js";
import type { ConnectOptions } from "./options.js";
import { type Entry, memoryOutbox, type Outbox } from "./outbox.js";
import { Stream } from "./stream.js";

/** `connecting` also after a break; `closed` when it will not come back by itself. */
export type ConnectionState = "connecting" | "open" | "closed";

/**
 * Connects to a server, and again after every break, until `close`. url is the server's, such as "https://example.com":
 * `/socket` is added to its path.
 */
export function connect(url: string, options: ConnectOptions = {}): Connection {
	return new Connection(url, options);
}

/** A connection to a server. All its streams share one WebSocket. */
export class Connection {
	/** Checkpoints of this connection's streams, by name. */
	readonly checkpoints: Checkpoints;
	readonly #options: ConnectOptions;
	readonly #socket: Socket;
	readonly #credentials: Credentials;
	readonly #line: Line;
	readonly #streams = new Map<string, Stream>();
	readonly #changed = new Listeners<[ConnectionState]>();
	readonly #rejected = new Listeners<[Entry, RecountError]>();
	#state: ConnectionState = "connecting";
	#error: RecountError | undefined;
	/** Why nothing comes any more, once it is closed. */
	#why: RecountError | undefined;
	#tries = 0;
	/** The server asked to be left alone so long, in milliseconds. */
	#holdOff = 0;
	/** Whether phoenix was told to connect: not while a token is awaited. */
	#started = false;
	#renewal: Promise<string> | undefined;
	/** Runs until it is tried again. */
	#rest: ReturnType<typeof setTimeout> | undefined;
	/** Runs while the server does not answer to doubt. */
	#lost: ReturnType<typeof setTimeout> | undefined;
	/** Who the server said that we are. */
	#actor: string | undefined;

	constructor(url: string, options: ConnectOptions) {
		const endpoint = endpointOf(url);
		const transport = options.transport ?? globalThis.WebSocket;
		if (!transport) {
			throw new RecountError("invalid", "no WebSocket: give connect a transport");
		}
		const name = `recount ${endpoint} ${options.scope ?? subjectOf(options.token ?? "")}`;
		const indexed = typeof indexedDB !== "undefined";
		this.#options = options;
		this.checkpoints = options.checkpoints ?? (indexed ? indexedCheckpoints(name) : memoryCheckpoints());
		const { outbox = indexed ? indexedOutbox(name) : memoryOutbox() } = options;
		this.#credentials = new Credentials(options, name);
		this.#line = this.#lineTo(outbox);
		this.#socket = new Socket(endpoint, {
			transport,
			timeout: options.timeout,
			heartbeatIntervalMs: options.heartbeat,
			reconnectAfterMs: () => this.#delay(),
			rejoinAfterMs: (tries: number) => delay(this.#line.backoff, tries),
		} as Partial<SocketConnectOption>);
		// Looked at whenever it connects.
		Object.defineProperty(this.#socket, "authToken", {
			get: () => this.#credentials.token && (() => this.#credentials.token),
		});
		this.#socket.onOpen(() => this.#setState("open"));
		// Only what the server says proves that it wants us: it may open a socket and close it at once.
		this.#socket.onMessage(() => {
			this.#tries = 0;
		});
		this.#socket.onClose(({ code }) => this.#closed(code));
		globalThis.addEventListener?.("online", this.#wake);
		globalThis.addEventListener?.("offline", this.#doubt);
		outbox.claim((entries) => this.#adopt(entries)).catch(this.#line.warn);
		void this.#start();
	}

	/** A stream, or all streams of a category: `"meeting:*"`. The same name gives the same object. */
	stream<Events extends object = Record<string, unknown>, Signals extends object = Record<string, unknown>>(
		name: string,
	): Stream<Events, Signals> {
		let stream = this.#streams.get(name);
		if (!stream) {
			stream = new Stream(name, this.#line);
			this.#streams.set(name, stream);
		}
		return stream as unknown as Stream<Events, Signals>;
	}

	get state(): ConnectionState {
		return this.#state;
	}

	/** Why it was closed, if the application did not do it. */
	get error(): RecountError | undefined {
		return this.#error;
	}

	/** Who we are: the `actor` of what is done here. Undefined until a stream is joined, unless it was kept from before. */
	get caller(): string | undefined {
		return this.#actor ?? this.#credentials.caller?.id;
	}

	/** Calls the listener after each change of the state or the caller. */
	onState(listener: (state: ConnectionState) => void): Stop {
		return this.#changed.add(listener);
	}

	/** Tells of every entry of any stream that the server refused for good. */
	onRejected(listener: (entry: Entry, error: RecountError) => void): Stop {
		return this.#rejected.add(listener);
	}

	/** Ends it, and all subscriptions. What is not acknowledged stays in the outbox. */
	close(): void {
		this.#end();
	}

	#lineTo(outbox: Outbox): Line {
		return {
			backoff: this.#options.backoff ?? {},
			outbox,
			channel: (topic, params) => this.#socket.channel(topic, params) as unknown as Channel,
			closed: () => this.#why,
			joined: ({ actor, caller }) => {
				const before = this.caller;
				if (caller) {
					this.#credentials.became(caller);
				}
				if (before && actor !== before && !caller) {
					// What is pending was done by whom it began with.
					this.#end(new RecountError("unauthenticated", `${before} is ${actor} now: connect again`));
				} else if (actor !== before) {
					this.#actor = actor;
					this.#changed.tell(this.#state);
				}
			},
			noticed: ({ code, retry_after_ms }, authenticate) => {
				this.#holdOff = retry_after_ms ?? this.#holdOff;
				if (code === "unauthenticated" && this.#credentials.renews && !this.#renewal) {
					// A token that runs out ends the subscriptions, and they get another one then.
					this.#fresh().then(authenticate).catch(this.#line.warn);
				}
			},
			renew: () => {
				if (this.#started) {
					this.#setState("connecting");
					this.#unauthenticated();
				}
				return !this.#why;
			},
			warn: (error) => this.#options.onWarning?.(error),
			rejected: (entry, error) => {
				if (this.#rejected.size === 0) {
					this.#line.warn(error);
				}
				this.#rejected.tell(entry, error);
			},
		};
	}

	#adopt(entries: readonly Entry[]): void {
		for (const name of new Set(entries.map(({ stream }) => stream))) {
			this.stream(name).sender.adopt(entries.filter(({ stream }) => stream === name));
		}
	}

	/** Gets a token if one is needed, then connects. */
	async #start(): Promise<void> {
		while (this.#credentials.renews && !this.#credentials.token && !this.#why) {
			try {
				await this.#fresh();
			} catch (error) {
				if (error instanceof RecountError && (error.code === "unauthenticated" || error.code === "forbidden")) {
					this.#end(error);
				} else {
					this.#line.warn(error);
					await this.#wait();
				}
			}
		}
		if (!this.#why) {
			this.#started = true;
			this.#socket.connect();
		}
	}

	#closed(code: number): void {
		if (this.#why) {
			return;
		}
		this.#setState("connecting");
		if (code === 3003) {
			this.#end(new RecountError("forbidden", "the server refuses this client"));
		} else if (code === 3000) {
			this.#unauthenticated();
		} else if (code === 1009) {
			this.#refuseLargest();
		} else if (code === 3429) {
			this.#holdOff ||= 1000;
			this.#again();
		}
	}

	#unauthenticated(): void {
		if (!this.#credentials.refused() && !this.#credentials.renews) {
			this.#end(new RecountError("unauthenticated", "no token that holds: sign in"));
			return;
		}
		this.#credentials.token = undefined;
		this.#again();
	}

	/** Connects anew in place of phoenix, which chose its delay and token before anybody heard of the end. */
	#again(): void {
		this.#started = false;
		this.#socket.disconnect();
		void this.#wait().then(() => this.#start());
	}

	/** A fresh token, asked for once however many want it. */
	#fresh(): Promise<string> {
		this.#renewal ??= this.#credentials.renew().finally(() => {
			this.#renewal = undefined;
		});
		return this.#renewal;
	}

	/** What made the server close with 1009 would do so for ever. */
	#refuseLargest(): void {
		const size = ({ sender }: Stream): number => JSON.stringify(sender.sent).length;
		const [largest] = [...this.#streams.values()].sort((a, b) => size(b) - size(a));
		largest?.sender.giveUp(new RecountError("too_large", "larger than the server takes"));
	}

	/** Waits before it is tried again: for ever where it is closed, or is to wait anew. */
	#wait(): Promise<void> {
		clearTimeout(this.#rest);
		return new Promise((resolve) => {
			if (!this.#why) {
				this.#rest = setTimeout(resolve, this.#delay());
			}
		});
	}

	#delay(): number {
		this.#tries++;
		const least = this.#holdOff;
		this.#holdOff = 0;
		return least + delay(this.#line.backoff, this.#tries);
	}

	/** The network is back: no need to wait. */
	readonly #wake = (): void => {
		if (this.#state === "connecting" && this.#started) {
			this.#socket.disconnect();
			this.#socket.connect();
		}
	};

	/** The network is gone, the browser says, though perhaps not the way to this server: asks it, for 2 s. */
	readonly #doubt = (): void => {
		clearTimeout(this.#lost);
		this.#lost = setTimeout(() => {
			this.#setState("connecting");
			this.#socket.disconnect(() => void (this.#started && this.#socket.connect()));
		}, 2000);
		const certain = (): void => clearTimeout(this.#lost);
		if (!this.#socket.ping(certain)) {
			certain();
		}
	};

	#end(error?: RecountError): void {
		if (this.#why) {
			return;
		}
		const why = error ?? new RecountError("unavailable", "connection closed: connect again");
		this.#error = error;
		this.#why = why;
		this.#started = false;
		clearTimeout(this.#rest);
		globalThis.removeEventListener?.("online", this.#wake);
		globalThis.removeEventListener?.("offline", this.#doubt);
		this.#setState("closed");
		for (const stream of this.#streams.values()) {
			stream.close(why, error);
		}
		this.#socket.disconnect();
		this.#line.outbox.close();
	}

	#setState(state: ConnectionState): void {
		clearTimeout(this.#lost);
		if (this.#state !== state) {
			this.#state = state;
			this.#changed.tell(state);
		}
	}
}
