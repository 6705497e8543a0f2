import type { ReactNode } from "react";

const shapes = {
	plus: <path d="M9 3v12M3 9h12" />,
	minus: <path d="M3.5 9h11" />,
	link: (
		<path d="M7.7 10.3a3.4 3.4 0 0 0 4.8 0l2.3-2.3A3.4 3.4 0 0 0 10 3.2l-1 1M10.3 7.7a3.4 3.4 0 0 0-4.8 0L3.2 10A3.4 3.4 0 0 0 8 14.8l1-1" />
	),
	pen: <path d="m3 15 .9-3.6 8.5-8.5a1.4 1.4 0 0 1 2 0l.7.7a1.4 1.4 0 0 1 0 2l-8.5 8.5z" />,
	grip: (
		<g fill="currentColor" stroke="none">
			<circle cx="6.5" cy="4" r="1.3" />
			<circle cx="11.5" cy="4" r="1.3" />
			<circle cx="6.5" cy="9" r="1.3" />
			<circle cx="11.5" cy="9" r="1.3" />
			<circle cx="6.5" cy="14" r="1.3" />
			<circle cx="11.5" cy="14" r="1.3" />
		</g>
	),
	bin: <path d="M3.5 5h11M7 5V3h4v2M5 5l.7 10h6.6L13 5" />,
	play: <path fill="currentColor" d="M5.5 3.5v11l9-5.5z" />,
	pause: <path strokeWidth="2.6" d="M6 4v10M12 4v10" />,
	next: <path d="M4 4l6 5-6 5zM13.5 4v10" />,
	back: <path d="M14 4 8 9l6 5zM4.5 4v10" />,
	rewind: <path d="M3.2 9a5.8 5.8 0 1 0 1.9-4.3M3 2.6v3h3M9 6v3.4l2.3 1.4" />,
	fork: (
		<path d="M5 6.5v5M5 9c5 0 8-.5 8-3M5 11.5a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6M5 3a1.8 1.8 0 1 0 0 3.6A1.8 1.8 0 0 0 5 3M13 2.5a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6" />
	),
	save: <path d="M9 2.5v8.5M5.5 8 9 11.5 12.5 8M3 14.8h12" />,
	check: <path d="m3.5 9.5 3.7 3.7 7.3-8" />,
	close: <path d="m4 4 10 10M14 4 4 14" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { name: IconName }) {
	return (
		<svg
			className="icon"
			viewBox="0 0 18 18"
			fill="none"
			stroke="currentColor"
			strokeWidth="1.7"
			strokeLinecap="round"
			strokeLinejoin="round"
			aria-hidden="true"
		>
			{shapes[name]}
		</svg>
	);
}

/** The house's mark: a tally of five. */
export function Mark() {
	return (
		<svg
			className="mark"
			viewBox="0 0 32 32"
			fill="none"
			stroke="currentColor"
			strokeWidth="2.6"
			strokeLinecap="round"
			aria-hidden="true"
		>
			<path d="M7 6.5 6 26M13 6l-.5 20M19 6.5 19.5 26M25 6l.5 20" />
			<path className="slash" d="M2.5 22 29.5 9.5" />
		</svg>
	);
}
