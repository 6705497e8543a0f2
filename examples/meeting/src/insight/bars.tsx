import type { CSSProperties, ReactNode } from "react";

export interface Bar {
	readonly key: string;
	readonly name: ReactNode;
	readonly value: number;
	/** The value in words. */
	readonly words: string;
	readonly style?: CSSProperties;
}

/** So many bars are drawn; of more it is said how many there are. */
const shown = 40;

/** Bars that begin at zero, each with its name and its value in words, of which the first are the longest. */
export function Bars({ bars }: { bars: readonly Bar[] }) {
	const most = Math.max(1e-9, ...bars.map(({ value }) => value));
	return (
		<ul className="bars">
			{bars.slice(0, shown).map(({ key, name, value, words, style }) => (
				<li key={key}>
					<span className="name">{name}</span>
					<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
						<rect
							className={style ? "tint" : undefined}
							style={style}
							y="1"
							height="8"
							width={Math.max(0.6, (value / most) * 100)}
							rx="0.6"
						/>
					</svg>
					<span className="value">{words}</span>
				</li>
			))}
			{bars.length > shown && <li className="soft">{bars.length - shown} more</li>}
		</ul>
	);
}
