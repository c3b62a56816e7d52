import { fetchFile } from '../../../extend/api/files';
import { asJson } from '../../../extend/rows/reports';
import { operation } from '../../operation';
import { fileId, readFileId } from './file';

export const get = operation<string>({
	resource: 'file',
	value: 'get',
	name: 'Get',
	action: 'Get a file',
	description:
		'Get the name and type of a file in Extend, and a link to its content that is valid for 15 minutes',
	properties: [fileId],
	task: 'The file could not be read',
	subject: 'file',
	read: readFileId,
	perform: async ({ client }, id) => {
		const file = await fetchFile(client, id);
		if (!file.ok) return { ...file, ids: { fileId: id } };
		return { ok: true, items: [{ json: asJson(file.body) }] };
	},
});
