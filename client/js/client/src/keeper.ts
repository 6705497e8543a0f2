import type { Checkpoint, Checkpoints } from "./checkpoint.js";

/** Keeps the state of a fold across reloads. */
export interface Keeper<State = unknown> {
	/** What was kept. A storage that fails is as good as none. */
	load(): Promise<Checkpoint<State> | undefined>;
	/** Keeps a state that is far enough from the last one, and the last one of all when the page is left. */
	save(checkpoint: Checkpoint<State>): void;
	/** Keeps what is not kept yet, and stops. */
	close(): void;
}

/**
 * A keeper under this key, of a state every so many versions and when the page is left. Without a key it keeps nothing.
 * Change the key with the fold: a state of another one would be taken for one of this.
 */
export function keeper<State = unknown>(checkpoints: Checkpoints, key: string | undefined, every = 500): Keeper<State> {
	let saved: Checkpoint | undefined;
	let last: Checkpoint<State> | undefined;
	let saving = false;
	/** The last one that was put, and did not fail. */
	let kept: Checkpoint | undefined;
	const flush = (): void => {
		if (key && last && last !== kept) {
			saved = last;
			kept = last;
			saving = true;
			checkpoints
				.save(key, last)
				.catch(() => {
					kept = undefined;
				})
				.then(() => {
					saving = false;
					saveFar();
				});
		}
	};
	// One at a time: a storage that is slower than the stream gets fewer.
	const saveFar = (): void => {
		if (last && !saving && Math.abs((last.upto as number) - ((saved?.upto ?? 0) as number)) >= every) {
			flush();
		}
	};
	globalThis.addEventListener?.("pagehide", flush);
	return {
		async load() {
			saved = key ? await checkpoints.load(key).catch(() => undefined) : undefined;
			return saved as Checkpoint<State> | undefined;
		},
		save(checkpoint) {
			last = checkpoint;
			saveFar();
		},
		close() {
			flush();
			globalThis.removeEventListener?.("pagehide", flush);
		},
	};
}
