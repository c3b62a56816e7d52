/** A job that is run again under its Job Key: what Extend has is taken over, the rest is submitted. */
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { binaryItem, type NodeRun, type RunResult } from '../../harness/engine';
import { startSimulator, type Simulator } from '../../simulator';
import {
	errorsByItem,
	jsonOf,
	linkedItems,
	runBatches,
	urlItems,
	urlsOf,
} from '../batchRun/batchRun';

const SUBMIT = { method: 'POST', path: '/workflow_runs/batch' };

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator();
});
afterEach(async () => {
	await simulator.close();
});

const calls = (method: string, path: RegExp) =>
	simulator.ledger.requests.filter((call) => call.method === method && path.test(call.path)).length;
const submits = () => calls('POST', /^\/workflow_runs\/batch/);
const lists = () => calls('GET', /^\/workflow_runs\?/);
const reads = () => calls('GET', /^\/workflow_runs\/[^?]/);

const OPTIONS = { jobKey: 'invoices-2026-11-25', settleSeconds: 1, batchSize: 5 };

/** One execution of the job. */
async function execute(
	items: INodeExecutionData[],
	options: INodeParameters = {},
	more: Partial<NodeRun> & { parameters?: INodeParameters } = {},
): Promise<RunResult> {
	const { parameters = {}, ...run } = more;
	return await runBatches(
		simulator,
		items,
		{ ...parameters, options: { ...OPTIONS, ...options } },
		run,
	);
}

/** The execution of a job that ends after some batches, as far as Extend can tell: n8n is killed. */
async function executeUntilKilled(
	items: INodeExecutionData[],
	nth: number,
	options: INodeParameters = {},
	more: Partial<NodeRun> & { parameters?: INodeParameters } = {},
): Promise<void> {
	simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth });
	await execute(items, options, more);
	simulator.faults.clear();
}

const notOnce = (documents: string[]) => {
	const { doubled, lost } = simulator.ledger.account(documents);
	return { doubled, lost };
};
const ONCE = { doubled: [], lost: [] };

function references(): IDataObject[] {
	return simulator.ledger.runs.map(({ metadata }) => metadata.n8n as IDataObject);
}

describe('a job with a Job Key', () => {
	it('names the job and the documents in the reference', async () => {
		const items = urlItems(3);
		const { status } = await execute(items, { documentKey: '={{ $json.name }}' });
		expect(status).toBe('success');
		expect(references().map(({ job, document }) => [job, document])).toEqual(
			items.map(({ json }) => ['invoices-2026-11-25', json.name]),
		);
		const [one, ...others] = references();
		expect(one?.submission).toMatch(/^[0-9a-f]{16}-[0-9a-f]{24}-0$/);
		for (const { submission } of others) expect(submission).toBe(one?.submission);
	});

	it('costs one list where the workflow has no runs, and does not wait', async () => {
		const { status, durationMs } = await execute(urlItems(20), { settleSeconds: 30 });
		expect(status).toBe('success');
		expect([lists(), reads(), submits()]).toEqual([1, 0, 4]);
		expect(durationMs).toBeLessThan(10_000);
	});

	it('asks nothing without a key', async () => {
		const { outputs } = await execute(urlItems(20), { jobKey: '' });
		expect(simulator.ledger.requests.map(({ path }) => path)).toEqual(
			Array(4).fill('/workflow_runs/batch'),
		);
		expect(jsonOf(outputs[0])[0]).not.toHaveProperty('alreadySubmitted');
		expect(references()[0]).not.toHaveProperty('job');
	});
});

