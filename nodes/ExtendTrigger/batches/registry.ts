import { KeptResults } from '../../extend/runs/keptResults';
import { Progress } from './progress';

/**
 * What this process knows about batches, by endpoint, that is, by published trigger. It lives in this process
 * only, and says when asking Extend is worth while; what counts is Extend's answer.
 */

/** How many batches are kept for each endpoint, unfinished and reported ones, and for how many endpoints. */
export const MOST_BATCHES = 1_000;
export const MOST_REPORTED = 10_000;
export const MOST_ENDPOINTS = 200;

/** Events that are remembered for each endpoint until they come again. */
export const MOST_SENT_AGAIN = 10_000;

/**
 * Each watch keeps a delivery of n8n open, and with it an isolate of n8n's expression engine (11 MB, n8n
 * 2.40). So there are few that only wait for what may be lost, and more where a batch depends on it.
 */
export const MOST_WATCHES = 5;
export const MOST_URGENT_WATCHES = 50;

/** A batch that has not been reported. */
export class Batch {
	readonly progress: Progress;

	readonly kept = new KeptResults();

	/** Since when runs are listed, but cannot be fetched. */
	readonly unreadableSince = new Map<string, number>();

	/** Whether somebody is asking Extend about it; only one does at a time. */
	isAsking = false;

	/** Whether Extend was told to deliver an event of it again later. */
	isOwed = false;

	private isToAskAgain = false;

	/** While n8n starts its execution: whether that worked. */
	reporting: Promise<boolean> | undefined;

	constructor(
		readonly id: string,
		reviewCountsAsFinished: boolean,
		now: number,
	) {
		this.progress = new Progress(reviewCountsAsFinished, now);
	}

	/** Has Extend asked once more when the question that is under way is answered. */
	askAgain(): void {
		this.isToAskAgain = true;
	}

	/** Whether somebody called `askAgain` since this was asked last. */
	takeAskAgain(): boolean {
		const isToAskAgain = this.isToAskAgain;
		this.isToAskAgain = false;
		return isToAskAgain;
	}
}

/** Adds a value, and drops the oldest ones beyond the bound. */
function addBounded(values: Set<string>, value: string, most: number): void {
	values.add(value);
	for (const oldest of values) {
		if (values.size <= most) break;
		values.delete(oldest);
	}
}

let watchesInAll = 0;

/** The batches of one endpoint. */
export class EndpointBatches {
	private readonly batches = new Map<string, Batch>();

	private readonly reported = new Set<string>();

	/** Events that were sent back so that their delivery can stay; each is taken when it comes again. */
	private readonly sentAgain = new Set<string>();

	private watches = 0;

	/** Whether the endpoint is gone, so that nothing of it may start an execution. */
	isForgotten = false;

	constructor(readonly endpointId: string) {}

	/** How many batches have not been reported. */
	get unfinished(): number {
		return this.batches.size;
	}

	/** Whether a delivery is looking after batches. */
	get isWatched(): boolean {
		return this.watches > 0;
	}

	/** A batch that has not been reported, if an event of it came before. */
	find(batchId: string): Batch | undefined {
		return this.batches.get(batchId);
	}

	/** Takes a batch up. */
	add(batchId: string, reviewCountsAsFinished: boolean, now: number): Batch {
		const batch = new Batch(batchId, reviewCountsAsFinished, now);
		this.batches.set(batchId, batch);
		for (const other of this.batches.values()) {
			if (this.batches.size <= MOST_BATCHES) break;
			if (!other.isAsking && other !== batch) this.drop(other);
		}
		return batch;
	}

	/** Drops a batch of which nothing more is to be expected. */
	drop(batch: Batch): void {
		batch.kept.clear();
		this.batches.delete(batch.id);
	}

	/** Notes that a batch has been reported, so that nothing reports it again. */
	close(batch: Batch): void {
		this.drop(batch);
		addBounded(this.reported, batch.id, MOST_REPORTED);
	}

	/**
	 * Whether an event may be sent back, so that its delivery can stay: once, or it would get lost. Notes that
	 * it was.
	 */
	sendAgain(eventId: string): boolean {
		if (this.sentAgain.delete(eventId)) return false;
		addBounded(this.sentAgain, eventId, MOST_SENT_AGAIN);
		return true;
	}

	/** Whether a batch has been reported. */
	isReported(batchId: string): boolean {
		return this.reported.has(batchId);
	}

	/** Frees what is known. */
	clear(): void {
		for (const batch of this.batches.values()) this.drop(batch);
	}

	/** The batches that it is time to ask Extend about, those that have waited longest first. */
	due(now: number): Batch[] {
		return [...this.batches.values()]
			.filter(({ isAsking, reporting }) => !isAsking && reporting === undefined)
			.filter(({ progress }) => progress.nextLookAt <= now)
			.sort((one, other) => one.progress.nextLookAt - other.progress.nextLookAt);
	}

	/** Drops the batches that nothing was heard of for too long, and tells which. */
	giveUp(now: number): string[] {
		const lost = [...this.batches.values()].filter(({ progress }) => progress.isGivenUp(now));
		for (const batch of lost) this.drop(batch);
		return lost.map(({ id }) => id);
	}

	/**
	 * Whether one more delivery should stay to look after batches: no more than there are batches, and each
	 * endpoint has one.
	 * @param isUrgent whether a batch that may be finished depends on it
	 */
	wantsWatch(isUrgent: boolean): boolean {
		if (this.isForgotten || this.watches >= this.unfinished) return false;
		const most = isUrgent || !this.isWatched ? MOST_URGENT_WATCHES : MOST_WATCHES;
		return watchesInAll < most;
	}

	/** Whether some batches could not be looked after, and there is no room for more watches. */
	get isShortOfWatches(): boolean {
		return this.watches < this.unfinished && !this.wantsWatch(false);
	}

	/** Whether there are more watches than batches, so that one can end. */
	get hasIdleWatch(): boolean {
		return this.watches > this.unfinished;
	}

	/** Counts a watch while it lasts. */
	async whileWatched<T>(watch: () => Promise<T>): Promise<T> {
		this.watches++;
		watchesInAll++;
		try {
			return await watch();
		} finally {
			this.watches--;
			watchesInAll--;
		}
	}
}

const endpoints = new Map<string, EndpointBatches>();

/** What is known of an endpoint's batches. */
export function batchesOf(endpointId: string): EndpointBatches {
	const batches = endpoints.get(endpointId) ?? new EndpointBatches(endpointId);
	endpoints.delete(endpointId);
	endpoints.set(endpointId, batches);
	for (const other of endpoints.values()) {
		if (endpoints.size <= MOST_ENDPOINTS) break;
		if (other.isWatched || other === batches) continue;
		other.clear();
		endpoints.delete(other.endpointId);
	}
	return batches;
}

/** Forgets the batches of an endpoint that is gone, and ends its watches. */
export function forgetBatches(endpointId: string): void {
	const batches = endpoints.get(endpointId);
	if (batches === undefined) return;
	batches.isForgotten = true;
	batches.clear();
	endpoints.delete(endpointId);
}
