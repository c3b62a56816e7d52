import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { useSimulator } from '../../harness/useSimulator';
import { AWKWARD, TOKENS, tame, type Simulator } from '../../simulator';
import { errorsByItem, jsonOf, linkedItems } from '../batchRun/batchRun';
import {
	batchItems,
	callExtend,
	goBetween,
	idsByCreation,
	listRuns,
	readsOf,
	submitBatch,
	untilProcessed,
} from './listRuns';

const QUICK = {
	...AWKWARD,
	...tame('Each test would wait for it; one below turns it on', 'readableDelayMs'),
	queueMs: 1,
	processMs: 5,
	jitter: 0,
	pageOrder: 'snapshot' as const,
};

let simulator: Simulator;

useSimulator(QUICK, (started) => {
	simulator = started;
});

const range = (from: number, to: number) =>
	Array.from({ length: to - from }, (_, index) => from + index);

const runIdsOf = (batchId: string) =>
	simulator.ledger.batches.find((batch) => batch.batchId === batchId)?.runIds ?? [];

const idsOf = (items: INodeExecutionData[] | undefined) =>
	jsonOf(items).map(({ id }) => id as string);

/** A finished batch. */
async function finishedBatch(count: number, ...more: [metadata?: (i: number) => IDataObject]) {
	const batchId = await submitBatch(simulator, count, ...more);
	await untilProcessed(simulator);
	return batchId;
}

