import type { IDataObject } from 'n8n-workflow';

import { isObject } from '../../parameters/checks';
import { STATUS_OF_EVENT } from '../api/events';
import type { WorkflowRun, WorkflowRunSummary } from '../api/types';
import { simplifyRun } from './simplify';

/**
 * What the triggers tell of runs and batches. Extend Trigger and Extend Polling Trigger give the same items,
 * so that a workflow can begin with either.
 */

/** How much of a run an item holds. */
export type ReportOutput = 'simplified' | 'summary' | 'full';

/** The event that Extend does not have: all runs of a batch are at rest. The triggers find out by themselves. */
export const BATCH_FINISHED = 'batch.finished';

/** An event as Extend sends it, whatever it is about. */
export interface ExtendEvent {
	/** Differs for each event; what comes twice has the same. */
	eventId: string;
	eventType: string;
	payload: Record<string, unknown>;
}

/**
 * What Extend says of a run, as an item's json. A field `error`, should Extend ever add one, becomes
 * `runError`: n8n takes an item with a field `error` for a failure.
 */
export function asJson(run: object): IDataObject {
	const json = run as IDataObject;
	if (!('error' in json)) return json;
	const { error, ...others } = json;
	return { ...others, runError: error };
}

/** What an item holds of a run. For `simplified` and `full` it takes the whole run. */
export function resultOf(run: WorkflowRun | WorkflowRunSummary, output: ReportOutput): IDataObject {
	return output === 'simplified' ? simplifyRun(run) : asJson({ ...run });
}

/** How many runs there are of each status. */
export function countStatuses(
	runs: ReadonlyArray<Pick<WorkflowRunSummary, 'status'>>,
): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { status } of runs) counts[status] = (counts[status] ?? 0) + 1;
	return counts;
}

/**
 * The items of a finished batch: one for each of the given results, with the batch beside them.
 * @param runs all runs of the batch, also those of which there is no item
 */
export function batchReport(
	batchId: string,
	runs: readonly WorkflowRunSummary[],
	results: readonly IDataObject[],
): IDataObject[] {
	const statuses = countStatuses(runs);
	const batch = { runCount: runs.length, statuses };
	return results.map((json) => ({ ...json, batchId, eventType: BATCH_FINISHED, batch }));
}

/** The event that announces a status of a run. */
export function eventTypeOf(status: string): string {
	const known = Object.entries(STATUS_OF_EVENT).find(([, announced]) => announced === status);
	return known?.[0] ?? `workflow_run.${status.toLowerCase()}`;
}

function isRun(payload: Record<string, unknown>): payload is typeof payload & WorkflowRun {
	return payload.object === 'workflow_run';
}

function idIn(value: unknown): string | null {
	return isObject(value) && typeof value.id === 'string' ? value.id : null;
}

/**
 * The item of an event. `full` has the payload whole. Of the events of workflow runs, `simplified` has the
 * flat run, and `summary` ids and status; of other events, both have the payload whole.
 */
export function eventReport(event: ExtendEvent, output: ReportOutput): IDataObject {
	const { eventId, eventType, payload } = event;
	if (output === 'full' || !isRun(payload)) {
		return { eventId, eventType, payload: payload };
	}
	if (output === 'simplified') {
		return { ...simplifyRun(payload), eventType, eventId };
	}
	const { id, status, batchId = null, workflow } = payload;
	return { runId: id, status, batchId, workflowId: idIn(workflow), eventType, eventId };
}
