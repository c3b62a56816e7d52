import type { CallResult, ExtendClient } from './client';
import type { CallFailure } from './failure';
import { placeOf } from './place';
import {
	ENDING_STATUSES,
	OPEN_STATUSES,
	REVIEW_STATUS,
	fetchRun,
	hasRunWith,
	listRuns,
} from './runs';
import type { WorkflowRunSummary } from './types';
import { pause } from './waiting';

/** Pauses between two looks at a batch: an hour takes about 130 of them. */
const FIRST_PAUSE_MS = 1_000;
const PAUSE_GROWTH = 1.25;
const LONGEST_PAUSE_MS = 30_000;

/**
 * How long a list must have stayed the same to count as whole: when nobody knows how long it will be,
 * when it is empty, and when it is shorter than it should be, because runs can be deleted too.
 */
const SETTLE_MS = 10_000;
const SETTLE_WHEN_EMPTY_MS = 60_000;
const SETTLE_WHEN_SHORT_MS = 5 * 60_000;

/** Runs that are older than this are no longer joined by others that become visible late. */
const YOUNG_MS = 10 * 60_000;

/** How long looks may fail before waiting is given up, unless Extend refuses them. */
const LOOKING_FAILS_LIMIT_MS = 10 * 60_000;

/** A batch to wait for. */
export interface AwaitedBatch {
	batchId: string;
	/** How many runs it has, if that is known; runs may become visible late. */
	expectedRuns: number | undefined;
	/** How long to wait, in milliseconds from the start of all waiting. */
	timeoutMs: number;
	/** Whether a run that waits for a person counts as finished. */
	reviewCountsAsFinished: boolean;
}

/** How a batch stood when it was looked at last. */
export interface BatchStanding {
	runs: WorkflowRunSummary[];
	/** False if the time was over before. */
	isFinished: boolean;
	/** How many runs it should have, if that is known. */
	expectedRuns: number | undefined;
}

/** Waits for one batch, and remembers what it has seen of it. */
class BatchWatch {
	private runs: WorkflowRunSummary[] = [];

	private expectedRuns: number | undefined;

	/** A status in which the last list showed runs that are not finished. */
	private openStatus: string | undefined;

	private unchangedSince = Date.now();

	/** Statuses in the order in which they become rare; the first one that runs have is watched. */
	private readonly openStatuses: readonly string[];

	private isReferenceRead = false;

	constructor(
		private readonly client: ExtendClient,
		private readonly batch: AwaitedBatch,
		private readonly deadline: number,
	) {
		this.expectedRuns = batch.expectedRuns;
		const [queued, ...others] = OPEN_STATUSES;
		this.openStatuses = batch.reviewCountsAsFinished
			? OPEN_STATUSES
			: [queued!, REVIEW_STATUS, ...others];
	}

	/** @param paces the pauses, which all batches share: who has waited long may wait longer */
	async wait(paces: { pauseMs: number }): Promise<CallResult<BatchStanding>> {
		let failingSince: number | undefined;
		for (;;) {
			const startedAt = Date.now();
			const isLast = startedAt >= this.deadline;
			const look = await this.look(isLast);
			if (look.ok && look.body) return this.standing(true);
			if (look.ok && isLast) return this.standing(false);
			if (!look.ok) {
				failingSince ??= startedAt;
				const isLong = Date.now() - failingSince > LOOKING_FAILS_LIMIT_MS;
				if (isLast || isLong || isFinal(look.failure)) return look;
			} else {
				failingSince = undefined;
			}
			const left = Math.max(0, this.deadline - Date.now());
			if (!(await pause(Math.min(paces.pauseMs, left), this.client.signal))) {
				return { ok: false, failure: { kind: 'cancelled', message: '' } };
			}
			paces.pauseMs = Math.min(LONGEST_PAUSE_MS, paces.pauseMs * PAUSE_GROWTH);
		}
	}

	private standing(isFinished: boolean): CallResult<BatchStanding> {
		const { runs, expectedRuns } = this;
		return { ok: true, body: { runs, isFinished, expectedRuns } };
	}

