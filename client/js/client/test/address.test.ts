import { connect, memoryOutbox } from "@recount/client";
import { expect, test } from "vitest";

test.for([
	["https://example.com", "wss://example.com/socket/websocket"],
	["http://127.0.0.1:4000/", "ws://127.0.0.1:4000/socket/websocket"],
	["https://example.com/recount/", "wss://example.com/recount/socket/websocket"],
	["wss://example.com/socket", "wss://example.com/socket/websocket"],
])("%s is asked at %s", ([url = "", address]) => {
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

test("what is no address is said at once", () => {
	expect(() => connect("localhost:4000")).toThrow("begin it with https://");
	expect(() => connect("nothing")).toThrow(TypeError);
});
