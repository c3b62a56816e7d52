import { operation } from '../../operation';
import { batchId, readBatch } from './batch';
import type { Batch } from './batch';
import { cancelBatch } from './cancelling';
import { deleteBatch } from './deletion';

interface Input extends Batch {
	cancelsFirst: boolean;
	deletesFiles: boolean;
}

/** What has to be typed, in any case. */
const WORD = 'delete';

export const deleteRuns = operation<Input>({
	resource: 'batch',
	value: 'deleteRuns',
	name: 'Delete Runs',
	action: 'Delete the runs of a batch',
	description:
		'Delete the runs of a batch with all their results and, if you choose, their files. This cannot be undone.',
	properties: [
		batchId,
		{
			displayName: 'Confirmation',
			name: 'confirmation',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. delete',
			description: 'Type the word “delete”, so that nothing is deleted by mistake',
		},
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Cancel Open Runs First',
					name: 'cancelsFirst',
					type: 'boolean',
					default: false,
					description:
						'Whether to cancel unfinished runs and then delete them too. Otherwise, they are left alone.',
				},
				{
					displayName: 'Delete Files',
					name: 'deletesFiles',
					type: 'boolean',
					default: false,
					description:
						'Whether to delete the files of these runs too. Other runs of the same file lose it as well.',
				},
			],
		},
	],
	task: 'The runs of the batch could not be deleted',
	subject: 'batch',
	read: (read, itemIndex, json) => {
		const batch = readBatch(read, itemIndex, json);
		if (read.line('confirmation', itemIndex).toLowerCase() !== WORD) {
			read.complain(
				'confirmation',
				`is not the word “${WORD}”`,
				`Type ${WORD} there if you really want to delete these runs.`,
			);
		}
		return {
			...batch,
			cancelsFirst: read.flag('options.cancelsFirst', itemIndex),
			deletesFiles: read.flag('options.deletesFiles', itemIndex),
		};
	},
	keyOf: ({ batchId: id, cancelsFirst, deletesFiles }) =>
		JSON.stringify([id, cancelsFirst, deletesFiles]),
	perform: async ({ client, warn }, { cancelsFirst, deletesFiles, ...batch }) => {
		const { batchId: id } = batch;
		const cancelled = cancelsFirst ? await cancelBatch(client, batch) : undefined;
		// A batch without runs is one that was deleted before.
		if (cancelled?.failure !== undefined && cancelled.failure.status !== 404) {
			return { ok: false, failure: cancelled.failure, done: cancelled.done };
		}
		const deleted = await deleteBatch(client, batch, deletesFiles);
		const { failure, result, filesLeft, warnings } = deleted;
		if (failure !== undefined) {
			const { runsDeleted, filesDeleted } = result;
			const isAnyDeleted = runsDeleted + filesDeleted + filesLeft.length > 0;
			const done = [
				cancelled?.done ?? [],
				isAnyDeleted
					? `In batch ${id}, ${runsDeleted} runs and ${filesDeleted} files were deleted.`
					: [],
			].flat();
			return {
				ok: false,
				failure,
				...(done.length > 0 && { done: done.join(' ') }),
				...(filesLeft.length > 0 && {
					left: `These files may be left without their run; if so, delete them by their IDs: ${filesLeft.join(', ')}.`,
				}),
			};
		}
		for (const warning of warnings) warn(warning);
		return { ok: true, items: [{ json: { batchId: id, ...result } }] };
	},
});
