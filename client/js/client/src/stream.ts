import type { RecountError } from "./error.js";
import {
	type Action,
	type DraftOf,
	draftOf,
	type EventOf,
	type Given,
	type Outcome,
	type Receipt,
	type Signal,
	type SignalOf,
} from "./event.js";
import { newId } from "./id.js";
import { iterate } from "./iterate.js";
import { plain } from "./json.js";
import type { Line } from "./line.js";
import type { Stop } from "./listeners.js";
import type { AppendOptions, ReadOptions, SubscribeOptions, Subscription } from "./options.js";
import type { Entry } from "./outbox.js";
import type { Presence } from "./presence.js";
import type { Observer } from "./readers.js";
import { Room, type StreamStatus } from "./room.js";
import { Sender } from "./sender.js";
import { Lost } from "./topic.js";

/** One stream of a connection. Made by `connection.stream`; the same name gives the same object. */
export class Stream<Events extends object = Record<string, unknown>, Signals extends object = Record<string, unknown>> {
	readonly name: string;
	/** For the connection. */
	readonly sender: Sender;
	readonly #room: Room;

	constructor(name: string, line: Line) {
		this.name = name;
		this.#room = new Room(name, line, (error) =>
			// Without the right to it nothing of it is ever sent. Else the entries stay in the outbox.
			error.code === "forbidden" ? this.sender.refuse(this.pending, error) : this.sender.close(error),
		);
		this.sender = new Sender(this.#room.topic, line, () => this.#room.hold());
		this.onStatus((status) => status === "joined" && this.sender.send());
	}

	/** Who is there. */
	get presence(): Presence {
		return this.#room.presence;
	}

	get status(): StreamStatus {
		return this.#room.status;
	}

	onStatus(listener: (status: StreamStatus) => void): Stop {
		return this.#room.statusChanged.add(listener);
	}

	/**
	 * Hands over events: those that were there, then those that come. Each once, in order, whatever breaks meanwhile.
	 * Options may be a promise, such as of a checkpoint: the stream is not joined before it settles. One that rejects
	 * begins at the beginning.
	 */
	subscribe(
		observer: Observer<EventOf<Events>> | ((event: EventOf<Events>) => void),
		options: SubscribeOptions | PromiseLike<SubscribeOptions | undefined> = {},
	): Subscription {
		const all = typeof observer === "function" ? { event: observer } : observer;
		return this.#room.subscribe(all as Observer, options);
	}

