import { operation } from '../../operation';
import type { Workplace } from '../../operation';
import { quote } from '../../../extend/failures/explanation';
import { count } from '../../../items/words';
import { batchId, readBatch } from './batch';
import type { Batch } from './batch';
import { cancelBatch } from './cancelling';
import type { CancelledBatch } from './cancelling';

/** Says what is left of a batch, and why. */
function warnOf(
	{ warn }: Workplace,
	batchId: string,
	{ inReview, refused, stillOpen }: CancelledBatch,
	said: string,
): void {
	if (inReview > 0) {
		warn(
			`${count(inReview, 'run', 'runs')} of batch ${batchId} ${inReview === 1 ? 'is' : 'are'} waiting for a review and cannot be cancelled. Reject ${inReview === 1 ? 'it' : 'them'} in the Extend dashboard.`,
		);
	}
	if (refused > 0) {
		warn(
			`Extend refused to cancel ${count(refused, 'run', 'runs')} of batch ${batchId}. ${said}`.trim(),
		);
	}
	if (stillOpen > 0) {
		warn(
			`Extend is still cancelling ${count(stillOpen, 'run', 'runs')} of batch ${batchId}. Get its status again later.`,
		);
	}
}

export const cancel = operation<Batch>({
	resource: 'batch',
	value: 'cancel',
	name: 'Cancel',
	action: 'Cancel a batch',
	description:
		'Stop every unfinished run of a batch. This cannot be undone. Finished runs keep their results.',
	properties: [batchId],
	task: 'The batch could not be cancelled',
	subject: 'batch',
	read: readBatch,
	keyOf: ({ batchId: id }) => id,
	perform: async (workplace, batch) => {
		const { failure, result, done, refusal } = await cancelBatch(workplace.client, batch);
		if (failure !== undefined) return { ok: false, failure, done };
		warnOf(workplace, batch.batchId, result, refusal === undefined ? '' : quote(refusal));
		return { ok: true, items: [{ json: { batchId: batch.batchId, ...result } }] };
	},
});
