import { type ReactNode, useLayoutEffect, useRef } from "react";

/** A dialog over the page. Escape closes it, and so does a click beside it. */
export function Modal({ label, onClose, children }: { label: string; onClose: () => void; children: ReactNode }) {
	const dialog = useRef<HTMLDialogElement>(null);
	// Closed while it is still there, it gives the focus back.
	useLayoutEffect(() => {
		const shown = dialog.current;
		shown?.showModal();
		return () => shown?.close();
	}, []);
	return (
		<dialog ref={dialog} aria-label={label} closedby="any" onCancel={onClose}>
			{children}
		</dialog>
	);
}
