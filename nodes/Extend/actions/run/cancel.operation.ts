import { REVIEW_STATUS } from '../../../extend/api/runs';
import { explain, quote } from '../../../extend/failures/explanation';
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
		if (!cancelled.ok) {
			const { failure, isAgreed } = cancelled;
			const done = isAgreed ? { done: `Extend agreed to cancel run ${id}.` } : {};
			return { ok: false, failure, ...done, ids: { runId: id } };
		}
		const { body, unread } = cancelled;
		const { status } = body;
		if (unread !== undefined) {
			warn(
				`Extend agreed to cancel run ${id}, but the run could not be read afterwards: ${explain(unread, 'run').happened}. Its status is the last one known. Get the run later to see how it ended. ${quote(unread)}`.trim(),
			);
		}
		if (status === REVIEW_STATUS) {
			warn(
				`Run ${id} is waiting for a review and cannot be cancelled. Reject it in the Extend dashboard.`,
			);
		}
		return { ok: true, items: [{ json: { runId: id, ...body } }] };
	},
});