describe('listing', () => {
	it('gives each run of each batch once, linked to the item that named it, with one call per batch', async () => {
		const first = await finishedBatch(1000);
		const second = await finishedBatch(3);
		const { status, outputs, hints } = await listRuns(simulator, batchItems(first, second));

		expect(status).toBe('success');
		expect(readsOf(simulator)).toHaveLength(2);
		expect(readsOf(simulator)[0]).toContain('maxPageSize=1000');
		expect(idsOf(outputs[0])).toEqual([
			...(await idsByCreation(simulator, first)),
			...(await idsByCreation(simulator, second)),
		]);
		expect(outputs[0]?.map(linkedItems)).toEqual([
			...range(0, 1000).map(() => [0]),
			...range(0, 3).map(() => [1]),
		]);
		expect(jsonOf(outputs[0])[0]).toMatchObject({
			object: 'workflow_run',
			status: 'PROCESSED',
			batchId: first,
			files: [{ name: expect.stringMatching(/^invoice-\d+\.pdf$/) as string }],
		});
		expect(hints.map(({ message }) => message)).toEqual([
			'1,003 runs of 2 batches: 1,003 processed.',
		]);
	});

	it('gives the same order each time, whatever the pages', async () => {
		const batchId = await finishedBatch(60);
		const order = await idsByCreation(simulator, batchId);
		for (const pageSize of [1000, 50, 7]) {
			const between = await goBetween(simulator, { pageSize });
			const { outputs } = await listRuns(between, batchItems(batchId));
			await between.close();
			expect(idsOf(outputs[0])).toEqual(order);
		}
	});

	it('fetches a batch once that many items name, and links its runs to all of them', async () => {
		const batchId = await finishedBatch(2);
		const { outputs } = await listRuns(simulator, batchItems(batchId, batchId, batchId), {});
		expect(readsOf(simulator)).toHaveLength(1);
		expect(outputs[0]?.map(linkedItems)).toEqual([
			[0, 1, 2],
			[0, 1, 2],
		]);
	});

	it('reads every parameter for each item', async () => {
		const batchId = await finishedBatch(4);
		const items = [1, 3].map((most) => ({
			json: { id: batchId, most, how: most === 1 ? 'summary' : 'simplified' },
		}));
		const { outputs } = await listRuns(simulator, items, {
			batchId: '={{ $json.id }}',
			returnAll: false,
			limit: '={{ $json.most }}',
			output: '={{ $json.how }}',
		});
		const order = await idsByCreation(simulator, batchId);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1], [1], [1]]);
		expect(jsonOf(outputs[0]).map(({ id, runId }) => id ?? runId)).toEqual([
			order[0],
			...order.slice(0, 3),
		]);
	});

	it.each<[string, IDataObject['status']]>([
		['chosen', ['FAILED', 'NEEDS_REVIEW']],
		['as JSON', '["FAILED", "NEEDS_REVIEW"]'],
		['with commas', 'FAILED, NEEDS_REVIEW'],
		['with line breaks', 'failed\n\nneeds_review\u200b\n'],
		['with semicolons, in words', 'Failed; Needs Review'],
	])('filters by several statuses and by file name, with one call: %s', async (_how, status) => {
		const outcomes = ['FAILED', 'NEEDS_REVIEW', undefined, 'CANCELLED'];
		const batchId = await finishedBatch(40, (index) => ({ simulate: outcomes[index % 4] }));
		const { outputs } = await listRuns(simulator, batchItems(batchId), {
			filters: {
				status: typeof status === 'string' ? `=${status}` : (status as string[]),
				fileNameContains: '\u2060Invoice-1\u200e',
			},
		});
		const found = jsonOf(outputs[0]);
		expect(new Set(found.map((run) => run.status))).toEqual(new Set(['FAILED', 'NEEDS_REVIEW']));
		expect(found.map(({ files }) => (files as IDataObject[])[0]?.name).sort()).toEqual([
			'invoice-1.pdf',
			'invoice-12.pdf',
			'invoice-13.pdf',
			'invoice-16.pdf',
			'invoice-17.pdf',
		]);
		expect(readsOf(simulator)).toHaveLength(1);
	});

	it('says when the filters leave nothing', async () => {
		const batchId = await finishedBatch(2);
		const none = await listRuns(simulator, batchItems(batchId), {
			filters: { status: ['REJECTED'] },
		});
		expect(none.outputs[0]).toEqual([]);
		expect(none.hints[0]?.message).toContain('none of them passes the filters');
	});

	it('sorts, then limits', async () => {
		const batchId = await finishedBatch(12);
		const { outputs } = await listRuns(simulator, batchItems(batchId), {
			returnAll: false,
			limit: 3,
			options: { sortBy: 'fileName', sortDirection: 'desc' },
		});
		expect(idsOf(outputs[0])).toEqual([11, 10, 9].map((index) => runIdsOf(batchId)[index]));
	});

	it('gives each run once while runs finish and pages are cut anew for each call', async () => {
		simulator.settings.pageOrder = 'live';
		Object.assign(simulator.settings, { queueMs: 100, processMs: 1500, jitter: 1 });
		const batches = [await submitBatch(simulator, 600), await submitBatch(simulator, 600)];
		const pages = await goBetween(simulator, { pageSize: 50 });
		let seen = new Set<unknown>();
		for (let round = 0; round < 5; round++) {
			const { outputs } = await listRuns(pages, batchItems(...batches), {
				options: { sortBy: 'updatedAt' },
			});
			expect(idsOf(outputs[0]).sort()).toEqual(batches.flatMap(runIdsOf).sort());
			seen = new Set([...seen, ...jsonOf(outputs[0]).map(({ status }) => status)]);
		}
		await pages.close();
		expect(readsOf(simulator)).toHaveLength(5 * 2 * 12);
		expect(seen.size).toBeGreaterThan(1);
	});

	it('begins a list again when the answer with a page is lost and its token used up', async () => {
		simulator.settings.pageTokens = 'singleUseStrict';
		const batchId = await finishedBatch(120);
		simulator.faults.add({ kind: 'resetAfter', on: { path: '/workflow_runs' }, nth: 2 });
		const pages = await goBetween(simulator, { pageSize: 50 });
		const { status, outputs } = await listRuns(pages, batchItems(batchId));
		await pages.close();
		expect(status).toBe('success');
		expect(simulator.ledger.requests.filter((call) => call.status === 400)).toHaveLength(1);
		expect(idsOf(outputs[0])).toEqual(await idsByCreation(simulator, batchId));
	});

	it('says that Extend shows nothing of a batch', async () => {
		const { status, outputs, hints } = await listRuns(simulator, batchItems('batch_unknown'));
		expect(status).toBe('success');
		expect(outputs[0]).toEqual([]);
		expect(hints[0]?.message).toContain('no runs of batch batch_unknown');
	});
});

