/** Add Run to Each Input Item, behind the batch node in one workflow, with n8n's own links between the two. */
import type { IDataObject, INodeExecutionData, INodeParameters, INodeType } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { ExtendBatchRunWorkflow } from '../../../nodes/ExtendBatchRunWorkflow/ExtendBatchRunWorkflow.node';
import { ExtendListRunsByBatch } from '../../../nodes/ExtendListRunsByBatch/ExtendListRunsByBatch.node';
import { START, binaryItem, runChain, type Chain, type ChainedNode } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import { AWKWARD, tame, type Simulator } from '../../simulator';
import {
	DRAGGED,
	credentialsFor,
	errorsByItem,
	jsonOf,
	linkedItems,
	urlItems,
	urlOf,
} from '../batchRun/batchRun';
import { callExtend, listRuns, untilProcessed } from './listRuns';

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

const range = (to: number) => Array.from({ length: to }, (_, index) => index);

const ONE_PER_INPUT = { output: 'input' };

interface BatchSettings extends Pick<ChainedNode, 'onError' | 'retryOnFail'> {
	parameters?: INodeParameters;
}

function batchNode({ parameters, ...settings }: BatchSettings = {}): ChainedNode {
	const value = simulator.workflow('Invoice Processing').id;
	return {
		node: new ExtendBatchRunWorkflow(),
		from: [START],
		parameters: { workflow: { __rl: true, mode: 'id', value }, ...DRAGGED, ...parameters },
		...settings,
	};
}

function listNode(
	from: ChainedNode['from'],
	options: IDataObject = {},
	settings: Pick<ChainedNode, 'onError'> = {},
): ChainedNode {
	const { waitForCompletion = true, ...others } = options;
	const parameters = {
		waitForCompletion,
		options: { joinInput: true, ...others },
	} as INodeParameters;
	return { node: new ExtendListRunsByBatch(), from, parameters, ...settings };
}

/** A node between the two, which n8n links by position because it sets no links. */
function between(change: (items: INodeExecutionData[]) => INodeExecutionData[]): ChainedNode {
	const node: INodeType = {
		description: {
			displayName: 'Between',
			name: 'between',
			group: ['transform'],
			version: 1,
			description: 'Changes which items there are, and their order',
			defaults: { name: 'Between' },
			inputs: ['main'],
			outputs: ['main'],
			properties: [],
		},
		async execute() {
			return [change(this.getInputData().map(({ json }) => ({ json })))];
		},
	};
	return { node, from: ['Batch'] };
}

async function run(chain: Omit<Chain, 'credentials' | 'credentialTypes'>) {
	return await runChain({
		...chain,
		credentials: credentialsFor(simulator),
		credentialTypes: [new ExtendApi()],
	});
}

/** The document of which the run of an output item really is; `undefined` if it has no run. */
function documentOf({ json }: INodeExecutionData): string | undefined {
	const added = (json.extend as IDataObject | undefined)?.run as IDataObject | undefined;
	const id = added?.runId ?? added?.id;
	return simulator.ledger.runs.find((candidate) => candidate.id === id)?.document;
}

/** Checks that every item has its own run or is an error, and gives the documents of the good ones. */
function ownRuns(items: INodeExecutionData[] | undefined): string[] {
	const good = (items ?? []).filter(({ json }) => !('error' in json));
	for (const item of good) expect(documentOf(item)).toBe(item.json.url);
	return good.map(({ json }) => json.url as string);
}

const urls = (...indexes: number[]) => indexes.map(urlOf);

