import type { CallResult, ExtendClient } from '../../extend/client/client';
import { steadyNow } from '../../extend/client/clock';
import { isFinal, refusesEveryCall } from '../../extend/failures/failure';
import type { CallFailure } from '../../extend/failures/failure';
import { hasRunWith, listRuns } from '../../extend/api/runs';
import { BatchSize } from '../../extend/runs/size';
import { openStatuses, standingOf } from '../../extend/runs/standing';
import type { Standing } from '../../extend/runs/standing';
import type { WorkflowRunSummary } from '../../extend/api/types';
import { pause } from '../../extend/client/waiting';

/** Pauses between two looks at a batch: an hour takes about 130 of them. */
const FIRST_PAUSE_MS = 1_000;
const PAUSE_GROWTH = 1.25;
const LONGEST_PAUSE_MS = 30_000;

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
	/** Whether it comes back to be looked at again, if it is not finished in time. */
	comesBack?: boolean;
	/** What was seen of it before, if it has come back. */
	lastLook?: LastLook | undefined;
}

/** What has to be known of a look when the batch comes back later; times in milliseconds. */
export interface LastLook {
	/** How many runs lists had shown by then. */
	runs: number;
	/** How long lists have shown no run that was open or new. */
	restingMs: number;
	/** How long no look has succeeded; absent if the last one did. */
	failingMs?: number;
}

/** How a batch stood when it was looked at last. */
export interface BatchStanding {
	runs: WorkflowRunSummary[];
	/** `unfinished` if the time was over before. */
	state: Standing;
	/** How many runs it should have, if that is known. */
	expectedRuns: number | undefined;
	/** For the next look, where the batch is not finished and comes back. */
	look?: LastLook;
}

/** Waits for one batch, and remembers what it has seen of it. */
class BatchWatch {
	private runs: WorkflowRunSummary[] = [];

	/** Ids of all runs that any list has shown. */
	private readonly seen = new Set<string>();

	/** How many runs lists had shown before the last look. */
	private runsBefore = 0;

	private readonly size: BatchSize;

	/** The first status in the order of `openStatuses` that the last list showed; it is watched. */
	private openStatus: string | undefined;

	/** On the steady clock. */
	readonly deadline: number;

	/** What came of waiting, as soon as it is over. */
	result: CallResult<BatchStanding> | undefined;

	/** Since when lists have shown no run that was open or new; from the first look on. */
	private restingSince = Infinity;

	/** Since when no look has succeeded. */
	private failingSince: number | undefined;

	/** @param start when all waiting began, on the steady clock */
	constructor(
		private readonly client: ExtendClient,
		private readonly batch: AwaitedBatch,
		start: number,
	) {
		this.size = new BatchSize(client, batch.expectedRuns);
		this.deadline = start + batch.timeoutMs;
		const { lastLook } = batch;
		if (lastLook === undefined) return;
		this.runsBefore = lastLook.runs;
		this.restingSince = start - lastLook.restingMs;
		if (lastLook.failingMs !== undefined) this.failingSince = start - lastLook.failingMs;
	}

	/** Looks once, and sets `result` if that was the last time. */
	async look(): Promise<void> {
		const startedAt = steadyNow();
		this.restingSince = Math.min(this.restingSince, startedAt);
		const isLast = startedAt >= this.deadline;
		const standing = await this.standing(isLast, startedAt);
		if (standing.ok) {
			this.failingSince = undefined;
			if (isLast || standing.body !== 'unfinished') this.end(standing.body);
			return;
		}
		this.failingSince ??= startedAt;
		// What could not be seen is no sign of rest.
		this.restingSince = steadyNow();
		const isLong = this.restingSince - this.failingSince > LOOKING_FAILS_LIMIT_MS;
		if (isLong || isFinal(standing.failure)) this.result = standing;
		else if (isLast && this.batch.comesBack === true) this.end('unfinished');
		else if (isLast) this.result = standing;
	}

	/** Sets `result`. */
	private end(state: Standing): void {
		const { runs, size, batch, runsBefore, failingSince } = this;
		const now = steadyNow();
		const failing = failingSince === undefined ? {} : { failingMs: now - failingSince };
		const look = { runs: runsBefore, restingMs: now - this.restingSince, ...failing };
		const comesBack = state === 'unfinished' && batch.comesBack === true;
		const body = { runs, state, expectedRuns: size.known, ...(comesBack ? { look } : {}) };
		this.result = { ok: true, body };
	}

