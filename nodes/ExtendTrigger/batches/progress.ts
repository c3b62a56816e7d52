import { openStatuses } from '../../extend/runs/standing';

/** What Extend's list tells of a run. */
export interface ListedRun {
	id: string;
	status: string;
	reviewedAt?: string | null;
}

/** How long it must be quiet before Extend is asked without a sign that the batch is finished; doubles. */
const FIRST_QUIET_MS = 5_000;
const LONGEST_QUIET_MS = 30 * 60_000;

/** The same when there is a sign, or when Extend could not be asked. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5 * 60_000;

/** How long runs may be missing from the list before they count as deleted. */
const MISSING_PATIENCE_MS = 5 * 60_000;

/** The same where nobody knows how many runs there should be. */
const UNKNOWN_SIZE_PATIENCE_MS = 9_000;

/** After so much time without an event a batch is given up; a later event takes it up again. */
const GIVE_UP_MS = 24 * 3_600_000;

/**
 * How far a batch is, as events and Extend's list tell. Pure: it is told what happens and when. Events may
 * come in any order, twice or never, and the list may lag behind them; so they only say when it is worth
 * while to ask for the list, and only the list can finish the batch.
 *
 * It is one of these, from first to last:
 * - gathering: runs are known to be under way, or nobody knows. Extend is asked when it has been quiet.
 * - due: as far as anybody knows, all runs are at rest. Extend is asked at once, and soon again.
 * - settling: the list shows runs at rest only, but more may be coming. Asked when patience is over.
 * - finished: the list shows all runs, and all are at rest.
 */
export class Progress {
	/** Runs of which an event said that they are at rest. */
	private readonly heard = new Set<string>();

	/** Ids in the last list. */
	private listed: ReadonlySet<string> | undefined;

	/** Runs that the last list shows under way, less those heard of since. */
	private open = new Set<string>();

	/** Whether the last list shows nothing under way, whatever was heard. */
	private isListAtRest = false;

	private largestSize: number | undefined;

	private heardAt: number;

	/** When an event came last, or a list was longer or shorter than the one before. */
	private changedAt: number;

	private lookedAt: number | undefined;

	private isFailing = false;

	/** Looks since the pauses between them began to grow. */
	private looks = 0;

	private isHasty = false;

	/** Times are in milliseconds of a clock that only goes forward. */
	constructor(
		private readonly reviewCountsAsFinished: boolean,
		now: number,
	) {
		this.heardAt = now;
		this.changedAt = now;
	}

	/**
	 * An event says that a run is at rest.
	 * @param size number of runs in the batch, as the run's reference tells
	 */
	hear(runId: string, size: number | undefined, now: number): void {
		this.heard.add(runId);
		this.open.delete(runId);
		if (size !== undefined) this.largestSize = Math.max(size, this.largestSize ?? 0);
		this.heardAt = now;
		this.changedAt = now;
		this.setPace();
	}

	/**
	 * Extend's list of the batch came.
	 * @param askedAt when it was asked for: what it shows is as old
	 * @returns whether the batch is finished
	 */
	see(runs: readonly ListedRun[], now: number, askedAt = now): boolean {
		const open = runs.filter((run) => !this.isAtRest(run)).map(({ id }) => id);
		if (this.listed !== undefined && runs.length !== this.listed.size) this.changedAt = now;
		this.listed = new Set(runs.map(({ id }) => id));
		this.isListAtRest = open.length === 0 && runs.length > 0;
		// The events that came while the list was made know better.
		this.open = new Set(open.filter((id) => !this.heard.has(id)));
		this.lookedAt = now;
		this.isFailing = false;
		this.setPace();
		this.looks++;
		return this.isListAtRest && (this.isWhole || askedAt >= this.patienceEnd);
	}

	/** Extend could not be asked, or not for everything. */
	miss(now: number): void {
		this.lookedAt = now;
		this.isFailing = true;
		this.setPace();
		this.looks++;
	}

	/** Whether, as far as anybody knows, all runs are at rest. */
	get isDue(): boolean {
		const { size, listed } = this;
		if (listed === undefined) return this.heard.size >= (size ?? Infinity);
		return this.open.size === 0 && (size === undefined || this.knownRuns >= size);
	}

	/** Whether Extend's list never came so far. */
	get isUnseen(): boolean {
		return this.listed === undefined;
	}

	/** When to ask for the list again if nothing is heard until then. */
	get nextLookAt(): number {
		const [first, longest] = this.isHasty
			? [FIRST_WAIT_MS, LONGEST_WAIT_MS]
			: [FIRST_QUIET_MS, LONGEST_QUIET_MS];
		const pause = Math.min(longest, first * 2 ** this.looks);
		const next = Math.max(this.heardAt, this.lookedAt ?? 0) + pause;
		if (!this.isListAtRest || this.isFailing) return next;
		const isPatienceAll = this.size === undefined && this.missing === 0;
		return isPatienceAll ? this.patienceEnd : Math.min(next, this.patienceEnd);
	}

	/** Whether nothing was heard for so long that it is no use to go on. */
	isGivenUp(now: number): boolean {
		return now - this.heardAt >= GIVE_UP_MS;
	}

	/** The number of runs, unless more are known than the references say: then these are somebody else's. */
	private get size(): number | undefined {
		const { largestSize } = this;
		return this.knownRuns > (largestSize ?? 0) ? undefined : largestSize;
	}

	private get knownRuns(): number {
		return this.missing + (this.listed?.size ?? 0);
	}

	/** Runs that were heard of, but are not in the last list. */
	private get missing(): number {
		let missing = 0;
		for (const id of this.heard) if (this.listed?.has(id) !== true) missing++;
		return missing;
	}

	/** Whether the list has as many runs as there are, so that none of them can be missing. */
	private get isWhole(): boolean {
		return (this.listed?.size ?? 0) >= (this.size ?? Infinity);
	}

	/** When a list that stays as it is counts as whole. */
	private get patienceEnd(): number {
		const isSizeKnown = this.size !== undefined || this.missing > 0;
		return this.changedAt + (isSizeKnown ? MISSING_PATIENCE_MS : UNKNOWN_SIZE_PATIENCE_MS);
	}

	/** Pauses begin anew when there is reason to hurry, or no more. */
	private setPace(): void {
		const isHasty = this.isFailing || this.isDue;
		if (isHasty !== this.isHasty) this.looks = 0;
		this.isHasty = isHasty;
	}

	private isAtRest({ status, reviewedAt }: ListedRun): boolean {
		// After an approval a run goes on, but it was at rest before.
		const wasReviewed = typeof reviewedAt === 'string' && reviewedAt !== '';
		if (wasReviewed && this.reviewCountsAsFinished) return true;
		return !openStatuses(this.reviewCountsAsFinished).includes(status);
	}
}
