import type { Place } from "./event.js";

/** A state and the place in its stream that it stands for. */
export interface Checkpoint<State = unknown> {
	/** Of the log. Another epoch makes the checkpoint worthless. */
	epoch: string;
	/** The state is that after the event at this place. */
	upto: Place;
	state: State;
}

/** Keeps the last checkpoint of each key, for a quick start after a reload. */
export interface Checkpoints {
	load(key: string): Promise<Checkpoint | undefined>;
	save(key: string, checkpoint: Checkpoint): Promise<void>;
	remove(key: string): Promise<void>;
}

/** Checkpoints that last as long as this object. */
export function memoryCheckpoints(): Checkpoints {
	const all = new Map<string, Checkpoint>();
	return {
		load: async (key) => all.get(key),
		save: async (key, checkpoint) => {
			all.set(key, checkpoint);
		},
		remove: async (key) => {
			all.delete(key);
		},
	};
}
