import type { IDataObject, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

import { ExtendClient } from '../../extend/client/client';
import { steadyNow } from '../../extend/client/clock';
import { explain } from '../../extend/failures/explanation';
import { OUT_OF_TIME, concernsAll } from '../../extend/failures/failure';
import type { CallFailure } from '../../extend/failures/failure';
import { fetchRun, listRuns } from '../../extend/api/runs';
import { batchReport, resultOf } from '../../extend/rows/reports';
import type { WorkflowRunSummary } from '../../extend/api/types';
import { getEndpoint } from '../../extend/api/webhooks';
import { isAnswered, nothingToDo, tryAgain, whetherAccepted } from '../answers';
import type { TriggerSettings } from '../parameters';
import { forgetBatches } from './registry';
import type { Batch, EndpointBatches } from './registry';

/** With more than this to fetch, the delivery is answered before. */
const MOST_FETCHED_BEFORE_ANSWER = 40;

/** How long the question may take whether the endpoint is still there. */
const LONGEST_ENDPOINT_CHECK_MS = 5_000;

/**
 * How long a run may be listed that cannot be fetched: because it is not there, as for some seconds after
 * the submission or from when it is deleted until it is off the list; or because Extend fails.
 */
const MISSING_RUN_PATIENCE_MS = 5 * 60_000;
const FAILING_RUN_PATIENCE_MS = 60 * 60_000;

const UNREADABLE_RUN = 'Extend lists this run, but does not return its results';

/** What came of asking Extend about a batch. */
export type Answer =
	| { kind: 'finished'; items: INodeExecutionData[] }
	/** Finished, but there is nothing to start an execution with. */
	| { kind: 'nothing' }
	/** Runs are under way, or some are not in the list so far. */
	| { kind: 'unfinished' }
	/** Somebody else is asking. */
	| { kind: 'busy' }
	/** Extend could not be asked, or not for everything. */
	| { kind: 'trouble' };

/**
 * Asks Extend about batches with the means of one delivery, and makes the items of those that are finished.
 * A delivery can start one execution only: if it is to start another one by its own event, Extend is told to
 * send it again.
 */
export class Finishing {
	private client: ExtendClient | undefined;

	constructor(
		private readonly context: IWebhookFunctions,
		private readonly endpoint: EndpointBatches,
		private readonly settings: TriggerSettings,
		private readonly isToComeAgain: boolean,
	) {}

	/**
	 * Asks Extend whether a batch is finished. Of several that want to know, one asks, and one learns that it
	 * is: from then on the batch counts as reported, unless n8n cannot start the execution.
	 * @param withinMs how long it may take until the delivery is answered
	 */
	async ask(batch: Batch, withinMs = Infinity): Promise<Answer> {
		if (batch.isAsking) {
			batch.askAgain();
			return { kind: 'busy' };
		}
		batch.isAsking = true;
		try {
			const answer = await this.askAlone(batch, withinMs);
			if (answer.kind === 'trouble') batch.progress.miss(steadyNow());
			return answer;
		} catch (error) {
			batch.progress.miss(steadyNow());
			this.warn(batch, error instanceof Error ? error.name : 'unknown');
			return { kind: 'trouble' };
		} finally {
			batch.isAsking = false;
		}
	}

	private async askAlone(batch: Batch, withinMs: number): Promise<Answer> {
		const client = await this.connect(batch);
		if (client === undefined) return { kind: 'trouble' };
		const inTime = client.within({ withinMs, isWanted: () => !this.endpoint.isForgotten });
		batch.takeAskAgain();
		do {
			const askedAt = steadyNow();
			const listed = await listRuns(inTime, batch.id);
			if (!listed.ok) return this.trouble(batch, listed.failure);
			if (batch.progress.see(listed.body, steadyNow(), askedAt)) {
				return await this.finish(batch, listed.body, client, inTime);
			}
		} while (batch.takeAskAgain() && batch.progress.isDue);
		return { kind: 'unfinished' };
	}

	/** A credential that is gone must not make each event an execution that fails. */
	private async connect(batch: Batch): Promise<ExtendClient | undefined> {
		try {
			this.client ??= await ExtendClient.connect(this.context);
		} catch {
			this.warn(batch, 'its credential cannot be used');
		}
		return this.client;
	}

	private trouble(batch: Batch, failure: CallFailure): Answer {
		if (this.endpoint.isForgotten) return { kind: 'nothing' };
		// One that was told to wait knows for how long; any other begins anew, with the credential of then.
		const isWaiting = failure.status === 429 || failure.code === OUT_OF_TIME;
		if (!isWaiting) this.client = undefined;
		this.warn(
			batch,
			isWaiting ? 'Extend allows no calls right now' : explain(failure, 'batch').happened,
		);
		return { kind: 'trouble' };
	}

	private warn(batch: Batch, reason: string): void {
		this.context.logger.warn(
			`Extend Trigger could not ask Extend whether a batch is finished and will ask again: ${reason}`,
			{ batchId: batch.id },
		);
	}

	/**
	 * @param client bounded by nothing
	 * @param inTime bounded by the time until the delivery must be answered
	 */
	private async finish(
		batch: Batch,
		runs: WorkflowRunSummary[],
		client: ExtendClient,
		inTime: ExtendClient,
	): Promise<Answer> {
		const { context, endpoint, settings } = this;
		const wanted = runs.filter(
			({ status }) => settings.statuses.length === 0 || settings.statuses.includes(status),
		);
		const results = await this.results(batch, wanted, client, inTime);
		if (!Array.isArray(results)) return this.trouble(batch, results);

		// The trigger may have been unpublished, or published anew, since this delivery came.
		const known = await getEndpoint(
			client.within({ withinMs: LONGEST_ENDPOINT_CHECK_MS }),
			endpoint.endpointId,
		);
		if (!known.ok && known.failure.status === 404) {
			endpoint.isForgotten = true;
			forgetBatches(endpoint.endpointId);
		}
		if (endpoint.isForgotten) return { kind: 'nothing' };
		if (results.length > 0 && this.isToComeAgain) tryAgain(context);
		if (results.length === 0 || isAnswered(context)) {
			endpoint.close(batch);
		} else {
			batch.reporting = whetherAccepted(context).then((isAccepted) => {
				batch.reporting = undefined;
				if (isAccepted) endpoint.close(batch);
				return isAccepted;
			});
		}
		if (results.length === 0) return { kind: 'nothing' };
		return {
			kind: 'finished',
			items: batchReport(batch.id, runs, results).map((json) => ({ json })),
		};
	}

	/** What the items carry of each run, or why some of it cannot be had now. */
	private async results(
		batch: Batch,
		runs: WorkflowRunSummary[],
		client: ExtendClient,
		inTime: ExtendClient,
	): Promise<IDataObject[] | CallFailure> {
		const { context, settings } = this;
		if (settings.output === 'summary') return runs.map((run) => resultOf(run, 'summary'));
		const kept = runs.map(({ id, status }) => batch.kept.of(id, status));
		const isMuch = kept.filter((json) => json === undefined).length > MOST_FETCHED_BEFORE_ANSWER;
		if (isMuch && this.isToComeAgain) tryAgain(context);
		else if (isMuch) nothingToDo(context);
		let failure: CallFailure | undefined;
		let notThere: CallFailure | undefined;
		const isWanted = () => failure === undefined && !this.endpoint.isForgotten;
		const fetching = (isAnswered(context) ? client : inTime).within({ isWanted });
		const results = await Promise.all(
			runs.map(async (run, index) => {
				const json = kept[index];
				if (json !== undefined) return json;
				const fetched = await fetchRun(fetching, run.id);
				if (fetched.ok) {
					const result = resultOf(fetched.body, settings.output);
					batch.unreadableSince.delete(run.id);
					batch.kept.keep(run.id, run.status, result);
					return result;
				}
				if (this.isPatienceOver(batch, run.id, fetched.failure)) {
					return resultOf({ ...run, failureMessage: UNREADABLE_RUN }, settings.output);
				}
				// One that is not there must not keep the others from being fetched.
				if (fetched.failure.status === 404) notThere ??= fetched.failure;
				else failure ??= fetched.failure;
				return undefined;
			}),
		);
		const whole = results.filter((json) => json !== undefined);
		return whole.length === runs.length ? whole : (failure ?? notThere!);
	}

	/** Whether a run could not be fetched for so long that the batch must not wait for it any more. */
	private isPatienceOver({ unreadableSince }: Batch, runId: string, failure: CallFailure): boolean {
		const { kind, status } = failure;
		// Without an answer, or with one that concerns all, nothing is known of the run.
		if (status === undefined || concernsAll(failure)) return false;
		const now = steadyNow();
		const since = unreadableSince.get(runId) ?? now;
		unreadableSince.set(runId, since);
		return now - since >= (kind === 'refused' ? MISSING_RUN_PATIENCE_MS : FAILING_RUN_PATIENCE_MS);
	}
}
