import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';

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
export function complaintsError(node: INode, complaints: Complaint[]): NodeOperationError {
	const [first, ...others] = complaints as [Complaint, ...Complaint[]];
	const listed = others.slice(0, MOST_COMPLAINTS_LISTED).map(complaintHeadline);
	const more =
		others.length === 0
			? ''
			: ` Also: ${listed.join('; ')}${others.length > listed.length ? `; and ${others.length - listed.length} more` : ''}.`;
	return new NodeOperationError(node, complaintHeadline(first), {
		itemIndex: first.itemIndex,
		description: escapeHtml(`${first.advice}${more} Nothing was sent to Extend.`),
	});
}
