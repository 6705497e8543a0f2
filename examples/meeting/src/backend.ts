/**
 * Where the server is: what `?backend=` in the address says, else the `recount-backend` meta element of index.html, else
 * where the page comes from. So one build serves on any static host. Throws if what is said is no address of a server.
 */
export function backendUrl(page: Document = document, location: Location = window.location): string {
	const asked = new URLSearchParams(location.search).get("backend");
	const written = page.querySelector('meta[name="recount-backend"]')?.getAttribute("content");
	const said = asked || written || ".";
	const url = URL.canParse(said, location.href) ? new URL(said, location.href).href : "";
	if (!/^https?:/.test(url)) {
		throw new Error(`“${said}” is no address of a server`);
	}
	return url.replace(/[?#].*$/, "").replace(/\/$/, "");
}
