/** Hands a text to the person as a file. */
export function save(name: string, type: string, text: string): void {
	const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
	const link = document.createElement("a");
	link.href = url;
	link.download = name.replaceAll(/[^\p{L}\p{N}. -]+/gu, "-");
	link.click();
	URL.revokeObjectURL(url);
}
