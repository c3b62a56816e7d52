/**
 * Writes item indexes for people: `0–999, 1500, 1502–1503`.
 * @param most how many ranges to write; the rest is counted: `0–2, 7 and 12 more`
 */
export function writeRanges(indexes: Iterable<number>, most = Infinity): string {
	const ranges: Array<[number, number]> = [];
	for (const index of [...indexes].sort((a, b) => a - b)) {
		const last = ranges.at(-1);
		if (last && index <= last[1] + 1) last[1] = index;
		else ranges.push([index, index]);
	}
	const written = ranges.slice(0, most);
	const left = ranges.slice(most).reduce((sum, [from, to]) => sum + to - from + 1, 0);
	const text = written.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
	return left === 0 ? text : `${text} and ${left.toLocaleString('en')} more`;
}

/** Item indexes with their noun, for a sentence: `item 3`, `items 0–4, 9`. See `writeRanges`. */
export function writeItems(indexes: readonly number[], most?: number): string {
	const isOne = new Set(indexes).size === 1;
	return `${isOne ? 'item' : 'items'} ${writeRanges(indexes, most)}`;
}

/** A number with its noun: `1 run`, `1,000 runs`. */
export function count(number: number, one: string, many: string): string {
	return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
