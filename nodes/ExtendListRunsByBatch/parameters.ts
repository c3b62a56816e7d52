import type { IExecuteFunctions } from 'n8n-workflow';

import {
	choice,
	cleaned,
	complain,
	complaintOf,
	fieldsOf,
	flag,
	isObject,
	line,
	list,
	shorten,
	wholeNumber,
} from '../parameters/checks';
import type { Complaint } from '../parameters/checks';
import { readId } from '../parameters/ids';
import { ItemParameters } from '../parameters/itemParameters';
import { declared } from './properties';

/** How long to wait for a batch, and what then. */
export interface WaitSettings {
	timeoutMinutes: number;
	reviewCountsAsFinished: boolean;
	onTimeout: 'return' | 'fail';
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

const LARGEST_NUMBER = 1_000_000;
const LONGEST_TIMEOUT_MINUTES = 60 * 24 * 30;

function readBatchId(value: unknown, json: Record<string, unknown>, joinInput: boolean): string {
	const parameter = 'Batch ID';
	const { extend } = json;
	const ofInput = isObject(extend) ? readId(extend.batchId, parameter, 'batch') : '';
	// With one item per input, the batch node puts the ID where the default expression does not look.
	const batchId = readId(value, parameter, 'batch') || ofInput;
	if (batchId === '') {
		complain(
			parameter,
			'is empty',
			json.error === undefined
				? `Let it take its value from the field with the batch ID. ${fieldsOf(json)}`
				: 'The item is an error of an earlier node. Set On Error of that node to “Continue (using error output)”, so that only batches come here.',
		);
	}
	if (joinInput && ofInput === '') {
		complain(
			'Add Run to Each Input Item',
			'finds no extend.batchId in the input item',
			'Set Output of Extend Batch Run Workflow to One Item per Input, and keep the field “extend” on the way here.',
		);
	}
	if (joinInput && ofInput !== batchId) {
		complain(
			parameter,
			`is “${shorten(batchId)}”, but the input item belongs to another batch`,
			'With Add Run to Each Input Item, use {{ $json.extend.batchId }}.',
		);
	}
	return batchId;
}

/** Statuses as Extend writes them, also where they come in words: `Needs Review`. */
function readStatuses(value: unknown): string[] {
	const statuses = list(value, 'Status').map((status) =>
		status.toUpperCase().replace(/[\s-]+/g, '_'),
	);
	return [...new Set(statuses)].sort();
}

function readTimeout(value: unknown): number {
	const given = typeof value === 'string' ? cleaned(value) : value;
	const minutes = typeof given === 'string' && given !== '' ? Number(given) : given;
	if (typeof minutes === 'number' && minutes >= 0 && minutes <= LONGEST_TIMEOUT_MINUTES) {
		return minutes;
	}
	return complain(
		'Timeout (Minutes)',
		'is not a number of minutes',
		`Enter a number from 0 to ${LONGEST_TIMEOUT_MINUTES}; parts such as 0.5 will do.`,
	);
}

function isCount(value: unknown): value is number {
	return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

/** Reads and checks the items one by one; nothing is sent. */
class RequestReader {
	private readonly parameters: ItemParameters;

	constructor(private readonly context: IExecuteFunctions) {
		this.parameters = new ItemParameters(context);
	}

	/** Shown name of the parameter that was read last. */
	get lastParameter(): string {
		return declared.nameOf(this.parameters.lastPath);
	}

	read(itemIndex: number): BatchRequest {
		const json: Record<string, unknown> = this.context.getInputData()[itemIndex]?.json ?? {};
		const joinInput = flag(
			this.parameters.get('options.joinInput', itemIndex, false),
			'Add Run to Each Input Item',
		);
		const batchId = readBatchId(this.parameters.get('batchId', itemIndex, ''), json, joinInput);
		const settings = this.settings(itemIndex, joinInput);
		// The batch node gives no runCount with one item per input; there it is a field of the user's.
		const expectedRuns = this.expectedRuns(itemIndex, joinInput ? undefined : json.runCount);
		return { batchId, settings, expectedRuns, items: [itemIndex] };
	}

	private settings(itemIndex: number, joinInput: boolean): ListSettings {
		const get = (path: string, fallback: unknown) => this.parameters.get(path, itemIndex, fallback);
		const output = choice(get('output', 'simplified'), 'Output', ['summary', 'full', 'simplified']);
		const wait = this.waitSettings(itemIndex);
		if (joinInput) {
			return {
				output,
				limit: null,
				statuses: [],
				fileNameContains: '',
				sortBy: 'createdAt',
				sortDirection: 'asc',
				joinInput,
				wait,
			};
		}
		return {
			output,
			limit: flag(get('returnAll', true), 'Return All')
				? null
				: wholeNumber(get('limit', 50), 'Limit', 1, LARGEST_NUMBER),
			statuses: readStatuses(get('filters.status', [])),
			fileNameContains: line(get('filters.fileNameContains', ''), 'File Name Contains'),
			sortBy: choice(get('options.sortBy', 'createdAt'), 'Sort By', [
				'createdAt',
				'updatedAt',
				'fileName',
			]),
			sortDirection: choice(get('options.sortDirection', 'asc'), 'Sort Direction', ['asc', 'desc']),
			joinInput,
			wait,
		};
	}

	private waitSettings(itemIndex: number): WaitSettings | null {
		const get = (path: string, fallback: unknown) => this.parameters.get(path, itemIndex, fallback);
		const option = (name: string, fallback: unknown) => get(`options.${name}`, fallback);
		if (!flag(get('waitForCompletion', true), 'Wait for Completion')) return null;
		return {
			timeoutMinutes: readTimeout(get('timeoutMinutes', 60)),
			reviewCountsAsFinished: flag(
				option('reviewCountsAsFinished', true),
				'Review Counts as Finished',
			),
			onTimeout: choice(option('onTimeout', 'return'), 'On Timeout', ['return', 'fail']),
		};
	}

	private expectedRuns(itemIndex: number, runCount: unknown): number | undefined {
		const given = this.parameters.get('options.expectedRuns', itemIndex, 0);
		const isGiven = given !== undefined && given !== null && given !== '';
		const count = isGiven ? wholeNumber(given, 'Expected Runs', 0, LARGEST_NUMBER) : 0;
		if (count > 0) return count;
		return isCount(runCount) ? runCount : undefined;
	}
}

/**
 * Reads and checks every input item before anything is sent, and puts those together that ask for the
 * same batch in the same way.
 * @returns the batches in order of appearance, and a complaint for each item that is not right
 */
export function readRequests(context: IExecuteFunctions): {
	requests: BatchRequest[];
	complaints: Complaint[];
} {
	const reader = new RequestReader(context);
	const requests = new Map<string, BatchRequest>();
	const complaints: Complaint[] = [];
	const count = context.getInputData().length;
	for (let itemIndex = 0; itemIndex < count; itemIndex++) {
		try {
			const request = reader.read(itemIndex);
			const key = JSON.stringify([request.batchId, request.settings]);
			const same = requests.get(key);
			if (same === undefined) {
				requests.set(key, request);
			} else {
				same.items.push(itemIndex);
				const known = Math.max(same.expectedRuns ?? 0, request.expectedRuns ?? 0);
				same.expectedRuns = known > 0 ? known : undefined;
			}
		} catch (error) {
			complaints.push(complaintOf(error, itemIndex, reader.lastParameter));
		}
	}
	return { requests: [...requests.values()], complaints };
}
