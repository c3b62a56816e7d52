import type { INodeProperties } from 'n8n-workflow';

import {
	documentProperties,
	fileName,
	filePassword,
	fileTypes,
	metadataProperties,
	skipFilesSmallerThan,
	usageTags,
} from '../../../../documents/properties';
import { version, workflow } from '../../../../extend/api/workflowProperties';
import { reviewCountsAsFinished, timeoutMinutes } from '../../../../extend/runs/properties';
import { onUnknownOutcome, priority, secrets, settleSeconds } from '../../../../submit/properties';
import { wholeRunOutput } from '../run';

function shownFor(input: 'one' | 'package', properties: readonly INodeProperties[]) {
	return properties.map((property): INodeProperties => ({
		...property,
		displayOptions: { show: { ...property.displayOptions?.show, documents: [input] } },
	}));
}

/** An option that is about one file. */
function shownForOne(option: INodeProperties): INodeProperties {
	const show = { '/documents': ['one'] };
	return { ...option, displayOptions: { show, ...option.displayOptions } };
}

const packageProperties: INodeProperties[] = [
	{
		displayName: 'Files From',
		name: 'packageSource',
		type: 'options',
		options: [
			{ name: 'URLs', value: 'urls', description: 'URLs from which Extend fetches the files' },
			{
				name: 'Binary Files',
				value: 'binary',
				description: 'Files of the item in n8n, which are uploaded to Extend first',
			},
			{ name: 'File IDs', value: 'fileIds', description: 'Files that Extend already has' },
		],
		default: 'urls',
		description: 'Where the files of the package come from',
	},
	{
		displayName: 'File URLs',
		name: 'fileUrls',
		type: 'string',
		typeOptions: { rows: 3 },
		displayOptions: { show: { packageSource: ['urls'] } },
		required: true,
		default: '',
		placeholder: 'e.g. https://example.com/page-1.pdf, https://example.com/page-2.pdf',
		description: 'The URLs of 2 to 50 files, as a list, or separated by commas or line breaks',
	},
	{
		displayName: 'Input Binary Fields',
		name: 'packageFields',
		type: 'string',
		displayOptions: { show: { packageSource: ['binary'] } },
		required: true,
		default: '*',
		placeholder: 'e.g. invoice, terms',
		hint: 'The names of the fields with the files, or * for all files of the item',
		description:
			'The fields of the item that have the 2 to 50 files. Separate the names with commas, or let * stand for any characters, such as attachment_* for the attachments of an email.',
	},
	{
		displayName: 'File IDs',
		name: 'fileIds',
		type: 'string',
		displayOptions: { show: { packageSource: ['fileIds'] } },
		required: true,
		default: '',
		placeholder: 'e.g. file_xK9mLPqRtN3vS8wF5hB2cQ, file_Zk9mNP12Qw4-yTv8BdR3H',
		description: 'The IDs of 2 to 50 files, as a list, or separated by commas',
	},
];

const ofBinaryPackages = { show: { '/documents': ['package'], '/packageSource': ['binary'] } };

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		shownForOne(fileName),
		shownForOne(filePassword),
		{ ...fileTypes, displayOptions: ofBinaryPackages },
		onUnknownOutcome('run'),
		{
			displayName: 'On Timeout',
			name: 'onTimeout',
			type: 'options',
			displayOptions: { show: { '/waitForCompletion': [true] } },
			options: [
				{
					name: 'Return Run',
					value: 'return',
					description: 'Return the run as it is at that moment',
				},
				{
					name: 'Fail',
					value: 'fail',
					description: 'Stop with an error; the run goes on in Extend',
				},
			],
			default: 'return',
			description: 'What to do if the run is not finished when the time is up',
		},
		priority(50),
		{ ...reviewCountsAsFinished, displayOptions: { show: { '/waitForCompletion': [true] } } },
		secrets,
		{ ...skipFilesSmallerThan, displayOptions: ofBinaryPackages },
		settleSeconds('Run'),
		usageTags,
	],
};

/** The parameters of a run that is to be created, in the order in which the editor shows them. */
export const createProperties: INodeProperties[] = [
	workflow,
	version,
	{
		displayName: 'Documents',
		name: 'documents',
		type: 'options',
		options: [
			{ name: 'One File', value: 'one', description: 'Each run is about one file' },
			{
				name: 'Package of Files',
				value: 'package',
				description: 'Each run is about 2 to 50 files that belong together',
			},
		],
		default: 'one',
		description: 'How many files each run has',
	},
	...shownFor('one', documentProperties),
	...shownFor('package', packageProperties),
	...metadataProperties,
	{
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		description:
			'Whether to wait until the run is finished. Otherwise, you get it as it starts, without results.',
	},
	timeoutMinutes,
	wholeRunOutput,
	options,
];
