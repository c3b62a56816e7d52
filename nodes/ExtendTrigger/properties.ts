import type { INodePropertyOptions } from 'n8n-workflow';

import { EVENT_CHOICES, RESOURCE_EVENTS, isProcessorRunEvent } from '../extend/api/events';
import { followedWorkflows } from '../extend/api/workflowProperties';
import { batchIds, reviewCountsAsFinished, statuses } from '../extend/runs/properties';
import { BATCH_FINISHED } from '../extend/rows/reports';
import { output } from '../extend/rows/properties';
import { declare } from '../parameters/declaration';

/**
 * Default for the size above which Extend sends a link, in bytes. It is under what n8n takes (16 MB),
 * and under the 1 MiB that many a proxy in front of n8n takes.
 */
export const LARGE_PAYLOAD_BYTES = 1_000_000;

/** The events of which a workflow run is the subject, the one that the node finds out by itself among them. */
const workflowEvents = [BATCH_FINISHED, ...RESOURCE_EVENTS.workflow];

const processorRunEvents = EVENT_CHOICES.map(({ value }) => value).filter(isProcessorRunEvent);

const eventOptions: INodePropertyOptions[] = [
	{
		name: 'Batch Finished',
		value: BATCH_FINISHED,
		description:
			'All documents of a batch are finished. One execution with one item per document, a few seconds after the last one.',
	},
	...EVENT_CHOICES.map((choice) => ({ ...choice })),
];

const events = declare([
	{
		displayName:
			'Extend sends events only for runs started through its API, for example by Extend Batch Run Workflow. Runs that you start in the Extend dashboard send none.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Events',
		name: 'events',
		type: 'multiOptions',
		required: true,
		options: eventOptions,
		default: [BATCH_FINISHED],
		description: 'What starts the workflow',
	},
]);

const resources = declare([
	{
		displayName: 'Resources',
		name: 'resourceScope',
		type: 'options',
		displayOptions: { show: { events: processorRunEvents } },
		options: [
			{
				name: 'All',
				value: 'all',
				description: 'Every extractor, classifier and splitter',
			},
			{
				name: 'Selected',
				value: 'selected',
				description: 'Only the resources that you choose',
			},
		],
		default: 'all',
		description: 'The extractors, classifiers and splitters whose runs start the workflow',
	},
	{
		displayName: 'Resource Names or IDs',
		name: 'resources',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getResources' },
		displayOptions: { show: { events: processorRunEvents, resourceScope: ['selected'] } },
		default: [],
		description:
			'The extractors, classifiers and splitters to follow. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
]);

const options = declare({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		batchIds,
		{
			displayName: 'Download Large Payloads',
			name: 'downloadLargePayloads',
			type: 'boolean',
			default: true,
			description:
				'Whether to download payloads that Extend sends as a link because they are large, so that their items look like all others. Otherwise, the item has the link, which is valid for an hour.',
		},
		{
			displayName: 'Large Payload Size (Bytes)',
			name: 'largePayloadBytes',
			type: 'number',
			typeOptions: { minValue: 1000, maxValue: 1_000_000_000, numberPrecision: 0 },
			default: LARGE_PAYLOAD_BYTES,
			description:
				'Extend sends a link in place of payloads larger than this. Keep it below the limits of n8n (N8N_PAYLOAD_SIZE_MAX, 16 MB by default) and of any proxy in front of it.',
		},
		{ ...reviewCountsAsFinished, displayOptions: { show: { '/events': [BATCH_FINISHED] } } },
		statuses,
	],
});

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [
	...events,
	...followedWorkflows({ events: workflowEvents }),
	...resources,
	output(
		{
			simplified:
				'One flat row per document with the extracted values, ready for a sheet or a database',
			summary: 'Status, IDs and times only',
			full: 'Everything that Extend sends, with the results of all steps',
		},
		'How much to return for each event',
	),
	options,
];
