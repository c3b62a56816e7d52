import { deleteRun } from '../../../extend/api/runs';
import type { CallResult } from '../../../extend/client/client';
import { steadyNow } from '../../../extend/client/clock';
import { operation } from '../../operation';
import { PATIENCE, evenIfNew, goneHint } from '../../waiting/patience';
import { readRunId, runId } from './run';

interface Deletions {
	/**
	 * When also the youngest run can be read that there was when the node began, on the steady clock: a 404
	 * after that means that there is none.
	 */
	allReadableAt: number;
	/** What became of each run, because several items may name the same one. */
	byRun: Map<string, Promise<CallResult<object>>>;
}

export const deleteOne = operation<string, Deletions>({
	resource: 'run',
	value: 'delete',
	name: 'Delete',
	action: 'Delete a run',
	description:
		'Permanently delete a workflow run with all its results. This cannot be undone. Its files stay.',
	properties: [runId],
	task: 'The run could not be deleted',
	subject: 'run',
	read: readRunId,
	share: () => ({ allReadableAt: steadyNow() + PATIENCE.youngestMs, byRun: new Map() }),
	perform: async ({ client, warn }, id, { allReadableAt, byRun }) => {
		const earlier = byRun.get(id);
		const deletion =
			earlier ?? evenIfNew(client, async () => await deleteRun(client, id), allReadableAt);
		byRun.set(id, deletion);
		const deleted = await deletion;
		const isMissing = !deleted.ok && deleted.failure.status === 404;
		if (!deleted.ok && !isMissing) return { ...deleted, ids: { runId: id } };
		if (isMissing) warn(goneHint('run'));
		const goneBefore = isMissing || earlier !== undefined;
		return { ok: true, items: [{ json: { runId: id, deleted: true, goneBefore } }] };
	},
});
