import type { IDataObject } from 'n8n-workflow';

import { startSimulator, TOKENS, type Simulator } from '../simulator';
import { errorsByItem, jsonOf, linkedItems, runBatches, urlItems } from './batchRun';
import {
	batchItems,
	callExtend,
	listRuns,
	readsOf,
	submitBatch,
	untilProcessed,
	withSmallPages,
} from './listRuns';

const QUICK = { queueMs: 1, processMs: 5, jitter: 0 };

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator({ settings: QUICK });
});
beforeEach(() => {
	simulator.reset();
	Object.assign(simulator.settings, {
		...QUICK,
		outcomeShares: {},
		pageOrder: 'snapshot',
		visibilityDelayMs: 0,
		visibilitySpreadMs: 0,
	});
});
afterAll(async () => {
	await simulator.close();
});

const range = (from: number, to: number) =>
	Array.from({ length: to - from }, (_, index) => from + index);

const runIdsOf = (batchId: string) =>
	simulator.ledger.batches.find((batch) => batch.batchId === batchId)?.runIds ?? [];

const idsOf = (items: Parameters<typeof jsonOf>[0]) => jsonOf(items).map(({ id }) => id);

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
		expect(idsOf(outputs[0])).toEqual([...runIdsOf(first), ...runIdsOf(second)]);
		expect(outputs[0]?.map(linkedItems)).toEqual([
			...range(0, 1000).map(() => [0]),
			...range(0, 3).map(() => [1]),
		]);
		expect(readsOf(simulator)).toHaveLength(2);
		expect(readsOf(simulator)[0]).toContain('maxPageSize=1000');
		expect(jsonOf(outputs[0])[0]).toMatchObject({
			object: 'workflow_run',
			status: 'PROCESSED',
			batchId: first,
			files: [{ name: 'invoice-0.pdf' }],
		});
		expect(hints.map(({ message }) => message)).toEqual([
			'1,003 runs of 2 batches: 1,003 processed.',
		]);
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
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1], [1], [1]]);
		expect(jsonOf(outputs[0]).map(({ id, runId }) => id ?? runId)).toEqual([
			runIdsOf(batchId)[0],
			...runIdsOf(batchId).slice(0, 3),
		]);
	});

	it('filters by several statuses and by file name, with one call, and says when nothing is left', async () => {
		const outcomes = ['FAILED', 'NEEDS_REVIEW', undefined, 'CANCELLED'];
		const batchId = await finishedBatch(40, (index) => ({ simulate: outcomes[index % 4] }));
		const { outputs } = await listRuns(simulator, batchItems(batchId), {
			filters: { status: ['FAILED', 'NEEDS_REVIEW'], fileNameContains: 'Invoice-1' },
		});
		const found = jsonOf(outputs[0]);
		expect(new Set(found.map(({ status }) => status))).toEqual(new Set(['FAILED', 'NEEDS_REVIEW']));
		expect(found.map(({ files }) => (files as IDataObject[])[0]?.name)).toEqual([
			'invoice-1.pdf',
			'invoice-12.pdf',
			'invoice-13.pdf',
			'invoice-16.pdf',
			'invoice-17.pdf',
		]);
		expect(readsOf(simulator)).toHaveLength(1);

		const none = await listRuns(simulator, batchItems(batchId), {
			filters: { status: ['REJECTED'] },
		});
		expect(none.outputs[0]).toEqual([]);
		expect(none.hints[0]?.message).toContain('none that passes the filters');
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
		const pages = await withSmallPages(simulator, 50);
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
		expect(idsOf(outputs[0])).toEqual(runIdsOf(batchId));
		const runs = jsonOf(outputs[0]);
		expect(runs.map(({ metadata }) => (metadata as { n8n: IDataObject }).n8n.item)).toEqual(
			range(0, 60),
		);
		expect(runs[0]?.stepRuns).toHaveLength(3);
		expect(readsOf(simulator)).toHaveLength(61);
	});

	it('makes flat rows that carry item index, metadata and values', async () => {
		const batchId = await finishedBatch(3, (index) => ({ customer: `C-${index}` }));
		const { outputs } = await listRuns(simulator, batchItems(batchId), { output: 'simplified' });
		const [row] = jsonOf(outputs[0]).slice(1);
		expect(row).toMatchObject({
			runId: runIdsOf(batchId)[1],
			status: 'PROCESSED',
			failureReason: null,
			fileName: 'invoice-1.pdf',
			itemIndex: 1,
			'metadata.customer': 'C-1',
			'classify.type': expect.any(String),
			'extract.invoice_number': expect.any(String),
			batchId,
			workflowName: 'Invoice Processing',
			version: '3',
		});
		expect(Object.keys(row ?? {}).filter((key) => key.includes('n8n'))).toEqual([]);
	});

	it('makes error items of runs that vanish, after all others, and does not fail', async () => {
		const batchId = await finishedBatch(5);
		const [first, , third] = runIdsOf(batchId);
		for (const id of [first, third]) {
			simulator.faults.add({ kind: 'refuse', status: 404, on: { path: `/workflow_runs/${id}` } });
		}
		for (const onError of ['stopWorkflow', 'continueRegularOutput'] as const) {
			const { status, outputs, hints } = await listRuns(
				simulator,
				batchItems(batchId),
				{ output: 'full' },
				{ onError, retryOnFail: true, maxTries: 3 },
			);
			expect(status).toBe('success');
			expect(outputs[0]).toHaveLength(5);
			expect(idsOf(outputs[0]).slice(0, 3)).toEqual(
				[1, 3, 4].map((index) => runIdsOf(batchId)[index]),
			);
			const errors = jsonOf(outputs[0]).slice(3);
			expect(errors.map((json) => Object.keys(json))).toEqual([
				['error', 'details'],
				['error', 'details'],
			]);
			expect(errors.map(({ details }) => (details as IDataObject).runId)).toEqual([first, third]);
			expect(outputs[0]?.slice(3).map(linkedItems)).toEqual([[0], [0]]);
			expect(hints.map(({ message }) => message).join()).toContain('2 runs were deleted');
		}
		// Retry On Fail did not run the node again.
		expect(readsOf(simulator)).toHaveLength(12);
	});

	it('sends errors to the error branch', async () => {
		const batchId = await finishedBatch(3);
		simulator.faults.add({
			kind: 'refuse',
			status: 404,
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

	it('stops at once when the token is refused, and says what to do', async () => {
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
			'A run could not be fetched: Extend does not know the API token',
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

	it('goes on after faults that pass', async () => {
		const batchId = await finishedBatch(50);
		simulator.faults.add({ kind: 'serverErrorBefore', probability: 0.1, times: 10 });
		simulator.faults.add({ kind: 'resetBefore', nth: 5, times: 3 });
		const { status, outputs } = await listRuns(simulator, batchItems(batchId), { output: 'full' });
		expect(status).toBe('success');
		expect(idsOf(outputs[0])).toEqual(runIdsOf(batchId));
	});
});

describe('what is not right is said before anything is sent', () => {
	it.each([
		['an empty batch ID', { json: {} }, {}, /^Batch ID is empty \[item 0\]/],
		['an error of an earlier node', { json: { error: 'x' } }, {}, /^Batch ID is empty/],
		['a processor batch', { json: { batchId: 'bpr_Xj8' } }, {}, /“bpr_Xj8”, the ID of a batch of/],
		['a run', { json: { batchId: 'workflow_run_1' } }, {}, /the ID of a single run/],
		['a workflow', { json: { batchId: 'workflow_1' } }, {}, /the ID of a workflow/],
		['two IDs', { json: { batchId: 'batch_1 batch_2' } }, {}, /holds several IDs/],
		[
			'a limit of zero',
			{ json: { batchId: 'batch_1' } },
			{ returnAll: false, limit: 0 },
			/^Limit is 0/,
		],
		[
			'a timeout in words',
			{ json: { batchId: 'batch_1' } },
			{ options: { waitForCompletion: true, timeoutMinutes: 'long' } },
			/^Timeout \(Minutes\)/,
		],
		[
			'another batch',
			{ json: { batchId: 'batch_1', extend: { batchId: 'batch_2', position: 0 } } },
			{ options: { joinInput: true } },
			/belongs to another batch/,
		],
	])('%s', async (_what, item, parameters, message) => {
		const { status, error } = await listRuns(simulator, [item], parameters);
		expect(status).toBe('error');
		expect(error?.message).toMatch(message);
		expect(readsOf(simulator)).toEqual([]);
	});

	it('makes one error item of each wrong item when it goes on', async () => {
		const batchId = await finishedBatch(2);
		const { outputs } = await listRuns(
			simulator,
			[{ json: {} }, { json: { batchId } }, { json: { batchId: 'bpar_1' } }],
			{},
			{ onError: 'continueRegularOutput' },
		);
		expect(idsOf(outputs[0]).slice(0, 2)).toEqual(runIdsOf(batchId));
		expect([...errorsByItem(outputs[0]).keys()]).toEqual([0, 2]);
		expect(outputs[0]).toHaveLength(4);
	});
});

describe('waiting', () => {
	const wait = { waitForCompletion: true };

	it('waits until all runs of all batches are finished, visible late or not', async () => {
		Object.assign(simulator.settings, {
			queueMs: 500,
			processMs: 1000,
			jitter: 0.5,
			visibilityDelayMs: 500,
			visibilitySpreadMs: 3000,
		});
		const batches = [await submitBatch(simulator, 30), await submitBatch(simulator, 300)];
		const { outputs, hints } = await listRuns(
			simulator,
			batches.map((batchId, index) => ({ json: { batchId, runCount: [30, 300][index]! } })),
			{ options: wait },
		);
		expect(idsOf(outputs[0])).toEqual(batches.flatMap(runIdsOf));
		expect(jsonOf(outputs[0]).every(({ status }) => status === 'PROCESSED')).toBe(true);
		expect(hints.map(({ message }) => message)).toEqual(['330 runs of 2 batches: 330 processed.']);
		expect(readsOf(simulator).length).toBeLessThan(20);
	});

	it('knows the number of runs from the reference when nobody says it', async () => {
		Object.assign(simulator.settings, { visibilityDelayMs: 500, visibilitySpreadMs: 4000 });
		const batchId = await submitBatch(simulator, 50);
		const { outputs } = await listRuns(simulator, batchItems(batchId), { options: wait });
		expect(idsOf(outputs[0])).toEqual(runIdsOf(batchId));
	});

	it('takes a review for finished, or not', async () => {
		const batchId = await submitBatch(simulator, 4, (index) =>
			index === 0 ? { simulate: 'NEEDS_REVIEW' } : {},
		);
		const taken = await listRuns(simulator, batchItems(batchId), { options: wait });
		expect(jsonOf(taken.outputs[0])[0]?.status).toBe('NEEDS_REVIEW');

		setTimeout(() => {
			simulator.review(runIdsOf(batchId)[0]!, 'approve');
		}, 1500);
		const { outputs } = await listRuns(simulator, batchItems(batchId), {
			options: { ...wait, reviewCountsAsFinished: false },
		});
		expect(jsonOf(outputs[0]).map(({ status }) => status)).toEqual(Array(4).fill('PROCESSED'));
	});

	it('returns what there is when the time is over, or fails, as chosen', async () => {
		const batchId = await submitBatch(simulator, 5, (index) =>
			index < 2 ? { simulate: 'stuck' } : {},
		);
		const options = { ...wait, timeoutMinutes: 0.03 };
		const returned = await listRuns(simulator, batchItems(batchId), { options });
		expect(returned.status).toBe('success');
		expect(returned.outputs[0]).toHaveLength(5);
		expect(returned.hints.at(-1)).toMatchObject({
			type: 'warning',
			message: `The batch was not finished after 0.03 minutes. ${batchId}: 2 of its 5 runs are unfinished (2 processing). Its runs are returned as they are.`,
		});

		const failing = { options: { ...options, onTimeout: 'fail' } };
		const failed = await listRuns(simulator, batchItems(batchId), failing);
		expect(failed.error?.message).toBe('The batch was not finished after 0.03 minutes [item 0]');
		expect(failed.error?.description).toContain('2 of its 5 runs are unfinished');

		const other = await finishedOther();
		const going = await listRuns(simulator, batchItems(batchId, other), failing, {
			onError: 'continueRegularOutput',
		});
		expect([...errorsByItem(going.outputs[0]).keys()]).toEqual([0]);
		expect(idsOf(going.outputs[0]).slice(0, 2)).toEqual(runIdsOf(other));
	});

	async function finishedOther() {
		const other = await submitBatch(simulator, 2);
		await new Promise((resolve) => setTimeout(resolve, 200));
		return other;
	}

	it('ends within a second when the execution is stopped', async () => {
		const batchId = await submitBatch(simulator, 5, () => ({ simulate: 'stuck' }));
		const { status, durationMs } = await listRuns(
			simulator,
			batchItems(batchId),
			{ options: wait },
			{ cancelAfterMs: 4000, onError: 'continueRegularOutput' },
		);
		expect(status).toBe('canceled');
		expect(durationMs).toBeLessThan(5000);
		const calls = readsOf(simulator).length;
		await new Promise((resolve) => setTimeout(resolve, 1500));
		expect(readsOf(simulator)).toHaveLength(calls);
	});

	it('goes on waiting while Extend cannot answer', async () => {
		Object.assign(simulator.settings, { processMs: 3000 });
		const batchId = await submitBatch(simulator, 5);
		simulator.faults.add({ kind: 'serverErrorBefore', status: 503, nth: 2, times: 3 });
		const { status, outputs } = await listRuns(simulator, batchItems(batchId), { options: wait });
		expect(status).toBe('success');
		expect(idsOf(outputs[0])).toEqual(runIdsOf(batchId));
	});
});

describe('adding its run to each input item', () => {
	const parameters = {
		output: 'simplified',
		options: { joinInput: true, waitForCompletion: true },
	};

	/** What Extend Batch Run Workflow puts out with one item per input. */
	async function perInput(count: number) {
		const { outputs } = await runBatches(simulator, urlItems(count), {
			options: { output: 'input', batchSize: 40 },
		});
		return outputs[0]!;
	}

	it('gives every item its own run, whatever their order', async () => {
		const inputs = (await perInput(100)).map(({ json }) => ({ json })).reverse();
		const { outputs, status } = await listRuns(simulator, inputs, parameters);
		expect(status).toBe('success');
		expect(outputs[0]?.map(linkedItems)).toEqual(range(0, 100).map((index) => [index]));
		const wrong = jsonOf(outputs[0]).filter(({ url, extend }, index) => {
			const { run, position } = extend as { run: IDataObject; position?: number };
			const name = (url as string).split('/').at(-1);
			return run.fileName !== name || run.itemIndex !== 99 - index || position === undefined;
		});
		expect(wrong).toEqual([]);
	});

	it('rather makes an error than a wrong pair when a run is missing', async () => {
		const inputs = (await perInput(10)).map(({ json }) => ({ json }));
		await untilProcessed(simulator);
		await callExtend(simulator, 'DELETE', `/workflow_runs/${simulator.ledger.runs[3]!.id}`);
		const { outputs } = await listRuns(simulator, inputs, {
			output: 'summary',
			options: { joinInput: true },
		});
		expect([...errorsByItem(outputs[0]).keys()]).toEqual(range(0, 10));
		expect(jsonOf(outputs[0])[0]?.error).toBe('It is not certain which run is of this item');
	});

	it('finds runs by file ID even when one is missing', async () => {
		const files = await Promise.all(
			range(0, 4).map(async (index) => {
				const { outputs } = await runBatches(simulator, [{ json: { text: `Invoice ${index}` } }], {
					source: 'text',
				});
				const { batchId } = jsonOf(outputs[0])[0]!;
				const listed = await listRuns(simulator, batchItems(batchId as string));
				return (jsonOf(listed.outputs[0])[0]?.files as Array<{ id: string }>)[0]!.id;
			}),
		);
		const { outputs: submitted } = await runBatches(
			simulator,
			files.map((fileId) => ({ json: { fileId } })),
			{ source: 'fileId', options: { output: 'input' } },
		);
		await untilProcessed(simulator);
		await callExtend(simulator, 'DELETE', `/workflow_runs/${simulator.ledger.runs.at(-3)!.id}`);
		const { outputs } = await listRuns(
			simulator,
			submitted[0]!.map(({ json }) => ({ json })),
			{ output: 'simplified', options: { joinInput: true } },
		);
		expect([...errorsByItem(outputs[0]).keys()]).toEqual([1]);
		const pairs = jsonOf(outputs[0])
			.slice(0, 3)
			.map(({ fileId, extend }) => [fileId, (extend as { run: IDataObject }).run.fileId]);
		expect(pairs).toEqual([files[0], files[2], files[3]].map((id) => [id, id]));
	});
});
