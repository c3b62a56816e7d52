import {
	FINAL_EVENTS,
	REVIEW_EVENT,
	WORKFLOW_CREATED,
	eventsOf,
	isProcessorRunEvent,
	isWorkflowRunEvent,
} from '../extend/api/events';
import { BATCH_FINISHED } from '../extend/rows/reports';

/** What decides which events the trigger has to get from Extend. */
export interface WantedEvents {
	/** As chosen. */
	events: string[];
	workflowScope: 'all' | 'selected';
	resourceScope: 'all' | 'selected';
	reviewCountsAsFinished: boolean;
}

/** Whether finished batches start executions. */
export function reportsBatches({ events }: WantedEvents): boolean {
	return events.includes(BATCH_FINISHED);
}

/** Events after which a run of a batch is at rest. */
export function restEvents(settings: WantedEvents): string[] {
	return settings.reviewCountsAsFinished ? [...FINAL_EVENTS, REVIEW_EVENT] : FINAL_EVENTS;
}

/**
 * The events to have of each workflow. To know when a batch is finished takes all events that end a
 * run, whichever were chosen.
 */
export function workflowRunEvents(settings: WantedEvents): string[] {
	const needed = reportsBatches(settings) ? restEvents(settings) : [];
	return eventsOf('workflow', [...new Set([...settings.events, ...needed])]);
}

/** The events to have sent for everything, without subscriptions. */
export function endpointEvents(settings: WantedEvents): string[] {
	const { events, resourceScope, workflowScope } = settings;
	const chosen = events.filter(
		(event) =>
			event !== BATCH_FINISHED &&
			!isWorkflowRunEvent(event) &&
			!(resourceScope === 'selected' && isProcessorRunEvent(event)),
	);
	const followsWorkflows = workflowScope === 'all' && workflowRunEvents(settings).length > 0;
	return [...new Set([...chosen, ...(followsWorkflows ? [WORKFLOW_CREATED] : [])])];
}
