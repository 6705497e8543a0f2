import { useEffect, useMemo, useState } from "react";
import { Provider } from "react-redux";
import { useAddress } from "./address.js";
import { backendUrl } from "./backend.js";
import { LiveContext } from "./live/context.js";
import { type Live, openMeeting } from "./live/store.js";
import { Astray } from "./screens/astray.js";
import { Door } from "./screens/door.js";
import { Home } from "./screens/home.js";
import { Room } from "./screens/room.js";
import { alone, ownName, rememberName, storage } from "./self.js";

let open: Live | undefined;

/** The meeting with this ID. One is open at a time, however often React asks. */
function liveOf(id: string, backend: string, name: string): Live {
	if (open?.id !== id) {
		leave();
		const scope = alone();
		open = openMeeting(id, backend, name, { storage: storage(), ...(scope ? { scope } : {}) });
	}
	return open;
}

function leave(): void {
	open?.close();
	open = undefined;
}

/** Where the server is, or why that is not known. */
function known(): [backend: string, problem: string] {
	try {
		return [backendUrl(), ""];
	} catch (error) {
		return ["", (error as Error).message];
	}
}

/** The whole app: the house's door, the meeting's door, or the meeting. */
export function App() {
	const address = useAddress();
	const [name, setName] = useState(ownName);
	const [backend, problem] = useMemo(known, []);
	useEffect(() => {
		if (!address.meeting) {
			leave();
			document.title = "Recount meeting";
		}
	}, [address.meeting]);
	if (problem) {
		return <Astray problem={problem} />;
	}
	if (!address.meeting) {
		return <Home />;
	}
	if (!name) {
		const enter = (chosen: string): void => {
			rememberName(chosen);
			setName(chosen);
		};
		return <Door meeting={address.meeting} onEnter={enter} />;
	}
	// It may have been changed since, in a meeting.
	const live = liveOf(address.meeting, backend, ownName() || name);
	return (
		<LiveContext value={live}>
			<Provider store={live.store} key={live.id}>
				<Room address={address} />
			</Provider>
		</LiveContext>
	);
}
