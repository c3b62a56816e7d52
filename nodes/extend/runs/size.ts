import { READABLE_WITHIN_MS, fetchRun } from '../api/runs';
import type { WorkflowRunSummary } from '../api/types';
import type { CallResult, ExtendClient } from '../client/client';
import { placeOf } from './place';

/**
 * Finds out how many runs a batch has, which decides whether its list is whole: as somebody knows, or as the
 * reference in one of its runs says.
 */
export class BatchSize {
	/** Whether a reference may still tell. */
	isOpen: boolean;

	private questions = 0;

	/** @param known how many runs the batch has, if that is known */
	constructor(
		private readonly client: ExtendClient,
		public known: number | undefined,
	) {
		this.isOpen = known === undefined;
	}

	/**
	 * Reads the reference of a run; of another one each time, until one can be read.
	 * @param runs the runs that the list shows
	 * @param restingMs how long the list has been at rest, in milliseconds
	 */
	async ask(
		runs: readonly WorkflowRunSummary[],
		restingMs: number,
	): Promise<CallResult<undefined>> {
		if (!this.isOpen || runs.length === 0) return { ok: true, body: undefined };
		const run = await fetchRun(this.client, runs[this.questions++ % runs.length]!.id);
		if (run.ok) {
			this.known = placeOf(run.body).of;
			this.isOpen = false;
		} else if (run.failure.status === 404) {
			this.isOpen = restingMs < READABLE_WITHIN_MS;
		} else {
			return run;
		}
		return { ok: true, body: undefined };
	}
}
