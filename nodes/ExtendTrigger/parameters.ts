import type { IDataObject } from 'n8n-workflow';

import { choice, complain, flag, isObject, list, wholeNumber } from '../parameters/checks';
import {
	FINAL_EVENTS,
	PROCESSOR_TYPES,
	REVIEW_EVENT,
	WORKFLOW_CREATED,
	eventsOf,
	isProcessorRunEvent,
	isWorkflowRunEvent,
} from '../extend/api/events';
import type { ProcessorType } from '../extend/api/events';
import { readIds } from '../parameters/ids';

/**
 * Default for the size above which Extend sends a link, in bytes. It is under what n8n takes (16 MB),
 * and under the 1 MiB that many a proxy in front of n8n takes.
 */
export const LARGE_PAYLOAD_BYTES = 1_000_000;

/** An extractor, classifier or splitter. */
export interface ChosenResource {
	type: ProcessorType;
	id: string;
}

/** The parameters of the node. */
export interface TriggerSettings {
	/** As chosen; see `workflowRunEvents` and `endpointEvents` for what is asked of Extend. */
	events: string[];
	workflowScope: 'all' | 'selected';
	workflows: string[];
	resourceScope: 'all' | 'selected';
	resources: ChosenResource[];
	emit: 'event' | 'batch';
	simplify: boolean;
	output: 'summary' | 'full' | 'simplified';
	downloadLargePayloads: boolean;
	largePayloadBytes: number;
	batchIds: string[];
	statuses: string[];
	reviewCountsAsFinished: boolean;
}

/** Hook and webhook contexts read parameters alike. */
export interface ParameterSource {
	getNodeParameter(name: string, fallback?: unknown): unknown;
}

const ID_PREFIXES: Readonly<Record<ProcessorType, RegExp>> = {
	extractor: /^ex_/,
	classifier: /^cl_/,
	splitter: /^(spl|sp)_/,
};

/** Reads `extractor:ex_123`, as the list gives it, or just `ex_123`. */
function resource(value: string): ChosenResource {
	const type = PROCESSOR_TYPES.find(
		(candidate) => value.startsWith(`${candidate}:`) || ID_PREFIXES[candidate].test(value),
	);
	if (type !== undefined) return { type, id: value.replace(/^(\w+):/, '') };
	return complain(
		'Resource Names or IDs',
		`holds “${value}”, of which it is not known what it is`,
		'Write extractor:, classifier: or splitter: before the ID.',
	);
}

/** Reads and checks the parameters. @throws ComplaintError */
export function readSettings(source: ParameterSource): TriggerSettings {
	const given = source.getNodeParameter('options', {});
	const options: IDataObject = isObject(given) ? (given as IDataObject) : {};
	const scope = (name: string, shownName: string) =>
		choice(source.getNodeParameter(name, 'all'), shownName, ['all', 'selected']);
	const workflowScope = scope('workflowScope', 'Workflows');
	const resourceScope = scope('resourceScope', 'Resources');
	return {
		events: list(source.getNodeParameter('events', []), 'Events'),
		workflowScope,
		workflows:
			workflowScope === 'all'
				? []
				: readIds(source.getNodeParameter('workflows', []), 'Workflow Names or IDs', 'workflow'),
		resourceScope,
		resources:
			resourceScope === 'all'
				? []
				: list(source.getNodeParameter('resources', []), 'Resource Names or IDs').map(resource),
		emit: choice(source.getNodeParameter('emit', 'event'), 'Emit', ['event', 'batch']),
		simplify: flag(source.getNodeParameter('simplify', false), 'Simplify'),
		output: choice(options.output ?? 'summary', 'Output', ['summary', 'full', 'simplified']),
		downloadLargePayloads: flag(options.downloadLargePayloads ?? true, 'Download Large Payloads'),
		largePayloadBytes: wholeNumber(
			options.largePayloadBytes ?? LARGE_PAYLOAD_BYTES,
			'Large Payload Size (Bytes)',
			1000,
			1_000_000_000,
		),
		batchIds: readIds(options.batchIds ?? '', 'Batch IDs', 'anyBatch'),
		statuses: list(options.statuses ?? [], 'Statuses'),
		reviewCountsAsFinished: flag(
			options.reviewCountsAsFinished ?? true,
			'Review Counts as Finished',
		),
	};
}

/** Events after which a run of a batch is at rest. */
export function restEvents(settings: TriggerSettings): string[] {
	return settings.reviewCountsAsFinished ? [...FINAL_EVENTS, REVIEW_EVENT] : FINAL_EVENTS;
}

/**
 * The events to have of each workflow. To know when a batch is finished takes all events that end a
 * run, whichever were chosen.
 */
export function workflowRunEvents(settings: TriggerSettings): string[] {
	const needed = settings.emit === 'batch' ? restEvents(settings) : [];
	return eventsOf('workflow', [...new Set([...settings.events, ...needed])]);
}

/** The events to have sent for everything, without subscriptions. */
export function endpointEvents(settings: TriggerSettings): string[] {
	const { events, resourceScope, workflowScope } = settings;
	const chosen = events.filter(
		(event) =>
			!isWorkflowRunEvent(event) && !(resourceScope === 'selected' && isProcessorRunEvent(event)),
	);
	const followsWorkflows = workflowScope === 'all' && workflowRunEvents(settings).length > 0;
	return [...new Set([...chosen, ...(followsWorkflows ? [WORKFLOW_CREATED] : [])])];
}

/** Complains about choices of which nothing could ever come. @throws ComplaintError */
export function checkSettings(settings: TriggerSettings): void {
	const { events, emit, workflowScope, workflows, resourceScope, resources } = settings;
	if (events.length === 0 && emit === 'event') {
		complain('Events', 'is empty', 'Choose at least one event.');
	}
	if (
		workflowScope === 'selected' &&
		workflows.length === 0 &&
		workflowRunEvents(settings).length > 0
	) {
		complain(
			'Workflow Names or IDs',
			'is empty',
			'Choose the Extend workflows to follow, or set Workflows to All.',
		);
	}
	if (resourceScope === 'selected') {
		const unheard = events.find(
			(event) =>
				isProcessorRunEvent(event) &&
				!resources.some(({ type }) => eventsOf(type, [event]).length > 0),
		);
		if (unheard !== undefined) {
			complain(
				'Resource Names or IDs',
				`holds none that sends the event ${unheard}`,
				'Choose one that does, leave out the event, or set Resources to All.',
			);
		}
	}
}
