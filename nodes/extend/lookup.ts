import { ExtendClient } from './client';
import type { CallFailure } from './failure';
import { submissionOf } from './reference';
import type { WorkflowRun, WorkflowRunSummary } from './types';
import { pause } from './waiting';

/** Clocks of n8n and Extend may differ by this much, in milliseconds. */
const CLOCK_SKEW_MS = 60_000;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** How much longer to try when looking itself fails, in milliseconds. */
const EXTRA_TIME_WHEN_LOOKING_FAILS_MS = 120_000;

/** A submission whose answer was lost. */
export interface LostSubmission {
	submission: string;
	workflowId: string;
	/** When it was sent, in milliseconds of n8n's clock. */
	attemptedAt: number;
}

/** What a look-up found out. Only `notFound` is a reason to submit again. */
export type LookupResult =
	| { outcome: 'found'; batchId: string }
	| { outcome: 'notFound' }
	| { outcome: 'cannotTell'; failure: CallFailure };

/**
 * Looks for lost submissions among the newest runs of a workflow. What is learned about other batches
 * is kept for later look-ups of the same node run, so that each foreign batch is looked into once.
 */
export class SubmissionLookup {
	/** Batches that were looked into, and the submission that each belongs to, if it has a reference. */
	private readonly known = new Map<string, string | undefined>();

	constructor(private readonly client: ExtendClient) {}

	/** Says that a batch is already accounted for. */
	ruleOut(batchId: string): void {
		if (!this.known.has(batchId)) this.known.set(batchId, undefined);
	}

	/**
	 * Looks again and again, with growing pauses, until the submission is found or `settleUntil` is over,
	 * because runs may become visible late. It says `notFound` only after a complete look at the end.
	 */
	async find(lost: LostSubmission, settleUntil: number): Promise<LookupResult> {
		for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.7, LONGEST_PAUSE_MS)) {
			const lookedAt = Date.now();
			const look = await this.look(lost);
			if (typeof look === 'string') {
				this.ruleOut(look);
				return { outcome: 'found', batchId: look };
			}
			if (look === undefined && lookedAt >= settleUntil) return { outcome: 'notFound' };
			const isHopeless =
				look !== undefined &&
				(look.kind === 'refused' || lookedAt >= settleUntil + EXTRA_TIME_WHEN_LOOKING_FAILS_MS);
			if (isHopeless) return { outcome: 'cannotTell', failure: look };

			const left = Math.max(settleUntil - Date.now(), look === undefined ? 0 : FIRST_PAUSE_MS);
			if (!(await pause(Math.min(pauseMs, left), this.client.signal))) {
				return { outcome: 'cannotTell', failure: { kind: 'interrupted', message: '' } };
			}
		}
	}

	/** One look. @returns the batch id if found, a failure if the look is incomplete, else `undefined` */
	private async look(lost: LostSubmission): Promise<string | CallFailure | undefined> {
		const since = lost.attemptedAt - CLOCK_SKEW_MS;
		const candidates = new Map<string, string>();
		const listed = await this.client.list<WorkflowRunSummary>(
			'/workflow_runs',
			{ workflowId: lost.workflowId, sortBy: 'createdAt', sortDir: 'desc' },
			(run) => Date.parse(run.createdAt ?? run.initialRunAt ?? '') < since,
		);
		for (const { batchId, id } of listed.ok ? listed.body : []) {
			if (batchId && !candidates.has(batchId)) candidates.set(batchId, id);
		}

		let failure = listed.ok ? undefined : listed.failure;
		for (const [batchId, runId] of candidates) {
			if (!this.known.has(batchId)) {
				const run = await this.client.attempt<WorkflowRun>(
					ExtendClient.get(`/workflow_runs/${encodeURIComponent(runId)}`),
				);
				if (run.ok) this.known.set(batchId, submissionOf(run.body.metadata));
				// A run that is listed but cannot be read (deleted, or not yet there) leaves the look incomplete.
				else
					failure ??=
						run.failure.status === 404 ? { ...run.failure, kind: 'unknown' } : run.failure;
			}
			if (this.known.get(batchId) === lost.submission) return batchId;
		}
		return failure;
	}
}
