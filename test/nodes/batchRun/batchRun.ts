/** What the suites of Extend Batch Run Workflow share: documents, and one run of the node against a simulator. */
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { ExtendBatchRunWorkflow } from '../../../nodes/ExtendBatchRunWorkflow/ExtendBatchRunWorkflow.node';
import { runNode, type NodeRun, type RunResult } from '../../harness/engine';
import { TOKENS, type Simulator } from '../../simulator';

/** The credential that reaches a simulator. */
export function credentialsFor(simulator: Pick<Simulator, 'url'>): NodeRun['credentials'] {
	return {
		extendApi: { apiToken: TOKENS.workspace, region: 'custom', baseUrl: simulator.url },
	};
}

/** The address of the document of an item. */
export function urlOf(index: number): string {
	return `https://files.example.com/invoice-${index}.pdf`;
}

/** Items with a URL and two fields each. */
export function urlItems(count: number): INodeExecutionData[] {
	return Array.from({ length: count }, (_, index) => ({
		json: { url: urlOf(index), name: `Invoice ${index}.pdf`, customer: `customer-${index % 7}` },
	}));
}

/** The addresses of all documents of `urlItems`. */
export function urlsOf(items: INodeExecutionData[]): string[] {
	return items.map(({ json }) => json.url as string);
}

/** The document of each item, as dragging its field into the node makes it. */
export const DRAGGED = {
	fileUrl: '={{ $json.url }}',
	fileId: '={{ $json.fileId }}',
	text: '={{ $json.text }}',
};

/** Runs the node with the simulator's invoice workflow; parameters and settings may be added. */
export async function runBatches(
	simulator: Simulator,
	items: INodeExecutionData[],
	parameters: INodeParameters = {},
	more: Partial<NodeRun> = {},
): Promise<RunResult> {
	return await runNode({
		node: new ExtendBatchRunWorkflow(),
		items,
		parameters: {
			workflow: {
				__rl: true,
				mode: 'id',
				value: simulator.workflow('Invoice Processing').id,
			},
			...DRAGGED,
			...parameters,
		},
		credentials: credentialsFor(simulator),
		credentialTypes: [new ExtendApi()],
		...more,
	});
}

/** Item indexes to which an output item is linked. */
export function linkedItems(item: INodeExecutionData | undefined): number[] {
	const links = item?.pairedItem;
	if (links === undefined) return [];
	return (Array.isArray(links) ? links : [links]).map((link) =>
		typeof link === 'number' ? link : link.item,
	);
}

/** The json of the items of an output. */
export function jsonOf(items: INodeExecutionData[] | undefined): IDataObject[] {
	return (items ?? []).map(({ json }) => json);
}

/** The error items among the output, by the item that each is linked to. */
export function errorsByItem(items: INodeExecutionData[] | undefined): Map<number, string> {
	const errors = new Map<number, string>();
	for (const item of items ?? []) {
		if (typeof item.json.error !== 'string') continue;
		for (const index of linkedItems(item)) errors.set(index, item.json.error);
	}
	return errors;
}
