import type { IDataObject } from 'n8n-workflow';

import { fetchRun } from '../extend/api/runs';
import type { WorkflowRun, WorkflowRunSummary } from '../extend/api/types';
import type { ExtendClient } from '../extend/client/client';
import { concernsAll } from '../extend/failures/failure';
import type { CallFailure } from '../extend/failures/failure';
import { KeptResults } from '../extend/runs/keptResults';
import type { KeptRoom } from '../extend/runs/keptResults';
import { placeOf } from '../extend/runs/place';
import { resultOf } from '../extend/rows/reports';
import type { ReportOutput } from '../extend/rows/reports';

/** Batches of which results are kept from poll to poll, and bytes: for each, and for all. */
const MOST_KEPT_BATCHES = 50;
const MOST_KEPT_BYTES = 96 * 1024 * 1024;
const ROOM: KeptRoom = { bytes: 0, most: 128 * 1024 * 1024 };

/** How long a run may be listed that cannot be fetched: because it is not there, or because Extend fails. */
const MISSING_PATIENCE_MS = 5 * 60_000;
const FAILING_PATIENCE_MS = 60 * 60_000;

/** What is said of a run whose results cannot be had. */
export const UNREADABLE_RUN = 'Extend lists this run, but does not return its results';

/** What is said of a run for whose results there is no room. */
export const TOO_LARGE_BATCH =
	'The results of this batch are too large for one poll. Choose another Output, or get them with Extend List Runs by Batch';

/**
 * Results of batches that took longer than one poll, in this process. They only save calls: what is not here is
 * fetched again.
 */
const kept = new Map<string, KeptResults>();

function keptOf(key: string): KeptResults {
	const results = kept.get(key) ?? new KeptResults(MOST_KEPT_BYTES, ROOM);
	kept.delete(key);
	kept.set(key, results);
	for (const oldest of kept.keys()) {
		if (kept.size <= MOST_KEPT_BATCHES) break;
		forget(oldest);
	}
	return results;
}

function forget(key: string): void {
	kept.get(key)?.clear();
	kept.delete(key);
}

/** Keeps a result; where there is no room for it, the other batches have to begin anew. */
function keepResult(key: string, run: WorkflowRunSummary, result: IDataObject): void {
	const keep = () => keptOf(key).keep(run.id, run.status, result);
	if (keep() || keptOf(key).isFull) return;
	for (const other of [...kept.keys()]) if (other !== key) forget(other);
	keep();
}

/** Whether a failure says something about the one run that was asked for, and nothing about all others. */
function isOfRun({ kind, status }: CallFailure): boolean {
	return status === 404 || (kind === 'unknown' && status !== undefined && status >= 500);
}

/** Whether it is no use to wait any longer for a run that cannot be fetched. */
export function isPatienceOver(failure: CallFailure, waitedMs: number): boolean {
	if (concernsAll(failure) || !isOfRun(failure)) return false;
	return waitedMs >= (failure.status === 404 ? MISSING_PATIENCE_MS : FAILING_PATIENCE_MS);
}

/** What came of fetching the runs of a batch: their results in order, or why some are missing. */
export type BatchResults =
	| { results: IDataObject[] }
	/** One run cannot be read now; the others are there. */
	| { unreadable: CallFailure }
	| { failure: CallFailure };

/** The results of one batch. */
export class ResultsOfBatch {
	private readonly key: string;

	/** @param owner differs for each trigger */
	constructor(
		private readonly client: ExtendClient,
		private readonly output: ReportOutput,
		owner: string,
		batchId: string,
	) {
		this.key = `${owner} ${output} ${batchId}`;
	}

	/**
	 * How many runs the batch has, as the reference in one of them tells; 0 if it has none.
	 * @param run any run of the batch
	 */
	async size(run: WorkflowRunSummary): Promise<number | CallFailure> {
		const fetched = await fetchRun(this.client, run.id);
		if (!fetched.ok) return fetched.failure;
		this.keep(run, fetched.body);
		return placeOf(fetched.body).of ?? 0;
	}

	/**
	 * The results of the given runs. Those that were fetched are kept until `forget`, so that the next poll can
	 * go on.
	 * @param waitedMs how long runs of the batch could not be fetched
	 * @param isHopeless whether a call failed because even the time of a whole poll was too short
	 */
	async of(
		runs: readonly WorkflowRunSummary[],
		waitedMs: number,
		isHopeless: (failure: CallFailure) => boolean,
	): Promise<BatchResults> {
		const { client, output } = this;
		if (output === 'summary') return { results: runs.map((run) => resultOf(run, output)) };
		let failure: CallFailure | undefined;
		let unreadable: CallFailure | undefined;
		// Where the last poll could not keep all results, this one has to fetch the others, or nobody can.
		const isLastTry = keptOf(this.key).isFull;
		const fetching = client.within({ isWanted: () => failure === undefined });
		const results = await Promise.all(
			runs.map(async (run) => {
				const known = keptOf(this.key).of(run.id, run.status);
				if (known !== undefined) return known;
				const fetched = await fetchRun(fetching, run.id);
				if (fetched.ok) return this.keep(run, fetched.body);
				if (isPatienceOver(fetched.failure, waitedMs)) return unreadableResult(run, output);
				if (isLastTry && isHopeless(fetched.failure)) {
					return unreadableResult(run, output, TOO_LARGE_BATCH);
				}
				if (isOfRun(fetched.failure)) unreadable ??= fetched.failure;
				else failure ??= fetched.failure;
				return undefined;
			}),
		);
		if (failure !== undefined) return { failure };
		if (unreadable !== undefined) return { unreadable };
		return { results: results.filter((result) => result !== undefined) };
	}

	/** The batch has been reported. */
	forget(): void {
		forget(this.key);
	}

	private keep(run: WorkflowRunSummary, whole: WorkflowRun): IDataObject {
		const result = resultOf(whole, this.output);
		if (this.output !== 'summary') keepResult(this.key, run, result);
		return result;
	}
}

/** What is told of a run that cannot be read. */
export function unreadableResult(
	run: Pick<WorkflowRunSummary, 'id' | 'status'>,
	output: ReportOutput,
	failureMessage = UNREADABLE_RUN,
): IDataObject {
	return resultOf({ ...run, failureMessage }, output);
}
