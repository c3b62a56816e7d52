import type { INodePropertyOptions } from 'n8n-workflow';

import {
	EVENT_CHOICES,
	RESOURCE_EVENTS,
	isProcessorRunEvent,
	isWorkflowRunEvent,
} from '../extend/api/events';
import { declare } from '../parameters/declaration';

/**
 * Default for the size above which Extend sends a link, in bytes. It is under what n8n takes (16 MB),
 * and under the 1 MiB that many a proxy in front of n8n takes.
 */
export const LARGE_PAYLOAD_BYTES = 1_000_000;

const eventOptions: INodePropertyOptions[] = EVENT_CHOICES.map((choice) => ({ ...choice }));
const workflowRunEvents = [...RESOURCE_EVENTS.workflow];
const processorRunEvents = EVENT_CHOICES.map(({ value }) => value).filter(isProcessorRunEvent);
const simplifiable = workflowRunEvents.filter(
	(event) => isWorkflowRunEvent(event) && !event.includes('step_run'),
);

const events = declare([
	{
		displayName:
			'Extend sends events only for runs that were started through its API, for example by Extend Batch Run Workflow. Runs that you start in the Extend dashboard send none.',
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
		default: ['workflow_run.completed', 'workflow_run.failed'],
		description: 'What starts the workflow',
	},
	{
		displayName: 'Emit',
		name: 'emit',
		type: 'options',
		options: [
			{
				name: 'Each Event',
				value: 'event',
				description: 'One execution per event',
			},
			{
				name: 'Finished Batches',
				value: 'batch',
				description:
					'One execution per batch, once its last run is done, with one item per run. Runs without a batch, and other events, start one execution each.',
			},
		],
		default: 'event',
		description: 'When to start an execution',
	},
]);

const resources = declare([
	{
		displayName: 'Workflows',
		name: 'workflowScope',
		type: 'options',
		options: [
			{
				name: 'All',
				value: 'all',
				description: 'Every Extend workflow, also those created later',
			},
			{
				name: 'Selected',
				value: 'selected',
				description: 'Only the workflows that you choose',
			},
		],
		default: 'all',
		description: 'The runs of which Extend workflows to hear of',
	},
	{
		displayName: 'Workflow Names or IDs',
		name: 'workflows',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getWorkflows' },
		displayOptions: { show: { workflowScope: ['selected'] } },
		default: [],
		description:
			'The Extend workflows to follow. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
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
				description: 'Only those that you choose',
			},
		],
		default: 'all',
		description: 'The runs of which extractors, classifiers and splitters to hear of',
	},
	{
		displayName: 'Resource Names or IDs',
		name: 'resources',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getResources' },
		displayOptions: { show: { events: processorRunEvents, resourceScope: ['selected'] } },
		default: [],
		description:
			'The extractors, classifiers and splitters to hear of. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
]);

const simplify = declare({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	displayOptions: { show: { emit: ['event'], events: simplifiable } },
	default: false,
	description: 'Whether to return a simplified version of the response instead of the raw data',
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
			description:
				'Comma-separated IDs. Only runs of these batches start an execution; everything else is left out.',
		},
		{
			displayName: 'Download Large Payloads',
			name: 'downloadLargePayloads',
			type: 'boolean',
			default: true,
			description:
				'Whether to fetch a payload that was too large to be sent, so that its item looks like any other. Otherwise the item has the link, which is good for an hour.',
		},
		{
			displayName: 'Large Payload Size (Bytes)',
			name: 'largePayloadBytes',
			type: 'number',
			typeOptions: { minValue: 1000, maxValue: 1_000_000_000, numberPrecision: 0 },
			default: LARGE_PAYLOAD_BYTES,
			description:
				'Extend sends a link instead of a payload larger than this. Keep it below what n8n (N8N_PAYLOAD_SIZE_MAX, 16 MB by default) and a proxy in front of it let through.',
		},
		{
			displayName: 'Output',
			name: 'output',
			type: 'options',
			displayOptions: { show: { '/emit': ['batch'] } },
			options: [
				{
					name: 'Full',
					value: 'full',
					description: 'Each run whole, with its metadata and the results of all steps',
				},
				{
					name: 'Simplified',
					value: 'simplified',
					description: 'One flat object per run, with the extracted values',
				},
				{
					name: 'Summary',
					value: 'summary',
					description: 'Status, file and times of each run, without results',
				},
			],
			default: 'summary',
			description: 'What the items of a finished batch hold',
		},
		{
			displayName: 'Review Counts as Finished',
			name: 'reviewCountsAsFinished',
			type: 'boolean',
			displayOptions: { show: { '/emit': ['batch'] } },
			default: true,
			description:
				'Whether a batch is finished when its last open runs wait for a person. Otherwise it waits for the decisions too, perhaps for days.',
		},
		{
			displayName: 'Statuses',
			name: 'statuses',
			type: 'multiOptions',
			options: [
				{
					name: 'Cancelled',
					value: 'CANCELLED',
				},
				{
					name: 'Failed',
					value: 'FAILED',
				},
				{
					name: 'Needs Review',
					value: 'NEEDS_REVIEW',
				},
				{
					name: 'Processed',
					value: 'PROCESSED',
				},
				{
					name: 'Rejected',
					value: 'REJECTED',
				},
			],
			default: [],
			description:
				'Only runs with these statuses start an execution; of a finished batch, only they become items. Empty means all.',
		},
	],
});

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [...events, ...resources, simplify, options];