	/**
	 * The events for `for await`, from a place on. A loop that is slower than the stream costs no memory: what does not
	 * fit is let go, and asked for again later. Throws `gone` where the log was replaced, and what ended the stream.
	 */
	events(from: Pick<SubscribeOptions, "since" | "upto" | "epoch"> = {}): AsyncGenerator<EventOf<Events>, void, void> {
		return iterate<EventOf<Events>>((cursor, observer) => this.subscribe(observer, cursor), from, this.#room.ended);
	}

	[Symbol.asyncIterator](): AsyncGenerator<EventOf<Events>, void, void> {
		return this.events();
	}

	/** Appends an event. Kept in the outbox until the server answers; resolves when it is on the server's disk. */
	append<Type extends keyof Events & string>(
		type: Type,
		...given: Given<Events[Type], [options?: AppendOptions]>
	): Promise<Receipt> {
		const [data, options = {}] = given as Given<unknown, [options?: AppendOptions]>;
		const { expect, within, ...rest } = options;
		return this.appendAll([{ ...rest, type, data } as unknown as DraftOf<Events>], { expect, within });
	}

	/** Appends several events, all or none. */
	appendAll(
		drafts: readonly DraftOf<Events>[],
		options: Pick<AppendOptions, "expect" | "within"> = {},
	): Promise<Receipt> {
		const events = drafts.map((draft) => ({ ...draft, id: draft.id ?? newId() }));
		return this.#keep<Receipt>(events[0]?.id ?? newId(), "$append", { events, ...options });
	}

	/** Appends a Redux action, as an event that `actionOf` turns back into it. */
	act(action: Action, options: { id?: string } = {}): Promise<Receipt> {
		return this.appendAll([draftOf(action, options.id ?? newId()) as unknown as DraftOf<Events>]);
	}

	/** Sends a command to the stream's aggregate. Kept in the outbox until the server answers. */
	dispatch<Result = unknown>(command: string, data?: unknown, options: { id?: string } = {}): Promise<Outcome<Result>> {
		const { id = newId() } = options;
		return this.#keep<Outcome<Result>>(id, "$dispatch", { command, id, data });
	}

	/** What was done here and is not acknowledged, oldest first. A new array after each change. */
	get pending(): readonly Entry[] {
		return this.sender.pending;
	}

	onPending(listener: (pending: readonly Entry[]) => void): Stop {
		return this.sender.changed.add(listener);
	}

	/** Tells of every entry that the server took, and what it answered: a Receipt, or a command's Outcome. */
	onAcknowledged(listener: (entry: Entry, reply: Receipt | Outcome) => void): Stop {
		return this.sender.acknowledged.add(listener as (entry: Entry, reply: unknown) => void);
	}

	/** Tells of every entry that the server refused for good, also of those made before a reload. */
	onRejected(listener: (entry: Entry, error: RecountError) => void): Stop {
		return this.sender.rejected.add(listener);
	}

	/**
	 * Sends a signal to all others who are there. It is for this moment: false if there is no connection, or the stream is
	 * not joined yet, and it is not kept. Rejects if the server refuses it.
	 */
	async signal<Type extends keyof Signals & string>(type: Type, ...given: Given<Signals[Type]>): Promise<boolean> {
		const release = this.#room.hold();
		try {
			await this.#room.topic.push("$signal", plain({ type, data: given[0] }));
			return true;
		} catch (error) {
			if (error instanceof Lost) {
				return false;
			}
			throw error;
		} finally {
			release();
		}
	}

	/** Calls the listener with the signals of others, and keeps the topic joined. */
	onSignal(listener: (signal: SignalOf<Signals>) => void): Stop {
		return this.#room.hold(this.#room.signals.add(listener as (signal: Signal) => void));
	}

	/** Reads a page of events, live-only ones included, without subscribing. Waits while there is no connection. */
	read(options: ReadOptions = {}): Promise<{ events: EventOf<Events>[]; more: boolean }> {
		return this.#room.ask("$read", { ...options });
	}

	/** Reads all events from one version to another, live-only ones included, page by page. */
	async history(from = 1, to: number = Number.POSITIVE_INFINITY): Promise<EventOf<Events>[]> {
		const all: EventOf<Events>[] = [];
		for (let next = from; next <= to; ) {
			const { events, more } = await this.read({ from: next, limit: 500 });
			all.push(...events.filter(({ version }) => version <= to));
			if (!more) {
				break;
			}
			next = (events.at(-1)?.version ?? to) + 1;
		}
		return all;
	}

	/** The public view of the stream: now, at a version, or at a time. Waits while there is no connection. */
	state<State = unknown>(at?: number | string | Date): Promise<{ state: State; version: number }> {
		return this.#room.ask("$state", { at });
	}

	/** Copies the history, up to a version, a time or now, into a new stream. Waits while there is no connection. */
	fork(to: string, at?: number | string | Date): Promise<{ stream: string; version: number }> {
		return this.#room.ask("$fork", { to, at });
	}

	/** Holds back all that comes on this stream, until `resume` or until it is left. Resolves when nothing more comes. */
	pause(): Promise<void> {
		return this.#room.pause();
	}

	/** Goes on where pause stopped. */
	resume(): Promise<void> {
		return this.#room.resume();
	}

	/**
	 * Ends all subscriptions and leaves. What was asked is rejected. What is pending is sent first, also where that has to
	 * wait for the connection. Listeners stay, and keep it joined no longer.
	 */
	leave(): void {
		this.#room.leave(this.pending.length > 0);
		void this.sender.send();
	}

	/** Ends it with the connection, for an error if there is one; what is pending stays in the outbox. For the connection. */
	close(why: RecountError, error?: RecountError): void {
		this.sender.close(why);
		this.#room.endReaders(error);
		this.#room.topic.end(why);
	}

	async #keep<Reply>(id: string, event: Entry["event"], payload: Entry["payload"]): Promise<Reply> {
		// Through JSON, so that what is sent now and after a reload is the same.
		return this.sender.add({ id, stream: this.name, event, payload: plain(payload) }) as Promise<Reply>;
	}
}
