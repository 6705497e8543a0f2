import { connect, memoryOutbox } from "@recount/client";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
	vi.unstubAllGlobals();
});

test.for([
	["https://example.com", "wss://example.com/socket/websocket"],
	["http://127.0.0.1:4000/", "ws://127.0.0.1:4000/socket/websocket"],
	["https://example.com/recount/", "wss://example.com/recount/socket/websocket"],
	["wss://example.com/socket", "wss://example.com/socket/websocket"],
	["wss://example.com/socket/websocket", "wss://example.com/socket/websocket"],
	["ws://127.0.0.1:4000/recount/socket/websocket/", "ws://127.0.0.1:4000/recount/socket/websocket"],
	["https://example.com/socket/", "wss://example.com/socket/websocket"],
	["https://example.com/websocket", "wss://example.com/websocket/socket/websocket"],
	["/", "wss://page.example.com/socket/websocket"],
	["/recount", "wss://page.example.com/recount/socket/websocket"],
])("%s is asked at %s", ([url = "", address]) => {
	vi.stubGlobal("location", { href: "https://page.example.com/here/" });
	const asked: string[] = [];
	const transport = class {
		constructor(to: string) {
			asked.push(to);
		}
		close(): void {}
	};
	connect(url, { transport, outbox: memoryOutbox(), storage: undefined }).close();
	expect(asked.map((one) => one.split("?")[0])).toEqual([address]);
});

test.for(["localhost:4000", "127.0.0.1:4610", "example.com", "nothing", "", "file:///here", "https://", "./recount"])(
	"%j is no address, which is said at once, also in a page",
	(url) => {
		const say = expect.objectContaining({
			code: "invalid",
			message: expect.stringContaining("begin with https://"),
		});
		expect(() => connect(url)).toThrow(say);
		vi.stubGlobal("location", { href: "https://page.example.com/here/" });
		expect(() => connect(url)).toThrow(say);
	},
);

test("a path is no address where there is no page", () => {
	expect(() => connect("/recount")).toThrow("begin with https://");
});

test("a Node without WebSocket needs a transport, which is said at once", () => {
	vi.stubGlobal("WebSocket", undefined);
	const say = expect.objectContaining({ code: "invalid", message: expect.stringContaining("transport") });
	expect(() => connect("http://127.0.0.1:1", { outbox: memoryOutbox() })).toThrow(say);
});
