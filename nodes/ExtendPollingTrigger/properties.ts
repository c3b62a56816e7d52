import { declare } from '../parameters/declaration';

const event = declare({
	displayName: 'Event',
	name: 'event',
	type: 'options',
	options: [
		{
			name: 'Batch Finished',
			value: 'batch.finished',
			description: 'All documents of a batch are done; one item per document',
		},
		{
			name: 'Run Finished',
			value: 'run.finished',
			description: 'A document is done, whether it belongs to a batch or not',
		},
	],
	default: 'batch.finished',
	description: 'What starts the workflow',
});

const workflows = declare([
	{
		displayName: 'Workflows',
		name: 'workflowScope',
		type: 'options',
		options: [
			{
				name: 'All',
				value: 'all',
				description: 'Every Extend workflow, including those created later',
			},
			{
				name: 'Selected',
				value: 'selected',
				description: 'Only the workflows that you choose',
			},
		],
		default: 'all',
		description: 'Which Extend workflows to watch',
	},
	{
		displayName: 'Workflow Names or IDs',
		name: 'workflows',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getWorkflows' },
		displayOptions: { show: { workflowScope: ['selected'] } },
		default: [],
		description:
			'The Extend workflows to watch. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
]);

const output = declare({
	displayName: 'Output',
	name: 'output',
	type: 'options',
	options: [
		{
			name: 'Simplified',
			value: 'simplified',
			description: 'One flat row per document, with the extracted values; one call per document',
		},
		{
			name: 'Summary',
			value: 'summary',
			description: 'Status and IDs without results; fewest calls',
		},
		{
			name: 'Full',
			value: 'full',
			description:
				'Each run whole, with its metadata and the results of all steps; one call per document',
		},
	],
	default: 'simplified',
	description: 'How much to return of each document',
});

const options = declare({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Batch IDs',
			name: 'batchIds',
			type: 'string',
			default: '',
			placeholder: 'e.g. batch_7Ws31-F5, batch_9Xk20-B2',
			description: 'Comma-separated IDs. Only these batches, or their runs, start an execution.',
		},
		{
			displayName: 'Review Counts as Finished',
			name: 'reviewCountsAsFinished',
			type: 'boolean',
			default: true,
			description:
				'Whether a document that waits for a review counts as done. Otherwise it counts when the review is over, which may take days.',
		},
		{
			displayName: 'Statuses',
			name: 'statuses',
			type: 'multiOptions',
			options: [
				{ name: 'Cancelled', value: 'CANCELLED' },
				{ name: 'Failed', value: 'FAILED' },
				{ name: 'Needs Review', value: 'NEEDS_REVIEW' },
				{ name: 'Processed', value: 'PROCESSED' },
				{ name: 'Rejected', value: 'REJECTED' },
			],
			default: [],
			description: 'Only documents with these statuses become items. Leave empty for all of them.',
		},
	],
});

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [event, ...workflows, output, options];
