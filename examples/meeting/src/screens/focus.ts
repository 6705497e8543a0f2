import { useEffect } from "react";

const able = "a[href], button, input, select, summary, [tabindex='0']";

/** The first thing in an element, or the element itself, that takes the focus. */
function firstIn(place: Node | null): HTMLElement | undefined {
	if (!(place instanceof Element)) {
		return undefined;
	}
	return [place, ...place.querySelectorAll(able)].find(
		(one): one is HTMLElement => one.matches(able) && !one.matches(":disabled") && one.checkVisibility(),
	);
}

/** What stands nearest to what went from a place: beside it, else around it. Nothing if all of the page changed. */
function nearest(beside: readonly (Node | null)[], place: Element | null): HTMLElement | undefined {
	const around: Element[] = [];
	for (let outer = place; outer && !outer.matches("#main, #app, body"); outer = outer.parentElement) {
		around.push(outer);
	}
	return around.length > 0 ? [...beside, ...around].map(firstIn).find(Boolean) : undefined;
}

/** Whether what had the focus has it no more because it went or was switched off. */
function isLost(last: Element): boolean {
	const { activeElement } = document;
	const off = !last.isConnected || last.matches(":disabled");
	return off && (activeElement === document.body || activeElement === last);
}

/** Gives the focus of what was lost with these changes to what stands nearest, or to the page. */
function rescue(last: Element, records: readonly MutationRecord[]): void {
	const gone = records.find(({ removedNodes }) => [...removedNodes].some((node) => node.contains(last)));
	const beside = gone ? [gone.nextSibling, gone.previousSibling] : [];
	const around = gone ? (gone.target as Element) : last.parentElement;
	const next = nearest(beside, around);
	if (next) {
		next.focus();
		return;
	}
	document.getElementById("main")?.focus({ preventScroll: true });
	// All of it is new: it is read from the top.
	if (around?.id === "main") {
		window.scrollTo(0, 0);
	}
}

/**
 * Keeps those who use the keyboard at their place. What has the focus may go, or be switched off, with what anybody does:
 * then what stands nearest to it has the focus, or, where all of the page changed, the page.
 */
export function useKeptFocus(): void {
	useEffect(() => {
		let last: Element | null = document.activeElement;
		const on = new AbortController();
		const { signal } = on;
		const seen = ({ target }: Event): void => {
			last = target instanceof Element ? target.closest(able) : null;
		};
		window.addEventListener("focusin", seen, { signal });
		// A click beside everything gives the focus up: nobody wants it back.
		window.addEventListener("pointerdown", seen, { signal });
		const observer = new MutationObserver((records) => {
			if (last && isLost(last)) {
				rescue(last, records);
			}
		});
		observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ["disabled"] });
		return () => {
			on.abort();
			observer.disconnect();
		};
	}, []);
}
