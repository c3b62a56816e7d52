import { createHash } from 'crypto';

/**
 * Batches that have not been reported, as far as they are known. What is known only saves calls: a batch of
 * which nothing is known is asked about as soon as one of its runs comes to rest. So what there is no room for
 * can be forgotten.
 */

/** How many open runs are remembered in all, and how many batches that have open runs. */
export const MOST_OPEN_RUNS = 24_000;
export const MOST_OPEN_BATCHES = 2_000;

/** With so many batches to ask about, these come first. */
export const MOST_DUE_BATCHES = 1_000;

/** How long nothing may be heard of a batch until it is asked about: its open runs may be deleted. Doubles. */
const FIRST_QUIET_MS = 30 * 60_000;
const LONGEST_QUIET_MS = 12 * 3_600_000;

/** How long the list of a batch may be empty, because it can be behind that of all changes. */
const EMPTY_PATIENCE_MS = 5 * 60_000;

/** Characters that stand for a run. Where two are alike, a batch is asked about too early. */
const WIDTH = 4;

/** A batch as it is saved. */
export interface OpenBatch {
	id: string;
	/** Some of its open runs, `WIDTH` characters each; as long as one is open, so is the batch. */
	open: string;
	/** Whether it is time to ask about it. */
	isDue: boolean;
	/** When to ask about it if nothing is heard until then, by Extend's clock. */
	askAt: number;
	/** How often it was asked about in vain. */
	asked: number;
	/** How many runs it has, as its reference tells; 0 if there is none. */
	size?: number;
	/** Since when a run of it is listed that cannot be fetched. */
	unreadableSince?: number;
	/** Since when its own list has been empty. */
	emptySince?: number;
}

function markOf(runId: string): string {
	return createHash('sha256').update(runId).digest('base64url').slice(0, WIDTH);
}

function marksIn(open: string): Set<string> {
	return new Set(open.match(new RegExp(`.{${WIDTH}}`, 'g')) ?? []);
}

/** The batches, each with its open runs. Pure: times are told. */
export class OpenBatches {
	private readonly batches = new Map<string, OpenBatch>();

	private readonly marks = new Map<string, Set<string>>();

	constructor(saved: readonly OpenBatch[]) {
		for (const batch of saved) {
			this.batches.set(batch.id, { ...batch });
			this.marks.set(batch.id, marksIn(batch.open));
		}
	}

	find(batchId: string): OpenBatch | undefined {
		return this.batches.get(batchId);
	}

	/** A run is open: Extend works on it, or it waits for a review that counts. */
	seeOpen(batchId: string, runId: string, now: number): void {
		const batch = this.batchOf(batchId, now);
		this.marksOf(batchId).add(markOf(runId));
		batch.isDue = false;
		batch.askAt = now + quietMs(batch);
	}

	/** A run is at rest. */
	seeAtRest(batchId: string, runId: string, now: number): void {
		const batch = this.batchOf(batchId, now);
		const marks = this.marksOf(batchId);
		// Each poll sees the newest changes again; only what is new may put the question off.
		if (marks.delete(markOf(runId))) batch.askAt = now + quietMs(batch);
		if (marks.size === 0) batch.isDue = true;
	}

	/** Extend was asked: these runs are open; if none is, the batch is to be asked about again at `settledAt`. */
	seeList(batchId: string, openRunIds: readonly string[], settledAt: number, now: number): void {
		const batch = this.batchOf(batchId, now);
		this.marks.set(batchId, new Set(openRunIds.map(markOf)));
		batch.isDue = false;
		batch.asked++;
		delete batch.emptySince;
		batch.askAt = openRunIds.length > 0 ? now + quietMs(batch) : settledAt;
	}

	/** Extend was asked, and listed nothing: it is asked again for some minutes, then all runs count as deleted. */
	seeNone(batchId: string, now: number): void {
		const batch = this.batchOf(batchId, now);
		batch.emptySince ??= now;
		if (now - batch.emptySince >= EMPTY_PATIENCE_MS) this.drop(batchId);
		else batch.isDue = true;
	}

	/** Forgets a batch. */
	drop(batchId: string): void {
		this.batches.delete(batchId);
		this.marks.delete(batchId);
	}

	/** The batches that it is time to ask about, those first of which something was seen first. */
	due(now: number): OpenBatch[] {
		return [...this.batches.values()].filter(({ isDue, askAt }) => isDue || askAt <= now);
	}

	/** Whether there are so many to ask about that nothing more should be looked for. */
	get isFull(): boolean {
		return [...this.batches.values()].filter(({ isDue }) => isDue).length >= MOST_DUE_BATCHES;
	}

	/** What is to be saved, within bounds. */
	saved(): OpenBatch[] {
		const excess = this.batches.size - MOST_OPEN_BATCHES;
		const waiting = [...this.batches.values()].filter((batch) => this.isForgettable(batch));
		for (const { id } of waiting.slice(0, Math.max(0, excess))) this.drop(id);
		const most = this.mostMarksEach();
		return [...this.batches.values()].map((batch) => ({
			...batch,
			open: [...this.marksOf(batch.id)].slice(0, most).join(''),
		}));
	}

	/** With open runs, something will be heard of it. */
	private isForgettable({ id, isDue }: OpenBatch): boolean {
		return !isDue && this.marksOf(id).size > 0;
	}

	/** How many open runs each batch may have so that all find room. */
	private mostMarksEach(): number {
		const sizes = [...this.marks.values()].map(({ size }) => size).sort((a, b) => a - b);
		let left = MOST_OPEN_RUNS;
		for (const [index, size] of sizes.entries()) {
			const share = Math.floor(left / (sizes.length - index));
			if (size > share) return Math.max(1, share);
			left -= size;
		}
		return Infinity;
	}

	private batchOf(batchId: string, now: number): OpenBatch {
		const known = this.batches.get(batchId);
		if (known !== undefined) return known;
		const batch = { id: batchId, open: '', isDue: false, askAt: now, asked: 0 };
		this.batches.set(batchId, batch);
		batch.askAt = now + quietMs(batch);
		return batch;
	}

	private marksOf(batchId: string): Set<string> {
		const known = this.marks.get(batchId);
		if (known !== undefined) return known;
		const marks = new Set<string>();
		this.marks.set(batchId, marks);
		return marks;
	}
}

function quietMs({ asked }: Pick<OpenBatch, 'asked'>): number {
	return Math.min(LONGEST_QUIET_MS, FIRST_QUIET_MS * 2 ** asked);
}
