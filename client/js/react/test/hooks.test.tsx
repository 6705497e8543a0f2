// @vitest-environment happy-dom

import { type Connection, connect, memoryOutbox } from "@recount/client";
import { useConnection, usePresence, useRecount, useStream, useTimeTravel } from "@recount/react";
import { type Recount, recount } from "@recount/redux";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { type ReactNode, StrictMode } from "react";
import { legacy_createStore as createStore, type Store } from "redux";
import { afterEach, describe, expect, test, vi } from "vitest";
import { SimulatedServer } from "../../support/simulated.js";

interface Events {
	added: string;
}

const opened: Connection[] = [];

function open(server: SimulatedServer): Connection {
	const connection = connect("http://127.0.0.1", {
		transport: server.WebSocket,
		outbox: memoryOutbox(),
		storage: undefined,
		backoff: { first: 5, most: 20 },
	});
	opened.push(connection);
	return connection;
}

afterEach(() => {
	cleanup();
	for (const connection of opened.splice(0)) {
		connection.close();
	}
});

const shows = (text: string): Promise<unknown> => waitFor(() => screen.getByText(text));

describe("useStream", () => {
	function Titles({ connection }: { connection: Connection }): ReactNode {
		const { state, live, version } = useStream<string, Events>(
			connection,
			"cards:1",
			(all, { data }) => all + data,
			"",
		);
		return <p>{`${state} ${version} ${live}`}</p>;
	}

	test("shows the fold of the stream, each event once, also in StrictMode", async () => {
		const server = new SimulatedServer();
		server.append("cards:1", [{ type: "added", data: "a" }]);
		const connection = open(server);
		render(
			<StrictMode>
				<Titles connection={connection} />
				<Titles connection={connection} />
			</StrictMode>,
		);
		await waitFor(() => expect(screen.getAllByText("a 1 true")).toHaveLength(2));
		await act(() => connection.stream("cards:1").append("added", "b"));
		await waitFor(() => expect(screen.getAllByText("ab 2 true")).toHaveLength(2));
		server.cut();
		server.append("cards:1", [{ type: "added", data: "c" }]);
		await waitFor(() => expect(screen.getAllByText("abc 3 true")).toHaveLength(2));
		expect(server.accepted).toBe(2);
	});

	test("goes on where it was after it was hidden, and leaves when nobody looks", async () => {
		const server = new SimulatedServer();
		const connection = open(server);
		const { rerender, unmount } = render(<Titles connection={connection} />);
		await shows("0 true");
		server.append("cards:1", [{ type: "added", data: "a" }]);
		await shows("a 1 true");
		const other = open(server);
		rerender(<Titles connection={other} />);
		await shows("a 1 true");
		unmount();
		await waitFor(() => expect(other.stream("cards:1").status).toBe("idle"), { timeout: 3000 });
		expect(connection.stream("cards:1").status).toBe("idle");
	});

	test("leaves out an event that makes reduce throw", async () => {
		const reported: unknown[] = [];
		vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
		function Capitals({ connection }: { connection: Connection }): ReactNode {
			const { state, version } = useStream<string, Events>(
				connection,
				"cards:1",
				(all, { data }) => all + data.toUpperCase(),
				"",
			);
			return <p>{`${state} ${version}`}</p>;
		}
		const server = new SimulatedServer();
		server.append(
			"cards:1",
			["a", 5, "b"].map((data) => ({ type: "added", data })),
		);
		render(<Capitals connection={open(server)} />);
		await shows("AB 3");
		expect(reported).toHaveLength(1);
		vi.unstubAllGlobals();
	});

	test("begins anew with another log", async () => {
		const server = new SimulatedServer();
		server.append("cards:1", [{ type: "added", data: "a" }]);
		render(<Titles connection={open(server)} />);
		await shows("a 1 true");
		server.replace();
		server.append("cards:1", [{ type: "added", data: "z" }]);
		await shows("z 1 true");
	});
});

describe("useConnection and usePresence", () => {
	function Here({ connection, name }: { connection: Connection; name: string }): ReactNode {
		const { state } = useConnection(connection);
		const { list, count } = usePresence<{ name: string }>(connection, "cards:1", { name });
		const names = list.flatMap(({ metas }) => metas.map((meta) => meta.name)).sort();
		return <p>{`${state} ${count} ${names.join("+")}`}</p>;
	}

	test("tell who is there", async () => {
		const server = new SimulatedServer();
		const connection = open(server);
		const { rerender } = render(
			<StrictMode>
				<Here connection={connection} name="Ada" />
			</StrictMode>,
		);
		await shows("open 1 Ada");
		const other = open(server).stream("cards:1");
		other.subscribe({}, { presence: { name: "Bob" } });
		await shows("open 2 Ada+Bob");
		rerender(
			<StrictMode>
				<Here connection={connection} name="Eve" />
			</StrictMode>,
		);
		await shows("open 2 Bob+Eve");
		server.kill();
		await waitFor(() => screen.getByText(/^connecting/));
		server.start();
		await shows("open 2 Bob+Eve");
		act(() => connection.close());
		await waitFor(() => screen.getByText(/^closed/));
	});
});

