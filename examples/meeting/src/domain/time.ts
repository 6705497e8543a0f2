/** Minutes and seconds, such as "4:05" or "1:02:30". Negative ones have a minus sign. */
export function clock(ms: number): string {
	const seconds = Math.trunc(Math.abs(ms) / 1000);
	const parts = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60, seconds % 60];
	const shown = parts[0] === 0 ? parts.slice(1) : parts;
	const text = shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
	return ms <= -1000 ? `−${text}` : text;
}

/** A time span in words, such as "45 s", "4 min 5 s" or "1 h 5 min". Begun seconds do not count, as on a clock. */
export function span(ms: number): string {
	const seconds = Math.trunc(ms / 1000);
	const parts = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60, seconds % 60];
	const words = parts.map((part, i) => (part > 0 ? `${part} ${["h", "min", "s"][i]}` : ""));
	// Of hours the seconds do not matter.
	return (
		words
			.slice(0, parts[0] ? 2 : 3)
			.filter(Boolean)
			.join(" ") || "0 s"
	);
}

// Making one takes longer than all that it will ever write.
const withSeconds = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const withMinutes = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const dates = new Intl.DateTimeFormat([]);

/** The time of day of a moment, such as "14:05:09". */
export function timeOfDay(time: number): string {
	return withSeconds.format(time);
}

/** The minute of a moment, such as "14:05". */
export function minuteOfDay(time: number): string {
	return withMinutes.format(time);
}

/** The day of a moment, such as "5/1/2026". */
export function day(time: number): string {
	return dates.format(time);
}
