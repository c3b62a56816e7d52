import * as n8nWorkflow from 'n8n-workflow';
import type { IDataObject, INode, INodeExecutionData } from 'n8n-workflow';

import { isObject } from '../parameters/checks';
import type { Complaint } from '../parameters/checks';
import { escapeHtml, quote } from '../extend/failures/explanation';
import type { CallFailure } from '../extend/failures/failure';
import { writeItems } from './words';

const MOST_COMPLAINTS_LISTED = 10;

/** Ranges of items that are written behind a complaint. */
const MOST_RANGES = 10;

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
 * The details of an error item: what to do and what Extend said, for people; its status, code and request id.
 * @param ids Extend's ids of what it is about
 */
export function failureDetails(
	failure: Partial<CallFailure>,
	advice: string,
	ids: IDataObject = {},
): IDataObject {
	const { kind, status, code, requestId } = failure;
	const said = kind === undefined ? '' : quote({ message: '', ...failure, kind });
	return {
		...ids,
		description: [advice, said].filter((part) => part !== '').join(' '),
		...(status === undefined ? {} : { httpCode: status }),
		...(code === undefined ? {} : { code }),
		...(requestId === undefined ? {} : { requestId }),
	};
}

/**
 * Whether this n8n sends items with `error` and `details` to the error branch. It does since 2.36
 * (n8n-io/n8n#35939); before, they stayed among the good ones. The export is a sign of it, but of the
 * n8n-workflow that was loaded, which may be newer than n8n where one is installed beside this package.
 * The method belongs to n8n itself (since 2.35).
 */
export function routesDetails(context: object): boolean {
	return 'recordConsumedAuth' in n8nWorkflow && 'isConsoleOutputRedacted' in context;
}

/**
 * Makes sure that the error branch gets the error items, if there is one. Any n8n sends there what has
 * nothing but `error` and `message`; where it knows no `details`, these become words.
 */
export function forErrorBranch(
	items: INodeExecutionData[],
	{ onError }: Pick<INode, 'onError'>,
	knowsDetails: boolean,
): INodeExecutionData[] {
	if (knowsDetails || onError !== 'continueErrorOutput') return items;
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

/** The error item of an input that was not right, or of one of several files of an item. */
export function complaintItem(complaint: Complaint & { field?: string }): INodeExecutionData {
	const { itemIndex, parameter, advice, field } = complaint;
	const details = {
		parameter,
		description: advice,
		...(field === undefined ? {} : { binaryPropertyName: field }),
	};
	return errorItem(itemIndex, complaintHeadline(complaint), details);
}

/**
 * The error for items that were not right.
 * @param itemCount number of all input items
 * @param sent what has been sent to Extend all the same, in sentences
 */
export function complaintsError(
	node: INode,
	complaints: Complaint[],
	itemCount: number,
	sent = 'Nothing was sent to Extend.',
): n8nWorkflow.NodeOperationError {
	const groups = alike(complaints);
	const [first, ...others] = groups as [Complaint[], ...Complaint[][]];
	const { parameter, problem, advice, itemIndex } = first[0]!;
	const isOfAll = itemCount > 1 && new Set(first.map((one) => one.itemIndex)).size === itemCount;
	const headline = `${parameter} ${problem}`;
	const where = isOfAll ? '' : ` [${itemsIn(first)}]`;
	const listed = others
		.slice(0, MOST_COMPLAINTS_LISTED)
		.map((group) => `${group[0]!.parameter} ${group[0]!.problem} [${itemsIn(group)}]`);
	const unlisted = others.slice(MOST_COMPLAINTS_LISTED).flat().length;
	const sentences = [
		isOfAll ? `All ${itemCount.toLocaleString('en')} items have this problem.` : '',
		advice,
		listed.length === 0
			? ''
			: `Also: ${listed.join('; ')}${unlisted > 0 ? `; and ${unlisted.toLocaleString('en')} more items` : ''}.`,
		sent,
	];
	return new n8nWorkflow.NodeOperationError(node, `${headline}${where}`, {
		itemIndex: isOfAll ? undefined : itemIndex,
		description: escapeHtml(sentences.filter((sentence) => sentence !== '').join(' ')),
	});
}

/** Puts equal complaints together, in order of appearance. */
function alike(complaints: Complaint[]): Complaint[][] {
	const groups = new Map<string, Complaint[]>();
	for (const complaint of complaints) {
		const key = `${complaint.parameter} ${complaint.problem}`;
		const group = groups.get(key);
		if (group === undefined) groups.set(key, [complaint]);
		else group.push(complaint);
	}
	return [...groups.values()];
}

function itemsIn(complaints: Complaint[]): string {
	const indexes = complaints.map(({ itemIndex }) => itemIndex);
	return writeItems(indexes, MOST_RANGES);
}