describe("usePresence", () => {
	function Editing({ connection, card }: { connection: Connection; card?: string }): ReactNode {
		usePresence(connection, "cards:1", card === undefined ? undefined : { card });
		return null;
	}

	test("takes back what was shown", async () => {
		const server = new SimulatedServer();
		const connection = open(server);
		const { presence } = open(server).stream("cards:1");
		const cards = (): unknown[] => presence.list.flatMap(({ metas }) => metas.map(({ card }) => card));
		const stop = presence.onChange(() => {});
		const keep = connection.stream("cards:1").subscribe({});
		const { rerender, unmount } = render(
			<StrictMode>
				<Editing connection={connection} card="a" />
			</StrictMode>,
		);
		await waitFor(() => expect(cards()).toContain("a"));
		rerender(
			<StrictMode>
				<Editing connection={connection} />
			</StrictMode>,
		);
		await waitFor(() => expect(cards()).not.toContain("a"));
		rerender(
			<StrictMode>
				<Editing connection={connection} card="b" />
			</StrictMode>,
		);
		await waitFor(() => expect(cards()).toContain("b"));
		unmount();
		await waitFor(() => expect(cards()).not.toContain("b"));
		stop();
		keep.unsubscribe();
	});
});

describe("useRecount", () => {
	test("shows what is pending, and whether there is a connection", async () => {
		const server = new SimulatedServer();
		const reducer = (state = "", { type, payload }: { type: string; payload?: string }): string =>
			type === "added" ? state + payload : state;
		const store = createStore(reducer, recount<string>({ connection: open(server), stream: "cards:1" }));
		let renders = 0;
		function Saved(): ReactNode {
			const { state, connected, pending } = useRecount(store);
			renders++;
			return <p>{`${state} ${connected ? "online" : "offline"} ${pending.length}`}</p>;
		}
		render(
			<StrictMode>
				<Saved />
			</StrictMode>,
		);
		await shows("live online 0");
		act(() => server.kill());
		await shows("live offline 0");
		act(() => void store.dispatch({ type: "added", payload: "a" }));
		await shows("live offline 1");
		act(() => server.start());
		await shows("live online 0");
		const before = renders;
		act(() => void store.dispatch({ type: "@@local" }));
		expect(renders - before).toBeLessThanOrEqual(2);
	});
});

describe("useTimeTravel", () => {
	type Titles = Store<string> & { recount: Recount<string> };
	let travel: ReturnType<typeof useTimeTravel>;

	function Slider({ store }: { store: Titles }): ReactNode {
		travel = useTimeTravel(store);
		return <p>{`${travel.state} ${travel.version}/${travel.head} ${travel.speed} ${store.getState()}`}</p>;
	}

	async function setup(): Promise<{ server: SimulatedServer; store: Titles }> {
		const server = new SimulatedServer();
		server.append(
			"cards:1",
			["a", "b", "c"].map((data, n) => ({ type: "added", data, recorded: new Date(n * 1000).toISOString() })),
		);
		const reducer = (state = "", { type, payload }: { type: string; payload?: string }): string =>
			type === "added" ? state + payload : state;
		const store = createStore(reducer, recount<string>({ connection: open(server), stream: "cards:1" }));
		render(
			<StrictMode>
				<Slider store={store} />
			</StrictMode>,
		);
		await shows("live 3/3 0 abc");
		return { server, store };
	}

	test("seeks, steps, and comes back", async () => {
		const { server } = await setup();
		await act(() => travel.seek(1));
		await shows("past 1/3 0 a");
		await act(() => travel.step());
		await shows("past 2/3 0 ab");
		await act(() => travel.step(-2));
		await shows("past 0/3 0");
		server.append("cards:1", [{ type: "added", data: "d" }]);
		await shows("past 0/4 0");
		act(() => travel.live());
		await shows("live 4/4 0 abcd");
	});

	test("plays what happened, then is live", async () => {
		const { store } = await setup();
		const seen: string[] = [];
		store.subscribe(() => seen.push(store.getState()));
		await act(() => travel.play(16));
		await shows("live 3/3 0 abc");
		expect([...new Set(seen)]).toEqual(["", "a", "ab", "abc"]);
	});

	test("pauses", async () => {
		await setup();
		const playing = act(() => travel.play(0.001));
		await playing;
		act(() => travel.pause());
		await waitFor(() => expect(travel).toMatchObject({ state: "past", playing: false }));
	});

	test("stops where somebody else goes back to what is now", async () => {
		const { store } = await setup();
		await act(() => travel.play(0.01));
		await shows("past 1/3 0.01 a");
		act(() => store.recount.live());
		await shows("live 3/3 0 abc");
	});
});
