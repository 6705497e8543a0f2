// The HTTP side, for tests that fill streams from outside and look at what is answered.

import type { Receipt } from "./client.js";
import type { Json, JsonObject, Server } from "./server.js";

/** The address of a stream. */
export function streamUrl(server: { url: string }, stream: string): string {
	return `${server.url}/v1/streams/${encodeURIComponent(stream)}`;
}

/** Posts CloudEvents, all or none, and returns the answer. */
export function post(
	server: Server,
	stream: string,
	events: JsonObject | JsonObject[],
	headers: Record<string, string> = {},
): Promise<Response> {
	return fetch(streamUrl(server, stream), {
		method: "POST",
		headers: { "Content-Type": "application/json", ...headers },
		body: JSON.stringify(events),
	});
}

/** Posts CloudEvents and returns the receipt. */
export async function append(server: Server, stream: string, events: JsonObject | JsonObject[]): Promise<Receipt> {
	const response = await post(server, stream, events);
	if (response.status !== 200) {
		throw new Error(`POST ${stream}: ${response.status} ${await response.text()}`);
	}
	return (await response.json()) as Receipt;
}

/** A problem document of RFC 9457. */
export async function problem(response: Response): Promise<JsonObject & { code?: Json }> {
	return (await response.json()) as JsonObject;
}

/** The value of a cookie that a response sets, and its attributes in lower case. */
export function cookieOf(response: Response, name: string): { value: string; attributes: string[] } | undefined {
	for (const cookie of response.headers.getSetCookie()) {
		const [pair = "", ...attributes] = cookie.split("; ");
		if (pair.startsWith(`${name}=`)) {
			return { value: pair.slice(name.length + 1), attributes: attributes.map((a) => a.toLowerCase()) };
		}
	}
	return undefined;
}
