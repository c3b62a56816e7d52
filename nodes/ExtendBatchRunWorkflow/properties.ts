import { declare } from '../parameters/declaration';
import { WORKFLOW_URL_PATTERN } from '../parameters/ids';
import type { ParameterReader } from '../parameters/reader';

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

/** What makes a job that can be run again. */
const [documentKey, jobKey, lookBackDays, resubmitFailed] = declare([
	{
		displayName: 'Document Key',
		name: 'documentKey',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.invoiceNumber }}',
		description:
			'Only with a Job Key: what identifies a document within the job, such as an invoice number. By default the document itself: its URL without the parameters of a signature, its file ID, its text, or the content of the file.',
	},
	{
		displayName: 'Job Key',
		name: 'jobKey',
		type: 'string',
		default: '',
		placeholder: 'e.g. invoices-{{ $today.toISODate() }}',
		description:
			'A name for the job, which makes it safe to run again: under one key, each document is submitted once to a workflow and version, also after n8n was stopped half-way. What Extend already has is taken over into the output. It does not protect two executions of one job at the same moment, nor know runs that were deleted or are older than Look Back. Give each job a key of its own.',
	},
	{
		displayName: 'Look Back (Days)',
		name: 'lookBackDays',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 365, numberPrecision: 0 },
		default: 7,
		description:
			'Only with a Job Key: how many days back to look for runs of the job. Listing costs one call for every 1,000 runs of the workflow in that time, and one more for each batch.',
	},
	{
		displayName: 'Resubmit Failed Documents',
		name: 'resubmitFailed',
		type: 'boolean',
		default: false,
		description:
			'Whether a job that is run again also submits the documents whose run failed, was rejected or was cancelled. Only with a Job Key.',
	},
]);

const options = declare({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Add Tracking Reference',
			name: 'reference',
			type: 'boolean',
			default: true,
			description:
				'Whether to add the item and execution that each run comes from to its metadata, under the key n8n. Without it, a batch whose answer was lost cannot be found again, and the node stops instead.',
		},
		{
			displayName: 'Batch Size',
			name: 'batchSize',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 1000, numberPrecision: 0 },
			default: 1000,
			description: 'The most documents to submit in one call (1 to 1000)',
		},
		documentKey,
		{
			displayName: 'File Name',
			name: 'fileName',
			type: 'string',
			displayOptions: { hide: { '/source': ['fileId'] } },
			default: '',
			placeholder: 'e.g. {{ $json.name }}',
			description:
				'The name of the document in Extend, which reads the file type from the extension; a missing extension is added. By default, the name of the file or the one in the URL.',
		},
		{
			displayName: 'File Password',
			name: 'filePassword',
			type: 'string',
			typeOptions: { password: true },
			displayOptions: { hide: { '/source': ['fileId', 'text'] } },
			default: '',
			description: 'The password that opens a protected PDF',
		},
		{
			displayName: 'If Extend’s Answer Is Lost',
			name: 'onUnknownOutcome',
			type: 'options',
			options: [
				{
					name: 'Submit Again',
					value: 'resubmit',
					description: 'Submit the batch again if it cannot be found in Extend',
				},
				{
					name: 'Stop',
					value: 'fail',
					description: 'Stop, and say which documents are in doubt',
				},
			],
			default: 'resubmit',
			description:
				'What to do when the connection broke before Extend answered, and the batch does not appear in Extend within the time to look for it',
		},
		jobKey,
		lookBackDays,
		{
			displayName: 'Output',
			name: 'output',
			type: 'options',
			options: [
				{
					name: 'One Item per Batch',
					value: 'batch',
					description: 'Each item has a batch ID and the number of its runs',
				},
				{
					name: 'One Item per Input',
					value: 'input',
					description: 'Each input item, plus its batch ID and its position in the batch',
				},
			],
			default: 'batch',
			description: 'What this node returns',
		},
		{
			displayName: 'Priority',
			name: 'priority',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 100, numberPrecision: 0 },
			default: 90,
			description: 'From 1 (first) to 100 (last); it matters only while Extend is busy',
		},
		resubmitFailed,
		{
			displayName: 'Secrets',
			name: 'secrets',
			type: 'json',
			default: '{}',
			placeholder: 'e.g. { "ERP_TOKEN": "..." }',
			description:
				'A JSON object with values for the steps of the workflow. Extend never returns them.',
		},
		{
			displayName: 'Skip Refused Documents',
			name: 'isolateBadInputs',
			type: 'boolean',
			default: true,
			description:
				'Whether to find the documents because of which Extend refuses a batch, and to submit the others. Otherwise, the whole batch fails.',
		},
		{
			displayName: 'Time to Look for a Lost Batch (Seconds)',
			name: 'settleSeconds',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 3600, numberPrecision: 0 },
			default: 60,
			description:
				'How long to look in Extend for a batch whose answer was lost, before deciding that it is not there',
		},
		{
			displayName: 'Usage Tags',
			name: 'usageTags',
			type: 'string',
			default: '',
			placeholder: 'e.g. production, invoices',
			description:
				'Comma-separated tags for Extend’s usage reports. Extend keeps only letters, digits, hyphens and underscores.',
		},
	],
});

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [workflow, version, ...documents, ...metadata, options];

/** What reads them for each item. */
export type Parameters = ParameterReader<(typeof properties)[number]>;