describe('run again', () => {
	it('takes over what is there, without a call for each document', async () => {
		const items = urlItems(40);
		await execute(items);
		const before = { reads: reads(), submits: submits() };
		const { status, outputs } = await execute(items);
		expect(status).toBe('success');
		expect(notOnce(urlsOf(items))).toEqual(ONCE);
		expect(submits()).toBe(before.submits);
		// A run of each batch, and again of those that were listed before they could be read.
		expect(reads() - before.reads).toBeLessThanOrEqual(8 * 4);
		const batches = jsonOf(outputs[0]);
		expect(batches).toHaveLength(8);
		for (const batch of batches) {
			expect(batch).toMatchObject({ runCount: 5, alreadySubmitted: true, batchCount: 8 });
			expect(Date.parse(batch.submittedAt as string)).not.toBeNaN();
		}
		expect(outputs[0]!.flatMap(linkedItems)).toEqual([...Array(40).keys()]);
	});

	it.each([1, 2, 4])('submits only what is missing after batch %i was the last', async (nth) => {
		const items = urlItems(20);
		await executeUntilKilled(items, nth);
		const { status, outputs } = await execute(items);
		expect(status).toBe('success');
		expect(notOnce(urlsOf(items))).toEqual(ONCE);
		expect(outputs[0]!.flatMap(linkedItems).sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
	});

	it('knows rows that were added, removed, doubled and put in another order', async () => {
		const items = urlItems(20);
		await executeUntilKilled(items, 4);
		const changed = [...items.slice(3), ...urlItems(23).slice(20), items[5]!, items[5]!].reverse();
		const { status, outputs } = await execute(changed, { output: 'input' });
		expect(status).toBe('success');
		const removed = items.slice(0, 3);
		const { doubled, lost } = simulator.ledger.account(urlsOf([...changed, ...removed]));
		expect(doubled).toEqual([]);
		expect(lost.every((url) => urlsOf(removed).includes(url))).toBe(true);
		for (const item of outputs[0]!) {
			const { batchId, position } = item.json.extend as IDataObject;
			const run = simulator.ledger.runs.find(
				(candidate) => candidate.batchId === batchId && candidate.position === position,
			);
			expect(run?.document).toBe(item.json.url);
		}
		expect(outputs[0]).toHaveLength(changed.length);
	});

	it('waits for what turns up late, where it found something of the job', async () => {
		const items = urlItems(20);
		await execute(items.slice(0, 5));
		simulator.settings.visibilityDelayMs = 2_000;
		await execute(items, { settleSeconds: 0 });
		const { status } = await execute(items, { settleSeconds: 3 });
		expect(status).toBe('success');
		expect(notOnce(urlsOf(items))).toEqual(ONCE);
	});

	it('submits nothing when it cannot look', async () => {
		const items = urlItems(10);
		await execute(items);
		simulator.faults.add({ kind: 'refuse', status: 403, on: { method: 'GET' } });
		const before = submits();
		const { error } = await execute(items);
		expect(submits()).toBe(before);
		expect(error?.message).toMatch(/permission/);
		const { outputs } = await execute(items, {}, { onError: 'continueRegularOutput' });
		expect(submits()).toBe(before);
		expect([...errorsByItem(outputs[0]).values()][0]).toMatch(
			/could not be checked whether Extend has it already/,
		);
		expect(errorsByItem(outputs[0]).size).toBe(10);
	});

	it('is another job for another key, workflow or version', async () => {
		const items = urlItems(5);
		await execute(items);
		await execute(items, { jobKey: 'another' });
		await execute(items, {}, { parameters: { version: 'draft' } });
		expect(submits()).toBe(3);
	});

	it('is the same document whatever the signature of its address', async () => {
		const signed = (secret: string) =>
			urlItems(10).map(({ json }) => ({
				json: {
					...json,
					url: `${json.url as string}?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=${secret}`,
				},
			}));
		await execute(signed('one'));
		await execute(signed('two'));
		expect(simulator.ledger.runs).toHaveLength(10);
	});

	it.each(['default', 'filesystem'] as const)(
		'uploads only files that Extend does not have: n8n keeps them in %s',
		async (binaryMode) => {
			const files = (count: number) =>
				Array.from({ length: count }, (_, index) =>
					binaryItem(Buffer.from(`%PDF-1.4 ${index}`), {
						fileName: `${index}.pdf`,
						mimeType: 'application/pdf',
					}),
				);
			const more = { binaryMode, parameters: { source: 'binary' } };
			const run = async (count: number) =>
				await execute(await Promise.all(files(count)), { output: 'input' }, more);
			await run(7);
			const { outputs } = await run(10);
			expect(simulator.ledger.uploads).toHaveLength(10);
			expect(simulator.ledger.runs).toHaveLength(10);
			expect(outputs[0]).toHaveLength(10);
		},
	);

	it('needs the reference', async () => {
		const { error } = await execute(urlItems(2), { reference: false });
		expect(error?.message).toMatch(/^Job Key needs the option /);
		expect(simulator.ledger.requests).toHaveLength(0);
	});
});

describe('failed documents', () => {
	it('are submitted again if that is wished, and a third time only those that failed again', async () => {
		const items = urlItems(12).map((item, index) => ({
			json: { ...item.json, simulate: index % 4 === 0 ? 'FAILED' : 'PROCESSED' },
		}));
		const parameters = {
			metadataMode: 'fields',
			metadata: { values: [{ key: 'simulate', value: '={{ $json.simulate }}' }] },
		};
		const options = { resubmitFailed: true };
		const settled = async () => await new Promise((resolve) => setTimeout(resolve, 2_500));
		await execute(items, options, { parameters });
		await settled();
		const fine = (count: number) =>
			items.map((item, index) => ({
				json: { ...item.json, simulate: index / 4 < count ? 'PROCESSED' : item.json.simulate },
			}));
		await execute(fine(2), options, { parameters });
		expect(simulator.ledger.runs).toHaveLength(12 + 3);
		await settled();
		const before = reads();
		await execute(fine(3), options, { parameters });
		expect(simulator.ledger.runs).toHaveLength(12 + 3 + 1);
		// One run of each of four batches, and each run that failed.
		expect(reads() - before).toBeLessThanOrEqual(4 + 4);
		await settled();
		await execute(fine(3), options, { parameters });
		expect(simulator.ledger.runs).toHaveLength(16);
		await execute(fine(3), {}, { parameters });
		expect(simulator.ledger.runs).toHaveLength(16);
	});
});
