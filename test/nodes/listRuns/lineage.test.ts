/** What expressions behind List Runs find: the document that each run came from, and the batch. */
import type { IDataObject, INodeExecutionData, INodeParameters, INodeType } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { ExtendBatchRunWorkflow } from '../../../nodes/ExtendBatchRunWorkflow/ExtendBatchRunWorkflow.node';
import { ExtendListRunsByBatch } from '../../../nodes/ExtendListRunsByBatch/ExtendListRunsByBatch.node';
import {
	START,
	runChain,
	type Chain,
	type ChainResult,
	type ChainedNode,
} from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import { AWKWARD, tame, type Simulator } from '../../simulator';
import {
	DRAGGED,
	credentialsFor,
	jsonOf,
	linkedItems,
	urlItems,
	urlOf,
} from '../batchRun/batchRun';

const QUICK = {
	...AWKWARD,
	...tame('Each test would wait for it; that is for the suite of waiting', 'readableDelayMs'),
	queueMs: 0,
	processMs: 0,
};

let simulator: Simulator;

useSimulator(QUICK, (started) => {
	simulator = started;
});

function batchNode(
	options: IDataObject = {},
	settings: Partial<Pick<ChainedNode, 'from' | 'onError' | 'retryOnFail'>> = {},
): ChainedNode {
	const value = simulator.workflow('Invoice Processing').id;
	return {
		node: new ExtendBatchRunWorkflow(),
		from: [START],
		parameters: {
			workflow: { __rl: true, mode: 'id', value },
			...DRAGGED,
			options,
		} as INodeParameters,
		...settings,
	};
}

function listNode(from: ChainedNode['from'] = ['Batch'], parameters: INodeParameters = {}) {
	return { node: new ExtendListRunsByBatch(), from, parameters };
}

function nodeOf(name: string, execute: INodeType['execute']): INodeType {
	return {
		description: {
			displayName: name,
			name: name.toLowerCase(),
			group: ['transform'],
			version: 1,
			description: name,
			defaults: { name },
			inputs: ['main'],
			outputs: ['main'],
			properties: [],
		},
		execute,
	};
}

/** Hands on chosen items, linked to where they were. */
function picking(
	name: string,
	from: ChainedNode['from'],
	change: (items: INodeExecutionData[]) => INodeExecutionData[],
): ChainedNode {
	const node = nodeOf(name, async function () {
		const items = this.getInputData().map(({ json }, item) => ({ json, pairedItem: { item } }));
		return [change(items)];
	});
	return { node, from };
}

/** Reads, for each item, what an expression finds in the nodes before; `null` where it finds nothing. */
function reading(...names: string[]): ChainedNode {
	const node = nodeOf('Reading', async function () {
		return [
			this.getInputData().map(({ json }, item) => {
				const found: IDataObject = {};
				for (const name of names) {
					try {
						const expression = `{{ $('${name}').item.json }}`;
						found[name] = this.evaluateExpression(expression, item) ?? null;
					} catch {
						found[name] = null;
					}
				}
				return { json: { runId: json.runId ?? json.id, found }, pairedItem: { item } };
			}),
		];
	});
	return { node, from: ['List'] };
}

async function run(nodes: Chain['nodes'], more: Partial<Chain> = {}): Promise<ChainResult> {
	return await runChain({
		items: urlItems(6),
		nodes,
		...more,
		credentials: credentialsFor(simulator),
		credentialTypes: [new ExtendApi()],
	});
}

/** What was found for each run: the documents in the order of the output. Never one of another run. */
function documentsFound({ nodes }: ChainResult, name = START): Array<string | null> {
	return jsonOf(nodes.Reading?.outputs[0]).map(({ runId, found }) => {
		const url = ((found as IDataObject)[name] as IDataObject | null)?.url ?? null;
		const { document } = simulator.ledger.runs.find(({ id }) => id === runId)!;
		if (url !== null) expect(url).toBe(document);
		return url as string | null;
	});
}

function batchesFound({ nodes }: ChainResult): unknown[] {
	return jsonOf(nodes.Reading?.outputs[0]).map(
		({ found }) => ((found as IDataObject).Batch as IDataObject | null)?.batchId ?? null,
	);
}

