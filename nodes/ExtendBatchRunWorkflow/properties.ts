import {
	documentProperties,
	fileName,
	filePassword,
	fileTypes,
	metadataProperties,
	skipFilesSmallerThan,
	usageTags,
} from '../documents/properties';
import { declare } from '../parameters/declaration';
import { version, workflow } from '../extend/api/workflowProperties';
import type { ParameterReader } from '../parameters/reader';
import {
	onUnknownOutcome,
	priority,
	reference,
	secrets,
	settleSeconds,
} from '../submit/properties';

const [source, fileUrl, binaryField, fileId, text] = documentProperties;

const binaryFields = declare({
	...binaryField,
	hint: 'The name of the field with the file, or * for all files of the item',
	description:
		'The field of the item that holds its file. Of several fields, each file becomes a run of its own: separate their names by commas, or let a * stand for any characters, such as attachment_* for the attachments of a mail, or * for all files of the item.',
});

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
const options = declare({
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		reference('batch'),
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
			...fileName,
			description: `${fileName.description} Several files of an item get numbers behind it.`,
		},
		filePassword,
		{ ...fileTypes, displayOptions: { show: { '/source': ['binary'] } } },
		onUnknownOutcome('batch'),
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
		priority(90),
		resubmitFailed,
		secrets,
		{ ...skipFilesSmallerThan, displayOptions: { show: { '/source': ['binary'] } } },
		{
			displayName: 'Skip Refused Documents',
			name: 'isolateBadInputs',
			type: 'boolean',
			default: true,
			description:
				'Whether to find the documents because of which Extend refuses a batch, and to submit the others. Otherwise, the whole batch fails.',
		},
		settleSeconds('Batch'),
		usageTags,
	],
});

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [
	workflow,
	version,
	source,
	fileUrl,
	binaryFields,
	fileId,
	text,
	...metadataProperties,
	options,
];

/** What reads them for each item. */
export type Parameters = ParameterReader<(typeof properties)[number]>;
