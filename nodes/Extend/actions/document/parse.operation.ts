import type { IBinaryKeyData, IDataObject, INodeProperties } from 'n8n-workflow';

import type { OutputItem, Workplace } from '../../operation';
import { operation } from '../../operation';
import { DocumentRuns } from './documentRuns';
import { readDocuments } from './input';
import type { DocumentInput } from './input';
import { propertiesOf } from './properties';
import { DOCUMENTS_AT_ONCE, performDocument } from './perform';

interface Input extends DocumentInput {
	format: string;
	/** The binary field that gets the text; `undefined`: the text stays a field. */
	fileField: string | undefined;
}

const settings: INodeProperties[] = [
	{
		displayName: 'Format',
		name: 'target',
		type: 'options',
		options: [
			{
				name: 'Markdown',
				value: 'markdown',
				description: 'Text in reading order, with headings, lists and tables',
			},
			{
				name: 'Spatial',
				value: 'spatial',
				description: 'Text laid out as on the page, for forms and poor scans',
			},
		],
		default: 'markdown',
		description: 'How the text is laid out',
	},
	{
		displayName: 'Divide Into',
		name: 'chunkingStrategy',
		type: 'options',
		options: [
			{ name: 'Pages', value: 'page', description: 'One piece of text for each page' },
			{
				name: 'Sections',
				value: 'section',
				description: 'One piece of text for each section, in Markdown only',
			},
			{
				name: 'Whole Document',
				value: 'document',
				description: 'All text in one piece',
			},
		],
		default: 'document',
		description: 'How to divide the text of each document',
	},
];

const destination: INodeProperties[] = [
	{
		displayName: 'Put Text Into',
		name: 'textDestination',
		type: 'options',
		displayOptions: { show: { output: ['simplified'], waitForCompletion: [true] } },
		options: [
			{ name: 'Field', value: 'field', description: 'The output field parse.text' },
			{ name: 'File', value: 'file', description: 'A file in an output binary field' },
		],
		default: 'field',
		description: 'Where to put the text of the document',
	},
	{
		displayName: 'Put Output File in Field',
		name: 'outputBinaryField',
		type: 'string',
		required: true,
		displayOptions: {
			show: { textDestination: ['file'], output: ['simplified'], waitForCompletion: [true] },
		},
		default: 'data',
		placeholder: 'e.g. data',
		hint: 'The name of the output binary field to put the file in',
	},
];

const engine: INodeProperties = {
	displayName: 'Engine',
	name: 'engine',
	type: 'options',
	options: [
		{
			name: 'Automatic',
			value: 'parse_auto',
			description: 'Extend chooses the engine for each document',
		},
		{ name: 'Light', value: 'parse_light', description: 'Cheaper and faster, for clean documents' },
		{ name: 'Performance', value: 'parse_performance', description: 'The most accurate' },
	],
	default: 'parse_performance',
	description: 'Which engine Extend reads the documents with',
};

const configuration: INodeProperties = {
	displayName: 'More Settings (JSON)',
	name: 'config',
	type: 'json',
	default: '{}',
	placeholder: 'e.g. { "advancedOptions": { "pageRanges": [{ "start": 1, "end": 3 }] } }',
	description:
		'A JSON object with more settings for Extend’s parser, named as in its documentation. They override the parameters of this node.',
};

/** Text files by format. */
const FILE_TYPES: Readonly<Record<string, { extension: string; mimeType: string }>> = {
	markdown: { extension: 'md', mimeType: 'text/markdown' },
	spatial: { extension: 'txt', mimeType: 'text/plain' },
};

/** The name of a document with another extension: `invoice.md` for `invoice.pdf`. */
function fileName({ fileName: name }: IDataObject, number: string, extension: string): string {
	const base = typeof name === 'string' ? name.replace(/\.[A-Za-z0-9]{1,5}$/, '') : 'document';
	return `${base}${number}.${extension}`;
}

async function intoFiles(
	{ context }: Workplace,
	items: OutputItem[],
	{ format }: Input,
	field: string,
): Promise<OutputItem[]> {
	const type = FILE_TYPES[format]!;
	const withFiles: OutputItem[] = [];
	for (const [index, { json }] of items.entries()) {
		const { 'parse.text': text, ...others } = json;
		const number = items.length > 1 ? `-${index + 1}` : '';
		const name = fileName(json, number, type.extension);
		const file = await context.helpers.prepareBinaryData(
			Buffer.from(typeof text === 'string' ? text : ''),
			name,
			type.mimeType,
		);
		const binary: IBinaryKeyData = { [field]: file };
		withFiles.push({ json: others, binary });
	}
	return withFiles;
}

export const parse = operation<Input, DocumentRuns>({
	resource: 'document',
	value: 'parse',
	name: 'Parse',
	action: 'Parse a document into text',
	description:
		'Turn each document into Markdown text that a person or a language model can read. Extend charges for each document.',
	properties: propertiesOf('parse', {
		first: settings,
		last: destination,
		options: [engine, configuration],
		simplified: 'One flat row per piece of text, with its pages',
	}),
	task: 'The document could not be parsed',
	subject: 'file',
	charges: true,
	read: async (read, itemIndex, _json, readers) => {
		const target = read.choice('target', itemIndex);
		const chunking = read.choice('chunkingStrategy', itemIndex);
		if (target === 'spatial' && chunking === 'section') {
			read.complain(
				'chunkingStrategy',
				'is Sections, which does not work with the format Spatial',
				'Divide into pages, or choose the format Markdown.',
			);
		}
		const isFile = read.choice('textDestination', itemIndex) === 'file';
		const field = read.line('outputBinaryField', itemIndex);
		if (isFile && field === '') {
			read.complain('outputBinaryField', 'is empty', 'Enter a name for the field, such as data.');
		}
		const config = {
			target,
			chunkingStrategy: { type: chunking },
			engine: read.choice('options.engine', itemIndex),
			...(read.json('options.config', itemIndex) as IDataObject),
		};
		return await readDocuments('parse', read, itemIndex, readers, {
			config,
			format: target,
			fileField: isFile ? field : undefined,
		});
	},
	atOnce: DOCUMENTS_AT_ONCE,
	share: (workplace) => new DocumentRuns(workplace),
	perform: async (workplace, input, runs) => {
		const performed = await performDocument(runs, input);
		const { fileField, waits, isSimplified } = input;
		const isIntoFile = performed.ok && fileField !== undefined && waits && isSimplified;
		if (!isIntoFile) return performed;
		const items = await intoFiles(workplace, performed.items, input, fileField);
		return { ok: true, items };
	},
	conclude: (runs) => {
		runs.close();
	},
});
