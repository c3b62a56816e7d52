import { declare } from '../parameters/declaration';
import { fileTypes, skipFilesSmallerThan, usageTags } from '../documents/properties';

/** What makes a job that can be run again. */
const [documentKey, jobKey, lookBackDays, resubmitFailed] = declare([
	{
		displayName: 'Document Key',
		name: 'documentKey',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.invoiceNumber }}',
		description:
			'Only with a Job Key: what identifies a document within the job, such as an invoice number; where an item may have several files, their fields count too. By default the document itself: its URL without the parameters of a signature, its file ID, its text, or the content of the file.',
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

/** What the node does with the documents besides, in the order of their shown names. */
export const options = declare({
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
				'The name of the document in Extend, which reads the file type from the extension; a missing extension is added. By default, the name of the file or the one in the URL. Several files of an item get numbers behind it.',
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
		{ ...fileTypes, displayOptions: { show: { '/source': ['binary'] } } },
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
		{ ...skipFilesSmallerThan, displayOptions: { show: { '/source': ['binary'] } } },
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
		usageTags,
	],
});
