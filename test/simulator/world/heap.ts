/** A priority queue: `pop` always gives the entry with the lowest rank. */
export class Heap<T> {
	private readonly entries: T[] = [];

	constructor(private readonly rank: (entry: T) => number) {}

	get size(): number {
		return this.entries.length;
	}

	peek(): T | undefined {
		return this.entries[0];
	}

	push(entry: T): void {
		const entries = this.entries;
		const rank = this.rank(entry);
		let index = entries.length;
		entries.push(entry);
		while (index > 0) {
			const parent = (index - 1) >> 1;
			const above = entries[parent] as T;
			if (this.rank(above) <= rank) break;
			entries[index] = above;
			index = parent;
		}
		entries[index] = entry;
	}

	pop(): T | undefined {
		const entries = this.entries;
		const top = entries[0];
		const last = entries.pop();
		if (last === undefined || entries.length === 0) return top;
		const rank = this.rank(last);
		let index = 0;
		for (;;) {
			let child = 2 * index + 1;
			if (child >= entries.length) break;
			const right = child + 1;
			if (right < entries.length && this.rankAt(right) < this.rankAt(child)) child = right;
			if (this.rankAt(child) >= rank) break;
			entries[index] = entries[child] as T;
			index = child;
		}
		entries[index] = last;
		return top;
	}

	clear(): void {
		this.entries.length = 0;
	}

	private rankAt(index: number): number {
		return this.rank(this.entries[index] as T);
	}
}
