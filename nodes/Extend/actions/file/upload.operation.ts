import type { INodeProperties } from 'n8n-workflow';

import { uploadFile } from '../../../extend/api/files';
import type { LocalFile } from '../../../extend/api/files';
import type { UploadedFile } from '../../../extend/api/types';
import { eachAtOnce } from '../../../extend/client/waiting';
import { reasonAmong } from '../../../extend/failures/failure';
import type { CallFailure } from '../../../extend/failures/failure';
import { asJson } from '../../../extend/runs/reports';
import { complain } from '../../../parameters/checks';
import { operation } from '../../operation';

interface Input {
	files: LocalFile[];
	passwords: string[];
}

/** Files of one item that are uploaded side by side. How many calls are under way is up to the client. */
const UPLOADS_AT_ONCE = 8;

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Convert to PDF',
			name: 'convertToPdf',
			type: 'boolean',
			// Who adds it wants it on; without it, it is off.
			default: true,
			description:
				'Whether Extend makes a PDF of an image, a sheet, a document or a web page. The file keeps its name.',
		},
		{
			displayName: 'File Name',
			name: 'fileName',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.name }}',
			description:
				'The name of the file in Extend, which reads the file type from the extension; a missing extension is added. By default, its name in n8n.',
		},
		{
			displayName: 'File Password',
			name: 'filePassword',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'The password that opens a protected PDF',
		},
		{
			displayName: 'File Types',
			name: 'fileTypes',
			type: 'string',
			default: '',
			placeholder: 'e.g. pdf, jpg, png',
			description:
				'Comma-separated extensions or MIME types, such as pdf or image/*. Files of other types are left out. By default, files of any type are uploaded.',
		},
		{
			displayName: 'Skip Files Smaller Than (KB)',
			name: 'skipFilesSmallerThan',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 1000000, numberPrecision: 0 },
			default: 10,
			description:
				'Files with fewer KB are left out, for example the logo in the signature of a mail (1 KB has 1,024 bytes)',
		},
	],
};

export const upload = operation<Input>({
	resource: 'file',
	value: 'upload',
	name: 'Upload',
	action: 'Upload a file',
	description: 'Upload the files of an item to Extend, without starting anything with them',
	properties: [
		{
			displayName: 'Input Binary Field',
			name: 'binaryPropertyName',
			type: 'string',
			required: true,
			default: 'data',
			placeholder: 'e.g. data',
			hint: 'The name of the field with the file, or * for all files of the item',
			description:
				'The field of the item that holds its file. Of several fields, each file becomes an item of its own: separate their names by commas, or let a * stand for any characters, such as attachment_* for the attachments of a mail.',
		},
		options,
	],
	task: 'The file could not be uploaded',
	subject: 'workspace',
	read: async (read, itemIndex, _json, { documents: reader }) => {
		const convertsToPdf = read.flagIfGiven('options.convertToPdf', itemIndex) ?? false;
		const { documents, complaints } = await reader.readFiles(itemIndex);
		const [wrong] = complaints;
		if (wrong !== undefined) complain(wrong.parameter, wrong.problem, wrong.advice);
		return {
			files: documents.flatMap(({ upload: file }) =>
				file === undefined ? [] : [{ ...file, convertsToPdf }],
			),
			passwords: documents.map(({ password }) => password),
		};
	},
	perform: async ({ context, client }, { files, passwords }) => {
		for (const password of passwords) client.keepSecret(password);
		const uploaded: Array<UploadedFile | undefined> = files.map(() => undefined);
		let end: CallFailure | undefined;
		await eachAtOnce([...files.keys()], UPLOADS_AT_ONCE, async (index) => {
			if (end !== undefined) return;
			const sent = await uploadFile(context, client, files[index]!, {});
			if (sent.ok) uploaded[index] = sent.body;
			else end = reasonAmong(end, sent.failure);
		});
		const ids = uploaded.flatMap((file) => (file === undefined ? [] : [file.id]));
		if (end !== undefined) {
			const done = ids.length === 0 ? undefined : `Uploaded all the same: ${ids.join(', ')}.`;
			return { ok: false, failure: end, done };
		}
		const items = uploaded.flatMap((file, index) =>
			file === undefined
				? []
				: [{ json: { ...asJson(file), binaryPropertyName: files[index]!.property } }],
		);
		return { ok: true, items };
	},
});
