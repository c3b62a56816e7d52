import { download as fetchContent } from '../../../extend/api/download';
import { fetchFile } from '../../../extend/api/files';
import { pause } from '../../../extend/client/waiting';
import { operation } from '../../operation';
import { fileId, readFileId } from './file';

interface Input {
	id: string;
	/** The binary field of the output. */
	field: string;
}

/** Files that are downloaded side by side. */
const DOWNLOADS_AT_ONCE = 8;

/** How often a download is tried, each time from a link of its own. */
const MOST_TRIES = 3;

const PAUSE_MS = 1_000;

export const download = operation<Input>({
	resource: 'file',
	value: 'download',
	name: 'Download',
	action: 'Download a file',
	description: 'Get the content of a file in Extend into a binary field',
	properties: [
		fileId,
		{
			displayName: 'Put Output File in Field',
			name: 'outputField',
			type: 'string',
			required: true,
			default: 'data',
			placeholder: 'e.g. data',
			hint: 'The name of the output binary field to put the file in',
		},
	],
	task: 'The file could not be downloaded',
	subject: 'file',
	read: (read, itemIndex, json) => {
		const id = readFileId(read, itemIndex, json);
		const field = read.line('outputField', itemIndex);
		if (field === '') {
			read.complain('outputField', 'is empty', 'Enter a name for the field, such as data.');
		}
		return { id, field };
	},
	atOnce: DOWNLOADS_AT_ONCE,
	perform: async ({ context, client }, { id, field }) => {
		const ids = { fileId: id };
		for (let attempt = 1; ; attempt++) {
			// The link is good for minutes only, so it is asked for just before.
			const found = await fetchFile(client, id);
			if (!found.ok) return { ...found, ids };
			const { name, type = null, presignedUrl } = found.body;
			if (!presignedUrl) {
				const happened = 'Extend returned no link to its content';
				const advice = 'Extend may no longer keep it. Check the file in the Extend dashboard.';
				return { ok: false, trouble: { happened, advice, ids } };
			}
			const fileName = name || 'document';
			const content = await fetchContent(context, presignedUrl, fileName, client.signal);
			if (content.ok) {
				const json = { ...ids, fileName, mimeType: content.file.mimeType, fileType: type };
				return { ok: true, items: [{ json, binary: { [field]: content.file } }] };
			}
			const isLast = attempt >= MOST_TRIES || !content.mayHelpAgain;
			if (isLast || !(await pause(PAUSE_MS, client.signal))) {
				const advice =
					'Try again later, and check whether this n8n may reach Extend’s file storage.';
				return { ok: false, trouble: { happened: content.happened, advice, ids } };
			}
		}
	},
});
