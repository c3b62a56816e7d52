import type { INodeProperties } from 'n8n-workflow';

import { fileTypes, skipFilesSmallerThan } from '../../../documents/properties';
import { uploadFiles } from '../../../extend/api/files';
import type { LocalFile } from '../../../extend/api/files';
import { asJson } from '../../../extend/rows/reports';
import { complain } from '../../../parameters/checks';
import { operation } from '../../operation';

interface Input {
	files: LocalFile[];
	passwords: string[];
}

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
				'Whether Extend converts images, spreadsheets, documents and web pages to PDF. The file keeps its name.',
		},
		{
			displayName: 'File Name',
			name: 'fileName',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.name }}',
			description:
				'The name of the file in Extend, which reads the file type from the extension. A missing extension is added. By default, its name in n8n.',
		},
		{
			displayName: 'File Password',
			name: 'filePassword',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'The password that opens a protected PDF',
		},
		fileTypes,
		skipFilesSmallerThan,
	],
};

export const upload = operation<Input>({
	resource: 'file',
	value: 'upload',
	name: 'Upload',
	action: 'Upload a file',
	description: 'Upload the files of each item to Extend, without running them through anything',
	properties: [
		{
			displayName: 'Input Binary Field',
			name: 'binaryPropertyName',
			type: 'string',
			required: true,
			default: 'data',
			placeholder: 'e.g. data',
			hint: 'The name of the input field that has the file, or * for all files of the item',
			description:
				'The field of the item that has the file. For several files, separate the names with commas, or let * stand for any characters, such as attachment_* for the attachments of an email. Each file becomes its own item.',
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
		const { uploaded, failure } = await uploadFiles(context, client, files);
		const ids = uploaded.flatMap((file) => (file === undefined ? [] : [file.id]));
		if (failure !== undefined) {
			const done = ids.length === 0 ? undefined : `These were uploaded: ${ids.join(', ')}.`;
			return { ok: false, failure, done };
		}
		const items = uploaded.flatMap((file, index) =>
			file === undefined
				? []
				: [{ json: { ...asJson(file), binaryPropertyName: files[index]!.property } }],
		);
		return { ok: true, items };
	},
});
