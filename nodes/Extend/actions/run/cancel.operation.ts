import { REVIEW_STATUS } from '../../../extend/api/runs';
import { operation } from '../../operation';
import { cancelOne } from './cancelling';
import { readRunId, runId } from './run';

export const cancel = operation<string>({
	resource: 'run',
	value: 'cancel',
	name: 'Cancel',
	action: 'Cancel a run',
	description:
		'Stop a workflow run that is not finished. This cannot be undone. A finished run keeps its results.',
	properties: [runId],
	task: 'The run could not be cancelled',
	subject: 'run',
	read: readRunId,
	perform: async ({ client, warn }, id) => {
		const cancelled = await cancelOne(client, id);
		if (!cancelled.ok) return { ...cancelled, ids: { runId: id } };
		const { status } = cancelled.body;
		if (status === REVIEW_STATUS) {
			warn(
				`Run ${id} is waiting for a review and cannot be cancelled. Reject it in the Extend dashboard.`,
			);
		}
		return { ok: true, items: [{ json: { runId: id, ...cancelled.body } }] };
	},
});
