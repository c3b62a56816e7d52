import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { referenceTo, type StoredCredential } from '../test/harness/n8n/client';
import type { WorkflowData, WorkflowNode } from '../test/harness/n8n/n8nData';
import { REPOSITORY } from '../test/harness/n8n/packedPackage';

import type { Service } from './service';

/** The nodes of the examples that matter to the demo. */
export const EXAMPLE_NODES = {
	documents: 'Documents',
	list: 'List Documents',
	extend: 'Extend Batch Run Workflow',
	results: 'Extend List Runs by Batch',
	trigger: 'Extend Trigger',
} as const;

/** Reads a workflow from `examples/`. */
export async function readExample(name: string): Promise<WorkflowData> {
	const text = await readFile(join(REPOSITORY, 'examples', `${name}.json`), 'utf8');
	return JSON.parse(text) as WorkflowData;
}

/** The example that submits documents in bulk, with what its user would fill in: where, what, how many. */
export async function bulkSubmitExample(
	service: Pick<Service, 'workflow' | 'documentFolder'>,
	credential: StoredCredential,
	documents: number,
): Promise<WorkflowData> {
	const example = await readExample('bulk-submit');
	const source = nodeOf(example, EXAMPLE_NODES.documents);
	source.parameters = {
		...source.parameters,
		assignments: {
			assignments: [
				{ id: 'folder', name: 'folder', value: service.documentFolder ?? 'demo', type: 'string' },
				{ id: 'count', name: 'count', value: documents, type: 'number' },
			],
		},
	};

	const extend = nodeOf(example, EXAMPLE_NODES.extend);
	extend.parameters = {
		...extend.parameters,
		workflow: {
			__rl: true,
			mode: 'list',
			value: service.workflow.id,
			cachedResultName: service.workflow.name,
		},
		...(service.documentFolder === undefined && {
			source: 'text',
			text: '=Invoice {{ $json.name }} for customer {{ $json.customer }}, total 120.50 EUR',
		}),
	};
	extend.credentials = referenceTo(credential);
	return example;
}

/** An example that begins with Extend Trigger, with the credential that its user would choose. */
export async function triggerExample(
	name: 'react-to-finished-batches' | 'react-to-finished-documents',
	credential: StoredCredential,
): Promise<WorkflowData> {
	const example = await readExample(name);
	const trigger = nodeOf(example, EXAMPLE_NODES.trigger);
	trigger.credentials = referenceTo(credential);
	return example;
}

/** The same workflow with a node at its end that waits for all results and lists them. */
export function withResults(workflow: WorkflowData): WorkflowData {
	const extend = nodeOf(workflow, EXAMPLE_NODES.extend);
	const results: WorkflowNode = {
		name: EXAMPLE_NODES.results,
		type: 'n8n-nodes-extend-ai.extendListRunsByBatch',
		typeVersion: 1,
		position: [extend.position[0] + 224, extend.position[1]],
		parameters: {},
		credentials: extend.credentials,
	};
	return {
		...workflow,
		nodes: [...workflow.nodes, results],
		connections: {
			...workflow.connections,
			[extend.name]: { main: [[{ node: results.name, type: 'main', index: 0 }]] },
		},
	};
}

function nodeOf(workflow: WorkflowData, name: string): WorkflowNode {
	const node = workflow.nodes.find((candidate) => candidate.name === name);
	if (node) return node;
	throw new Error(`The example has no node "${name}".`);
}