describe('whole runs', () => {
	it('fetches each run whole, in order', async () => {
		const batchId = await finishedBatch(60);
		const { outputs } = await listRuns(simulator, batchItems(batchId), { output: 'full' });
		expect(readsOf(simulator)).toHaveLength(61);
		expect(idsOf(outputs[0])).toEqual(await idsByCreation(simulator, batchId));
		const runs = jsonOf(outputs[0]);
		const items = runs.map(({ metadata }) => (metadata as { n8n: { item: number } }).n8n.item);
		expect(items.sort((a, b) => a - b)).toEqual(range(0, 60));
		expect(runs[0]?.stepRuns).toHaveLength(3);
	});

	it('makes flat rows that carry item index, metadata and values', async () => {
		const batchId = await finishedBatch(3, (index) => ({ customer: `C-${index}` }));
		const { outputs } = await listRuns(simulator, batchItems(batchId), { output: 'simplified' });
		const row = jsonOf(outputs[0]).find(({ itemIndex }) => itemIndex === 1);
		expect(row).toMatchObject({
			runId: runIdsOf(batchId)[1],
			status: 'PROCESSED',
			failureReason: null,
			fileName: 'invoice-1.pdf',
			'metadata.customer': 'C-1',
			'classify.type': expect.any(String),
			'extract.invoice_number': expect.any(String),
			batchId,
			workflowName: 'Invoice Processing',
			version: '3',
		});
		expect(Object.keys(row ?? {}).filter((key) => key.includes('n8n'))).toEqual([]);
	});

	it('waits some seconds for runs that are listed but cannot be read yet', async () => {
		simulator.settings.readableDelayMs = 2500;
		const batchId = await submitBatch(simulator, 50);
		await untilProcessed(simulator);
		const { status, outputs, hints } = await listRuns(simulator, batchItems(batchId), {
			output: 'full',
		});
		expect(status).toBe('success');
		expect(idsOf(outputs[0]).sort()).toEqual([...runIdsOf(batchId)].sort());
		expect(hints.filter(({ type }) => type === 'warning')).toEqual([]);
	});

	it('makes error items of runs that vanish, after all others, and does not fail', async () => {
		for (const onError of ['stopWorkflow', 'continueRegularOutput'] as const) {
			const batchId = await finishedBatch(5);
			const order = await idsByCreation(simulator, batchId);
			const [first, , third] = order;
			let lists = 0;
			const between = await goBetween(simulator, {
				afterList: async () => {
					if (++lists > 1) return;
					for (const id of [first, third]) {
						await callExtend(simulator, 'DELETE', `/workflow_runs/${id}`);
					}
				},
			});
			const { status, outputs, hints, durationMs } = await listRuns(
				between,
				batchItems(batchId, batchId),
				{ output: 'full' },
				{ onError, retryOnFail: true, maxTries: 3 },
			);
			await between.close();
			expect(status).toBe('success');
			expect(outputs[0]).toHaveLength(5);
			expect(idsOf(outputs[0]).slice(0, 3)).toEqual([order[1], order[3], order[4]]);
			const errors = jsonOf(outputs[0]).slice(3);
			expect(errors.map((json) => Object.keys(json))).toEqual([
				['error', 'details'],
				['error', 'details'],
			]);
			expect(errors.map(({ details }) => (details as IDataObject).runId)).toEqual([first, third]);
			expect(outputs[0]?.slice(3).map(linkedItems)).toEqual([
				[0, 1],
				[0, 1],
			]);
			expect(hints.map(({ message }) => message).join()).toContain('2 runs were deleted');
			// Retry On Fail did not run the node again, and nobody waited for what is not listed any more.
			expect(lists).toBe(2);
			expect(durationMs).toBeLessThan(2000);
		}
	});

	it('sends errors to the error branch', async () => {
		const batchId = await finishedBatch(3);
		simulator.faults.add({
			kind: 'refuse',
			status: 400,
			on: { path: `/workflow_runs/${runIdsOf(batchId)[0]}` },
		});
		const { outputs } = await listRuns(
			simulator,
			[{ json: { batchId } }, { json: { batchId: 'bpr_1' } }],
			{ output: 'simplified' },
			{ onError: 'continueErrorOutput' },
		);
		expect(outputs.map((items) => items.length)).toEqual([2, 2]);
		expect(outputs[1]?.map(linkedItems)).toEqual([[0], [1]]);
	});

	it('goes on after faults that pass', async () => {
		const batchId = await finishedBatch(50);
		simulator.faults.add({ kind: 'serverErrorBefore', probability: 0.1, times: 10 });
		simulator.faults.add({ kind: 'resetBefore', nth: 5, times: 3 });
		const { status, outputs } = await listRuns(simulator, batchItems(batchId), { output: 'full' });
		expect(status).toBe('success');
		expect(idsOf(outputs[0]).sort()).toEqual([...runIdsOf(batchId)].sort());
	});
});

