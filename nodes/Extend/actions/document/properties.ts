import type { INodeProperties } from 'n8n-workflow';

import {
	documentProperties,
	fileName,
	filePassword,
	fileTypes,
	metadataProperties,
	severalFiles,
	skipFilesSmallerThan,
	usageTags,
} from '../../../documents/properties';
import { PROCESSOR_OF } from '../../../extend/api/documentRuns';
import type { DocumentRunKind } from '../../../extend/api/documentRuns';
import type { ProcessorType } from '../../../extend/api/events';
import { timeoutMinutes } from '../../../extend/runs/properties';
import { onUnknownOutcome, priority, reference, settleSeconds } from '../../../submit/properties';

/** How a kind of processor is shown; the names of the node's methods come from it. */
export const SHOWN: Readonly<
	Record<ProcessorType, { name: string; article: string; idExample: string }>
> = {
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
	const properties = documentProperties.map((property): INodeProperties =>
		property.name === 'binaryPropertyName' ? severalFiles : property,
	);
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

const ofBinaryFiles = { show: { '/source': ['binary'] } };

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
			{ ...fileTypes, displayOptions: ofBinaryFiles },
			{ ...skipFilesSmallerThan, displayOptions: ofBinaryFiles },
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
