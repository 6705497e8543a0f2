import type { Recount, Status } from "@recount/redux";
import { useSyncExternalStore } from "react";

/** What a store that has the enhancer of @recount/redux knows of its stream: whether it is live, and what is pending. */
export function useRecount(store: { readonly recount: Recount }): Status {
	const { recount } = store;
	const look = (): Status => recount.status;
	return useSyncExternalStore(recount.subscribe, look, look);
}
