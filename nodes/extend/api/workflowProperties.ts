import type { INodeProperties } from 'n8n-workflow';

import { declare } from '../../parameters/declaration';
import { WORKFLOW_URL_PATTERN } from '../../parameters/ids';
import type { ParameterReader } from '../../parameters/reader';

type Reader = Pick<ParameterReader<INodeProperties>, 'complain' | 'id' | 'line'>;

/** The workflow that runs each document; the node needs the method `searchWorkflows`. */
export const workflow = declare({
	displayName: 'Workflow',
	name: 'workflow',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The Extend workflow to run each document through',
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
						errorMessage: 'Open the workflow in the Extend dashboard, and copy the URL of its page',
					},
				},
			],
		},
	],
});

/** Its version; the node needs the method `getWorkflowVersions`. */
export const version = declare({
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

/**
 * The workflows that a trigger follows; the node needs the method `getWorkflows`.
 * @param show when they are shown, if not always
 */
export function followedWorkflows(show: Record<string, string[]> = {}) {
	return declare([
		{
			displayName: 'Workflows',
			name: 'workflowScope',
			type: 'options',
			displayOptions: { show },
			options: [
				{
					name: 'All',
					value: 'all',
					description: 'All Extend workflows, including those created later',
				},
				{
					name: 'Selected',
					value: 'selected',
					description: 'Only the workflows that you choose',
				},
			],
			default: 'all',
			description: 'The Extend workflows whose runs start the workflow',
		},
		{
			displayName: 'Workflow Names or IDs',
			name: 'workflows',
			type: 'multiOptions',
			typeOptions: { loadOptionsMethod: 'getWorkflows' },
			displayOptions: { show: { ...show, workflowScope: ['selected'] } },
			default: [],
			description:
				'The Extend workflows to follow. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		},
	]);
}

/** Reads the id of the workflow. @throws ComplaintError */
export function readWorkflow(read: Reader, itemIndex: number): string {
	const id = read.id('workflow', 'workflow', itemIndex);
	return (
		id ||
		read.complain(
			'workflow',
			'is empty',
			'Choose the Extend workflow to run each document through.',
		)
	);
}

/** Reads the version: `''` for the newest deployed one, `draft`, or a number as text. @throws ComplaintError */
export function readVersion(read: Reader, itemIndex: number): string {
	const given = read.line('version', itemIndex);
	// Also by the names that the editor shows: “Newest Deployed”, “Draft”, “Version 3: With totals”.
	if (/^newest deployed$/i.test(given)) return '';
	if (/^draft$/i.test(given)) return 'draft';
	const version = /^v(?:ersion)?\s*(\d+)(?:\s*:.*)?$/i.exec(given)?.[1] ?? given;
	if (/[\s/[\]{}"]/.test(version)) {
		read.complain(
			'version',
			'is not a version',
			'Choose one from the list, or enter its number, such as 3, or draft.',
		);
	}
	return version;
}
