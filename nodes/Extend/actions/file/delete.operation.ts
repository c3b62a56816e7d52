import { deleteFile } from '../../../extend/api/files';
import { operation } from '../../operation';
import { goneHint } from '../../waiting/patience';
import { fileId, readFileId } from './file';

export const deleteOne = operation<string>({
	resource: 'file',
	value: 'delete',
	name: 'Delete',
	action: 'Delete a file',
	description:
		'Permanently delete a file in Extend. This cannot be undone. Runs of the file stay, but lose its content.',
	properties: [fileId],
	task: 'The file could not be deleted',
	subject: 'file',
	read: readFileId,
	perform: async ({ client, warn }, id) => {
		const deleted = await deleteFile(client, id);
		const isGone = !deleted.ok && deleted.failure.status === 404;
		if (!deleted.ok && !isGone) return { ...deleted, ids: { fileId: id } };
		if (isGone) warn(goneHint('file'));
		return { ok: true, items: [{ json: { fileId: id, deleted: true, goneBefore: isGone } }] };
	},
});
