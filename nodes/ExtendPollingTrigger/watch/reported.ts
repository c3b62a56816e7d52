import { createHash } from 'crypto';

/** Characters of each entry: 54 bits, so that no two are ever alike by chance. */
const WIDTH = 9;

/** How many are remembered, as a rule and at most. */
export const MOST_REPORTED = 10_000;
const MOST_EVER = 250_000;

function entryOf(key: string): string {
	return createHash('sha256').update(key).digest('base64url').slice(0, WIDTH);
}

/** What has started an execution, so that it does not again; the newest entries only, as one short text. */
export class Reported {
	private readonly entries: Set<string>;

	/**
	 * @param text what `text` gave before
	 * @param needed how many of the newest entries are needed in any case
	 */
	constructor(
		text: string,
		private readonly most = MOST_REPORTED,
		public needed = 0,
	) {
		this.entries = new Set(text.match(new RegExp(`.{${WIDTH}}`, 'g')) ?? []);
	}

	has(key: string): boolean {
		return this.entries.has(entryOf(key));
	}

	/** As `has`; what is seen again becomes the newest. */
	see(key: string): boolean {
		const entry = entryOf(key);
		if (!this.entries.delete(entry)) return false;
		this.entries.add(entry);
		return true;
	}

	/** Remembers a key. @returns whether older ones were forgotten for it */
	add(key: string): boolean {
		this.entries.add(entryOf(key));
		const most = Math.min(MOST_EVER, Math.max(this.most, this.needed));
		const isForgetful = this.entries.size > most;
		for (const oldest of this.entries) {
			if (this.entries.size <= most) break;
			this.entries.delete(oldest);
		}
		return isForgetful;
	}

	/** All of it as text. */
	get text(): string {
		return [...this.entries].join('');
	}
}
