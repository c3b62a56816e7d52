import type { ExtendClient } from '../../../extend/client/client';
import { steadyNow } from '../../../extend/client/clock';
import { eachAtOnce, pause } from '../../../extend/client/waiting';
import { reasonAmong, refusesThisCall } from '../../../extend/failures/failure';
import type { CallFailure } from '../../../extend/failures/failure';
import {
	CANCELLABLE_STATUSES,
	OPEN_STATUSES,
	READABLE_WITHIN_MS,
	REVIEW_STATUS,
	cancelRun,
	listRuns,
} from '../../../extend/api/runs';
import type { WorkflowRunSummary } from '../../../extend/api/types';
import { BatchSize } from '../../../extend/runs/size';
import { standingOf } from '../../../extend/runs/standing';
import { count } from '../../../items/words';
import type { Batch } from './batch';

/** What became of the runs of a batch; each run is counted once. */
export interface CancelledBatch {
	runCount: number;
	/** Open when they were found, and cancelled now. */
	cancelled: number;
	/** At an end before they could be cancelled, well or not. */
	finishedBefore: number;
	/** Waiting for a person; Extend has no call that cancels those. */
	inReview: number;
	/** Still open, because Extend refused to cancel them. */
	refused: number;
	/** Still being cancelled by Extend. */
	stillOpen: number;
}

/** Runs that are cancelled side by side. How many calls are under way is up to the client. */
const CANCELS_AT_ONCE = 32;

/** How often Extend is asked to cancel a run that it refuses to cancel, and that stays open. */
const MOST_REFUSALS = 4;

const FIRST_PAUSE_MS = 500;
const PAUSE_GROWTH = 1.5;
const LONGEST_PAUSE_MS = 10_000;

/** How long Extend may take to cancel runs that it has agreed to cancel, in milliseconds. */
const LONGEST_CANCELLING_MS = 60_000;

/** Cancels all open runs of one batch, and remembers what it has seen of them. */
class Cancelling {
	private runs: WorkflowRunSummary[] = [];

	private readonly seen = new Set<string>();

	/** Runs that were open when they were found. */
	private readonly wereOpen = new Set<string>();

	/** Runs that Extend has agreed to cancel. */
	private readonly agreed = new Set<string>();

	/** How often Extend refused to cancel a run, and since when it did not find it. */
	private readonly tries = new Map<string, { refusals: number; missingSince: number }>();

	/** What Extend said last of runs that it did not cancel. */
	refusal: CallFailure | undefined;

	private readonly size: BatchSize;

	/** Since when lists have shown no run that can be cancelled, is being cancelled, or is new. */
	private restingSince = steadyNow();

	/** Since when there has been nothing to do but to wait for Extend. */
	private waitingSince: number | undefined;

	constructor(
		private readonly client: ExtendClient,
		private readonly batch: Batch,
	) {
		this.size = new BatchSize(client, batch.size);
	}

