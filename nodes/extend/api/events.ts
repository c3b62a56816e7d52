/**
 * Every event that Extend can send (`WebhookEndpointEventType` and `WebhookSubscriptionEventType` of
 * the official SDK), under Extend's own names.
 */

/** What a subscription can be about. */
export type ResourceType = 'workflow' | 'extractor' | 'classifier' | 'splitter';

/** The kinds of resources besides workflows. */
export const PROCESSOR_TYPES = ['extractor', 'classifier', 'splitter'] as const;

/** One of {@link PROCESSOR_TYPES}. */
export type ProcessorType = (typeof PROCESSOR_TYPES)[number];

/** An event as the editor offers it. */
export interface EventChoice {
	value: string;
	name: string;
	description: string;
}

/** Sent when a workflow comes into being; needed to follow all workflows. */
export const WORKFLOW_CREATED = 'workflow.created';

/** Statuses of workflow runs by the event that announces them. */
export const STATUS_OF_EVENT: Readonly<Record<string, string>> = {
	'workflow_run.completed': 'PROCESSED',
	'workflow_run.failed': 'FAILED',
	'workflow_run.needs_review': 'NEEDS_REVIEW',
	'workflow_run.rejected': 'REJECTED',
	'workflow_run.cancelled': 'CANCELLED',
};

/** Events of a workflow run that will not go on. */
export const FINAL_EVENTS = [
	'workflow_run.completed',
	'workflow_run.failed',
	'workflow_run.rejected',
	'workflow_run.cancelled',
];

/** The event of a run that waits for a person. */
export const REVIEW_EVENT = 'workflow_run.needs_review';

const WORKFLOW_RUN_EVENTS: EventChoice[] = [
	{
		value: 'workflow_run.completed',
		name: 'Workflow Run Completed',
		description: 'A document went through its workflow',
	},
	{
		value: 'workflow_run.failed',
		name: 'Workflow Run Failed',
		description: 'A document could not be processed',
	},
	{
		value: REVIEW_EVENT,
		name: 'Workflow Run Needs Review',
		description: 'A document is waiting for a review in the Extend dashboard',
	},
	{
		value: 'workflow_run.rejected',
		name: 'Workflow Run Rejected',
		description: 'A person rejected a document in review',
	},
	{
		value: 'workflow_run.cancelled',
		name: 'Workflow Run Cancelled',
		description: 'A run was cancelled',
	},
	{
		value: 'workflow_run.step_run.processed',
		name: 'Workflow Step Processed',
		description: 'One step of a run is finished. The event has neither a batch ID nor metadata.',
	},
];

function pair(subject: string, name: string, what: string): EventChoice[] {
	return [
		{ value: `${subject}.processed`, name: `${name} Processed`, description: `${what} succeeded` },
		{ value: `${subject}.failed`, name: `${name} Failed`, description: `${what} failed` },
	];
}

function changes(subject: ProcessorType): EventChoice[] {
	const name = `${subject.charAt(0).toUpperCase()}${subject.slice(1)}`;
	const article = subject === 'extractor' ? 'An' : 'A';
	const choice = (event: string, title: string, happened: string): EventChoice => ({
		value: `${subject}.${event}`,
		name: `${name} ${title}`,
		description: `${article} ${subject} ${happened}`,
	});
	return [
		choice('created', 'Created', 'was created'),
		choice('updated', 'Updated', 'was renamed or changed in another way'),
		choice('deleted', 'Deleted', 'was deleted'),
		choice('draft.updated', 'Draft Updated', 'has a new draft'),
		choice('version.published', 'Version Published', 'has a new version'),
	];
}

/** All events, those of workflow runs first. */
export const EVENT_CHOICES: readonly EventChoice[] = [
	...WORKFLOW_RUN_EVENTS,
	...pair('extract_run', 'Extract Run', 'A run of an extractor'),
	...pair('classify_run', 'Classify Run', 'A run of a classifier'),
	...pair('split_run', 'Split Run', 'A run of a splitter'),
	...pair('parse_run', 'Parse Run', 'A parse run'),
	...pair('edit_run', 'Edit Run', 'An edit run'),
	...pair(
		'batch_processor_run',
		'Batch Processor Run',
		'A batch of an extractor, classifier or splitter',
	),
	...pair('batch_parse_run', 'Batch Parse Run', 'A batch of parse runs'),
	{ value: WORKFLOW_CREATED, name: 'Workflow Created', description: 'A workflow was created' },
	{
		value: 'workflow.deployed',
		name: 'Workflow Deployed',
		description: 'A workflow has a new version',
	},
	{ value: 'workflow.deleted', name: 'Workflow Deleted', description: 'A workflow was deleted' },
	...PROCESSOR_TYPES.flatMap(changes),
];

const BATCH_PROCESSOR_EVENTS = ['batch_processor_run.processed', 'batch_processor_run.failed'];

/** The events that a subscription to one resource can have. */
export const RESOURCE_EVENTS: Readonly<Record<ResourceType, readonly string[]>> = {
	workflow: WORKFLOW_RUN_EVENTS.map(({ value }) => value),
	extractor: ['extract_run.processed', 'extract_run.failed', ...BATCH_PROCESSOR_EVENTS],
	classifier: ['classify_run.processed', 'classify_run.failed', ...BATCH_PROCESSOR_EVENTS],
	splitter: ['split_run.processed', 'split_run.failed', ...BATCH_PROCESSOR_EVENTS],
};

/** The chosen events that a subscription to a resource of this kind carries. */
export function eventsOf(type: ResourceType, chosen: readonly string[]): string[] {
	return chosen.filter((event) => RESOURCE_EVENTS[type].includes(event));
}

/** Whether an event is sent only to subscriptions to workflows, never to an endpoint as a whole. */
export function isWorkflowRunEvent(event: string): boolean {
	return RESOURCE_EVENTS.workflow.includes(event);
}

/** Whether an event can be limited to single extractors, classifiers or splitters. */
export function isProcessorRunEvent(event: string): boolean {
	return PROCESSOR_TYPES.some((type) => RESOURCE_EVENTS[type].includes(event));
}

/** The status of what an event is about, if the event's name or its payload tells. */
export function statusIn(eventType: string, payload: Record<string, unknown>): string | undefined {
	const known = STATUS_OF_EVENT[eventType];
	if (known !== undefined) return known;
	if (typeof payload.status === 'string') return payload.status;
	if (eventType.endsWith('_run.processed')) return 'PROCESSED';
	return eventType.endsWith('_run.failed') ? 'FAILED' : undefined;
}
