import type { Checkpoint, Checkpoints } from "./checkpoint.js";
import { newId } from "./id.js";
import type { Entry, Outbox } from "./outbox.js";

/** What an outbox uses of navigator.locks. */
export interface Locks {
	request(name: string, held: () => Promise<void>): Promise<unknown>;
}

export interface IndexedOptions {
	/** Defaults to the global indexedDB. */
	factory?: IDBFactory;
	/** Tells which tabs live. Without it two tabs may send the same entry, which its ID makes harmless. Defaults to navigator.locks. */
	locks?: Locks | undefined;
}

/** An entry as it lies in the database. */
interface Row {
	order?: number;
	owner: string;
	entry: Entry;
}

/** An outbox in IndexedDB, which lasts across reloads. Each tab sends its own entries, and those of tabs that are gone. */
export function indexedOutbox(name: string, options: IndexedOptions = {}): Outbox {
	const database = open(name, options);
	const locks = "locks" in options ? options.locks : globalThis.navigator?.locks;
	const owner = newId();
	const lock = (one: string): string => `recount ${name} ${one}`;
	let closed = false;
	let release: () => void = () => {};
	const closing = new Promise<void>((resolve) => {
		release = resolve;
	});
	/** Tells the other tabs that this one has entries. Those that open later find them in the database. */
	const others = globalThis.BroadcastChannel && new BroadcastChannel(lock(""));
	const tell = (): void => {
		if (!closed) {
			others?.postMessage(owner);
		}
	};
	const own = new Promise<void>((held) => {
		if (locks) {
			const hold = (): Promise<void> => {
				held();
				return closing;
			};
			// Where locks are forbidden, IDs are enough.
			locks.request(lock(owner), hold).catch(() => held());
		} else {
			held();
		}
	});

	/** Makes the entries of others this tab's, in one transaction, and returns them. */
	const adopt = async (from: (other: string) => boolean): Promise<Entry[]> => {
		const store = await rows(database, "outbox");
		const taken = (await done<Row[]>(store.getAll())).filter((row) => from(row.owner));
		await Promise.all(taken.map((row) => done(store.put({ ...row, owner } satisfies Row))));
		tell();
		return taken.map(({ entry }) => entry);
	};

	return {
		async claim(taken) {
			await own;
			if (closed) {
				return;
			}
			const take = async (from: (other: string) => boolean): Promise<void> => {
				const entries = closed ? [] : await adopt(from);
				if (entries.length > 0) {
					taken(entries);
				}
			};
			if (!locks) {
				await take((other) => other !== owner);
				return;
			}
			const known = new Set([owner]);
			/** Waits for the end of a tab that has entries, and takes them over. */
			const inherit = (other: string): void => {
				if (!known.has(other)) {
					known.add(other);
					locks.request(lock(other), () => take((one) => one === other)).catch(() => {});
				}
			};
			if (others) {
				others.onmessage = ({ data }) => inherit(data as string);
			}
			for (const row of await done<Row[]>((await rows(database, "outbox")).getAll())) {
				inherit(row.owner);
			}
		},
		async add(entry) {
			await done((await rows(database, "outbox")).add({ owner, entry } satisfies Row));
			tell();
		},
		async remove({ id }) {
			const store = await rows(database, "outbox");
			const key = await done(store.index("id").getKey(id));
			if (key !== undefined) {
				await done(store.delete(key));
			}
		},
		close() {
			closed = true;
			others?.close();
			release();
			database.then(
				(opened) => opened.close(),
				() => {},
			);
		},
	};
}

/** Checkpoints in IndexedDB. States must be what structured clones can keep. */
export function indexedCheckpoints(name: string, options: IndexedOptions = {}): Checkpoints {
	const database = open(name, options);
	return {
		load: async (key) => done<Checkpoint | undefined>((await rows(database, "checkpoints")).get(key)),
		save: async (key, checkpoint) => {
			const store = await rows(database, "checkpoints");
			const put = done(store.put(checkpoint, key));
			// Not when this page hears that it was put: it may be gone by then.
			store.transaction.commit();
			await put;
		},
		remove: async (key) => {
			await done((await rows(database, "checkpoints")).delete(key));
		},
	};
}

function open(name: string, options: IndexedOptions): Promise<IDBDatabase> {
	const opened = (async () => {
		const request = (options.factory ?? indexedDB).open(name, 1);
		request.onupgradeneeded = () => {
			request.result
				.createObjectStore("outbox", { keyPath: "order", autoIncrement: true })
				.createIndex("id", "entry.id");
			request.result.createObjectStore("checkpoints");
		};
		return done(request);
	})();
	// Whoever uses it hears of the error.
	opened.catch(() => {});
	return opened;
}

async function rows(database: Promise<IDBDatabase>, store: "outbox" | "checkpoints"): Promise<IDBObjectStore> {
	return (await database).transaction(store, "readwrite").objectStore(store);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});
}
