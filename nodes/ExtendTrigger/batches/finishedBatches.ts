import type { INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import { steadyNow } from '../../extend/client/clock';
import { placeOf } from '../../extend/runs/place';
import type { WorkflowRun } from '../../extend/api/types';
import { inTime } from '../../extend/client/waiting';
import { isAnswered } from '../answers';
import type { TriggerSettings } from '../parameters';
import { resultOf } from '../../extend/rows/reports';
import { Finishing } from './finishing';
import type { Answer } from './finishing';
import { batchesOf } from './registry';
import type { Batch, EndpointBatches } from './registry';

/** A run of a batch, as an event tells of it. */
export type BatchRun = WorkflowRun & { batchId: string; reviewed?: boolean };

/** How often a watch looks whether there is something to do. */
const LOOK_AROUND_MS = 500;

/** What a delivery has to do after a run's event was taken in. */
export type BatchOutcome = {
	/** Whether to stay and look after the endpoint's batches from time to time. */
	isToWatch: boolean;
} & (
	| { kind: 'finished'; items: INodeExecutionData[] }
	/** Accept the event; it starts nothing. */
	| { kind: 'nothing' }
	/** Have Extend send it again: if all else fails, that will find the batch finished. */
	| { kind: 'again' }
);

/**
 * Finds the moment at which the last run of a batch has come to rest. A batch that is not reported is never
 * left to one thing alone: as long as Extend cannot be asked about one that may be finished, its events are
 * not accepted, so that Extend sends them again; and deliveries stay and ask by themselves. Each of them
 * looks after all batches of its endpoint, and can start the execution of one.
 */
export class FinishedBatches {
	private readonly endpoint: EndpointBatches;

	private readonly finishing: Finishing;

	/** @param isToComeAgain whether the delivery that finishes a batch is to come again, for its own event */
	constructor(
		private readonly context: IWebhookFunctions,
		endpointId: string,
		private readonly settings: TriggerSettings,
		isToComeAgain: boolean,
	) {
		this.endpoint = batchesOf(endpointId);
		this.finishing = new Finishing(context, this.endpoint, settings, isToComeAgain);
	}

	/**
	 * Takes the event of a run at rest in, and asks Extend if its batch may be finished.
	 * @param withinMs how long it may take until the delivery is answered
	 */
	async take(run: BatchRun, withinMs: number): Promise<BatchOutcome> {
		const { endpoint, settings } = this;
		const nothing: BatchOutcome = { kind: 'nothing', isToWatch: false };
		const known = endpoint.find(run.batchId);
		if (known?.reporting !== undefined) {
			const reported = await inTime(known.reporting, withinMs);
			if (reported === undefined) return { kind: 'again', isToWatch: false };
		}
		if (endpoint.isReported(run.batchId)) return nothing;
		// It was at rest when it went to review, and that may have finished the batch long ago.
		const isLate = run.reviewed === true && settings.reviewCountsAsFinished;
		if (known === undefined && isLate) return nothing;

		const batch = this.note(run);
		// Runs may have ended before this process heard of the batch. Where nobody stays to look, Extend is
		// asked at once which ones are still open; their events then tell.
		const isLeftAlone = batch.progress.isUnseen && endpoint.isShortOfWatches;
		if (!batch.progress.isDue && !isLeftAlone) {
			return { kind: 'nothing', isToWatch: endpoint.wantsWatch(false) };
		}
		return this.outcomeOf(await this.finishing.ask(batch, withinMs), batch);
	}

	/** Whether an event may wait for its next delivery, so that this one can stay: not twice, or it gets lost. */
	sendAgain(eventId: string): boolean {
		return this.endpoint.sendAgain(eventId);
	}

	/** Stays until a batch of the endpoint is finished, or there is none left to look after. */
	async watch(): Promise<INodeExecutionData[] | undefined> {
		const { endpoint, context } = this;
		return await endpoint.whileWatched(async () => {
			for (;;) {
				await sleep(LOOK_AROUND_MS);
				for (const batchId of endpoint.giveUp(steadyNow())) {
					context.logger.warn(
						'Extend Trigger received nothing about a batch for a day and stops waiting for it; Extend List Runs by Batch lists its runs',
						{ batchId },
					);
				}
				if (endpoint.isForgotten || endpoint.hasIdleWatch) return undefined;
				const [batch] = endpoint.due(steadyNow());
				if (batch === undefined) continue;
				const answer = await this.finishing.ask(batch);
				if (answer.kind === 'finished') return answer.items;
			}
		});
	}

	private note(run: BatchRun): Batch {
		const { endpoint, settings } = this;
		const now = steadyNow();
		const batch =
			endpoint.find(run.batchId) ?? endpoint.add(run.batchId, settings.reviewCountsAsFinished, now);
		batch.progress.hear(run.id, placeOf(run).of, now);
		if (settings.output !== 'summary') {
			batch.kept.keep(run.id, String(run.status), resultOf(run, settings.output));
		}
		return batch;
	}

	private outcomeOf(answer: Answer, batch: Batch): BatchOutcome {
		const { endpoint, context } = this;
		const { isDue } = batch.progress;
		switch (answer.kind) {
			case 'finished':
			case 'nothing':
				return { ...answer, isToWatch: false };
			case 'unfinished':
				// Where only Extend's list lags behind its events, the watch is short.
				if (endpoint.wantsWatch(isDue)) return { kind: 'nothing', isToWatch: true };
				batch.isOwed = isDue && endpoint.isShortOfWatches;
				return { kind: batch.isOwed ? 'again' : 'nothing', isToWatch: false };
			case 'busy':
				return { kind: batch.isOwed ? 'again' : 'nothing', isToWatch: false };
			case 'trouble':
				batch.isOwed = true;
				return { kind: 'again', isToWatch: isAnswered(context) || endpoint.wantsWatch(true) };
		}
	}
}
