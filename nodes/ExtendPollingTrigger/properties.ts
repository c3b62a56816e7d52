import { followedWorkflows } from '../extend/api/workflowProperties';
import { batchIds, reviewCountsAsFinished, statuses } from '../extend/runs/properties';
import { output } from '../extend/rows/properties';
import { declare } from '../parameters/declaration';

const event = declare({
	displayName: 'Event',
	name: 'event',
	type: 'options',
	options: [
		{
			name: 'Batch Finished',
			value: 'batch.finished',
			description: 'All documents of a batch are finished. One item per document.',
		},
		{
			name: 'Run Finished',
			value: 'run.finished',
			description: 'A document is finished, whether or not it belongs to a batch',
		},
	],
	default: 'batch.finished',
	description: 'What starts the workflow',
});

const options = declare({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [batchIds, reviewCountsAsFinished, statuses],
});

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [
	event,
	...followedWorkflows(),
	output({
		simplified: 'One flat row per document with the extracted values; takes one call per document',
		summary: 'Status and IDs only; takes the fewest calls',
		full: 'Everything that Extend knows about each run, with the results of all steps; takes one call per document',
	}),
	options,
];
