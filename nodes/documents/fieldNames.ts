/**
 * Which of an item's binary fields a parameter names, where it may name several: `invoice, terms`, `*`,
 * `attachment_*`.
 */

/** Under this field n8n keeps the files of an item whose workflow has them among the other fields. */
export const FILES_KEY = 'files';

/** Whether a text may name several fields. A field whose own name holds a comma or a star counts as one. */
export function namesSeveral(text: string, fields: readonly string[]): boolean {
	return /[,*]/.test(text) && !fields.includes(text) && !fields.includes(`${FILES_KEY}.${text}`);
}

/** What a name with stars stands for: each star for any number of characters. */
function matcherOf(pattern: string): (field: string) => boolean {
	const parts = pattern.split('*');
	const [first = '', last = ''] = [parts[0], parts.at(-1)];
	return (field) => {
		if (!field.startsWith(first)) return false;
		let end = first.length;
		for (const part of parts.slice(1, -1)) {
			const found = field.indexOf(part, end);
			if (found < 0) return false;
			end = found + part.length;
		}
		return field.length - last.length >= end && field.endsWith(last);
	};
}

/**
 * The fields that some entries stand for: in the order of the entries, those of a pattern in the order of the
 * item, and each once. The files among an item's other fields may be named with or without `files.`.
 * @param fields the item's fields with files
 * @returns the fields, and the entries without a star that the item does not have
 */
export function chooseFields(
	entries: readonly string[],
	fields: readonly string[],
): { chosen: string[]; missing: string[] } {
	const chosen = new Set<string>();
	const missing: string[] = [];
	for (const entry of entries) {
		const among = `${FILES_KEY}.${entry}`;
		const exact = [entry, among].find((name) => fields.includes(name));
		if (exact !== undefined) chosen.add(exact);
		else if (!entry.includes('*')) missing.push(entry);
		else {
			const matchers = [matcherOf(entry), matcherOf(among)];
			for (const field of fields) {
				if (matchers.some((matches) => matches(field))) chosen.add(field);
			}
		}
	}
	return { chosen: [...chosen], missing };
}