function hintsOf({ nodes }: ChainResult, name = 'List'): string {
	return (nodes[name]?.hints ?? []).map(({ message }) => message).join(' ');
}

const urls = (...indexes: number[]) => indexes.map(urlOf);

const sorted = (values: unknown[]) => [...values].sort();

describe('one item for each batch', () => {
	it.each(['simplified', 'full'])('%s: finds the document and the batch', async (output) => {
		const result = await run({
			Batch: batchNode({ batchSize: 4 }),
			List: listNode(['Batch'], { output }),
			Reading: reading(START, 'Batch'),
		});
		expect(sorted(documentsFound(result))).toEqual(urls(0, 1, 2, 3, 4, 5));
		const [first, second] = simulator.ledger.batches.map(({ batchId }) => batchId);
		expect(sorted(batchesFound(result))).toEqual(sorted([...Array(4).fill(first), second, second]));
	});

	it('a summary does not tell, so nothing is found rather than a wrong document', async () => {
		const result = await run({
			Batch: batchNode(),
			List: listNode(['Batch'], { output: 'summary' }),
			Reading: reading(START, 'Batch'),
		});
		expect(documentsFound(result)).toEqual(Array(6).fill(null));
		expect(batchesFound(result)).not.toContain(null);
	});

	it('some rows of the table were no documents', async () => {
		const items = urlItems(6);
		items[0]!.json.url = '';
		const result = await run(
			{
				Batch: batchNode({ batchSize: 3 }, { onError: 'continueErrorOutput' }),
				List: listNode(),
				Reading: reading(START),
			},
			{ items },
		);
		expect(sorted(documentsFound(result))).toEqual(urls(1, 2, 3, 4, 5));
	});

	it('nodes before and in between that filter and sort', async () => {
		const result = await run({
			Sorted: picking('Sorted', [START], (items) => items.slice(1).toReversed()),
			Batch: batchNode({ batchSize: 2 }, { from: ['Sorted'] }),
			Later: picking('Later', ['Batch'], (items) => items.toReversed().slice(1)),
			List: listNode(['Later']),
			Reading: reading(START, 'Sorted', 'Batch'),
		});
		expect(sorted(documentsFound(result))).toEqual(urls(2, 3, 4, 5));
		expect(sorted(documentsFound(result, 'Sorted'))).toEqual(urls(2, 3, 4, 5));
		expect(new Set(batchesFound(result)).size).toBe(2);
	});

	it('a node that runs twice: each run of it has its own source', async () => {
		const result = await run({
			Sorted: picking('Sorted', [START], (items) => items.slice(2).toReversed()),
			Batch: batchNode({}, { from: ['Sorted', START] }),
			List: listNode(),
			Reading: reading(START, 'Batch'),
		});
		expect(simulator.ledger.batches).toHaveLength(2);
		const found = documentsFound(result);
		expect(found).not.toContain(null);
		expect([4, 6]).toContain(found.length);
	});

	it('after a lost answer', async () => {
		simulator.faults.add({ kind: 'resetAfter', on: { path: '/workflow_runs/batch' } });
		const result = await run({
			Batch: batchNode({ settleSeconds: 5 }),
			List: listNode(),
			Reading: reading(START),
		});
		expect(sorted(documentsFound(result))).toEqual(urls(0, 1, 2, 3, 4, 5));
	});

	it('after another try of the node', async () => {
		simulator.faults.add({
			kind: 'refuse',
			status: 400,
			on: { path: '/workflow_runs/batch' },
			nth: 2,
		});
		const options = { batchSize: 3, isolateBadInputs: false };
		const result = await run({
			Batch: batchNode(options, { retryOnFail: true }),
			List: listNode(),
			Reading: reading(START),
		});
		expect(sorted(documentsFound(result))).toEqual(urls(0, 1, 2, 3, 4, 5));
	});

	it('nothing is known of the execution, as where List Runs is run alone in the editor', async () => {
		const forget = nodeOf('Forget', async function () {
			const flow = this.getContext('flow');
			for (const key of Object.keys(flow)) flow[key] = undefined;
			return [[]];
		});
		const result = await run({
			Sorted: picking('Sorted', [START], (items) => items.toReversed()),
			Batch: batchNode({ batchSize: 4 }, { from: ['Sorted'] }),
			Forget: { node: forget, from: ['Batch'] },
			List: listNode(),
			Reading: reading(START, 'Batch'),
		});
		expect(result.nodes.Forget).toBeDefined();
		expect(sorted(documentsFound(result))).toEqual(urls(0, 1, 2, 3, 4, 5));
		expect(batchesFound(result)).not.toContain(null);
	});

	it('the entries of a list find the document of their run', async () => {
		const result = await run({
			Batch: batchNode(),
			List: listNode(['Batch'], {
				output: 'simplified',
				options: { expandList: 'extract.line_items' },
			}),
			Reading: reading(START),
		});
		const found = documentsFound(result);
		expect(found).not.toContain(null);
		expect(new Set(found).size).toBe(6);
	});
});

