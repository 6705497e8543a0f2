/** Something done here that the server has not acknowledged. Plain JSON. */
export interface Entry {
	/** Makes sending it again harmless. */
	readonly id: string;
	readonly stream: string;
	/** What is pushed. */
	readonly event: "$append" | "$dispatch";
	readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * Keeps entries until they are acknowledged, so that what was done offline or before a reload is not lost.
 *
 * A connection adds every entry when it is made and removes it when the server took or refused it; it keeps its own
 * list meanwhile. Whoever implements it must keep the order of add.
 */
export interface Outbox {
	/**
	 * Hands over what others left behind, oldest first: at once what is there, and later what becomes free. An entry is
	 * handed to one connection at a time. Called once, before anything is added.
	 */
	claim(taken: (entries: Entry[]) => void): Promise<void>;
	add(entry: Entry): Promise<void>;
	remove(entry: Entry): Promise<void>;
	/** Lets go of the entries: another connection may claim them. */
	close(): void;
}

/** An outbox that lasts as long as this object. A second connection may be given the same one after the first closed. */
export function memoryOutbox(): Outbox {
	const entries = new Map<string, Entry>();
	return {
		async claim(taken) {
			if (entries.size > 0) {
				taken([...entries.values()]);
			}
		},
		async add(entry) {
			entries.set(entry.id, entry);
		},
		async remove(entry) {
			entries.delete(entry.id);
		},
		close() {},
	};
}
