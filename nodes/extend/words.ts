/** Writes item indexes for people: `0–999, 1500, 1502–1503`. */
export function writeRanges(indexes: Iterable<number>): string {
	const ranges: Array<[number, number]> = [];
	for (const index of [...indexes].sort((a, b) => a - b)) {
		const last = ranges.at(-1);
		if (last && index <= last[1] + 1) last[1] = index;
		else ranges.push([index, index]);
	}
	return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

/** A number with its noun: `1 run`, `1,000 runs`. */
export function count(number: number, one: string, many: string): string {
	return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