describe('directly behind the batch node', () => {
	it('one item per input: each has its own run, of several batches, linked to itself', async () => {
		Object.assign(simulator.settings, { processMs: 100, readableDelayMs: AWKWARD.readableDelayMs });
		const { status, nodes } = await run({
			items: urlItems(50),
			nodes: {
				Batch: batchNode({ parameters: { options: { ...ONE_PER_INPUT, batchSize: 20 } } }),
				List: listNode(['Batch']),
			},
		});
		expect(status).toBe('success');
		const listed = nodes.List?.outputs[0];
		expect(ownRuns(listed)).toEqual(urls(...range(50)));
		expect(listed?.map(linkedItems)).toEqual(range(50).map((index) => [index]));
		expect(jsonOf(listed)[7]).toMatchObject({
			customer: 'customer-0',
			extend: { position: 7, run: { itemIndex: 7, status: 'PROCESSED' } },
		});
	});

	it.each([0, 1, 3])('the error output took row %d away: each has its own run', async (bad) => {
		const items = urlItems(6);
		items[bad]!.json.url = '';
		const { nodes } = await run({
			items,
			nodes: {
				Batch: batchNode({
					parameters: { options: ONE_PER_INPUT },
					onError: 'continueErrorOutput',
				}),
				List: listNode([['Batch', 0]]),
			},
		});
		expect(ownRuns(nodes.List?.outputs[0])).toEqual(
			urls(...range(6).filter((index) => index !== bad)),
		);
		expect(nodes.List?.outputs[0]).toHaveLength(5);
	});

	it('bad rows in the regular output: the others have their own run', async () => {
		const items = urlItems(6);
		items[0]!.json.url = '';
		items[3]!.json.url = 'ftp://files.example.com/x.pdf';
		const batch = batchNode({
			parameters: { options: ONE_PER_INPUT },
			onError: 'continueRegularOutput',
		});
		const going = await run({
			items,
			nodes: {
				Batch: batch,
				List: listNode(['Batch'], {}, { onError: 'continueErrorOutput' }),
			},
		});
		expect(ownRuns(going.nodes.List?.outputs[0])).toEqual(urls(1, 2, 4, 5));
		expect(going.nodes.List?.outputs.map((output) => output.length)).toEqual([4, 2]);

		const stopping = await run({ items, nodes: { Batch: batch, List: listNode(['Batch']) } });
		expect(stopping.status).toBe('error');
		expect(stopping.error?.message).toContain('Batch ID is empty');
		expect(stopping.error?.description).toContain('an error of an earlier node');
	});

	it.each(['regular', 'error output'] as const)(
		'one item per batch, %s: says how the batch node has to be set, before a call',
		async (form) => {
			const items = urlItems(6);
			if (form === 'error output') items[0]!.json.url = '';
			const { error } = await run({
				items,
				nodes: {
					Batch: batchNode(form === 'regular' ? {} : { onError: 'continueErrorOutput' }),
					List: listNode(['Batch']),
				},
			});
			expect(error?.message).toContain('needs extend.batchId, which the input item does not have');
			expect(error?.description).toContain('One Item per Input');
			expect(simulator.ledger.requests.filter(({ category }) => category === 'GET')).toEqual([]);
		},
	);

	it('after a lost answer and refused documents: each has its own run', async () => {
		simulator.settings.badInputs = 'refuseWithoutPosition';
		simulator.faults.add({ kind: 'resetAfter', on: { path: '/workflow_runs/batch' }, nth: 2 });
		const items = urlItems(20);
		for (const bad of [4, 11]) items[bad]!.json.url = `https://files.example.com/refuse-me-${bad}`;
		const { nodes } = await run({
			items,
			nodes: {
				Batch: batchNode({
					parameters: { options: { ...ONE_PER_INPUT, settleSeconds: 5 } },
					onError: 'continueErrorOutput',
				}),
				List: listNode(['Batch']),
			},
		});
		const good = range(20).filter((index) => index !== 4 && index !== 11);
		expect(ownRuns(nodes.List?.outputs[0]).sort()).toEqual(urls(...good).sort());
	});
});

