import { documentProperties, metadataProperties } from '../documents/properties';
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

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [
	workflow,
	version,
	...documentProperties,
	...metadataProperties,
	options,
];

/** What reads them for each item. */
export type Parameters = ParameterReader<(typeof properties)[number]>;
