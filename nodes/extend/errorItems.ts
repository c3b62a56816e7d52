import * as n8nWorkflow from 'n8n-workflow';
import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';

import { isObject } from './checks';
import type { Complaint } from './checks';
import { escapeHtml } from './failure';

const MOST_COMPLAINTS_LISTED = 10;

/**
 * An item for an input that failed, in the one shape that n8n sends to the error branch: no other keys
 * than `error`, `message` and `details`, and linked to its input.
 */
export function errorItem(
	itemIndex: number,
	error: string,
	details: IDataObject,
): INodeExecutionData {
	return { json: { error, details: { itemIndex, ...details } }, pairedItem: { item: itemIndex } };
}

/**
 * Whether this n8n sends items with `error` and `details` to the error branch. It does since 2.36
 * (n8n-io/n8n#35939), of which this export is a sign; before, they stayed among the good ones.
 */
const ROUTES_DETAILS = 'recordConsumedAuth' in n8nWorkflow;

/**
 * Makes sure that the error branch gets the error items, if there is one. Any n8n sends there what has
 * nothing but `error` and `message`; where it knows no `details`, these become words.
 */
export function forErrorBranch(
	items: INodeExecutionData[],
	{ onError }: Pick<INode, 'onError'>,
	routesDetails = ROUTES_DETAILS,
): INodeExecutionData[] {
	if (routesDetails || onError !== 'continueErrorOutput') return items;
	return items.map((item) => {
		const { error, details } = item.json;
		if (typeof error !== 'string' || !isObject(details)) return item;
		const { description, itemIndex, ...facts } = details;
		const words = Object.entries(facts).map(([name, value]) => `${name}: ${String(value)}`);
		const message = [description, `Item ${String(itemIndex)}${words.length > 0 ? ',' : '.'}`];
		return {
			...item,
			json: { error, message: [...message, words.join(', ')].filter(Boolean).join(' ') },
		};
	});
}

function complaintHeadline({ itemIndex, parameter, problem }: Complaint): string {
	return `${parameter} ${problem} [item ${itemIndex}]`;
}

/** The error item of an input that was not right. */
export function complaintItem(complaint: Complaint): INodeExecutionData {
	const { itemIndex, parameter, advice } = complaint;
	const details = { parameter, description: advice };
	return errorItem(itemIndex, complaintHeadline(complaint), details);
}

/** The error for items that were not right, before anything was sent. */
export function complaintsError(
	node: INode,
	complaints: Complaint[],
): n8nWorkflow.NodeOperationError {
	const [first, ...others] = complaints as [Complaint, ...Complaint[]];
	const listed = others.slice(0, MOST_COMPLAINTS_LISTED).map(complaintHeadline);
	const more =
		others.length === 0
			? ''
			: ` Also: ${listed.join('; ')}${others.length > listed.length ? `; and ${others.length - listed.length} more` : ''}.`;
	return new n8nWorkflow.NodeOperationError(node, complaintHeadline(first), {
		itemIndex: first.itemIndex,
		description: escapeHtml(`${first.advice}${more} Nothing was sent to Extend.`),
	});
}