describe('failures', () => {
	it('stops at once when the token is refused, names no item, and says what to do', async () => {
		const batchId = await finishedBatch(200);
		simulator.faults.add({
			kind: 'refuse',
			status: 401,
			message: 'Invalid API key',
			on: { path: '/workflow_runs/*' },
		});
		const stopped = await listRuns(simulator, batchItems(batchId), { output: 'full' });
		expect(stopped.status).toBe('error');
		expect(stopped.error?.message).toBe(
			'A run could not be fetched: Extend does not recognize the API token',
		);
		expect(stopped.error?.description).toContain('Extend API credential');
		expect(readsOf(simulator).length).toBeLessThan(40);

		const going = await listRuns(
			simulator,
			batchItems(batchId),
			{ output: 'full' },
			{ onError: 'continueRegularOutput' },
		);
		expect(going.outputs[0]).toHaveLength(200);
		expect(jsonOf(going.outputs[0]).every(({ error }) => typeof error === 'string')).toBe(true);
		expect(going.serialisedError).not.toContain(TOKENS.workspace);
	});

	it.each([
		['list', 401, false],
		['list', 403, false],
		['list', 400, true],
		['fetch', 402, false],
		['fetch', 400, true],
	] as const)('%s refused with %d: names an item: %s', async (what, status, namesItem) => {
		const batchId = await finishedBatch(3);
		const path = what === 'list' ? '/workflow_runs' : '/workflow_runs/*';
		simulator.faults.add({ kind: 'refuse', status, message: 'No', on: { method: 'GET', path } });
		const items = [{ json: {} }, ...batchItems(batchId)].slice(1);
		const { error } = await listRuns(simulator, items, { output: 'full' });
		const context = (error as { context?: IDataObject } | undefined)?.context ?? {};
		expect(context.itemIndex).toBe(namesItem ? 0 : undefined);
		expect(`${error?.message} ${error?.description}`.includes('[item 0]')).toBe(namesItem);
	});

	it('a batch that cannot be listed is an error item for each item that named it', async () => {
		const good = await finishedBatch(2);
		const bad = await finishedBatch(2);
		simulator.faults.add({ kind: 'refuse', status: 400, nth: 2, on: { path: '/workflow_runs' } });
		const items = batchItems(good, bad, bad, good, bad);
		const { outputs } = await listRuns(simulator, items, {}, { onError: 'continueErrorOutput' });
		expect(outputs[0]?.map(linkedItems)).toEqual([
			[0, 3],
			[0, 3],
		]);
		expect(outputs[1]?.map(linkedItems)).toEqual([[1], [2], [4]]);
	});
});

