import { RecountError } from "./error.js";

/** The address of the socket at a server. In a page url may be relative. */
export function endpointOf(url: string): string {
	const { protocol, host, pathname } = new URL(url, globalThis.location?.href);
	const scheme = protocol.replace("http", "ws");
	if (scheme !== "ws:" && scheme !== "wss:") {
		throw new RecountError("invalid", `${url} is no address of a server: begin it with https:// or http://`);
	}
	return `${scheme}//${host}${pathname.replace(/\/(socket\/?)?$/, "")}/socket`;
}
