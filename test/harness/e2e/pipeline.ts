import { referenceTo, type StoredCredential } from '../n8n/client';
import type { ItemJson, Json, WorkflowData, WorkflowNode } from '../n8n/n8nData';

/** The names under which the nodes appear in the workflows of the tests. */
export const NODES = {
	trigger: 'Start',
	items: 'Items',
	extend: 'Extend Batch Run Workflow',
	list: 'Extend List Runs by Batch',
};

const PACKAGE = 'n8n-nodes-extend-ai.';

const EXTEND_TYPE = `${PACKAGE}extendBatchRunWorkflow`;

let workflows = 0;

/** A manual trigger and then these nodes, one after the other. Extend's nodes get the credential. */
export function pipeline(
	nodes: readonly WorkflowNode[],
	credential: StoredCredential,
): WorkflowData {
	const all = [node(NODES.trigger, 'n8n-nodes-base.manualTrigger', 1), ...nodes].map(
		(entry, index): WorkflowNode => ({
			...entry,
			position: [index * 220, 0],
			...(entry.type.startsWith(PACKAGE) && { credentials: referenceTo(credential) }),
		}),
	);
	const connections: WorkflowData['connections'] = {};
	for (const [index, { name }] of all.slice(0, -1).entries()) {
		const next = all[index + 1];
		if (next) connections[name] = { main: [[{ node: next.name, type: 'main', index: 0 }]] };
	}
	workflows += 1;
	return {
		name: `Test ${workflows}`,
		nodes: all,
		connections,
		settings: { executionOrder: 'v1' },
	};
}

/** Any node. */
export function node(
	name: string,
	type: string,
	typeVersion: number,
	parameters: { [name: string]: Json } = {},
): WorkflowNode {
	return { name, type, typeVersion, position: [0, 0], parameters };
}

/** A node that puts out these items. */
export function items(jsons: readonly ItemJson[]): WorkflowNode {
	return code(`return ${JSON.stringify(jsons)}.map((json) => ({ json }));`);
}

/** A node that puts out `count` items with the address of a document each. */
export function documentItems(folder: string, count: number): WorkflowNode {
	return code(`return Array.from({ length: ${count} }, (_, index) => {
	const name = 'invoice-' + index;
	return { json: { url: '${folder}/' + name + '.pdf', name, customer: 'C-' + (index % 7) } };
});`);
}

/** The addresses of the items that `documentItems` makes. */
export function documentUrls(folder: string, count: number): string[] {
	return Array.from({ length: count }, (_, index) => `${folder}/invoice-${index}.pdf`);
}

/** Extend List Runs by Batch. */
export function listRuns(parameters: { [name: string]: Json } = {}): WorkflowNode {
	return node(NODES.list, `${PACKAGE}extendListRunsByBatch`, 1, parameters);
}

/** A Code node that runs once for all items. */
export function code(jsCode: string, name = NODES.items): WorkflowNode {
	return node(name, 'n8n-nodes-base.code', 2, { jsCode });
}

/** The node under test. */
export function extend(
	workflowId: string,
	parameters: { [name: string]: Json } = {},
	settings: { onError?: 'continueRegularOutput' | 'continueErrorOutput' } = {},
): WorkflowNode {
	return {
		...node(NODES.extend, EXTEND_TYPE, 1, {
			workflow: { __rl: true, mode: 'id', value: workflowId },
			fileUrl: '={{ $json.url }}',
			fileId: '={{ $json.fileId }}',
			text: '={{ $json.text }}',
			...parameters,
		}),
		...settings,
	};
}
