import type { IDataObject } from 'n8n-workflow';

import type { CallResult, ExtendClient } from '../extend/client/client';
import { steadyNow } from '../extend/client/clock';
import { refusesEveryCall } from '../extend/failures/failure';
import type { CallFailure } from '../extend/failures/failure';
import { expandRun } from '../extend/rows/simplify';
import { placeOf } from '../extend/runs/place';
import { READABLE_WITHIN_MS, fetchRun, listRuns } from '../extend/api/runs';
import { asJson, resultOf } from '../extend/rows/reports';
import type { WorkflowRunSummary } from '../extend/api/types';
import { waitForBatches } from './collect/waitForBatches';
import type { BatchStanding } from './collect/waitForBatches';
import { eachAtOnce, pause } from '../extend/client/waiting';
import type { EarlierLooks } from './collect/earlierLooks';
import type { BatchRequest } from './parameters';
import { selectRuns } from './collect/selection';

/** A run that was asked for, and what came of it: what is told of it, or why there is nothing. */
export interface CollectedRun {
	summary: WorkflowRunSummary;
	/** One for each item that tells of it: several only where the entries of a list become items. */
	rows?: IDataObject[];
	/** The lists that it has, where their entries may become items. */
	lists?: string[];
	/** Its place among the inputs of its batch, if it was fetched and tells. */
	place?: ReturnType<typeof placeOf>;
	failure?: CallFailure;
}

/** What became of a batch that was asked for. */
export interface CollectedBatch {
	request: BatchRequest;
	/** How it stood when it was listed; absent if it could not be. */
	standing?: BatchStanding;
	/** Why it could not be listed. */
	failure?: CallFailure;
	runs: CollectedRun[];
}

/** Batches that are listed side by side; few, because each page can be a megabyte. */
const LISTS_AT_ONCE = 6;

/** Runs that are fetched side by side. How many calls are under way is up to the client. */
const FETCHES_AT_ONCE = 32;

/** The first of the pauses before a run is fetched again that is listed, but cannot be read yet. */
const FIRST_LATE_PAUSE_MS = 1_000;

interface RunToFetch {
	batch: CollectedBatch;
	run: CollectedRun;
}

/** Whether the time for a batch was over, and that counts as a failure. */
export function isTimedOut({ request, standing }: CollectedBatch): boolean {
	return standing?.state === 'unfinished' && request.settings.wait?.onTimeout === 'fail';
}

/** Whether the time for a batch was over, and it is to be looked at again later. */
export function isNotFinished({ standing, request }: CollectedBatch): boolean {
	return standing?.state === 'unfinished' && request.settings.wait?.onTimeout === 'separate';
}

/** Whether the node waited for a batch of which Extend never showed a run. */
export function isUnseen({ standing }: CollectedBatch): boolean {
	return standing?.state === 'unseen';
}

/** Whether a batch leaves as an error instead of runs. */
export function isFailed(batch: CollectedBatch): boolean {
	return batch.failure !== undefined || isTimedOut(batch) || isUnseen(batch);
}

/** Whether a run was deleted after it had been listed. */
export function isVanished({ failure }: CollectedRun): boolean {
	return failure?.status === 404;
}

/** Lists, waits for and fetches what the input items ask for. */
export class RunCollector {
	private isStopped = false;

	/**
	 * @param stopsAtFirst whether the first failure ends the job, as with "On Error: Stop"
	 * @param earlierLooks what earlier turns of a loop saw; the looks of this one are kept there
	 */
	constructor(
		private readonly client: ExtendClient,
		private readonly stopsAtFirst: boolean,
		private readonly earlierLooks: EarlierLooks,
	) {}

	/** Does the job; it never throws for a call that fails. */
	async collect(requests: BatchRequest[]): Promise<CollectedBatch[]> {
		const standings = await this.standings(requests);
		const batches = requests.map((request, index): CollectedBatch => {
			const standing = standings[index]!;
			if (!standing.ok) return { request, failure: standing.failure, runs: [] };
			const runs = selectRuns(standing.body.runs, request.settings);
			return {
				request,
				standing: standing.body,
				runs: runs.map((summary) => ({ summary })),
			};
		});
		if (!this.stopsAtFirst || !batches.some(isFailed)) {
			await this.complete(batches.filter((batch) => !isFailed(batch) && !isNotFinished(batch)));
		}
		return batches;
	}

