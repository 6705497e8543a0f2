import { useState } from "react";
import { Provider } from "react-redux";
import { useAddress } from "./address.js";
import { backendUrl } from "./backend.js";
import { LiveContext } from "./live/context.js";
import { type Live, openMeeting } from "./live/store.js";
import { Door } from "./screens/door.js";
import { Home } from "./screens/home.js";
import { Room } from "./screens/room.js";
import { alone, ownName, rememberName, storage } from "./self.js";

let open: Live | undefined;

/** The meeting with this ID. One is open at a time, however often React asks. */
function liveOf(id: string, name: string): Live {
	if (open?.id !== id) {
		open?.close();
		const scope = alone();
		open = openMeeting(id, backendUrl(), name, { storage: storage(), ...(scope ? { scope } : {}) });
	}
	return open;
}

/** The whole app: the house's door, the meeting's door, or the meeting. */
export function App() {
	const address = useAddress();
	const [name, setName] = useState(ownName);
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
	const live = liveOf(address.meeting, name);
	return (
		<LiveContext value={live}>
			<Provider store={live.store} key={live.id}>
				<Room address={address} />
			</Provider>
		</LiveContext>
	);
}