describe('what is not right is said before anything is sent', () => {
	it.each([
		['an empty batch ID', { json: {} }, {}, /^Batch ID is empty \[item 0\]/],
		['an error of an earlier node', { json: { error: 'x' } }, {}, /^Batch ID is empty/],
		['a processor batch', { json: { batchId: 'bpr_Xj8' } }, {}, /“bpr_Xj8”, the ID of a batch of/],
		['a run', { json: { batchId: 'workflow_run_1' } }, {}, /the ID of a single run/],
		['a workflow', { json: { batchId: 'workflow_1' } }, {}, /the ID of a workflow/],
		['two IDs', { json: { batchId: 'batch_1 batch_2' } }, {}, /contains several IDs/],
		['two IDs in two lines', { json: { batchId: 'batch_1\nbatch_2' } }, {}, /^Batch ID/],
		['a list', { json: { batchId: ['batch_1', 'batch_2'] } }, {}, /^Batch ID is a list/],
		['JSON', { json: { batchId: '["batch_1","batch_2"]' } }, {}, /^Batch ID is JSON/],
		['an address', { json: { batchId: 'https://example.com/batch_1' } }, {}, /is a URL/],
		[
			'a limit of zero',
			{ json: { batchId: 'batch_1' } },
			{ returnAll: false, limit: 0 },
			/^Limit is 0/,
		],
		[
			'a timeout in words',
			{ json: { batchId: 'batch_1' } },
			{ waitForCompletion: true, timeoutMinutes: 'long' },
			/^Timeout \(Minutes\)/,
		],
		[
			'another batch',
			{ json: { batchId: 'batch_1', extend: { batchId: 'batch_2', position: 0 } } },
			{ options: { joinInput: true } },
			/belongs to another batch/,
		],
		[
			'an input of no batch',
			{ json: { batchId: 'batch_1', extend: { position: 0 } } },
			{ options: { joinInput: true } },
			/^Add Run to Each Input Item needs extend.batchId/,
		],
	])('%s', async (_what, item, parameters, message) => {
		const { status, error } = await listRuns(simulator, [item], parameters);
		expect(status).toBe('error');
		expect(error?.message).toMatch(message);
		expect(readsOf(simulator)).toEqual([]);
	});

	it('takes away what nobody sees around the batch ID', async () => {
		const batchId = await finishedBatch(2);
		const items = ['\u200b', '\u200e', '\u2060', '\ufeff', '\u00a0', ' \n'].map((unseen) => ({
			json: { batchId: `${unseen}${batchId}${unseen}` },
		}));
		const { outputs } = await listRuns(simulator, items);
		expect(outputs[0]?.map(linkedItems)).toEqual([range(0, 6), range(0, 6)]);
		expect(readsOf(simulator)).toHaveLength(1);
	});

	it('makes one error item of each wrong item when it goes on', async () => {
		const batchId = await finishedBatch(2);
		const { outputs } = await listRuns(
			simulator,
			[{ json: {} }, { json: { batchId } }, { json: { batchId: 'bpar_1' } }],
			{},
			{ onError: 'continueRegularOutput' },
		);
		expect(idsOf(outputs[0]).slice(0, 2).sort()).toEqual([...runIdsOf(batchId)].sort());
		expect([...errorsByItem(outputs[0]).keys()]).toEqual([0, 2]);
		expect(outputs[0]).toHaveLength(4);
	});
});

describe('lists', () => {
	it('become items of their own, linked as their run is, with the limit counting runs', async () => {
		const batchId = await finishedBatch(3);
		const whole = await listRuns(simulator, batchItems(batchId), { output: 'simplified' });
		const { outputs, hints } = await listRuns(simulator, batchItems(batchId), {
			output: 'simplified',
			returnAll: false,
			limit: 2,
			options: { expandList: 'extract.line_items' },
		});
		const expected = jsonOf(whole.outputs[0])
			.slice(0, 2)
			.flatMap(({ runId, ...row }) => {
				const entries = JSON.parse(row['extract.line_items'] as string) as IDataObject[];
				return entries.map(({ description, amount }) => ({ runId, description, amount }));
			});
		expect(expected.length).toBeGreaterThan(2);
		expect(
			jsonOf(outputs[0]).map((row) => ({
				runId: row.runId,
				description: row['extract.line_items.description'],
				amount: row['extract.line_items.amount'],
			})),
		).toEqual(expected);
		expect(outputs[0]?.map(linkedItems)).toEqual(expected.map(() => [0]));
		expect(hints[0]?.message).toContain('2 runs of 1 batch');
	});

	it('that no run has are named with those that there are', async () => {
		const batchId = await finishedBatch(1);
		const { outputs, hints } = await listRuns(simulator, batchItems(batchId), {
			output: 'simplified',
			options: { expandList: 'extract.lineItems' },
		});
		expect(outputs[0]).toHaveLength(1);
		expect(hints.map(({ message }) => message)).toContain(
			'No run has a list “extract.lineItems” to expand. They have: extract.line_items.',
		);
	});
});
