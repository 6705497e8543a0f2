import { useConnection } from "@recount/react";
import type { Status } from "@recount/redux";
import { createContext, useContext, useSyncExternalStore } from "react";
import { useDispatch as useAnyDispatch, useSelector } from "react-redux";
import type { Action } from "redux";
import { nameOf } from "../domain/people.js";
import type { Meeting } from "../domain/types.js";
import type { Entry } from "./ledger.js";
import type { State } from "./state.js";
import type { Live } from "./store.js";

export const LiveContext = createContext<Live | null>(null);

/** The meeting that is shown. */
export function useLive(): Live {
	const live = useContext(LiveContext);
	if (!live) {
		throw new Error("this component stands outside of a meeting");
	}
	return live;
}

/** Something of the meeting: as it is now, or, looking back, as it was. */
export function useMeeting<T>(select: (meeting: Meeting) => T): T {
	return useSelector((state: State) => select(state.meeting));
}

/** The names of all who ever came: also of those who come only after the moment that is shown. */
export function useMembers(): Meeting["members"] {
	const { store } = useLive();
	const { recount } = store;
	return useSyncExternalStore(recount.subscribe, () =>
		recount.status.state === "past" ? recount.confirmed().members : store.getState().meeting.members,
	);
}

/** What a person is called. */
export function useName(person: string): string {
	return nameOf({ members: useMembers() }, person);
}

/** Something of what this tab knows beside the meeting. */
export function useLocal<T>(select: (state: State) => T): T {
	return useSelector(select);
}

export function useDispatch(): (action: Action) => void {
	return useAnyDispatch();
}

/** Something of how the store stands to its stream. It must be a primitive: whoever asks for it is drawn when it changes. */
export function useStatus<T extends string | number | boolean | null>(select: (status: Status) => T): T {
	const { recount } = useLive().store;
	return useSyncExternalStore(recount.subscribe, () => select(recount.status));
}

/** Whether the past is shown. */
export function usePast(): boolean {
	return useStatus(({ state }) => state === "past");
}

/** Whether nothing can be done: the past is shown, or the meeting has ended for good. */
export function useFrozen(): boolean {
	return useStatus(({ state }) => state === "past" || state === "ended");
}

/** The ID of the person at this screen; "" until the server has said it. */
export function useMe(): string {
	return useConnection(useLive().connection).caller ?? "";
}

export function useEntries(): readonly Entry[] {
	const { ledger } = useLive();
	return useSyncExternalStore(ledger.subscribe, () => ledger.entries);
}
