import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { PreparedDocument } from '../../../documents/documents';
import {
	documentProperties,
	fileName,
	filePassword,
	metadataProperties,
	usageTags,
} from '../../../documents/properties';
import { PROCESSOR_OF } from '../../../extend/api/documentRuns';
import type { DocumentRunKind, DocumentRunTarget } from '../../../extend/api/documentRuns';
import type { ProcessorType } from '../../../extend/api/events';
import type { ParameterReader } from '../../../parameters/reader';
import { timeoutMinutes } from '../../../extend/runs/properties';
import type { Readers } from '../../operation';
import { onUnknownOutcome, priority, reference, settleSeconds } from '../../../submit/properties';

/** What an item asks for: one document to be run. */
export interface DocumentInput {
	itemIndex: number;
	target: DocumentRunTarget;
	/** Empty: the newest published version. */
	version: string;
	/** Of a parse run. */
	config?: IDataObject;
	priority?: number;
	document: PreparedDocument;
	metadata: Record<string, unknown> | undefined;
	hasReference: boolean;
	/** How long a lost answer is looked up, in milliseconds. */
	settleMs: number;
	/** Whether the document is sent again if it was looked up in vain. */
	resubmits: boolean;
	waits: boolean;
	timeoutMs: number;
	isSimplified: boolean;
}

const MS_PER_MINUTE = 60_000;

/** How a kind of processor is shown; the names of the node's methods come from it. */
const SHOWN: Readonly<Record<ProcessorType, { name: string; article: string; idExample: string }>> =
	{
		extractor: { name: 'Extractor', article: 'an', idExample: 'ex_Xj8mK2pL9nR4vT7qY5wZ' },
		classifier: { name: 'Classifier', article: 'a', idExample: 'cl_Xj8mK2pL9nR4vT7qY5wZ' },
		splitter: { name: 'Splitter', article: 'a', idExample: 'spl_Xj8mK2pL9nR4vT7qY5wZ' },
	};

/**
 * The processor and its version. The node needs the methods `search<Name>s` and `get<Name>Versions`.
 * @param description what it does to each document
 */
export function processorProperties(type: ProcessorType, description: string): INodeProperties[] {
	const { name, article, idExample } = SHOWN[type];
	return [
		{
			displayName: name,
			name: type,
			type: 'resourceLocator',
			required: true,
			default: { mode: 'list', value: '' },
			description,
			modes: [
				{
					displayName: 'From List',
					name: 'list',
					type: 'list',
					placeholder: `Choose ${article} ${type}...`,
					typeOptions: {
						searchListMethod: `search${name}s`,
						searchable: true,
						searchFilterRequired: false,
					},
				},
				{
					displayName: 'By ID',
					name: 'id',
					type: 'string',
					placeholder: `e.g. ${idExample}`,
					validation: [
						{
							type: 'regex',
							properties: {
								regex: '\\s*\\S+\\s*',
								errorMessage: `An ID has no spaces, for example ${idExample}`,
							},
						},
					],
				},
			],
		},
		{
			displayName: 'Version Name or ID',
			name: 'version',
			type: 'options',
			typeOptions: {
				loadOptionsMethod: `get${name}Versions`,
				loadOptionsDependsOn: [`${type}.value`],
			},
			default: '',
			description: `Which version of the ${type} to run. Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.`,
		},
	];
}

/** The document; Extend takes no text to split or to parse. */
export function sourceProperties(takesText: boolean): INodeProperties[] {
	const properties: INodeProperties[] = documentProperties;
	if (takesText) return properties;
	return properties
		.filter(({ name }) => name !== 'text')
		.map((property) => {
			if (property.name !== 'source') return property;
			const options = property.options?.filter(
				(option) => !('value' in option && option.value === 'text'),
			);
			return { ...property, options };
		});
}

const waiting: INodeProperties[] = [
	{
		displayName: 'Wait for Completion',
		name: 'waitForCompletion',
		type: 'boolean',
		default: true,
		description:
			'Whether to wait for the result. Otherwise, the output has only the run ID, and Extend Trigger can start a workflow when the result is there.',
	},
	{
		...timeoutMinutes,
		description:
			'How long to wait for each document at most. The execution keeps running meanwhile.',
	},
];

/** The form of the output. */
function output(simplified: string): INodeProperties {
	return {
		displayName: 'Output',
		name: 'output',
		type: 'options',
		displayOptions: { show: { waitForCompletion: [true] } },
		options: [
			{ name: 'Simplified', value: 'simplified', description: simplified },
			{
				name: 'Full',
				value: 'full',
				description: 'Everything that Extend knows about the run',
			},
		],
		default: 'simplified',
		description: 'How much of each result to return',
	};
}

function options(own: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			reference('run'),
			...own,
			fileName,
			filePassword,
			onUnknownOutcome('run'),
			settleSeconds('Run'),
			usageTags,
		].sort((a, b) => a.displayName.localeCompare(b.displayName)),
	};
}

/**
 * The parameters of an operation.
 * @param own those before the document, those behind the output, options of its own, and what the simplified
 * output is
 */
export function propertiesOf(
	kind: DocumentRunKind,
	own: {
		first: INodeProperties[];
		last?: INodeProperties[];
		options?: INodeProperties[];
		simplified: string;
	},
): INodeProperties[] {
	const takesText = kind === 'extract' || kind === 'classify';
	const isParse = PROCESSOR_OF[kind] === undefined;
	return [
		...own.first,
		...sourceProperties(takesText),
		...waiting,
		output(own.simplified),
		...(own.last ?? []),
		...metadataProperties,
		options([...(own.options ?? []), ...(isParse ? [] : [priority(50)])]),
	];
}

/** Reads what all operations have in common. @throws ComplaintError */
export async function readDocument(
	kind: DocumentRunKind,
	read: ParameterReader<INodeProperties>,
	itemIndex: number,
	{ documents, metadata }: Readers,
): Promise<DocumentInput> {
	const type = PROCESSOR_OF[kind];
	const processorId = type === undefined ? '' : read.id(type, type, itemIndex);
	if (type !== undefined && processorId === '') {
		const { article } = SHOWN[type];
		read.complain(type, 'is empty', `Choose ${article} ${type} from the list, or enter its ID.`);
	}
	const hasReference = read.flag('options.reference', itemIndex);
	return {
		itemIndex,
		target: { kind, processorId },
		version: type === undefined ? '' : read.line('version', itemIndex),
		priority:
			type === undefined ? undefined : read.wholeNumberIfGiven('options.priority', itemIndex),
		document: await documents.read(itemIndex),
		metadata: metadata.read(itemIndex, hasReference),
		hasReference,
		settleMs: read.wholeNumber('options.settleSeconds', itemIndex) * 1_000,
		resubmits: read.choice('options.onUnknownOutcome', itemIndex) === 'resubmit',
		waits: read.flag('waitForCompletion', itemIndex),
		timeoutMs: read.number('timeoutMinutes', itemIndex) * MS_PER_MINUTE,
		isSimplified: read.choice('output', itemIndex) === 'simplified',
	};
}
