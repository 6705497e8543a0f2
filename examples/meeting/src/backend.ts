/**
 * Where the server is: what `?backend=` in the address says, else the `recount-backend` meta element of index.html, else
 * where the page comes from. So one build serves on any static host.
 */
export function backendUrl(page: Document = document, location: Location = window.location): string {
	const asked = new URLSearchParams(location.search).get("backend");
	const written = page.querySelector('meta[name="recount-backend"]')?.getAttribute("content");
	const url = new URL(asked || written || ".", location.href);
	return url.href.replace(/[?#].*$/, "").replace(/\/$/, "");
}
