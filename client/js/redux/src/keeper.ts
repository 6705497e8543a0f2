import type { Checkpoint, Checkpoints } from "@recount/client";

/** Keeps a state across reloads. */
export interface Keeper {
	/** What was kept. A storage that fails is as good as none. */
	load(): Promise<Checkpoint | undefined>;
	/** Keeps a state that is far enough from the last one. */
	save(epoch: string | undefined, upto: number, state: unknown): void;
}

/** A keeper under this key, of a state every so many events. Without a key it keeps nothing. */
export function keeper(checkpoints: Checkpoints, key: string | undefined, every: number): Keeper {
	let saved = 0;
	return {
		async load() {
			const found = key ? await checkpoints.load(key).catch(() => undefined) : undefined;
			saved = (found?.upto ?? 0) as number;
			return found;
		},
		save(epoch, upto, state) {
			if (key && epoch && Math.abs(upto - saved) >= every) {
				saved = upto;
				checkpoints.save(key, { epoch, upto, state }).catch(() => {});
			}
		},
	};
}