describe('what the items went through on the way proves nothing', () => {
	it.each<[string, (items: INodeExecutionData[]) => INodeExecutionData[], number[]]>([
		['reversed', (items) => items.toReversed(), range(12).toReversed()],
		['filtered', (items) => items.filter((_, index) => index % 3 === 1), [1, 4, 7, 10]],
		['one alone', (items) => items.slice(7, 8), [7]],
		[
			'twice, as after a merge',
			(items) => [...items.slice(2), ...items],
			[...range(12).slice(2), ...range(12)],
		],
		[
			'mixed',
			(items) => items.map((_, index) => items[(index * 5) % 12]!),
			range(12).map((index) => (index * 5) % 12),
		],
		['moved by one', (items) => [...items.slice(1), items[0]!], [...range(12).slice(1), 0]],
	])('%s', async (_how, change, expected) => {
		const { nodes } = await run({
			items: urlItems(12),
			nodes: {
				Batch: batchNode({ parameters: { options: { ...ONE_PER_INPUT, batchSize: 5 } } }),
				Between: between(change),
				List: listNode(['Between']),
			},
		});
		expect(ownRuns(nodes.List?.outputs[0])).toEqual(urls(...expected));
	});

	it.each<[string, (items: INodeExecutionData[]) => INodeExecutionData[]]>([
		[
			'all linked to item 0',
			(items) => items.map(({ json }) => ({ json, pairedItem: { item: 0 } })),
		],
		[
			'linked by position',
			(items) => items.map(({ json }, item) => ({ json, pairedItem: { item } })),
		],
		['without links', (items) => items.map(({ json }) => ({ json }))],
		['some of them, in another order', (items) => [items[5]!, items[2]!, items[0]!]],
	])('pinned output, %s', async (_how, pin) => {
		const batch = batchNode({ parameters: { options: ONE_PER_INPUT } });
		const { nodes } = await run({ items: urlItems(6), nodes: { Batch: batch } });
		const pinned = pin(nodes.Batch?.outputs[0] ?? []);
		const again = await run({
			items: urlItems(2),
			pinData: { Batch: structuredClone(pinned) },
			nodes: { Batch: batch, List: listNode(['Batch']) },
		});
		expect(ownRuns(again.nodes.List?.outputs[0])).toEqual(pinned.map(({ json }) => json.url));
	});

	it('an item that was made to name another batch is a complaint', async () => {
		const { error } = await run({
			items: urlItems(4),
			nodes: {
				Batch: batchNode({ parameters: { options: { ...ONE_PER_INPUT, batchSize: 2 } } }),
				Between: between(([first, ...others]) => {
					const { batchId } = others.at(-1)!.json.extend as IDataObject;
					return [{ json: { ...first!.json, batchId } }, ...others];
				}),
				List: listNode(['Between']),
			},
		});
		expect(error?.message).toContain('belongs to another batch [item 0]');
	});
});

