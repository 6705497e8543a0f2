/** What a meeting is at one moment. Plain JSON: it is what the events make, folded in their order. */
export interface Meeting {
	readonly title: string;
	/** The names of all who ever came, by their ID. */
	readonly members: Readonly<Record<string, string>>;
	readonly phase: Phase;
	/** How many votes each person has. */
	readonly budget: number;
	/** How long one item should take. */
	readonly minutes: number;
	/** The agenda, in its order. */
	readonly cards: readonly Card[];
	/** The IDs of the cards in the order in which they are discussed. Empty before the discussion. */
	readonly stack: readonly string[];
	readonly clock: Clock;
	readonly tasks: readonly Task[];
}

export type Phase = "agenda" | "discussion" | "closing";

/** Something to talk about. */
export interface Card {
	readonly id: string;
	readonly title: string;
	readonly by: string;
	/** One entry a vote: who gave it. */
	readonly votes: readonly string[];
	/** How long it was discussed so far, in milliseconds, until the clock was started last. */
	readonly spent: number;
	/** What was granted beyond the usual time, in milliseconds. */
	readonly extra: number;
}

/** Which card is discussed, and since when. */
export interface Clock {
	readonly card: string | null;
	/** When it was started, in milliseconds since 1970; null while it stands. */
	readonly since: number | null;
}

/** What somebody will do after the meeting. */
export interface Task {
	readonly id: string;
	readonly text: string;
	/** The ID of a member, or null where nobody took it. */
	readonly owner: string | null;
	/** The card that it came from. */
	readonly card: string | null;
	readonly done: boolean;
}
