import { useCallback } from "react";
import { useDispatch, useLive } from "./context.js";
import { notes } from "./local.js";

/**
 * Shows moments of the past, each as soon as the record is known; what it returns takes that back. Where the record cannot
 * be read now it says so, rather than to go to the past at some later time.
 */
export function useSeek(): (version: number) => () => void {
	const { store, ledger } = useLive();
	const dispatch = useDispatch();
	return useCallback(
		(version) => {
			const { recount } = store;
			const tell = (why: string): void => dispatch(notes.actions.told(`The past cannot be shown: ${why}`));
			let wanted = true;
			if (ledger.whole || recount.status.connected) {
				ledger
					.load()
					.then(() => (wanted ? recount.seek(version) : undefined))
					.catch(({ message }: Error) => tell(message));
			} else {
				tell("there is no connection to read it.");
			}
			return () => {
				wanted = false;
			};
		},
		[store, ledger, dispatch],
	);
}
