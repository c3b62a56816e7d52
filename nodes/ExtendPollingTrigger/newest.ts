import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject } from 'n8n-workflow';

import { fetchRun, listRuns } from '../extend/api/runs';
import type { WorkflowRunSummary } from '../extend/api/types';
import type { ExtendClient } from '../extend/client/client';
import type { CallFailure } from '../extend/failures/failure';
import { toNodeError } from '../extend/failures/explanation';
import { batchReport, resultOf } from '../extend/rows/reports';
import { openStatuses } from '../extend/runs/standing';
import { changedRuns } from './changes';
import type { PollingSettings } from './parameters';
import { runReport } from './runReports';
import { isWatched } from './watch/watch';

/** So many batches are asked about to find one that is finished. */
const MOST_BATCHES = 10;

/**
 * What a test in the editor gets: the batch or run that finished last, among the newest thousand changes.
 * @throws NodeApiError if Extend cannot be asked
 * @throws NodeOperationError if there is none
 */
export async function newestFinished(
	client: ExtendClient,
	settings: PollingSettings,
): Promise<IDataObject[]> {
	const task = 'The finished documents could not be listed';
	const must = <T>(result: { ok: true; body: T } | { ok: false; failure: CallFailure }): T => {
		if (!result.ok) throw toNodeError(client.node, result.failure, { task });
		return result.body;
	};
	const open = openStatuses(settings.reviewCountsAsFinished);
	const isOpen = ({ status }: WorkflowRunSummary) => open.includes(status);
	const isChosen = ({ status }: WorkflowRunSummary) =>
		settings.statuses.length === 0 || settings.statuses.includes(status);
	const fetch = async (run: WorkflowRunSummary) => must(await fetchRun(client, run.id));

	const page = must(await changedRuns(client, settings)).data.filter((run) =>
		isWatched(run, settings),
	);
	if (settings.event === 'run.finished') {
		const run = page.find((candidate) => !isOpen(candidate) && isChosen(candidate));
		if (run === undefined) throw nothingFinished(client, 'document');
		const { output } = settings;
		return [runReport(run, output === 'summary' ? run : await fetch(run), output)];
	}
	const unfinished = new Set(page.filter(isOpen).map(({ batchId }) => batchId));
	const batchIds = new Set(page.map(({ batchId }) => batchId));
	const candidates = [...batchIds].filter((id) => typeof id === 'string' && !unfinished.has(id));
	for (const batchId of candidates.slice(0, MOST_BATCHES) as string[]) {
		const runs = must(await listRuns(client, batchId));
		const chosen = runs.filter(isChosen);
		if (chosen.length === 0 || runs.some(isOpen)) continue;
		const { output } = settings;
		const results = await Promise.all(
			chosen.map(async (run) => resultOf(output === 'summary' ? run : await fetch(run), output)),
		);
		return batchReport(batchId, runs, results);
	}
	throw nothingFinished(client, 'batch');
}

function nothingFinished(client: ExtendClient, what: 'batch' | 'document'): NodeOperationError {
	return new NodeOperationError(client.node, `Extend shows no finished ${what} to test with`, {
		description: `Run a ${what} through Extend first, for example with Extend Batch Run Workflow, or check the workflows and options chosen here.`,
	});
}
