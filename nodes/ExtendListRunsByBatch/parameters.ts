import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { fieldsOf, isObject, shorten } from '../parameters/checks';
import type { Complaint } from '../parameters/checks';
import { readId } from '../parameters/ids';
import { ParameterReader } from '../parameters/reader';
import { properties } from './properties';
import type { Parameters } from './properties';

/** How long to wait for a batch, and what then. */
export interface WaitSettings {
	timeoutMinutes: number;
	reviewCountsAsFinished: boolean;
	onTimeout: 'return' | 'fail' | 'separate';
}

/** What to return of the runs of a batch. */
export interface ListSettings {
	output: 'summary' | 'full' | 'simplified';
	/** Most runs to return; null: all. */
	limit: number | null;
	/** Statuses to return; all if there are none. */
	statuses: readonly string[];
	/** Empty: any file name. */
	fileNameContains: string;
	sortBy: 'createdAt' | 'updatedAt' | 'fileName';
	sortDirection: 'asc' | 'desc';
	/** The list of which each entry becomes an item, such as `extract.line_items`; empty: none. */
	expandList: string;
	/** Whether each input item gets its own run. */
	joinInput: boolean;
	/** null: do not wait. */
	wait: WaitSettings | null;
}

/** A batch to list, with all input items that ask for it in the same way. */
export interface BatchRequest {
	batchId: string;
	settings: ListSettings;
	/** How many runs the batch has, if the items know. */
	expectedRuns: number | undefined;
	/** Indexes of the input items, in order. */
	items: number[];
}

function batchIdIn(
	read: Parameters,
	itemIndex: number,
	json: Record<string, unknown>,
	joinInput: boolean,
): string {
	const { extend } = json;
	const ofInput = isObject(extend) ? readId(extend.batchId, read.nameOf('batchId'), 'batch') : '';
	// With one item per input, the batch node puts the ID where the default expression does not look.
	const batchId = read.id('batchId', 'batch', itemIndex) || ofInput;
	if (batchId === '') {
		read.complain(
			'batchId',
			'is empty',
			json.error === undefined
				? `Set it to the field that has the batch ID. ${fieldsOf(json)}`
				: 'The item is an error of an earlier node. Set On Error of that node to “Continue (using error output)”, so that only batches come here.',
		);
	}
	if (joinInput && ofInput === '') {
		read.complain(
			'options.joinInput',
			'needs extend.batchId, which the input item does not have',
			'In Extend Batch Run Workflow, set Output to One Item per Input, and keep the field “extend” on the way here.',
		);
	}
	if (joinInput && ofInput !== batchId) {
		read.complain(
			'batchId',
			`is “${shorten(batchId)}”, but the input item belongs to another batch`,
			`With ${read.nameOf('options.joinInput')}, use {{ $json.extend.batchId }}.`,
		);
	}
	return batchId;
}

function waitSettingsIn(read: Parameters, itemIndex: number, isTool: boolean): WaitSettings | null {
	if (!read.flag('waitForCompletion', itemIndex)) return null;
	const onTimeout = read.choice('options.onTimeout', itemIndex);
	return {
		timeoutMinutes: read.number('timeoutMinutes', itemIndex),
		reviewCountsAsFinished: read.flag('options.reviewCountsAsFinished', itemIndex),
		// A tool has one output only; its agent hears of the batch from the error.
		onTimeout: isTool && onTimeout === 'separate' ? 'fail' : onTimeout,
	};
}

function settingsIn(
	read: Parameters,
	itemIndex: number,
	joinInput: boolean,
	isTool: boolean,
): ListSettings {
	const output = read.choice('output', itemIndex);
	const wait = waitSettingsIn(read, itemIndex, isTool);
	// Every input has its own run then, so there is nothing to choose from.
	if (joinInput) return { ...EVERY_RUN, output, joinInput, wait };
	return {
		output,
		limit: read.flag('returnAll', itemIndex) ? null : read.wholeNumber('limit', itemIndex),
		statuses: [...read.choices('filters.status', itemIndex)].sort(),
		fileNameContains: read.line('filters.fileNameContains', itemIndex),
		expandList: output === 'simplified' ? read.line('options.expandList', itemIndex) : '',
		sortBy: read.choice('options.sortBy', itemIndex),
		sortDirection: read.choice('options.sortDirection', itemIndex),
		joinInput,
		wait,
	};
}

const EVERY_RUN = {
	limit: null,
	statuses: [],
	fileNameContains: '',
	expandList: '',
	sortBy: 'createdAt',
	sortDirection: 'asc',
} as const;

function isCount(value: unknown): value is number {
	return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

function requestIn(
	read: Parameters,
	itemIndex: number,
	json: IDataObject,
	isTool: boolean,
): BatchRequest {
	const joinInput = read.flagIfGiven('options.joinInput', itemIndex) ?? false;
	const batchId = batchIdIn(read, itemIndex, json, joinInput);
	const settings = settingsIn(read, itemIndex, joinInput, isTool);
	const expected = read.wholeNumberIfGiven('options.expectedRuns', itemIndex) ?? 0;
	// The batch node gives no runCount with one item per input; there it is a field of the user's.
	const runCount = joinInput || !isCount(json.runCount) ? undefined : json.runCount;
	return { batchId, settings, expectedRuns: expected || runCount, items: [itemIndex] };
}

/**
 * Reads and checks every input item before anything is sent, and puts those together that ask for the
 * same batch in the same way.
 * @returns the batches in order of appearance, and a complaint for each item that is not right
 */
export async function readRequests(
	context: IExecuteFunctions,
): Promise<{ requests: BatchRequest[]; complaints: Complaint[] }> {
	const items = context.getInputData();
	const read = ParameterReader.ofItems(properties, context);
	const isTool = context.getNode().type.endsWith('Tool');
	const { inputs, complaints } = await read.readItems((itemIndex) =>
		requestIn(read, itemIndex, items[itemIndex]?.json ?? {}, isTool),
	);
	const requests = new Map<string, BatchRequest>();
	for (const request of inputs) {
		const key = JSON.stringify([request.batchId, request.settings]);
		const same = requests.get(key);
		if (same === undefined) {
			requests.set(key, request);
		} else {
			for (const itemIndex of request.items) same.items.push(itemIndex);
			same.expectedRuns = Math.max(same.expectedRuns ?? 0, request.expectedRuns ?? 0) || undefined;
		}
	}
	return { requests: [...requests.values()], complaints };
}