describe('when runs are missing', () => {
	/** Submits, deletes some of the runs, then lists. */
	async function listWithout(
		deleted: number[],
		items: INodeExecutionData[],
		parameters: INodeParameters = {},
		options: IDataObject = { waitForCompletion: false },
	) {
		const batch = batchNode({ parameters: { options: ONE_PER_INPUT, ...parameters } });
		const { nodes } = await run({ items, nodes: { Batch: batch } });
		await untilProcessed(simulator);
		for (const index of deleted) {
			const { id } = simulator.ledger.runs[index]!;
			await callExtend(simulator, 'DELETE', `/workflow_runs/${id}`);
		}
		const { waitForCompletion = true, ...others } = options;
		const all = { joinInput: true, ...others };
		const { outputs, hints } = await listRuns(
			simulator,
			nodes.Batch?.outputs[0] ?? [],
			{ output: 'simplified', waitForCompletion, options: all } as INodeParameters,
			{ onError: 'continueRegularOutput' },
		);
		return { items: outputs[0], hints, errors: [...errorsByItem(outputs[0]).keys()] };
	}

	it('by links: those before the gap have their own, those behind it are errors', async () => {
		const { items, errors } = await listWithout([3], urlItems(8));
		expect(ownRuns(items)).toEqual(urls(0, 1, 2));
		expect(errors).toEqual([3, 4, 5, 6, 7]);
		expect(jsonOf(items).at(-1)).toMatchObject({
			error: 'It is not certain which run is of this item',
			details: { description: expect.stringContaining('Extend shows 7 runs') as string },
		});
	});

	it('by links, the second of two batches: nothing is certain', async () => {
		const options = { ...ONE_PER_INPUT, batchSize: 4 };
		const { items, errors } = await listWithout([6], urlItems(8), { options });
		expect(ownRuns(items)).toEqual(urls(0, 1, 2, 3));
		expect(errors).toEqual([4, 5, 6, 7]);
	});

	/** Ids of files that Extend has. */
	async function uploadedFiles(count: number): Promise<string[]> {
		const ids: string[] = [];
		for (const index of range(count)) {
			const { data } = await uploaded(`file ${index}`);
			ids.push(data);
		}
		return ids;
	}

	async function uploaded(text: string): Promise<{ data: string }> {
		const item = await binaryItem(Buffer.from(text), { fileName: `${text}.txt` });
		const { nodes } = await run({
			items: [item],
			nodes: {
				Batch: batchNode({ parameters: { source: 'binary', options: ONE_PER_INPUT } }),
			},
		});
		const [json] = jsonOf(nodes.Batch?.outputs[0]);
		return { data: (json?.extend as IDataObject).fileId as string };
	}

	const byFile = { source: 'fileId' };

	/** Items as `ownRuns` reads them: what was submitted stands in `url`; `runCount` is their own. */
	const fileItems = (ids: string[]) =>
		ids.map((fileId, index) => ({
			json: { fileId, url: fileId, person: `person-${index}`, runCount: ids.length },
		}));

	it('by file: each has its own, and the one whose run is gone has none', async () => {
		const ids = await uploadedFiles(5);
		simulator.ledger.runs.length = 0;
		const { items, errors } = await listWithout([2], fileItems(ids), byFile);
		expect(ownRuns(items)).toEqual([ids[0], ids[1], ids[3], ids[4]]);
		expect(errors).toEqual([2]);
		expect(jsonOf(items).at(-1)?.error).toBe('Extend shows no run of this item');
	});

	it.each([0, 1, 2])(
		'one file for two people, run %d deleted: nobody gets the run of the other',
		async (gone) => {
			const [shared = '', other = ''] = await uploadedFiles(2);
			simulator.ledger.runs.length = 0;
			const { items } = await listWithout([gone], fileItems([shared, shared, other]), byFile);
			for (const item of items ?? []) {
				if ('error' in item.json) continue;
				const { run: added } = item.json.extend as { run: IDataObject };
				expect(added.itemIndex).toBe(Number((item.json.person as string).split('-')[1]));
			}
			expect(errorsByItem(items).has(gone)).toBe(true);
		},
	);

	it('without references: by file if Expected Runs says how many there are, else not at all', async () => {
		const ids = await uploadedFiles(4);
		simulator.ledger.runs.length = 0;
		const withoutReference = { ...byFile, options: { ...ONE_PER_INPUT, reference: false } };
		const unknown = await listWithout([], fileItems(ids), withoutReference);
		expect(unknown.errors).toEqual([0, 1, 2, 3]);
		expect(jsonOf(unknown.items)[0]).toMatchObject({
			details: { description: expect.stringContaining('set Expected Runs') as string },
		});

		simulator.ledger.runs.length = 0;
		const known = { expectedRuns: 4, waitForCompletion: true };
		const all = await listWithout([], fileItems(ids), withoutReference, known);
		expect(ownRuns(all.items)).toEqual(ids);

		simulator.ledger.runs.length = 0;
		const counted = { expectedRuns: 4, waitForCompletion: false };
		const some = await listWithout([1], fileItems(ids), withoutReference, counted);
		expect(some.errors).toEqual([0, 1, 2, 3]);
	});

	it('a run that cannot be fetched is told as that, and takes no other item along', async () => {
		const ids = await uploadedFiles(3);
		simulator.ledger.runs.length = 0;
		const batch = batchNode({ parameters: { ...byFile, options: ONE_PER_INPUT } });
		const { nodes } = await run({ items: fileItems(ids), nodes: { Batch: batch } });
		await untilProcessed(simulator);
		const { id } = simulator.ledger.runs[1]!;
		simulator.faults.add({ kind: 'refuse', status: 400, on: { path: `/workflow_runs/${id}` } });
		const { outputs } = await listRuns(
			simulator,
			nodes.Batch?.outputs[0] ?? [],
			{ output: 'summary', options: { joinInput: true } },
			{ onError: 'continueRegularOutput' },
		);
		expect(ownRuns(outputs[0])).toEqual([ids[0], ids[2]]);
		expect([...errorsByItem(outputs[0]).keys()]).toEqual([1]);
		expect(jsonOf(outputs[0]).at(-1)?.details).toMatchObject({ httpCode: 400, runId: id });
	});
});

