// What this browser remembers of the person in front of it.

import { newId } from "@recount/client";

/** A meeting that was visited here. */
export interface Visit {
	readonly id: string;
	readonly title: string;
	readonly at: number;
}

/** Set in one tab that is somebody else than the others. */
const aloneKey = "recount-meeting-alone";
const nameKey = "recount-meeting-name";
const visitsKey = "recount-meeting-visits";
const skewKey = "recount-meeting-skew ";

/** Whether this tab is somebody of its own, and then who: an ID that lasts as long as the tab. */
export function alone(): string | null {
	return read(() => sessionStorage.getItem(aloneKey));
}

/** Makes this tab somebody else, who comes in anew. What is open as who he was is closed: that one leaves at once. */
export function becomeStranger(open: { close(): void } | null): void {
	open?.close();
	read(() => sessionStorage.setItem(aloneKey, newId()));
	window.location.reload();
}

export function storage(): Storage | undefined {
	return read(() => (alone() ? sessionStorage : localStorage)) ?? undefined;
}

export function ownName(): string {
	return read(() => storage()?.getItem(nameKey)) ?? "";
}

export function rememberName(name: string): void {
	read(() => storage()?.setItem(nameKey, name));
}

export function visits(): readonly Visit[] {
	return read(() => JSON.parse(localStorage.getItem(visitsKey) ?? "[]") as Visit[]) ?? [];
}

export function rememberVisit(id: string, title: string): void {
	const others = visits().filter((one) => one.id !== id);
	read(() => localStorage.setItem(visitsKey, JSON.stringify([{ id, title, at: Date.now() }, ...others].slice(0, 8))));
}

/** How far this computer's clock was last ahead of a server's, in milliseconds; 0 if that was never known. */
export function knownSkew(backend: string): number {
	return Number(read(() => localStorage.getItem(skewKey + backend))) || 0;
}

export function rememberSkew(backend: string, value: number): void {
	read(() => localStorage.setItem(skewKey + backend, String(value)));
}

/** A browser that keeps nothing, as in a private window, is all right. */
function read<T>(use: () => T): T | null {
	try {
		return use();
	} catch {
		return null;
	}
}
