import type { INodeProperties } from 'n8n-workflow';

import { DeclaredParameters } from '../parameters/declaredParameters';

const batchId: INodeProperties = {
	displayName: 'Batch ID',
	name: 'batchId',
	type: 'string',
	required: true,
	default: '={{ $json.batchId }}',
	placeholder: 'e.g. batch_7Ws31-F5',
	description: 'The ID of the batch whose runs to list, as Extend Batch Run Workflow puts it out',
};

/** With the option, every input has its own run; then there is nothing to choose from. */
const unlessJoining = { '/options.joinInput': [true] };

const amount: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		displayOptions: { hide: unlessJoining },
		default: true,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		displayOptions: { show: { returnAll: [false] }, hide: unlessJoining },
		default: 50,
		description: 'Max number of results to return',
	},
];

const output: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	options: [
		{
			name: 'Full',
			value: 'full',
			description: 'Each run whole, with metadata and the results of all steps; one call per run',
		},
		{
			name: 'Simplified',
			value: 'simplified',
			description:
				'One flat row per run: status, file, metadata and the extracted values; one call per run',
		},
		{
			name: 'Summary',
			value: 'summary',
			description: 'Status, files and times of each run; one call per 1,000 runs',
		},
	],
	default: 'summary',
	description: 'How much to return of each run',
};

const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add Filter',
	displayOptions: { hide: unlessJoining },
	default: {},
	options: [
		{
			displayName: 'File Name Contains',
			name: 'fileNameContains',
			type: 'string',
			default: '',
			placeholder: 'e.g. invoice',
			description: 'Return only runs with a file whose name contains this text, in any case',
		},
		{
			displayName: 'Status',
			name: 'status',
			type: 'multiOptions',
			options: [
				{ name: 'Cancelled', value: 'CANCELLED' },
				{ name: 'Cancelling', value: 'CANCELLING' },
				{ name: 'Failed', value: 'FAILED' },
				{ name: 'Needs Review', value: 'NEEDS_REVIEW' },
				{ name: 'Pending', value: 'PENDING' },
				{ name: 'Processed', value: 'PROCESSED' },
				{ name: 'Processing', value: 'PROCESSING' },
				{ name: 'Rejected', value: 'REJECTED' },
			],
			default: [],
			description: 'Return only runs with one of these statuses',
		},
	],
};

const whenWaiting = { show: { waitForCompletion: [true] } };

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Add Run to Each Input Item',
			name: 'joinInput',
			type: 'boolean',
			default: false,
			description:
				'Whether to return each input item with its own run in extend.run. The input items must be those of Extend Batch Run Workflow with its option Output set to One Item per Input, in any order, and with their field “extend”.',
		},
		{
			displayName: 'Expected Runs',
			name: 'expectedRuns',
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 0 },
			displayOptions: whenWaiting,
			default: 0,
			description:
				'How many runs the batch has, because they may become visible one after the other. With 0 it is taken from runCount of the input item or from the runs themselves.',
		},
		{
			displayName: 'On Timeout',
			name: 'onTimeout',
			type: 'options',
			displayOptions: whenWaiting,
			options: [
				{
					name: 'Fail',
					value: 'fail',
					description: 'Stop with an error that says how many runs are unfinished',
				},
				{
					name: 'Return Runs',
					value: 'return',
					description: 'Return all runs as they are at that moment',
				},
			],
			default: 'return',
			description: 'What to do when the timeout is over and there are unfinished runs',
		},
		{
			displayName: 'Review Counts as Finished',
			name: 'reviewCountsAsFinished',
			type: 'boolean',
			displayOptions: whenWaiting,
			default: true,
			description:
				'Whether a run that needs review counts as finished. A review may take people days.',
		},
		{
			displayName: 'Sort By',
			name: 'sortBy',
			type: 'options',
			displayOptions: { hide: unlessJoining },
			options: [
				{ name: 'Created', value: 'createdAt' },
				{ name: 'File Name', value: 'fileName' },
				{ name: 'Last Updated', value: 'updatedAt' },
			],
			default: 'createdAt',
			description:
				'By what to sort the runs of each batch. Extend may create them in another order than that of the inputs.',
		},
		{
			displayName: 'Sort Direction',
			name: 'sortDirection',
			type: 'options',
			displayOptions: { hide: unlessJoining },
			options: [
				{ name: 'Ascending', value: 'asc' },
				{ name: 'Descending', value: 'desc' },
			],
			default: 'asc',
			description: 'In which direction to sort the runs of each batch',
		},
		{
			displayName: 'Timeout (Minutes)',
			name: 'timeoutMinutes',
			type: 'number',
			typeOptions: { minValue: 0 },
			displayOptions: whenWaiting,
			default: 60,
			description: 'How long to wait at most',
		},
		{
			displayName: 'Wait for Completion',
			name: 'waitForCompletion',
			type: 'boolean',
			default: false,
			description:
				'Whether to wait until all runs of the batch are finished. The execution keeps running meanwhile.',
		},
	],
};

/** The parameters of the node, in the order in which the editor shows them. */
export const properties: INodeProperties[] = [batchId, ...amount, output, filters, options];

/** Checks of their values, with the names and limits that the editor shows. */
export const declared = new DeclaredParameters(properties);
