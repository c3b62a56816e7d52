import type { Backend } from '../world/backend';
import { fileKind, type FileRecord } from '../world/files';
import { newId } from '../world/ids';
import {
	CLASSIFICATIONS,
	CLASSIFIER,
	CLASSIFIER_VERSION,
	EXTRACT_CONFIG,
	EXTRACTOR,
	EXTRACTOR_VERSION,
	SPLITTER,
	SPLITTER_VERSION,
} from '../world/processors';
import { classifyRun, extractRun, splitRun } from '../runs/stepRuns';
import { timestamp } from '../world/timestamps';
import { workflowAnswer } from '../world/workflows';

/** A payload that fits an event type, and the resource it is about. */
export interface EventSample {
	payload?: unknown;
	resourceId?: string;
}

const VERSIONS = {
	extractor: { ...EXTRACTOR_VERSION, config: EXTRACT_CONFIG },
	classifier: { ...CLASSIFIER_VERSION, config: { classifications: CLASSIFICATIONS } },
	splitter: { ...SPLITTER_VERSION, config: { splitClassifications: CLASSIFICATIONS } },
};
const SUMMARIES = { extractor: EXTRACTOR, classifier: CLASSIFIER, splitter: SPLITTER };

/**
 * A sample payload for any event that is not about a workflow run (Extend SDK, `*WebhookEvent`).
 * Throws for types it does not know.
 */
export function eventSample(backend: Backend, eventType: string): EventSample {
	const [subject = ''] = eventType.split('.');
	const status = eventType.endsWith('.failed') ? 'FAILED' : 'PROCESSED';
	const suffix = newId('sample');
	switch (subject) {
		case 'extract_run':
			return {
				payload: withStatus(
					extractRun(suffix, sampleFile(backend), backend.clock.extendNow()),
					status,
				),
				resourceId: EXTRACTOR.id,
			};
		case 'classify_run':
			return {
				payload: withStatus(
					classifyRun(suffix, sampleFile(backend), backend.clock.extendNow()),
					status,
				),
				resourceId: CLASSIFIER.id,
			};
		case 'split_run':
			return {
				payload: withStatus(
					splitRun(suffix, sampleFile(backend), backend.clock.extendNow()),
					status,
				),
				resourceId: SPLITTER.id,
			};
		case 'parse_run':
			return { payload: parseStatus(status) };
		case 'edit_run':
			return { payload: { object: 'edit_run', id: newId('edr'), status } };
		case 'batch_processor_run':
			return {
				payload: batchRun('bpr', status, backend.clock.extendNow()),
				resourceId: EXTRACTOR.id,
			};
		case 'batch_parse_run':
			return { payload: batchRun('bpar', status, backend.clock.extendNow()) };
		case 'extractor':
		case 'classifier':
		case 'splitter':
			return { payload: processor(subject, eventType) };
		case 'workflow':
			return { payload: newestWorkflow(backend) };
		default:
			throw new Error(`There is no sample for the event type ${eventType}`);
	}
}

function withStatus<T extends { output: unknown }>(run: T, status: string) {
	if (status === 'PROCESSED') return run;
	const failureReason = 'FAILED_TO_PROCESS_FILE';
	return { ...run, status, failureReason, output: null, initialOutput: null, usage: null };
}

function parseStatus(status: string) {
	const failureReason = status === 'FAILED' ? 'OCR_ERROR' : null;
	return {
		object: 'parse_run_status',
		id: newId('pr'),
		status,
		failureReason,
		failureMessage: null,
		metadata: {},
	};
}

function batchRun(prefix: string, status: string, now: number) {
	return {
		object: 'batch_run',
		id: newId(prefix),
		status,
		runCount: 2,
		createdAt: timestamp(now),
	};
}

function processor(kind: keyof typeof VERSIONS, eventType: string) {
	if (eventType.endsWith('.version.published')) return VERSIONS[kind];
	return { ...SUMMARIES[kind], draftVersion: { ...VERSIONS[kind], version: 'draft' } };
}

function newestWorkflow(backend: Backend) {
	const workflow = [...backend.main.workflows.values()].at(-1);
	if (workflow) return workflowAnswer(workflow);
	throw new Error('There is no workflow');
}

function sampleFile(backend: Backend): FileRecord {
	const name = 'sample-invoice.pdf';
	return {
		seq: 0,
		id: newId('file'),
		name,
		type: fileKind(name),
		createdAt: backend.clock.extendNow(),
	};
}
