import type { INodeExecutionData, IPairedItemData } from 'n8n-workflow';

import { complaintItem, errorItem, failureDetails } from '../items/errorItems';
import type { Complaint } from '../parameters/checks';
import type { Answered } from './job';
import type { Operation } from './operation';
import { causeAmong, reasonOf } from './report';

function linksTo(items: readonly number[]): IPairedItemData | IPairedItemData[] {
	return items.length === 1 ? { item: items[0]! } : items.map((item) => ({ item }));
}

/**
 * Makes the node's output items: those of each request, linked to all input items that asked for it; then
 * one error item for each input item that failed. These come last, because n8n's Retry On Fail runs a node
 * again whose first item has an error.
 */
export function toItems(
	operation: Operation,
	answers: readonly Answered[],
	complaints: readonly Complaint[],
): INodeExecutionData[] {
	const good: INodeExecutionData[] = [];
	const errors = complaints.map(complaintItem);
	const cause = causeAmong(answers);
	for (const answer of answers) {
		const { items } = answer.request;
		if ('items' in answer) {
			const pairedItem = linksTo(items);
			for (const { json, binary } of answer.items) {
				good.push({ json, ...(binary === undefined ? {} : { binary }), pairedItem });
			}
			continue;
		}
		const { headline, advice, failure, ids } = reasonOf(operation, answer, cause);
		const details = failureDetails(failure, advice, ids);
		for (const item of items) errors.push(errorItem(item, headline, details));
	}
	errors.sort((a, b) => itemOf(a) - itemOf(b));
	return [...good, ...errors];
}

function itemOf({ pairedItem }: INodeExecutionData): number {
	return typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : 0;
}