describe('one item for each input', () => {
	it('links each run to its own item, whatever the items went through', async () => {
		const result = await run({
			Batch: batchNode({ output: 'input', batchSize: 4 }),
			Later: picking('Later', ['Batch'], (items) => items.toReversed()),
			List: listNode(['Later']),
			Reading: reading(START, 'Batch'),
		});
		expect(sorted(documentsFound(result))).toEqual(urls(0, 1, 2, 3, 4, 5));
		const links = (result.nodes.List?.outputs[0] ?? []).map(linkedItems);
		expect(sorted(links.map(([link]) => link))).toEqual([0, 1, 2, 3, 4, 5]);
		expect(links.every(({ length }) => length === 1)).toBe(true);
	});

	it('runs whose item did not come along find their document, and no batch item of others', async () => {
		const result = await run({
			Batch: batchNode({ output: 'input' }),
			Later: picking('Later', ['Batch'], (items) => items.slice(2, 3)),
			List: listNode(['Later']),
			Reading: reading(START, 'Batch'),
		});
		expect(sorted(documentsFound(result))).toEqual(urls(0, 1, 2, 3, 4, 5));
		const own = jsonOf(result.nodes.Reading?.outputs[0]).flatMap(({ found }) => {
			const { Batch } = found as { Batch: IDataObject | null };
			return Batch === null ? [] : [Batch.url];
		});
		expect(own).toEqual(urls(2));
	});

	it('an item that came twice', async () => {
		const result = await run({
			Batch: batchNode({ output: 'input' }),
			Later: picking('Later', ['Batch'], (items) => [...items, ...items]),
			List: listNode(['Later']),
			Reading: reading(START),
		});
		expect(sorted(documentsFound(result))).toEqual(urls(0, 1, 2, 3, 4, 5));
	});
});

describe('where another execution submitted', () => {
	it('pinned batches: a hint says what to do instead', async () => {
		await run({ Batch: batchNode() });
		const [batch] = simulator.ledger.batches;
		const pinned = [{ json: { batchId: batch!.batchId, runCount: 6 } }];
		const chain = { Batch: batchNode(), List: listNode() };
		const result = await run(chain, { pinData: { Batch: pinned } });
		expect(simulator.ledger.batches).toHaveLength(1);
		expect(hintsOf(result)).toContain('Another execution submitted');
		const own = await run(chain);
		expect(hintsOf(own)).not.toContain('Another execution submitted');
		expect(hintsOf(own, 'Batch')).toContain('Pin this output');
		expect(hintsOf(own, 'Batch')).not.toContain('Next: Extend List Runs');
	});

	it('a job that was run again with its rows in another order: never a wrong document', async () => {
		await run({ Batch: batchNode({ jobKey: 'november' }) });
		const result = await run(
			{
				Batch: batchNode({ jobKey: 'november', settleSeconds: 0 }),
				List: listNode(),
				Reading: reading(START),
			},
			{ items: urlItems(6).toReversed(), executionId: '2' },
		);
		expect(simulator.ledger.batches).toHaveLength(1);
		expect(documentsFound(result)).toHaveLength(6);
	});
});
