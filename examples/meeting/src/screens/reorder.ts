import { type PointerEvent, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Dragging in a list: which item is held, and the order as it would be if it were let go now. */
export interface Reorder {
	readonly list: RefObject<HTMLOListElement | null>;
	readonly held: string | null;
	readonly order: readonly string[];
	/** For the handle of an item. */
	grab(id: string): { onPointerDown(event: PointerEvent): void };
}

interface Hold {
	readonly id: string;
	readonly order: readonly string[];
	/** From the top of the item to the pointer. */
	readonly grip: number;
	readonly height: number;
	readonly pointer: number;
	/** Where on the page the pointer was at first. */
	readonly start: number;
}

/** Lets people drag the items of a list, whose children have data-id; the others glide out of the way. */
export function useReorder(ids: readonly string[], moved: (id: string, after: string | null) => void): Reorder {
	const list = useRef<HTMLOListElement>(null);
	const [hold, setHold] = useState<Hold | null>(null);
	const known = hold?.order.filter((id) => ids.includes(id));
	const order = known ? [...known, ...ids.filter((id) => !known.includes(id))] : ids;
	useGlide(list, hold);

	const grab = (id: string) => ({
		onPointerDown(event: PointerEvent) {
			const item = itemsOf(list.current).get(id);
			if (event.button !== 0 || !item) {
				return;
			}
			const { clientY } = event;
			const { top, height } = item.getBoundingClientRect();
			setHold({ id, order: ids, grip: clientY - top, height, pointer: clientY, start: clientY + window.scrollY });
		},
	});
	useDrag(hold !== null, {
		move: (pointer) =>
			setHold((held) => held && { ...held, pointer, order: orderAt(list.current, order, held, pointer) }),
		drop(pointer) {
			if (hold) {
				const { id } = hold;
				const final = orderAt(list.current, order, hold, pointer);
				const at = final.indexOf(id);
				if (pointer + window.scrollY !== hold.start && at !== ids.indexOf(id)) {
					moved(id, final[at - 1] ?? null);
				}
			}
			setHold(null);
		},
		cancel: () => setHold(null),
	});
	return { list, held: hold?.id ?? null, order, grab };
}

interface Drag {
	move(pointer: number): void;
	drop(pointer: number): void;
	cancel(): void;
}

/** Follows the pointer wherever it goes: the held item itself changes its place, and would lose it. */
function useDrag(held: boolean, drag: Drag): void {
	const latest = useRef(drag);
	latest.current = drag;
	useEffect(() => {
		if (!held) {
			return;
		}
		const on = new AbortController();
		const { signal } = on;
		let pointer: number | undefined;
		let frame = requestAnimationFrame(scroll);
		function scroll(): void {
			const by = pointer === undefined ? 0 : pull(pointer);
			const before = window.scrollY;
			window.scrollBy(0, by);
			if (pointer !== undefined && window.scrollY !== before) {
				latest.current.move(pointer);
			}
			frame = requestAnimationFrame(scroll);
		}
		const follow = ({ clientY }: globalThis.PointerEvent): void => {
			pointer = clientY;
			latest.current.move(clientY);
		};
		window.addEventListener("pointermove", follow, { signal });
		window.addEventListener("pointerup", ({ clientY }) => latest.current.drop(clientY), { signal });
		window.addEventListener("pointercancel", () => latest.current.cancel(), { signal });
		window.addEventListener("keydown", ({ key }) => key === "Escape" && latest.current.cancel(), { signal });
		return () => {
			on.abort();
			cancelAnimationFrame(frame);
		};
	}, [held]);
}

/** So near to an edge of the window, in pixels, the page is scrolled. At the bottom there are the reactions. */
const edge = { top: 70, bottom: 130 };

/** By how many pixels the page is scrolled in a frame: the nearer to the edge, the more. */
function pull(pointer: number): number {
	const above = Math.min(0, pointer - edge.top);
	const below = Math.max(0, pointer - (window.innerHeight - edge.bottom));
	return Math.max(-18, Math.min(18, (above + below) / 4));
}

function itemsOf(list: HTMLElement | null): Map<string, HTMLElement> {
	const items = [...(list?.children ?? [])] as HTMLElement[];
	return new Map(items.map((item) => [item.dataset.id ?? "", item]));
}

/** The order if the held item is where the pointer is: another one yields when the held one covers half of it. */
function orderAt(
	list: HTMLElement | null,
	order: readonly string[],
	{ id, grip, height }: Hold,
	pointer: number,
): readonly string[] {
	const top = pointer - grip - (list?.getBoundingClientRect().top ?? 0);
	const place = order.indexOf(id);
	const rest = order.filter((one) => one !== id);
	const items = itemsOf(list);
	const at = rest.findIndex((one, i) => {
		const item = items.get(one);
		const before = i < place;
		return item !== undefined && (before ? top : top + height) < item.offsetTop + item.offsetHeight / 2;
	});
	return at < 0 ? [...rest, id] : rest.toSpliced(at, 0, id);
}

/** Moves the held item with the pointer, and lets all that changed its place glide there. */
function useGlide(list: RefObject<HTMLOListElement | null>, hold: Hold | null): void {
	const tops = useRef(new Map<string, number>());
	useLayoutEffect(() => {
		const items = [...(list.current?.children ?? [])] as HTMLElement[];
		// All is measured before anything is moved: one layout, however many items.
		const now = new Map(items.map((item) => [item.dataset.id ?? "", item.offsetTop]));
		const before = tops.current;
		tops.current = now;
		for (const item of items) {
			const id = item.dataset.id ?? "";
			if (id === hold?.id) {
				follow(item, list.current, hold, now.get(id) ?? 0);
			} else {
				settle(item, before.get(id), now.get(id) ?? 0);
			}
		}
	});
}

/** Puts the held item where the pointer is. */
function follow(item: HTMLElement, list: HTMLElement | null, { pointer, grip }: Hold, to: number): void {
	item.style.translate = `0 ${pointer - grip - (list?.getBoundingClientRect().top ?? 0) - to}px`;
}

/** Lets an item glide from where it was. */
function settle(item: HTMLElement, from: number | undefined, to: number): void {
	if (item.style.translate) {
		item.style.translate = "";
	}
	if (from !== undefined && from !== to && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
		const way = [{ transform: `translateY(${from - to}px)` }, { transform: "none" }];
		item.animate(way, { duration: 320, easing: "cubic-bezier(.2,.8,.2,1)" });
	}
}
