import { output } from '../extend/rows/properties';
import { declare } from '../parameters/declaration';
import { STATUS_OPTIONS } from '../extend/api/runs';
import { reviewCountsAsFinished, timeoutMinutes } from '../extend/runs/properties';
import type { ParameterReader } from '../parameters/reader';

const batchId = declare({
	displayName: 'Batch ID',
	name: 'batchId',
	type: 'string',
	required: true,
	default: '={{ $json.batchId ?? $json.extend?.batchId }}',
	placeholder: 'e.g. batch_7Ws31-F5',
	description:
		'The ID of the batch whose runs to return. After Extend Batch Run Workflow, leave this as it is.',
});

const waiting = declare([
	{
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		description:
			'Whether to wait until every document of the batch is finished. Otherwise, you get the runs as they are now, most of them without results.',
	},
	timeoutMinutes,
]);

/** With the option, every input has its own run; then there is nothing to choose from. */
const unlessJoining = { '/options.joinInput': [true] };

const amount = declare([
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
		typeOptions: { minValue: 1, numberPrecision: 0 },
		displayOptions: { show: { returnAll: [false] }, hide: unlessJoining },
		default: 50,
		description: 'Max number of results to return',
	},
]);

const filters = declare({
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
			description: 'Return only runs whose file name contains this text, in upper or lower case',
		},
		{
			displayName: 'Status',
			name: 'status',
			type: 'multiOptions',
			options: [...STATUS_OPTIONS],
			default: [],
			description: 'Return only runs with one of these statuses',
		},
	],
});

const options = declare({
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
			// Who adds it wants it on; without it, it is off.
			default: true,
			description:
				'Whether to return each input item with its own run in extend.run. In Extend Batch Run Workflow, set Output to One Item per Input. The items may be in any order, but must still have the field “extend”.',
		},
		{
			displayName: 'Expand List',
			name: 'expandList',
			type: 'string',
			displayOptions: { show: { '/output': ['simplified'] }, hide: unlessJoining },
			default: '',
			placeholder: 'e.g. extract.line_items',
			description:
				'The column of a list, such as the line items of an invoice. Each entry becomes its own item, along with the other columns of the run. A run with an empty list stays one item.',
		},
		{
			displayName: 'Expected Runs',
			name: 'expectedRuns',
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 0 },
			displayOptions: { show: { '/waitForCompletion': [true] } },
			default: 0,
			description:
				'How many runs the batch has, because Extend may show them one by one. If 0, the number comes from runCount in the input item, or from the runs themselves.',
		},
		{
			displayName: 'On Timeout',
			name: 'onTimeout',
			type: 'options',
			displayOptions: { show: { '/waitForCompletion': [true] } },
			options: [
				{
					name: 'Return Runs',
					value: 'return',
					description: 'Return all runs as they are at that moment',
				},
				{
					name: 'Fail',
					value: 'fail',
					description: 'Stop with an error that says how many runs are unfinished',
				},
				{
					name: 'Use Not Finished Output',
					value: 'separate',
					description:
						'Send the input items of unfinished batches to a second output, Not Finished. Connect it to a Wait node that leads back to this node, for jobs that take hours.',
				},
			],
			default: 'return',
			description: 'What to do if some runs are not finished when the time is up',
		},
		{ ...reviewCountsAsFinished, displayOptions: { show: { '/waitForCompletion': [true] } } },
		{
			displayName: 'Sort By',
			name: 'sortBy',
			type: 'options',
			displayOptions: { hide: unlessJoining },
			options: [
				{ name: 'Created', value: 'createdAt' },
				{ name: 'Last Updated', value: 'updatedAt' },
				{ name: 'File Name', value: 'fileName' },
			],
			default: 'createdAt',
			description:
				'How to sort the runs of each batch. Extend may create them in a different order than your documents.',
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
			description: 'The direction in which to sort the runs of each batch',
		},
	],
});

/**
 * The outputs of the node, as an expression of n8n: Not Finished is there only while an item can leave by it.
 * n8n puts the error output behind them. If the expression fails, n8n takes the node for one without outputs
 * and drops its items without a word: n8n's isolates know no `$parameter.toJSON()`, and a parameter that is
 * an expression itself throws, because there are no items yet.
 */
export const outputs =
	'={{ ((parameters) => { const chosen = String((parameters.options || {}).onTimeout || ""); const waits = () => { try { return parameters.waitForCompletion !== false; } catch (error) { return true; } }; return (chosen === "separate" || chosen.startsWith("=")) && waits() ? [{ type: "main", displayName: "Finished" }, { type: "main", displayName: "Not Finished" }] : [{ type: "main" }]; })($parameter) }}' as const;

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [
	batchId,
	...waiting,
	output({
		simplified:
			'One flat row per document with the extracted values, ready for a sheet or a database',
		summary: 'Status, files and times only; the fastest for large batches',
		full: 'Everything that Extend knows about each run, with the results of all steps',
	}),
	...amount,
	filters,
	options,
];

/** What reads them for each item. */
export type Parameters = ParameterReader<(typeof properties)[number]>;
