// What a client does when the browser says that the network is gone.

import { afterEach, beforeEach, describe, expect, vi } from "vitest";
import { until } from "../../../../e2e/support/until.js";
import { test } from "../../support/fixture.js";

let page: EventTarget;

beforeEach(() => {
	page = new EventTarget();
	vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
	vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
});
afterEach(() => {
	vi.unstubAllGlobals();
});

describe("a browser that says that it is offline", () => {
	test("makes a server that does not answer count as gone", async ({ dialBadly, network }) => {
		const connection = dialBadly();
		const stream = connection.stream("meeting:1");
		await stream.append("card_added", 1);
		network.stall();
		page.dispatchEvent(new Event("offline"));
		const pending = stream.append("card_added", 2);
		await until("the doubt", () => connection.state === "connecting");
		expect(stream.status).toBe("joining");
		network.flow();
		page.dispatchEvent(new Event("online"));
		expect((await pending).version).toBe(2);
		expect((await stream.read()).events).toHaveLength(2);
	});

	test("changes nothing where the server answers", async ({ dialBadly, network }) => {
		const connection = dialBadly();
		const states: string[] = [];
		const stream = connection.stream("meeting:1");
		await stream.append("card_added", 1);
		connection.onState((state) => states.push(state));
		page.dispatchEvent(new Event("offline"));
		await new Promise((resolve) => {
			setTimeout(resolve, 2200);
		});
		await stream.append("card_added", 2);
		expect(states).not.toContain("connecting");
		expect(network.accepted).toBe(1);
	});

	test("leaves a connection alone that was opened since, and one that was closed", async ({ dialBadly, network }) => {
		const connection = dialBadly();
		const stream = connection.stream("meeting:1");
		await stream.append("card_added", 1);
		network.stall();
		page.dispatchEvent(new Event("offline"));
		network.cut();
		network.flow();
		page.dispatchEvent(new Event("online"));
		await stream.append("card_added", 2);
		const { accepted } = network;
		const closed = dialBadly();
		await closed.stream("meeting:1").read();
		page.dispatchEvent(new Event("offline"));
		closed.close();
		await new Promise((resolve) => {
			setTimeout(resolve, 2200);
		});
		await stream.append("card_added", 3);
		expect(network.accepted).toBe(accepted + 1);
		expect(closed.state).toBe("closed");
	});
});
