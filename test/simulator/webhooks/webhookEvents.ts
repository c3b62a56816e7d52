import type { RunStatus } from '../runs/runs';

const RESULTS = ['processed', 'failed'];
const RUN_KINDS = ['parse_run', 'edit_run', 'extract_run', 'classify_run', 'split_run'];
const BATCH_KINDS = ['batch_processor_run', 'batch_parse_run'];
const PROCESSOR_KINDS = ['extractor', 'classifier', 'splitter'];
const PROCESSOR_CHANGES = ['created', 'updated', 'deleted', 'draft.updated', 'version.published'];
const WORKFLOW_CHANGES = ['created', 'deployed', 'deleted'];

/** Events that an endpoint can have sent for everything (Extend SDK, `WebhookEndpointEventType`). */
export const GLOBAL_EVENTS: readonly string[] = [
	...combine([...RUN_KINDS, ...BATCH_KINDS], RESULTS),
	...combine(PROCESSOR_KINDS, PROCESSOR_CHANGES),
	...combine(['workflow'], WORKFLOW_CHANGES),
];

/** What a subscription can be about. */
export type ResourceType = 'extractor' | 'classifier' | 'splitter' | 'workflow';

/** Events of a subscription by its resource (Extend SDK, `WebhookSubscriptionEventType`). */
export const RESOURCE_EVENTS: Readonly<Record<ResourceType, readonly string[]>> = {
	extractor: combine(['extract_run', 'batch_processor_run'], RESULTS),
	classifier: combine(['classify_run', 'batch_processor_run'], RESULTS),
	splitter: combine(['split_run', 'batch_processor_run'], RESULTS),
	workflow: combine(
		['workflow_run'],
		['completed', 'failed', 'needs_review', 'rejected', 'cancelled', 'step_run.processed'],
	),
};

/** The event that a workflow run sends when it reaches a status. */
export const EVENT_OF_STATUS: Readonly<Partial<Record<RunStatus, string>>> = {
	PROCESSED: 'workflow_run.completed',
	FAILED: 'workflow_run.failed',
	NEEDS_REVIEW: 'workflow_run.needs_review',
	REJECTED: 'workflow_run.rejected',
	CANCELLED: 'workflow_run.cancelled',
};

/** The event of a finished step. */
export const STEP_EVENT = 'workflow_run.step_run.processed';

function combine(subjects: readonly string[], happenings: readonly string[]): string[] {
	return subjects.flatMap((subject) => happenings.map((happening) => `${subject}.${happening}`));
}
