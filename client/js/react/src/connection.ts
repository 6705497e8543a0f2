import type { Connection, ConnectionState, RecountError } from "@recount/client";
import { useCallback, useSyncExternalStore } from "react";
import { useKept } from "./kept.js";

export interface ConnectionView {
	readonly state: ConnectionState;
	/** Who we are: the `actor` of what is done here. Undefined until a stream is joined, unless it was kept from before. */
	readonly caller: string | undefined;
	/** Why it was closed, if the application did not do it. */
	readonly error: RecountError | undefined;
}

/** Whether there is a connection, and who we are to the server. */
export function useConnection(connection: Connection): ConnectionView {
	const view = useKept<ConnectionView>();
	const subscribe = useCallback((listener: () => void) => connection.onState(listener), [connection]);
	const { state, caller, error } = connection;
	const look = (): ConnectionView =>
		view({ state: connection.state, caller: connection.caller, error: connection.error });
	return useSyncExternalStore(subscribe, look, () => view({ state, caller, error }));
}