	/** Looks and cancels until nothing is open any more. @returns a failure that ended it, if any */
	async run(): Promise<CallFailure | undefined> {
		let pauseMs = FIRST_PAUSE_MS;
		for (;;) {
			const listed = await listRuns(this.client, this.batch.batchId);
			if (!listed.ok) return listed.failure;
			this.take(listed.body);
			const open = this.toCancel();
			if (open.length > 0) {
				const failure = await this.cancelAll(open);
				if (failure !== undefined) return failure;
				this.waitingSince = undefined;
			} else {
				const asked = await this.size.ask(this.runs, steadyNow() - this.restingSince);
				if (!asked.ok) return asked.failure;
				if (this.isOver()) return undefined;
			}
			if (!(await pause(pauseMs, this.client.signal))) return { kind: 'cancelled', message: '' };
			pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH);
		}
	}

	/** Whether any list has shown a run. */
	get isSeen(): boolean {
		return this.seen.size > 0;
	}

	/** What was done, in a sentence; `undefined` if nothing was. After a failure, no list may show it. */
	get done(): string | undefined {
		const { batchId } = this.batch;
		const { finishedBefore } = this.result();
		const { size: agreed } = this.agreed;
		const parts = [
			agreed === 0 ? [] : `Extend agreed to cancel ${count(agreed, 'run', 'runs')}`,
			finishedBefore === 0
				? []
				: `${count(finishedBefore, 'run was', 'runs were')} already finished`,
		].flat();
		return parts.length === 0 ? undefined : `In batch ${batchId}, ${parts.join(', and ')}.`;
	}

	/** How the runs stood when they were listed last. */
	result(): CancelledBatch {
		const result = {
			runCount: this.runs.length,
			cancelled: 0,
			finishedBefore: 0,
			inReview: 0,
			refused: 0,
			stillOpen: 0,
		};
		for (const { id, status } of this.runs) {
			if (status === REVIEW_STATUS) result.inReview++;
			else if (CANCELLABLE_STATUSES.includes(status)) result.refused++;
			else if (OPEN_STATUSES.includes(status)) result.stillOpen++;
			else if (status === 'CANCELLED' && this.wereOpen.has(id)) result.cancelled++;
			else result.finishedBefore++;
		}
		return result;
	}

	private take(runs: WorkflowRunSummary[]): void {
		const before = this.seen.size;
		this.runs = runs;
		let isAnyOpen = false;
		for (const { id, status } of runs) {
			this.seen.add(id);
			if (!OPEN_STATUSES.includes(status)) continue;
			this.wereOpen.add(id);
			isAnyOpen ||= !this.isGivenUp(id);
		}
		if (isAnyOpen || this.seen.size > before) this.restingSince = steadyNow();
	}

	private isGivenUp(id: string): boolean {
		const { refusals = 0, missingSince = Infinity } = this.tries.get(id) ?? {};
		return refusals >= MOST_REFUSALS || steadyNow() - missingSince > READABLE_WITHIN_MS;
	}

	/** Those that wait come first: they have cost nothing yet. */
	private toCancel(): WorkflowRunSummary[] {
		return CANCELLABLE_STATUSES.flatMap((wanted) =>
			this.runs.filter(({ id, status }) => status === wanted && !this.isGivenUp(id)),
		);
	}

	private async cancelAll(runs: WorkflowRunSummary[]): Promise<CallFailure | undefined> {
		let end: CallFailure | undefined;
		await eachAtOnce(runs, CANCELS_AT_ONCE, async ({ id }) => {
			if (end !== undefined) return;
			const cancelled = await cancelRun(this.client, id);
			if (cancelled.ok) {
				this.agreed.add(id);
				return;
			}
			const { failure } = cancelled;
			if (refusesThisCall(failure)) this.note(id, failure);
			else end = reasonAmong(end, failure);
		});
		return end;
	}

	/** A run that finished meanwhile is refused, and one that is not readable yet is not found. */
	private note(id: string, failure: CallFailure): void {
		this.refusal = failure;
		const { refusals = 0, missingSince = Infinity } = this.tries.get(id) ?? {};
		const isMissing = failure.status === 404;
		this.tries.set(id, {
			refusals: isMissing ? refusals : refusals + 1,
			missingSince: isMissing ? Math.min(missingSince, steadyNow()) : missingSince,
		});
	}

	private isOver(): boolean {
		this.waitingSince ??= steadyNow();
		const open = this.runs.filter(
			({ id, status }) => OPEN_STATUSES.includes(status) && !this.isGivenUp(id),
		);
		if (open.length > 0) return steadyNow() - this.waitingSince > LONGEST_CANCELLING_MS;
		const standing = standingOf({
			statuses: this.runs.map(({ id, status }) => (this.isGivenUp(id) ? 'refused' : status)),
			size: this.size.known,
			isSeen: this.isSeen,
			restingMs: steadyNow() - this.restingSince,
			reviewCountsAsFinished: true,
		});
		return standing !== 'unfinished' && !this.size.isOpen;
	}
}

/**
 * Cancels every run of a batch that is open, and looks again until none is, because runs may become visible
 * late. Safe to do again. Ends within a second when the execution is stopped.
 * @returns what became of the runs, also of those up to a failure; a 404 if Extend never showed one
 */
export async function cancelBatch(
	client: ExtendClient,
	batch: Batch,
): Promise<{
	failure?: CallFailure;
	result: CancelledBatch;
	/** What was done, in a sentence, also up to a failure. */
	done?: string;
	/** What Extend said last of a run that it did not cancel. */
	refusal?: CallFailure;
}> {
	const cancelling = new Cancelling(client, batch);
	const failure = await cancelling.run();
	const { refusal, done } = cancelling;
	const unseen: CallFailure | undefined = cancelling.isSeen
		? undefined
		: { kind: 'refused', status: 404, message: '' };
	return { failure: failure ?? unseen, result: cancelling.result(), done, refusal };
}