	private async standings(requests: BatchRequest[]): Promise<Array<CallResult<BatchStanding>>> {
		const results = new Map<BatchRequest, CallResult<BatchStanding>>();
		const awaited = requests.flatMap((request) => {
			const { batchId, expectedRuns, settings } = request;
			if (settings.wait === null) return [];
			const { timeoutMinutes, reviewCountsAsFinished, onTimeout } = settings.wait;
			const timeoutMs = timeoutMinutes * 60_000;
			const comesBack = onTimeout === 'separate';
			const key = `${batchId} ${reviewCountsAsFinished}`;
			const lastLook = comesBack ? this.earlierLooks.of(key) : undefined;
			const batch = {
				batchId,
				expectedRuns,
				timeoutMs,
				reviewCountsAsFinished,
				comesBack,
				lastLook,
			};
			return [{ request, key, ...batch }];
		});
		const waited = await waitForBatches(this.client, awaited);
		for (const [index, { request, key }] of awaited.entries()) {
			const result = waited[index]!;
			results.set(request, result);
			this.earlierLooks.keep(key, result.ok ? result.body.look : undefined);
		}

		const others = requests.filter(({ settings }) => settings.wait === null);
		await eachAtOnce(others, LISTS_AT_ONCE, async (request) => {
			results.set(request, await this.list(request));
		});
		return requests.map((request) => results.get(request)!);
	}

	private async list({ batchId, expectedRuns }: BatchRequest): Promise<CallResult<BatchStanding>> {
		if (this.isStopped) return { ok: false, failure: { kind: 'cancelled', message: '' } };
		const listed = await listRuns(this.client, batchId);
		if (listed.ok)
			return { ok: true, body: { runs: listed.body, state: 'finished', expectedRuns } };
		this.note(listed.failure);
		return listed;
	}

	/** Gives each run its rows, and fetches it for that if need be. */
	private async complete(batches: CollectedBatch[]): Promise<void> {
		const whole: RunToFetch[] = [];
		for (const batch of batches) {
			const { output, joinInput } = batch.request.settings;
			for (const run of batch.runs) {
				if (output === 'summary') run.rows = [asJson(run.summary)];
				// Only a whole run tells from which input it is.
				if (output !== 'summary' || joinInput) whole.push({ batch, run });
			}
		}
		await this.fetchAll(whole);
		await this.fetchLate(whole.filter(({ run }) => isVanished(run)));
	}

	/** Fetches runs again that cannot be read, as long as they are listed and it is not too long. */
	private async fetchLate(runs: RunToFetch[]): Promise<void> {
		const end = steadyNow() + READABLE_WITHIN_MS;
		let missing = runs;
		for (let pauseMs = FIRST_LATE_PAUSE_MS; missing.length > 0; pauseMs *= 2) {
			missing = await this.stillListed(missing);
			const left = end - steadyNow();
			if (missing.length === 0 || left <= 0 || this.isStopped) return;
			if (!(await pause(Math.min(pauseMs, left), this.client.signal))) return;
			await this.fetchAll(missing);
			missing = missing.filter(({ run }) => isVanished(run));
		}
	}

	/** Those of some runs that Extend still lists; what is not listed any more was deleted. */
	private async stillListed(runs: RunToFetch[]): Promise<RunToFetch[]> {
		const deleted = new Set(runs.map(({ run }) => run.summary.id));
		const batchIds = [...new Set(runs.map(({ batch }) => batch.request.batchId))];
		await eachAtOnce(batchIds, LISTS_AT_ONCE, async (batchId) => {
			const listed = await listRuns(this.client, batchId);
			const known = listed.ok ? listed.body : runs.map(({ run }) => run.summary);
			for (const { id } of known) deleted.delete(id);
		});
		return runs.filter(({ run }) => !deleted.has(run.summary.id));
	}

	private async fetchAll(runs: RunToFetch[]): Promise<void> {
		await eachAtOnce(runs, FETCHES_AT_ONCE, async ({ batch, run }) => {
			await this.fetch(run, batch.request.settings);
		});
	}

	private async fetch(
		run: CollectedRun,
		{ output, expandList }: BatchRequest['settings'],
	): Promise<void> {
		const fetched = await fetchRun(this.client, run.summary.id, () => !this.isStopped);
		if (!fetched.ok) {
			this.note(fetched.failure);
			run.failure = fetched.failure;
			return;
		}
		delete run.failure;
		run.place = placeOf(fetched.body);
		if (expandList !== '') Object.assign(run, expandRun(fetched.body, expandList));
		else if (output !== 'summary') run.rows = [resultOf(fetched.body, output)];
	}

	/** Ends the job if no further call can succeed, or none is wanted. */
	private note(failure: CallFailure): void {
		const { status, kind } = failure;
		const isVanishedRun = status === 404;
		if (kind === 'interrupted' || refusesEveryCall(failure)) this.isStopped = true;
		if (this.stopsAtFirst && !isVanishedRun) this.isStopped = true;
	}
}
