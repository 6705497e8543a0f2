import { type ReactNode, useEffect, useRef } from "react";

/** A dialog over the page. Escape closes it. */
export function Modal({ label, onClose, children }: { label: string; onClose: () => void; children: ReactNode }) {
	const dialog = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		const shown = dialog.current;
		shown?.showModal();
		return () => shown?.close();
	}, []);
	return (
		<dialog ref={dialog} aria-label={label} onCancel={onClose}>
			{children}
		</dialog>
	);
}
