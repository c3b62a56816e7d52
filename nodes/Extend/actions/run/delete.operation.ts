import { deleteRun } from '../../../extend/api/runs';
import { operation } from '../../operation';
import { evenIfNew } from '../patience';
import { readRunId, runId } from './run';

export const deleteOne = operation<string>({
	resource: 'run',
	value: 'delete',
	name: 'Delete',
	action: 'Delete a run',
	description:
		'Delete one run of a workflow with all its results for good. This cannot be undone. Its files stay.',
	properties: [runId],
	task: 'The run could not be deleted',
	subject: 'run',
	read: readRunId,
	perform: async ({ client }, id) => {
		const deleted = await evenIfNew(client, async () => await deleteRun(client, id));
		const isGone = !deleted.ok && deleted.failure.status === 404;
		if (!deleted.ok && !isGone) return { ...deleted, ids: { runId: id } };
		return { ok: true, items: [{ json: { runId: id, deleted: true, goneBefore: isGone } }] };
	},
});
