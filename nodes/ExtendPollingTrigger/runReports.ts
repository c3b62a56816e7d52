import type { IDataObject } from 'n8n-workflow';

import type { WorkflowRun, WorkflowRunSummary } from '../extend/api/types';
import { eventReport, eventTypeOf } from '../extend/rows/reports';
import type { ReportOutput } from '../extend/rows/reports';
import { runKey } from './watch/watch';

/**
 * The item of a run that came to rest, as Extend Trigger gives it for the event.
 * @param seen the run as the list showed it; its status tells the event
 * @param run what is told of it
 */
export function runReport(
	seen: { id: string; status: string },
	run: WorkflowRun | WorkflowRunSummary,
	output: ReportOutput,
): IDataObject {
	const payload = { object: 'workflow_run', ...run };
	const event = { eventId: runKey(seen), eventType: eventTypeOf(seen.status), payload };
	return eventReport(event, output);
}
