import { PROCESSOR_TYPES, eventsOf, isProcessorRunEvent } from '../extend/api/events';
import type { ProcessorType } from '../extend/api/events';
import { ParameterReader } from '../parameters/reader';
import type { TriggerContext } from '../parameters/reader';
import { workflowRunEvents } from './neededEvents';
import type { WantedEvents } from './neededEvents';
import { properties } from './properties';

type Parameters = ParameterReader<(typeof properties)[number]>;

/** An extractor, classifier or splitter. */
export interface ChosenResource {
	type: ProcessorType;
	id: string;
}

/** The parameters of the node. */
export interface TriggerSettings extends WantedEvents {
	workflows: string[];
	resources: ChosenResource[];
	output: 'summary' | 'full' | 'simplified';
	downloadLargePayloads: boolean;
	largePayloadBytes: number;
	batchIds: string[];
	statuses: string[];
}

const ID_PREFIXES: Readonly<Record<ProcessorType, RegExp>> = {
	extractor: /^ex_/,
	classifier: /^cl_/,
	splitter: /^(spl|sp)_/,
};

/** Reads `extractor:ex_123`, as the list gives it, or just `ex_123`. */
function resourceIn(read: Parameters, value: string): ChosenResource {
	const type = PROCESSOR_TYPES.find(
		(candidate) => value.startsWith(`${candidate}:`) || ID_PREFIXES[candidate].test(value),
	);
	if (type !== undefined) return { type, id: value.replace(/^(\w+):/, '') };
	return read.complain(
		'resources',
		`contains “${value}”, which does not say what kind of resource it is`,
		'Write extractor:, classifier: or splitter: in front of the ID.',
	);
}

function settingsIn(read: Parameters): TriggerSettings {
	const workflowScope = read.choice('workflowScope');
	const resourceScope = read.choice('resourceScope');
	return {
		events: [...read.choices('events')],
		workflowScope,
		workflows: workflowScope === 'all' ? [] : read.ids('workflows', 'workflow'),
		resourceScope,
		resources:
			resourceScope === 'all' ? [] : read.list('resources').map((entry) => resourceIn(read, entry)),
		output: read.choice('output'),
		downloadLargePayloads: read.flag('options.downloadLargePayloads'),
		largePayloadBytes: read.wholeNumber('options.largePayloadBytes'),
		batchIds: read.ids('options.batchIds', 'anyBatch'),
		statuses: [...read.choices('options.statuses')],
		reviewCountsAsFinished: read.flag('options.reviewCountsAsFinished'),
	};
}

/** Complains about choices of which nothing could ever come. */
function checkSettings(settings: TriggerSettings, read: Parameters): void {
	const { events, workflowScope, workflows, resourceScope, resources } = settings;
	if (events.length === 0) {
		read.complain('events', 'is empty', 'Choose at least one event.');
	}
	if (
		workflowScope === 'selected' &&
		workflows.length === 0 &&
		workflowRunEvents(settings).length > 0
	) {
		read.complain(
			'workflows',
			'is empty',
			`Choose the Extend workflows to follow, or set ${read.nameOf('workflowScope')} to All.`,
		);
	}
	if (resourceScope === 'selected') {
		const unheard = events.find(
			(event) =>
				isProcessorRunEvent(event) &&
				!resources.some(({ type }) => eventsOf(type, [event]).length > 0),
		);
		if (unheard !== undefined) {
			read.complain(
				'resources',
				`includes nothing that sends the event ${unheard}`,
				`Add a resource that does, remove the event, or set ${read.nameOf('resourceScope')} to All.`,
			);
		}
	}
}

/** Reads the parameters for a delivery. @throws ComplaintError */
export function readSettings(context: TriggerContext): TriggerSettings {
	return settingsIn(ParameterReader.ofTrigger(properties, context));
}

/** Reads the parameters for a registration, of which something must come. @throws ComplaintError */
export function readCheckedSettings(context: TriggerContext): TriggerSettings {
	const read = ParameterReader.ofTrigger(properties, context);
	const settings = settingsIn(read);
	checkSettings(settings, read);
	return settings;
}
