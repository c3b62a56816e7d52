import type { INodeExecutionData } from 'n8n-workflow';

import type { Complaint } from '../parameters/checks';
import { complaintItem, errorItem, failureDetails } from '../items/errorItems';
import { explain } from '../extend/failures/explanation';
import { UNSEEN_ADVICE, timeoutDetails, timeoutHeadline, unseenHeadline } from './report';
import { isFailed, isNotFinished, isUnseen } from './job';
import type { CollectedBatch } from './job';
import type { InputItems } from './inputItems';
import { linksTo } from './links';
import type { RunLinks } from './links';
import { runError } from './runErrors';

/** One error item for each item that named a batch of which there is nothing to put out. */
function batchErrors(batch: CollectedBatch): INodeExecutionData[] {
	const { request, failure } = batch;
	const { batchId, items } = request;
	if (isUnseen(batch)) {
		const details = { batchId, description: UNSEEN_ADVICE };
		return items.map((item) => errorItem(item, unseenHeadline(batch), details));
	}
	if (failure === undefined) {
		const details = { batchId, description: timeoutDetails(batch) };
		return items.map((item) => errorItem(item, timeoutHeadline(batch), details));
	}
	const { happened, advice } = explain(failure, 'batch');
	const headline =
		failure.kind === 'cancelled'
			? 'The runs of the batch were not listed: the job stopped first'
			: `The runs of the batch could not be listed: ${happened}`;
	const details = failureDetails(failure, advice, { batchId });
	return items.map((item) => errorItem(item, headline, details));
}

/** The items of a batch: one for each run, or entry of its list. */
function runItems(
	batch: CollectedBatch,
	links: RunLinks,
): {
	good: INodeExecutionData[];
	errors: INodeExecutionData[];
} {
	const { batchId, items } = batch.request;
	// One list for all, because a thousand items may name the batch.
	const naming = linksTo(items);
	const linksOf = links.of(batch);
	const good: INodeExecutionData[] = [];
	const errors: INodeExecutionData[] = [];
	for (const run of batch.runs) {
		const { rows, failure } = run;
		if (failure !== undefined) {
			const { headline, details } = runError(run, failure, batchId);
			errors.push({ ...errorItem(items[0] ?? 0, headline, details), pairedItem: naming });
		} else {
			const pairedItem = linksOf(run);
			for (const json of rows ?? []) good.push({ json, pairedItem });
		}
	}
	return { good, errors };
}

/** What leaves the node. */
export interface OutputItems {
	items: INodeExecutionData[];
	/** The input items of batches that are to be looked at again. */
	notFinished: INodeExecutionData[];
}

/**
 * Makes the node's output items: one for each run or entry of its list, or each input item with its run, in the order of the
 * input; then one error item for each run, batch or input item that failed. These come last, because
 * n8n's Retry On Fail runs a node again whose first item has an error.
 */
export function toItems(
	batches: CollectedBatch[],
	complaints: Complaint[],
	inputs: InputItems,
	links: RunLinks,
): OutputItems {
	const good: INodeExecutionData[] = [];
	const joined: INodeExecutionData[] = [];
	const notFinished: INodeExecutionData[] = [];
	const errors = complaints.map(complaintItem);
	for (const batch of batches) {
		if (isFailed(batch)) {
			append(errors, batchErrors(batch));
		} else if (isNotFinished(batch)) {
			append(notFinished, inputs.of(batch));
		} else if (batch.request.settings.joinInput) {
			const result = inputs.join(batch);
			append(joined, result.joined);
			append(errors, result.errors);
		} else {
			const result = runItems(batch, links);
			append(good, result.good);
			append(errors, result.errors);
		}
	}
	for (const list of [joined, errors, notFinished]) {
		list.sort((a, b) => firstItemOf(a) - firstItemOf(b));
	}
	return { items: [...good, ...joined, ...errors], notFinished };
}

/** Not `push(...items)`: the stack does not hold as many arguments as there may be items. */
function append(target: INodeExecutionData[], items: INodeExecutionData[]): void {
	for (const item of items) target.push(item);
}

function firstItemOf({ pairedItem }: INodeExecutionData): number {
	const link = Array.isArray(pairedItem) ? pairedItem[0] : pairedItem;
	return typeof link === 'object' ? link.item : (link ?? 0);
}
