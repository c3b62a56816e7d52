import type { CallResult, ExtendClient } from '../../extend/client/client';
import { steadyNow } from '../../extend/client/clock';
import { pause } from '../../extend/client/waiting';
import type { CallFailure } from '../../extend/failures/failure';
import { READABLE_WITHIN_MS, fetchRun, listRuns } from '../../extend/api/runs';
import type { WorkflowRun, WorkflowRunSummary } from '../../extend/api/types';
import { createdAtOf } from '../../extend/api/runs';
import { placeOf } from '../../extend/runs/place';
import { hasFailed } from './existingRuns';
import type { ExistingRuns } from './existingRuns';
import type { BatchReader } from './takeOver';

const DAY_MS = 24 * 3_600_000;

/** By how much two looks overlap beyond the settle time, in milliseconds. */
const OVERLAP_MS = 60_000;

/** Pauses while runs are listed but cannot be read yet, in milliseconds. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4_000;

/** How far a look goes. */
export interface LookScope {
	lookBackDays: number;
	/** How long runs may stay unseen. */
	settleMs: number;
	/** Whether the statuses of runs matter that an earlier look has shown. */
	needsStatuses: boolean;
}

/** Reads what Extend has of a workflow's jobs: the list of its runs, and one run of each unknown batch. */
export class JobLook {
	constructor(
		private readonly client: ExtendClient,
		private readonly workflowId: string,
		private readonly existing: ExistingRuns,
	) {}

	/** One look. @returns a failure if it is not complete, so that nothing may be concluded from it */
	async look(scope: LookScope): Promise<CallFailure | undefined> {
		const { client, existing, workflowId } = this;
		let beganAt: number | undefined;
		let end = Infinity;
		const listed = await client.scan<WorkflowRunSummary>(
			'/workflow_runs',
			{ workflowId, sortBy: 'createdAt', sortDir: 'desc' },
			(run) => {
				if (beganAt === undefined) {
					// The answer that brought the first run has told Extend's time.
					beganAt = client.extendNow() ?? Date.now();
					end = this.endOf(scope, beganAt);
				}
				if (createdAtOf(run) < end) return true;
				const { id, batchId, createdAt, initialRunAt, status } = run;
				if (batchId) existing.list(batchId, id, createdAt ?? initialRunAt ?? '', status);
				return false;
			},
		);
		if (!listed.ok) return listed.failure;
		const failure = await this.identify();
		if (failure !== undefined) return failure;
		beganAt ??= client.extendNow() ?? Date.now();
		existing.lookedAt = beganAt;
		existing.lookedBackTo = Math.min(existing.lookedBackTo, beganAt - scope.lookBackDays * DAY_MS);
		return undefined;
	}

	/** Up to when, by Extend's clock, a look goes back. What an earlier look has shown is known. */
	private endOf({ lookBackDays, settleMs, needsStatuses }: LookScope, now: number): number {
		const { lookedAt, lookedBackTo } = this.existing;
		const whole = now - lookBackDays * DAY_MS;
		// Time passes between looks of one execution; a few hours of it do not make another look-back.
		const isKnown = lookedBackTo <= whole + DAY_MS / 4;
		return isKnown && !needsStatuses ? Math.max(whole, lookedAt - settleMs - OVERLAP_MS) : whole;
	}

	/** Reads one run of each batch of which it is not known whose it is. */
	private async identify(): Promise<CallFailure | undefined> {
		const { existing } = this;
		const startedAt = steadyNow();
		let pauseMs = FIRST_PAUSE_MS;
		for (let round = 0; ; round++) {
			const unknown = existing.unknown;
			if (unknown.length === 0) return undefined;
			const results = await Promise.all(
				unknown.map(async ({ batchId, runIds }) => {
					const run = await fetchRun(this.client, runIds[round % runIds.length]!);
					if (run.ok) {
						const { submission, of, document } = placeOf(run.body);
						existing.identify(batchId, submission, of, document);
					}
					return run;
				}),
			);
			const failure = results.find((run) => !run.ok && run.failure.status !== 404);
			if (failure !== undefined && !failure.ok) return failure.failure;
			if (existing.unknown.length === 0) return undefined;
			if (steadyNow() - startedAt >= READABLE_WITHIN_MS) break;
			if (!(await pause(pauseMs, this.client.signal))) return STOPPED;
			pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
		}
		for (const { batchId } of existing.unknown) {
			const listed = await listRuns(this.client, batchId);
			if (!listed.ok) return listed.failure;
			if (listed.body.length > 0) return UNREADABLE;
			existing.isOfNoJob(batchId);
		}
		return undefined;
	}

	/**
	 * Reads the runs of batches of which it must be known, and remembers what they say.
	 * @param fields binary fields in the order in which the files of an item are sent
	 */
	reader(resubmitsFailed: boolean, fields: readonly string[]): BatchReader {
		const { existing } = this;
		return {
			read: async (batch) => {
				// What came to nothing does not count; there is nothing else in it.
				if (resubmitsFailed && existing.isAllFailed(batch)) return { ok: true, body: [] };
				const failure = await this.readRuns(batch.batchId, 'all');
				if (failure !== undefined) return { ok: false, failure };
				const runs = existing.runsIn(batch, fields);
				const places = runs.map(({ position }) => position);
				if (runs.length > 0 && !places.includes(undefined)) {
					batch.documents = runs.map(({ document }) => document);
				}
				const body = runs.filter(({ hasFailed: isFailed }) => !resubmitsFailed || !isFailed);
				return { ok: true, body };
			},
			readFailed: async (batch): Promise<CallResult<string[]>> => {
				if (!resubmitsFailed) return { ok: true, body: [] };
				const { documents = [] } = batch;
				if (existing.isAllFailed(batch)) return { ok: true, body: [...documents] };
				const failure = await this.readRuns(batch.batchId, 'failed');
				if (failure !== undefined) return { ok: false, failure };
				return { ok: true, body: existing.failedIn(batch.batchId) };
			},
		};
	}

	/** Reads runs of a batch. One that stays unreadable was deleted, so it counts no more. */
	private async readRuns(
		batchId: string,
		which: 'all' | 'failed',
	): Promise<CallFailure | undefined> {
		const startedAt = steadyNow();
		for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
			let failure: CallFailure | undefined;
			let missing = 0;
			await Promise.all(
				this.existing.unread(batchId, which).map(async (runId) => {
					const run = await fetchRun(this.client, runId, () => failure === undefined);
					if (run.ok) this.existing.keep(batchId, runId, readingOf(run.body));
					else if (run.failure.status === 404) missing++;
					else failure ??= run.failure;
				}),
			);
			if (failure !== undefined) return failure;
			if (missing === 0 || steadyNow() - startedAt >= READABLE_WITHIN_MS) return undefined;
			if (!(await pause(pauseMs, this.client.signal))) return STOPPED;
		}
	}
}

const STOPPED: CallFailure = { kind: 'cancelled', message: '' };

const UNREADABLE: CallFailure = {
	kind: 'unknown',
	status: 404,
	message: 'Runs are listed that cannot be read.',
};

function readingOf(run: WorkflowRun) {
	const { document = '', item, file: field } = placeOf(run);
	const fileId = run.files?.[0]?.id ?? undefined;
	return { document, item, field, fileId, hasFailed: hasFailed(run.status) };
}
