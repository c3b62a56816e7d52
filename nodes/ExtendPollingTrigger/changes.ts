import type { WorkflowRunSummary } from '../extend/api/types';
import type { CallResult, ExtendClient, ListPage } from '../extend/client/client';
import type { WatchSettings } from './watch/watch';

/**
 * A page of the runs that changed last, newest change first. Extend can filter by one workflow; with several,
 * `isWatched` chooses.
 * @param token where to go on
 */
export async function changedRuns(
	client: ExtendClient,
	{ workflows }: Pick<WatchSettings, 'workflows'>,
	token?: string,
): Promise<CallResult<ListPage<WorkflowRunSummary>>> {
	const [workflowId, ...others] = workflows;
	const isOne = workflowId !== undefined && others.length === 0;
	const filter = isOne ? { workflowId } : {};
	const order = { sortBy: 'updatedAt', sortDir: 'desc' };
	return await client.page('/workflow_runs', { ...filter, ...order }, token);
}
