/** What a person sees first: the order of menus, the defaults, and the line below the name of a node. */
import type { INodeProperties, INodeTypes } from 'n8n-workflow';
import { NodeHelpers, Workflow } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { ExtendBatchRunWorkflow } from '../../../nodes/ExtendBatchRunWorkflow/ExtendBatchRunWorkflow.node';
import { ExtendListRunsByBatch } from '../../../nodes/ExtendListRunsByBatch/ExtendListRunsByBatch.node';
import { newestVersionOf } from '../../harness/engine/workflow';

type AnyNode = ExtendBatchRunWorkflow | ExtendListRunsByBatch;

const batch = new ExtendBatchRunWorkflow();
const list = new ExtendListRunsByBatch();

function placed(node: AnyNode, parameters: object) {
	const { description } = node;
	return {
		id: '1',
		name: 'Node',
		type: description.name,
		typeVersion: newestVersionOf(node),
		position: [0, 0] as [number, number],
		parameters: parameters as never,
	};
}

/** The internal names of what the editor shows with these parameters, in order. */
function shown(node: AnyNode, parameters: object = {}): string[] {
	const instance = placed(node, parameters);
	const values =
		NodeHelpers.getNodeParameters(
			node.description.properties,
			instance.parameters,
			true,
			false,
			instance,
			node.description,
		) ?? {};
	return node.description.properties
		.filter((property) =>
			NodeHelpers.displayParameter(values, property, instance, node.description),
		)
		.map(({ name }) => name);
}

/** The names in a menu, in order. */
function menu(properties: INodeProperties[], name: string): string[] {
	const property = properties.find((candidate) => candidate.name === name);
	return (property?.options ?? []).map((option) => option.name);
}

/** The line that the canvas shows below the name of a node. */
function subtitle(node: AnyNode, parameters: object): unknown {
	const types = {
		getByName: () => node,
		getByNameAndVersion: () => node,
		getKnownTypes: () => ({}),
	} as unknown as INodeTypes;
	const workflow = new Workflow({
		nodes: [placed(node, parameters)],
		connections: {},
		active: false,
		nodeTypes: types,
	});
	return workflow.expression.getSimpleParameterValue(
		workflow.getNode('Node')!,
		node.description.subtitle,
		'internal',
		{},
	);
}

describe('Extend Batch Run Workflow', () => {
	const { properties } = batch.description;

	it('shows the workflow, the version, the document and the metadata', () => {
		expect(shown(batch)).toEqual([
			'workflow',
			'version',
			'source',
			'fileUrl',
			'metadataMode',
			'options',
		]);
	});

	it.each(['fileUrl', 'fileId', 'text'])('starts with an empty %s and a hint', (name) => {
		const property = properties.find((candidate) => candidate.name === name);
		expect(property?.default).toBe('');
		expect(property?.hint).toMatch(/^Drag the field with the .* here from the left$/);
	});

	it('has its menus in the order of use', () => {
		expect(menu(properties, 'source')).toEqual(['URL', 'Binary File', 'File ID', 'Text']);
		expect(menu(properties, 'metadataMode')).toEqual([
			'None',
			'Define Below',
			'All Input Fields',
			'JSON',
		]);
	});

	it.each([
		[{ workflow: { __rl: true, mode: 'list', value: '' }, source: 'url' }, 'Documents, from URLs'],
		[
			{
				workflow: { __rl: true, mode: 'list', value: 'workflow_1', cachedResultName: 'Invoices' },
				source: 'url',
			},
			'Invoices, from URLs',
		],
		[
			{ workflow: { __rl: true, mode: 'id', value: 'workflow_1' }, source: 'binary' },
			'Documents, from files',
		],
		[{ source: '={{ $json.source }}' }, 'Documents, from each item'],
	])('says in one line what it does: %j', (parameters, line) => {
		expect(subtitle(batch, parameters)).toBe(line);
	});
});

describe('Extend List Runs by Batch', () => {
	const { properties } = list.description;

	it('waits, and gives simplified results, unless told otherwise', () => {
		expect(shown(list)).toEqual([
			'batchId',
			'waitForCompletion',
			'timeoutMinutes',
			'output',
			'returnAll',
			'filters',
			'options',
		]);
		const defaults = Object.fromEntries(
			properties.map(({ name, default: value }) => [name, value]),
		);
		expect(defaults).toMatchObject({
			batchId: '={{ $json.batchId ?? $json.extend?.batchId }}',
			waitForCompletion: true,
			timeoutMinutes: 60,
			output: 'simplified',
			returnAll: true,
			limit: 50,
		});
		expect(menu(properties, 'output')).toEqual(['Simplified', 'Summary', 'Full']);
	});

	it('has no timeout where it does not wait', () => {
		expect(shown(list, { waitForCompletion: false })).not.toContain('timeoutMinutes');
	});

	it.each([
		[{ waitForCompletion: true, output: 'simplified' }, 'Wait, then one row each'],
		[{ waitForCompletion: false, output: 'summary' }, 'status of each'],
		[{ waitForCompletion: false, output: '={{ $json.output }}' }, 'runs'],
	])('says in one line what it does: %j', (parameters, line) => {
		expect(subtitle(list, parameters)).toBe(line);
	});
});

describe('Extend API', () => {
	const { properties } = new ExtendApi();

	it('names the regions in the order of use, and says where the key is found', () => {
		expect(menu(properties, 'region')).toEqual([
			'United States (US1)',
			'United States (US2)',
			'Europe (EU1)',
			'Custom',
		]);
		const hints = Object.fromEntries(properties.map(({ name, hint }) => [name, hint]));
		expect(hints).toMatchObject({
			apiToken: 'In the Extend dashboard, open Developers, then API Keys, and create a key',
			workspaceId: 'Leave empty unless your token belongs to a whole organization',
		});
	});
});
