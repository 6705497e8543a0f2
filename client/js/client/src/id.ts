/**
 * A random UUID (version 4, RFC 9562). `crypto.randomUUID` is for secure contexts only, so it is missing on a page that
 * comes by plain HTTP from another machine, such as `http://192.168.1.10:4000`.
 */
export function newId(): string {
	const random = crypto.getRandomValues(new Uint8Array(36));
	return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (place, at: number) => {
		const byte = random[at] as number;
		return (place === "x" ? byte & 15 : (byte & 3) | 8).toString(16);
	});
}
