import type { IDataObject, INodeExecutionData, IPairedItemData } from 'n8n-workflow';

import type { Complaint } from '../extend/checks';
import { complaintItem, errorItem } from '../extend/errorItems';
import { explain, quote } from '../extend/explanation';
import type { CallFailure } from '../extend/failure';
import { timeoutDetails, timeoutHeadline } from './account';
import { isTimedOut, isVanished } from './collector';
import type { CollectedBatch, CollectedRun } from './collector';
import type { JoiningItems } from './inputItems';

/** Links to input items; one list for all runs of a batch, because a thousand items may name it. */
function linksTo(items: number[]): IPairedItemData | IPairedItemData[] {
	return items.length === 1 ? { item: items[0]! } : items.map((item) => ({ item }));
}

function detailsOf(failure: CallFailure, advice: string, ids: IDataObject): IDataObject {
	const { status, code, requestId } = failure;
	return {
		...ids,
		description: [advice, quote(failure)].filter((part) => part !== '').join(' '),
		...(status === undefined ? {} : { httpCode: status }),
		...(code === undefined ? {} : { code }),
		...(requestId === undefined ? {} : { requestId }),
	};
}

/** One error item for each item that named a batch which could not be listed, or whose time was over. */
function batchErrors(batch: CollectedBatch): INodeExecutionData[] {
	const { request, failure } = batch;
	const { batchId, items } = request;
	if (failure === undefined) {
		const details = { batchId, description: timeoutDetails(batch) };
		return items.map((item) => errorItem(item, timeoutHeadline(batch), details));
	}
	const { happened, advice } = explain(failure, 'batch');
	const headline =
		failure.kind === 'cancelled'
			? 'The runs of the batch were not listed: the job had to stop before'
			: `The runs of the batch could not be listed: ${happened}`;
	const details = detailsOf(failure, advice, { batchId });
	return items.map((item) => errorItem(item, headline, details));
}

/** Why a run could not be fetched, and what to do. */
function reasonOf(run: CollectedRun, failure: CallFailure): { headline: string; advice: string } {
	if (isVanished(run)) {
		return {
			headline: 'The run no longer exists in Extend',
			advice: 'It was deleted after it had been listed.',
		};
	}
	if (failure.kind === 'cancelled') {
		return { headline: 'The run was not fetched: the job had to stop before', advice: '' };
	}
	const { happened, advice } = explain(failure, 'run');
	return { headline: `The run could not be fetched: ${happened}`, advice };
}

/** The items of a batch: one for each run, linked to all items that named the batch. */
function runItems(batch: CollectedBatch): {
	good: INodeExecutionData[];
	errors: INodeExecutionData[];
} {
	const { batchId, items } = batch.request;
	const pairedItem = linksTo(items);
	const good: INodeExecutionData[] = [];
	const errors: INodeExecutionData[] = [];
	for (const run of batch.runs) {
		const { json, failure, summary } = run;
		if (failure !== undefined) {
			const { headline, advice } = reasonOf(run, failure);
			const details = detailsOf(failure, advice, { batchId, runId: summary.id });
			errors.push({ ...errorItem(items[0] ?? 0, headline, details), pairedItem });
		} else if (json !== undefined) {
			good.push({ json, pairedItem });
		}
	}
	return { good, errors };
}

/**
 * Makes the node's output items: one for each run, or each input item with its run, in the order of the
 * input; then one error item for each run, batch or input item that failed. These come last, because
 * n8n's Retry On Fail runs a node again whose first item has an error.
 */
export function toItems(
	batches: CollectedBatch[],
	complaints: Complaint[],
	inputs: JoiningItems,
): INodeExecutionData[] {
	const good: INodeExecutionData[] = [];
	const joined: INodeExecutionData[] = [];
	const errors = complaints.map(complaintItem);
	for (const batch of batches) {
		if (batch.failure !== undefined || isTimedOut(batch)) {
			append(errors, batchErrors(batch));
		} else if (batch.request.settings.joinInput) {
			const result = inputs.join(batch);
			append(joined, result.joined);
			append(errors, result.errors);
		} else {
			const result = runItems(batch);
			append(good, result.good);
			append(errors, result.errors);
		}
	}
	joined.sort((a, b) => firstItemOf(a) - firstItemOf(b));
	errors.sort((a, b) => firstItemOf(a) - firstItemOf(b));
	return [...good, ...joined, ...errors];
}

/** Not `push(...items)`: the stack does not hold as many arguments as there may be items. */
function append(target: INodeExecutionData[], items: INodeExecutionData[]): void {
	for (const item of items) target.push(item);
}

function firstItemOf({ pairedItem }: INodeExecutionData): number {
	const link = Array.isArray(pairedItem) ? pairedItem[0] : pairedItem;
	return typeof link === 'object' ? link.item : (link ?? 0);
}
