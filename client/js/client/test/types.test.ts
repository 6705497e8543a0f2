// What must not compile. tsc says so where an error that is expected does not come.

import type { ConnectOptions, Draft, DraftOf, Stream } from "@recount/client";
import { expectTypeOf, test } from "vitest";

interface Events {
	card_added: { title: string };
	meeting_closed: undefined;
	note_taken: string | undefined;
	anything: unknown;
}
interface Signals {
	cursor_moved: { x: number };
	waved: undefined;
}

/** What may be given may be undefined, too: exactOptionalPropertyTypes is on. */
export const nothing: ConnectOptions = {
	token: undefined,
	getToken: undefined,
	storage: undefined,
	scope: undefined,
	outbox: undefined,
	checkpoints: undefined,
	backoff: undefined,
	timeout: undefined,
	heartbeat: undefined,
	transport: undefined,
	onWarning: undefined,
};

/** Compiled, and never called. */
function calls(stream: Stream<Events, Signals>, untyped: Stream): void {
	void stream.append("card_added", { title: "a" }, { expect: 1 });
	void stream.append("meeting_closed");
	void stream.append("meeting_closed", undefined, { id: "i" });
	void stream.append("note_taken");
	void stream.append("anything");
	void stream.append("anything", 1, {
		id: undefined,
		subject: undefined,
		time: undefined,
		meta: undefined,
		expect: undefined,
		within: undefined,
	});
	stream.subscribe(() => {}, { since: undefined, epoch: undefined, replay: undefined, presence: undefined });
	void untyped.append("x");
	void untyped.append("x", 1, { expect: "none" });
	// @ts-expect-error data is missing
	void stream.append("card_added");
	// @ts-expect-error data is missing
	void stream.append("card_added", undefined);
	// @ts-expect-error data of another type
	void stream.append("card_added", { name: "a" });
	// @ts-expect-error no such type
	void stream.append("card_moved", { title: "a" });

	void stream.signal("cursor_moved", { x: 1 });
	void stream.signal("waved");
	void untyped.signal("x");
	// @ts-expect-error data is missing
	void stream.signal("cursor_moved");
	// @ts-expect-error there are no options
	void stream.signal("waved", undefined, {});

	void stream.appendAll([{ type: "card_added", data: { title: "a" } }, { type: "meeting_closed" }]);
	void untyped.appendAll([{ type: "x" }]);
	// @ts-expect-error data is missing
	void stream.appendAll([{ type: "card_added" }]);
	// @ts-expect-error data of another type
	void stream.appendAll([{ type: "card_added", data: { title: 1 } }]);

	// @ts-expect-error a cursor has a place
	stream.subscribe(() => {}, { upto: true });
}

test("a draft has data where its type has", () => {
	expectTypeOf(calls).returns.toEqualTypeOf<void>();
	expectTypeOf<DraftOf<Events>>().toExtend<Draft>();
});