	/** Whether there is no need to look at another batch as long as this one is not finished. */
	get isBusy(): boolean {
		return this.openStatus !== undefined || this.failingSince !== undefined;
	}

	/**
	 * Finds out how the batch stands. As long as there are runs in the status that is watched, that takes
	 * the smallest call; only then the whole list decides, because a run may change its status between two
	 * small calls.
	 * @param isLast whether the list is needed in any case
	 * @param startedAt when this look began: what it shows is as old, however long it takes
	 */
	private async standing(isLast: boolean, startedAt: number): Promise<CallResult<Standing>> {
		const { client, batch } = this;
		if (this.openStatus !== undefined && !isLast) {
			const isOpen = await hasRunWith(client, batch.batchId, this.openStatus);
			if (!isOpen.ok) return isOpen;
			if (isOpen.body) return { ok: true, body: 'unfinished' };
		}
		const listed = await listRuns(client, batch.batchId);
		if (!listed.ok) return listed;
		this.take(listed.body);
		if (this.openStatus === undefined) {
			const asked = await this.size.ask(this.runs, steadyNow() - this.restingSince);
			if (!asked.ok) return asked;
		}
		const standing = standingOf({
			statuses: this.runs.map(({ status }) => status),
			size: this.size.known,
			isSeen: this.runsBefore > 0,
			restingMs: startedAt - this.restingSince,
			reviewCountsAsFinished: batch.reviewCountsAsFinished,
		});
		const mayGrow = standing === 'finished' && this.size.isOpen && this.runs.length > 0;
		return { ok: true, body: mayGrow ? 'unfinished' : standing };
	}

	private take(runs: WorkflowRunSummary[]): void {
		this.runs = runs;
		const statuses = new Set<string>();
		for (const { id, status } of runs) {
			this.seen.add(id);
			statuses.add(status);
		}
		const open = openStatuses(this.batch.reviewCountsAsFinished);
		this.openStatus = open.find((status) => statuses.has(status));
		const isAtRest = this.openStatus === undefined && this.seen.size <= this.runsBefore;
		if (!isAtRest) this.restingSince = steadyNow();
		this.runsBefore = Math.max(this.runsBefore, this.seen.size);
	}
}

/**
 * Waits until all batches are finished, that is, until all of their runs are visible and Extend works on
 * none of them, or until their time is over. Few calls: as long as Extend works on a batch, those behind it
 * are not looked at, because all must be finished in the end; such a look is one small call, and looks
 * become rarer. Ends within a second when the execution is stopped.
 *
 * Without `expectedRuns` the number is taken from this package's reference in a run, if there is one; else
 * the list must have been at rest for a while. A list that stays shorter than expected counts as finished
 * after some minutes without a new run, and a batch that shows no run at all as `unseen`.
 * @returns what became of each, in the order given; a failure where Extend could not be asked
 */
export async function waitForBatches(
	client: ExtendClient,
	batches: readonly AwaitedBatch[],
): Promise<Array<CallResult<BatchStanding>>> {
	const start = steadyNow();
	const watches = batches.map((batch) => new BatchWatch(client, batch, start));
	// Whose time is over first must not wait for the others.
	let pending = [...watches].sort((a, b) => a.deadline - b.deadline);
	const results = (failure: CallFailure) =>
		watches.map(({ result }) => result ?? { ok: false as const, failure });
	for (
		let pauseMs = FIRST_PAUSE_MS;
		;
		pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH)
	) {
		for (const watch of pending) {
			await watch.look();
			const { result } = watch;
			if (result?.ok === false && refusesEveryCall(result.failure)) return results(result.failure);
			if (result === undefined && watch.isBusy) break;
		}
		pending = pending.filter(({ result }) => result === undefined);
		const left = (pending[0]?.deadline ?? 0) - steadyNow();
		const isOver = pending.length === 0 || !(await pause(Math.min(pauseMs, left), client.signal));
		if (isOver) return results({ kind: 'cancelled', message: '' });
	}
}
