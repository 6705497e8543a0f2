/**
 * A random UUID (version 4, RFC 9562). `crypto.randomUUID` is for secure contexts only, so it is missing on a page that
 * comes by plain HTTP from another machine, such as `http://192.168.1.10:4000`.
 */
export function newId(): string {
	return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (place) => {
		const [random = 0] = crypto.getRandomValues(new Uint8Array(1));
		return (place === "x" ? random & 15 : (random & 3) | 8).toString(16);
	});
}
