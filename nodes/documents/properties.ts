import type { INodeProperties } from 'n8n-workflow';

import { declare } from '../parameters/declaration';
import type { ParameterReader } from '../parameters/reader';

/** Where the document of each item comes from; `DocumentReader` reads it. */
export const documentProperties = declare([
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		options: [
			{
				name: 'URL',
				value: 'url',
				description: 'A URL from which Extend fetches the file',
			},
			{
				name: 'Binary File',
				value: 'binary',
				description: 'A file in n8n, which this node uploads to Extend first',
			},
			{
				name: 'File ID',
				value: 'fileId',
				description: 'A file that Extend already has',
			},
			{
				name: 'Text',
				value: 'text',
				description: 'Plain text, which Extend stores as a text file',
			},
		],
		default: 'url',
		description: 'Where the document of each item comes from',
	},
	{
		displayName: 'File URL',
		name: 'fileUrl',
		type: 'string',
		displayOptions: { show: { source: ['url'] } },
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com/invoice.pdf',
		hint: 'Drag the field with the URL here from the left',
		description:
			'The URL of the document. Extend may fetch it only when its turn comes, so a signed URL should stay valid for several hours.',
	},
	{
		displayName: 'Input Binary Field',
		name: 'binaryPropertyName',
		type: 'string',
		displayOptions: { show: { source: ['binary'] } },
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		hint: 'The name of the input field that has the file',
	},
	{
		displayName: 'File ID',
		name: 'fileId',
		type: 'string',
		displayOptions: { show: { source: ['fileId'] } },
		required: true,
		default: '',
		placeholder: 'e.g. file_xK9mLPqRtN3vS8wF5hB2cQ',
		hint: 'Drag the field with the file ID here from the left',
		description: 'The ID that Extend gave the file when it was uploaded',
	},
	{
		displayName: 'Text',
		name: 'text',
		type: 'string',
		typeOptions: { rows: 4 },
		displayOptions: { show: { source: ['text'] } },
		required: true,
		default: '',
		placeholder: 'e.g. Invoice 42, total 120.50 EUR',
		hint: 'Drag the field with the text here from the left',
		description: 'The content of the document',
	},
]);

/** Among the options of what takes several files of an item; `BinaryFiles` reads it. */
export const fileTypes = declare({
	displayName: 'File Types',
	name: 'fileTypes',
	type: 'string',
	default: '',
	placeholder: 'e.g. pdf, jpg, png',
	description:
		'Comma-separated extensions or MIME types, such as pdf or image/*. Files of other types are skipped, such as the calendar entry in an email. By default, files of any type are taken.',
});

/** Likewise. */
export const skipFilesSmallerThan = declare({
	displayName: 'Skip Files Smaller Than (KB)',
	name: 'skipFilesSmallerThan',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 1000000, numberPrecision: 0 },
	default: 10,
	description:
		'Smaller files are skipped, such as the logo in an email signature. 1 KB is 1,024 bytes.',
});

/** The binary field, for a node that makes a run of each file of an item. */
export const severalFiles = declare({
	...documentProperties[2],
	hint: 'The name of the input field that has the file, or * for all files of the item',
	description:
		'The field of the item that has the file. For several files, separate the names with commas, or let * stand for any characters, such as attachment_* for the attachments of an email. Each file becomes its own run.',
});

/** What is attached to the run of each item; `MetadataReader` reads it. */
export const metadataProperties = declare([
	{
		displayName: 'Metadata',
		name: 'metadataMode',
		type: 'options',
		options: [
			{
				name: 'None',
				value: 'none',
				description: 'Attach no metadata',
			},
			{
				name: 'Define Below',
				value: 'fields',
				description: 'Attach the names and values that you enter',
			},
			{
				name: 'All Input Fields',
				value: 'allFields',
				description: 'Attach all fields of the item, except files',
			},
			{
				name: 'JSON',
				value: 'json',
				description: 'Attach a JSON object',
			},
		],
		default: 'none',
		hint: 'Results that arrive in another execution, such as with Extend Trigger, carry only what you attach here',
		description:
			'What to attach to each run, such as a customer ID. Extend returns it with the results, so you know which document they belong to. It can be up to 10 KB per document.',
	},
	{
		displayName: 'Metadata Fields',
		name: 'metadata',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Field' },
		displayOptions: { show: { metadataMode: ['fields'] } },
		placeholder: 'Add Field',
		default: {},
		options: [
			{
				displayName: 'Field',
				name: 'values',
				values: [
					{
						displayName: 'Name',
						name: 'key',
						type: 'string',
						default: '',
						placeholder: 'e.g. customerId',
						description: 'The name under which the value is attached',
					},
					{
						displayName: 'Value',
						name: 'value',
						type: 'string',
						default: '',
						placeholder: 'e.g. {{ $json.customerId }}',
						description: 'The value to attach',
					},
				],
			},
		],
		description: 'Names and values to attach to each run',
	},
	{
		displayName: 'Metadata (JSON)',
		name: 'metadataJson',
		type: 'json',
		displayOptions: { show: { metadataMode: ['json'] } },
		default: '{}',
		placeholder: 'e.g. { "customerId": "{{ $json.customerId }}" }',
		description:
			'A JSON object to attach to each run. Put long numbers in quotes, so that they keep every digit.',
	},
]);

/** Among the options of what takes documents; `DocumentReader` reads it. */
export const fileName = declare({
	displayName: 'File Name',
	name: 'fileName',
	type: 'string',
	displayOptions: { hide: { '/source': ['fileId'] } },
	default: '',
	placeholder: 'e.g. {{ $json.name }}',
	description:
		'The name of the document in Extend, which reads the file type from the extension. A missing extension is added. By default, the name of the file or the one in the URL.',
});

/** The same for documents that are protected. */
export const filePassword = declare({
	displayName: 'File Password',
	name: 'filePassword',
	type: 'string',
	typeOptions: { password: true },
	displayOptions: { hide: { '/source': ['fileId', 'text'] } },
	default: '',
	description: 'The password that opens a protected PDF',
});

/** Among the options of what creates runs; `MetadataReader` reads it. */
export const usageTags = declare({
	displayName: 'Usage Tags',
	name: 'usageTags',
	type: 'string',
	default: '',
	placeholder: 'e.g. production, invoices',
	description:
		'Comma-separated tags for Extend’s usage reports. Extend keeps only letters, digits, hyphens and underscores.',
});

type Reader = Omit<ParameterReader<INodeProperties>, 'choice' | 'choices'>;

/** Reads the parameters of a document. */
export interface DocumentParameters extends Reader {
	choice(path: 'source', itemIndex: number): 'url' | 'binary' | 'fileId' | 'text';
}

/** Reads the parameters of metadata. */
export interface MetadataParameters extends Reader {
	choice(path: 'metadataMode', itemIndex: number): 'none' | 'fields' | 'json' | 'allFields';
}
