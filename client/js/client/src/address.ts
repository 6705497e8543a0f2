import { RecountError } from "./error.js";

/** The address of the socket at a server. In a page url may be a path. */
export function endpointOf(url: string): string {
	try {
		const { protocol, host, pathname } = new URL(url, url[0] === "/" ? globalThis.location?.href : undefined);
		if (/^(http|ws)s?:$/.test(protocol)) {
			const path = pathname.replace(/(\/socket(\/websocket)?)?\/?$/, "");
			return `${protocol.replace("http", "ws")}//${host}${path}/socket`;
		}
	} catch {
		// It is no URL at all.
	}
	throw new RecountError("invalid", `connect("${url}"): begin with https://, http:// or, in a page, /`);
}
