import { type CSSProperties, useEffect, useRef } from "react";
import { useDispatch, useLocal, useName } from "../live/context.js";
import { type Flight, flights } from "../live/local.js";
import { useTint } from "./face.js";

/** Where reactions fly, over everything. */
export function Air() {
	const all = useLocal((state) => state.flights);
	return (
		<div className="air" aria-hidden="true">
			{all.map((flight) => (
				<Flying key={flight.key} flight={flight} />
			))}
		</div>
	);
}

function Flying({ flight }: { flight: Flight }) {
	const { key, emoji, by } = flight;
	const place = useRef<HTMLSpanElement>(null);
	const dispatch = useDispatch();
	const tint = useTint();
	const name = useName(by);
	useEffect(() => {
		const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
		const height = window.innerHeight;
		const sway = 24 + Math.random() * 40;
		const rise = (part: number, side: number, scale: number): string =>
			`translate(${side * sway}px, ${-part * height}px) scale(${scale})`;
		const frames = calm
			? [{ opacity: 0 }, { opacity: 1, offset: 0.2 }, { opacity: 1, offset: 0.8 }, { opacity: 0 }]
			: [
					{ transform: rise(0, 0, 0.3), opacity: 0 },
					{ transform: rise(0.14, 0.5, 1.15), opacity: 1, offset: 0.14 },
					{ transform: rise(0.4, -0.7, 1), opacity: 1, offset: 0.5 },
					{ transform: rise(0.66, 0.6, 0.95), opacity: 1, offset: 0.8 },
					{ transform: rise(0.82, 0, 0.8), opacity: 0 },
				];
		const landed = (): void => dispatch(flights.actions.landed(key));
		const flying = place.current?.animate(frames, { duration: calm ? 1800 : 3400, easing: "ease-out", fill: "both" });
		flying?.finished.then(landed, () => {});
		return () => flying?.cancel();
	}, [key, dispatch]);
	return (
		<span
			ref={place}
			className="fly tint"
			style={{ ...tint(by), "--place": `${12 + (hash(key) % 760) / 10}%` } as CSSProperties}
		>
			{emoji}
			<small>{name}</small>
		</span>
	);
}

function hash(text: string): number {
	return [...text].reduce((sum, char) => (Math.imul(sum, 31) + (char.codePointAt(0) ?? 0)) >>> 0, 7);
}
