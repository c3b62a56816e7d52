import {
	documentProperties,
	fileName,
	filePassword,
	fileTypes,
	metadataProperties,
	severalFiles,
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

const [source, fileUrl, , fileId, text] = documentProperties;

/** What makes a job that can be run again. */
const [documentKey, jobKey, lookBackDays, resubmitFailed] = declare([
	{
		displayName: 'Document Key',
		name: 'documentKey',
		type: 'string',
		default: '',
		placeholder: 'e.g. {{ $json.invoiceNumber }}',
		description:
			'What identifies a document within the job, such as an invoice number. Works only with a Job Key. By default, the document itself: its URL without the signature, its file ID, its text, or the content of the file. Where an item may have several files, the name of the field counts too.',
	},
	{
		displayName: 'Job Key',
		name: 'jobKey',
		type: 'string',
		default: '',
		placeholder: 'e.g. invoices-{{ $today.toISODate() }}',
		description:
			'A name for the job, which makes it safe to run again. Under the same key, each document is submitted only once to a workflow and version, even if n8n stopped halfway. The output includes what Extend already has. Give each job its own key. Two executions of the same job at the same time are not protected, and runs that were deleted or are older than Look Back are not found.',
	},
	{
		displayName: 'Look Back (Days)',
		name: 'lookBackDays',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 365, numberPrecision: 0 },
		default: 7,
		description:
			'How many days back to look for runs of the job. Works only with a Job Key. Looking takes one call for every 1,000 runs of the workflow in that time, and one more for each batch.',
	},
	{
		displayName: 'Resubmit Failed Documents',
		name: 'resubmitFailed',
		type: 'boolean',
		default: false,
		description:
			'Whether to submit documents again whose run failed, was rejected or was cancelled. Works only with a Job Key.',
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
			description: 'How many documents to submit per call at most (1 to 1000)',
		},
		documentKey,
		{
			...fileName,
			description: `${fileName.description} Several files of an item get numbers after it.`,
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
					description: 'One item for each batch, with its ID and the number of its runs',
				},
				{
					name: 'One Item per Input',
					value: 'input',
					description: 'Each input item, with its batch ID and its position in the batch',
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
				'Whether to find the documents that make Extend refuse a batch, skip them, and submit the others. Otherwise, the whole batch fails.',
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
	severalFiles,
	fileId,
	text,
	...metadataProperties,
	options,
];

/** What reads them for each item. */
export type Parameters = ParameterReader<(typeof properties)[number]>;