	/**
	 * Looks whether the batch is finished. As long as there are runs in the status that is watched, that
	 * takes the smallest call; only then the whole list decides, because a run may change its status
	 * between two small calls.
	 * @param isLast whether the list is needed in any case
	 */
	private async look(isLast: boolean): Promise<CallResult<boolean>> {
		const { client, batch } = this;
		if (this.openStatus !== undefined && !isLast) {
			const isOpen = await hasRunWith(client, batch.batchId, this.openStatus);
			if (!isOpen.ok || isOpen.body) return isOpen.ok ? { ok: true, body: false } : isOpen;
		}
		const listed = await listRuns(client, batch.batchId);
		if (!listed.ok) return listed;
		if (listed.body.length !== this.runs.length) this.unchangedSince = Date.now();
		this.runs = listed.body;
		const present = new Set(this.runs.map(({ status }) => status));
		this.openStatus = this.openStatuses.find((status) => present.has(status));
		if (this.openStatus !== undefined) return { ok: true, body: false };
		return await this.isWhole();
	}

	/** Whether the list has all runs of the batch. */
	private async isWhole(): Promise<CallResult<boolean>> {
		const first = this.runs[0];
		if (this.expectedRuns === undefined && first !== undefined && !this.isReferenceRead) {
			const run = await fetchRun(this.client, first.id);
			if (!run.ok && run.failure.status !== 404) return run;
			this.isReferenceRead = true;
			if (run.ok) this.expectedRuns = placeOf(run.body).of;
		}
		const { expectedRuns, runs } = this;
		if (expectedRuns !== undefined && runs.length >= expectedRuns) return { ok: true, body: true };
		return { ok: true, body: this.isSettled() };
	}

	/** Whether no further run is to be expected in the list. */
	private isSettled(): boolean {
		const unchangedMs = Date.now() - this.unchangedSince;
		const first = this.runs[0];
		if (first === undefined) {
			return this.expectedRuns === undefined && unchangedMs >= SETTLE_WHEN_EMPTY_MS;
		}
		const ageMs = Date.now() - Date.parse(first.createdAt ?? first.initialRunAt ?? '');
		if (ageMs > YOUNG_MS) return true;
		return unchangedMs >= (this.expectedRuns === undefined ? SETTLE_MS : SETTLE_WHEN_SHORT_MS);
	}
}

/** Whether looking again is of no use. */
function isFinal({ kind, status, retryable }: CallFailure): boolean {
	if (kind === 'cancelled' || kind === 'interrupted') return true;
	if (kind === 'refused') return status !== 429 && retryable !== true;
	return kind === 'notSent' && retryable === false;
}

/**
 * Waits until all batches are finished, that is, until all of their runs are visible and Extend works on
 * none of them, or until their time is over. Few calls: one batch is watched after the other, because
 * all must be finished in the end; each look is one small call while the batch is under way, and looks
 * become rarer. Ends within a second when the execution is stopped.
 *
 * Without `expectedRuns` the number is taken from this package's reference in the first run, if there is
 * one; else the list must have stayed the same for a while, and longer if it is empty. A list that stays
 * shorter than expected although its runs are old, or for some minutes, counts as finished.
 * @returns what became of each, in the order given; a failure where Extend could not be asked
 */
export async function waitForBatches(
	client: ExtendClient,
	batches: readonly AwaitedBatch[],
): Promise<Array<CallResult<BatchStanding>>> {
	const start = Date.now();
	const results = new Map<AwaitedBatch, CallResult<BatchStanding>>();
	const paces = { pauseMs: FIRST_PAUSE_MS };
	let ending: CallFailure | undefined;
	// Whose time is over first must not wait for the others.
	for (const batch of [...batches].sort((a, b) => a.timeoutMs - b.timeoutMs)) {
		const result: CallResult<BatchStanding> =
			ending === undefined
				? await new BatchWatch(client, batch, start + batch.timeoutMs).wait(paces)
				: { ok: false, failure: ending };
		if (!result.ok && ENDING_STATUSES.has(result.failure.status ?? 0)) ending = result.failure;
		results.set(batch, result);
	}
	return batches.map((batch) => results.get(batch)!);
}