describe('what the input had is kept', () => {
	const own = {
		extend: { id: 7, run: 'mine' },
		error: 'was late',
		runCount: 1,
		batchId: undefined,
	};

	it('a field “extend”, a field “error”, a count of something else', async () => {
		const items = urlItems(3).map(({ json }) => ({ json: { ...json, ...own } }));
		const { status, nodes } = await run({
			items,
			nodes: {
				Batch: batchNode({ parameters: { options: ONE_PER_INPUT } }),
				List: listNode(['Batch']),
			},
		});
		expect(status).toBe('success');
		expect(ownRuns(nodes.List?.outputs[0])).toEqual(urls(0, 1, 2));
		for (const json of jsonOf(nodes.List?.outputs[0])) {
			expect(json).not.toHaveProperty('error');
			expect(json.runCount).toBe(1);
			expect(json.extend).toMatchObject({
				input: { id: 7, run: 'mine' },
				inputError: 'was late',
				run: { status: 'PROCESSED' },
			});
		}
	});

	it('what a node between put in the place of the run, or of the error before', async () => {
		const { nodes } = await run({
			items: urlItems(2).map(({ json }) => ({ json: { ...json, ...own } })),
			nodes: {
				Batch: batchNode({ parameters: { options: ONE_PER_INPUT } }),
				Between: between((items) =>
					items.map(({ json }) => ({
						json: {
							...json,
							error: 'again',
							extend: { ...(json.extend as IDataObject), run: 'theirs', more: true },
						},
					})),
				),
				List: listNode(['Between']),
			},
		});
		expect(ownRuns(nodes.List?.outputs[0])).toEqual(urls(0, 1));
		for (const json of jsonOf(nodes.List?.outputs[0])) {
			expect(json).not.toHaveProperty('error');
			expect(json.extend).toMatchObject({
				more: true,
				inputError: 'again',
				input: { input: { id: 7, run: 'mine' }, run: 'theirs', inputError: 'was late' },
				run: { status: 'PROCESSED' },
			});
		}
	});

	it('a second pass puts the newer state of the run in the place of the older', async () => {
		simulator.settings.processMs = 900;
		const batch = batchNode({ parameters: { options: ONE_PER_INPUT } });
		const { nodes } = await run({
			items: urlItems(3),
			nodes: {
				Batch: batch,
				First: listNode(['Batch'], { waitForCompletion: false }),
				List: listNode(['First']),
			},
		});
		const statusesOf = (items: INodeExecutionData[] | undefined) =>
			jsonOf(items).map(({ extend }) => ((extend as IDataObject).run as IDataObject).status);
		expect(ownRuns(nodes.First?.outputs[0])).toEqual(urls(0, 1, 2));
		expect(statusesOf(nodes.First?.outputs[0])).toEqual(Array(3).fill('PROCESSING'));
		expect(ownRuns(nodes.List?.outputs[0])).toEqual(urls(0, 1, 2));
		expect(statusesOf(nodes.List?.outputs[0])).toEqual(Array(3).fill('PROCESSED'));
		for (const { extend } of jsonOf(nodes.List?.outputs[0])) {
			expect(extend).not.toHaveProperty('input');
		}
	});

	it('and its files', async () => {
		const items = await Promise.all(
			range(3).map(async (index) =>
				binaryItem(Buffer.from(`text ${index}`), {
					fileName: `${index}.txt`,
					json: { name: `${index}.txt` },
				}),
			),
		);
		const { nodes } = await run({
			items,
			nodes: {
				Batch: batchNode({ parameters: { source: 'binary', options: ONE_PER_INPUT } }),
				List: listNode(['Batch']),
			},
		});
		const listed = nodes.List?.outputs[0];
		expect(listed?.map(({ binary }) => binary?.data?.fileName)).toEqual([
			'0.txt',
			'1.txt',
			'2.txt',
		]);
		const pairs = jsonOf(listed).map(({ name, extend }) => [
			name,
			((extend as IDataObject).run as IDataObject).fileName,
		]);
		expect(pairs.map(([name]) => name)).toEqual(pairs.map(([, fileName]) => fileName));
	});
});
