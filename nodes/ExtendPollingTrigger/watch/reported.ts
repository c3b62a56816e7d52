import { createHash } from 'crypto';

/** Characters of each entry: 54 bits, so that no two are ever alike by chance. */
const WIDTH = 9;

/** How many are remembered. */
export const MOST_REPORTED = 10_000;

function entryOf(key: string): string {
	return createHash('sha256').update(key).digest('base64url').slice(0, WIDTH);
}

/** What has started an execution, so that it does not again; the newest entries only, as one short text. */
export class Reported {
	private readonly entries: Set<string>;

	/** @param text what `text` gave before */
	constructor(
		text: string,
		private readonly most = MOST_REPORTED,
	) {
		this.entries = new Set(text.match(new RegExp(`.{${WIDTH}}`, 'g')) ?? []);
	}

	has(key: string): boolean {
		return this.entries.has(entryOf(key));
	}

	/** Remembers a key. @returns whether an older one was forgotten for it */
	add(key: string): boolean {
		this.entries.add(entryOf(key));
		if (this.entries.size <= this.most) return false;
		for (const oldest of this.entries) {
			this.entries.delete(oldest);
			break;
		}
		return true;
	}

	/** All of it as text. */
	get text(): string {
		return [...this.entries].join('');
	}
}
