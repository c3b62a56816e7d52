import { declare } from '../parameters/declaration';
import { WORKFLOW_URL_PATTERN } from '../parameters/ids';
import type { ParameterReader } from '../parameters/reader';
import { options } from './options';

const workflow = declare({
	displayName: 'Workflow',
	name: 'workflow',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The Extend workflow that runs each document',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a workflow...',
			typeOptions: {
				searchListMethod: 'searchWorkflows',
				searchable: true,
				searchFilterRequired: false,
			},
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. workflow_BMdfq_yWM3sT-ZzvCnA3f',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: '\\s*\\S+\\s*',
						errorMessage: 'An ID has no spaces, for example workflow_BMdfq_yWM3sT-ZzvCnA3f',
					},
				},
			],
		},
		{
			displayName: 'By URL',
			name: 'url',
			type: 'string',
			placeholder: 'e.g. https://dashboard.extend.ai/workflows/workflow_BMdfq_yWM3sT-ZzvCnA3f',
			extractValue: { type: 'regex', regex: WORKFLOW_URL_PATTERN },
			validation: [
				{
					type: 'regex',
					properties: {
						regex: WORKFLOW_URL_PATTERN,
						errorMessage: 'Copy the address from the page of the workflow in the Extend dashboard',
					},
				},
			],
		},
	],
});

const version = declare({
	displayName: 'Version Name or ID',
	name: 'version',
	type: 'options',
	typeOptions: {
		loadOptionsMethod: 'getWorkflowVersions',
		loadOptionsDependsOn: ['workflow.value'],
	},
	default: '',
	description:
		'Which version of the workflow to run. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
});

const documents = declare([
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		options: [
			{
				name: 'URL',
				value: 'url',
				description: 'A link from which Extend fetches the file',
			},
			{
				name: 'Binary File',
				value: 'binary',
				description: 'A file in n8n, which is uploaded to Extend first',
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
		hint: 'Drag the field with the link here from the left',
		description:
			'The address of the document. Extend may not fetch it before its turn comes, so a signed URL should stay valid for some hours.',
	},
	{
		displayName: 'Input Binary Field',
		name: 'binaryPropertyName',
		type: 'string',
		displayOptions: { show: { source: ['binary'] } },
		required: true,
		default: 'data',
		placeholder: 'e.g. data',
		hint: 'The name of the input field containing the file to be uploaded',
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

const metadata = declare([
	{
		displayName: 'Metadata',
		name: 'metadataMode',
		type: 'options',
		options: [
			{
				name: 'None',
				value: 'none',
				description: 'Attach nothing of your own',
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
		description:
			'What to attach to each run, such as a customer ID. Extend returns it with the results, so you know which document they belong to. At most 10 KB per document.',
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
			'A JSON object to attach to each run. Put long numbers in quotes, so that no digit is lost.',
	},
]);

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [workflow, version, ...documents, ...metadata, options];

/** What reads them for each item. */
export type Parameters = ParameterReader<(typeof properties)[number]>;
