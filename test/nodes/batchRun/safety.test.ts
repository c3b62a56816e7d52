/** Nothing lost, nothing doubled: look-ups, retries, isolation, whole-call refusals and stopping. */
import axios from 'axios';

import { binaryItem } from '../../harness/engine';
import { API_VERSION, startSimulator, TOKENS, type Simulator } from '../../simulator';
import { countDiscrepancies, findDiscrepancies } from './account';
import { errorsByItem, jsonOf, linkedItems, runBatches, urlItems, urlOf, urlsOf } from './batchRun';

const SUBMIT = { method: 'POST', path: '/workflow_runs/batch' };
const LIST = { method: 'GET', path: '/workflow_runs' };

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator();
});
afterEach(async () => {
	await simulator.close();
});

const submits = () => simulator.ledger.requests.filter(({ category }) => category === 'RUN').length;

/** Somebody else's batch of the same workflow. */
async function foreignBatch(size: number, metadata?: object): Promise<void> {
	await axios.post(
		`${simulator.url}/workflow_runs/batch`,
		{
			workflow: { id: simulator.workflow('Invoice Processing').id },
			inputs: Array.from({ length: size }, (_, index) => ({
				file: { url: `https://elsewhere.example.com/${index}.pdf` },
				metadata,
			})),
		},
		{
			headers: {
				Authorization: `Bearer ${TOKENS.workspace}`,
				'x-extend-api-version': API_VERSION,
			},
		},
	);
}

describe('looking up a lost answer', () => {
	it('finds the batch among those of others that arrive at the same time', async () => {
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 6 });
		for (let count = 0; count < 5; count++) {
			await foreignBatch(300, count % 2 === 0 ? { n8n: { submission: 'another' } } : undefined);
		}
		const noise = foreignBatches(6, 20);
		const items = urlItems(50);
		const { status, outputs } = await runBatches(simulator, items);
		await noise;
		expect(status).toBe('success');
		const batchId = simulator.ledger.runs.find(({ document }) => document === urlOf(0))?.batchId;
		expect(jsonOf(outputs[0]).map((json) => json.batchId)).toEqual([batchId]);
		expect(simulator.ledger.account(urlsOf(items))).toMatchObject({ doubled: [], lost: [] });
	});

	/** Batches of others, from the moment at which the node has submitted and lost its answer. */
	async function foreignBatches(submitsBefore: number, count: number): Promise<void> {
		while (submits() < submitsBefore) await new Promise((resolve) => setTimeout(resolve, 5));
		for (let number = 0; number < count; number++) await foreignBatch(20);
	}

	it('goes on when listing fails and is rate limited', async () => {
		simulator.faults.add({ kind: 'serverErrorAfter', on: SUBMIT, nth: 1 });
		simulator.faults.add({ kind: 'serverErrorBefore', on: LIST, times: 2 });
		simulator.faults.add({ kind: 'rateLimited', retryAfter: 'seconds', on: LIST, nth: 3 });
		simulator.faults.add({
			kind: 'resetBefore',
			on: { path: '/workflow_runs/*', method: 'GET' },
			times: 1,
		});
		const items = urlItems(4);
		const { status } = await runBatches(simulator, items);
		expect(status).toBe('success');
		expect(submits()).toBe(1);
	});

	it('does not submit again when it cannot look', async () => {
		simulator.faults.add({ kind: 'serverErrorAfter', on: SUBMIT, nth: 1 });
		simulator.faults.add({ kind: 'refuse', status: 403, on: LIST });
		const { error } = await runBatches(simulator, urlItems(4), { options: { settleSeconds: 1 } });
		expect(error?.message).toMatch(
			/It is not known whether Extend accepted 4 documents \[items 0–3\]/,
		);
		expect(submits()).toBe(1);
	});

	it('submits again after the settle time, and only then', async () => {
		simulator.faults.add({ kind: 'resetBefore', on: SUBMIT, nth: 1 });
		const startedAt = Date.now();
		const { status } = await runBatches(simulator, urlItems(4), { options: { settleSeconds: 2 } });
		expect(status).toBe('success');
		expect(submits()).toBe(2);
		expect(Date.now() - startedAt).toBeGreaterThanOrEqual(2000);
	});

	it('stops instead if told so, and says which documents are in doubt', async () => {
		simulator.faults.add({ kind: 'resetBefore', on: SUBMIT, nth: 2 });
		const items = urlItems(15);
		const result = await runBatches(simulator, items, {
			options: { batchSize: 5, settleSeconds: 1, onUnknownOutcome: 'fail' },
		});
		expect(result.error?.message).toMatch(/It is not known/);
		expect(result.error?.description).toMatch(/n8n\.submission = [0-9a-f-]{36}/);
		expect(result.error?.description).toMatch(/Unknown: items \d+–\d+/);
		expect(countDiscrepancies(findDiscrepancies(simulator, result, urlsOf(items)))).toBe(0);
	});

	it('stops when the reference is off, because nothing can be found', async () => {
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		const { error } = await runBatches(
			simulator,
			urlItems(3),
			{ options: { reference: false } },
			{ retryOnFail: true, maxTries: 3 },
		);
		expect(error?.message).toMatch(/It is not known/);
		expect(submits()).toBe(1);
	});
});

describe('Retry On Fail', () => {
	const retry = { retryOnFail: true, maxTries: 3 };

	it('looks again for what was unknown in the try before', async () => {
		simulator.settings.visibilityDelayMs = 2500;
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		const items = urlItems(5);
		const { status, outputs } = await runBatches(
			simulator,
			items,
			{ options: { settleSeconds: 1, onUnknownOutcome: 'fail' } },
			{ ...retry, waitBetweenTries: 2500 },
		);
		expect(status).toBe('success');
		expect(outputs[0]).toHaveLength(1);
		expect(submits()).toBe(1);
	});

	it('sends accepted batches and finished uploads once, also when the metadata differs from try to try', async () => {
		simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 2 });
		const items = await Promise.all(
			Array.from({ length: 30 }, async (_, index) =>
				binaryItem(Buffer.from(`document ${index}`), { fileName: `d${index}.txt` }),
			),
		);
		const { status, outputs } = await runBatches(
			simulator,
			items,
			{
				source: 'binary',
				metadataMode: 'fields',
				metadata: { values: [{ key: 'at', value: '={{ $now.toISO() + Math.random() }}' }] },
				options: { batchSize: 10, output: 'input' },
			},
			retry,
		);
		expect(status).toBe('success');
		expect(simulator.ledger.uploads).toHaveLength(30);
		expect(simulator.ledger.runs).toHaveLength(30);
		expect(new Set(simulator.ledger.runs.map(({ document }) => document)).size).toBe(30);
		outputs[0]?.forEach(({ json }, index) => {
			const { fileId, batchId } = json.extend as { fileId: string; batchId: string };
			const run = simulator.ledger.runs.find(({ document }) => document === fileId);
			expect(run?.fileName).toBe(`d${index}.txt`);
			expect(run?.batchId).toBe(batchId);
		});
	});

	it('does not take one loop iteration for another', async () => {
		const { status, eachRun } = await runBatches(simulator, urlItems(4), {}, { runs: 3 });
		expect(status).toBe('success');
		expect(simulator.ledger.batches).toHaveLength(3);
		const ids = eachRun.map(({ outputs }) => outputs[0]?.[0]?.json.batchId);
		expect(new Set(ids).size).toBe(3);
	});
});

describe('isolating bad inputs', () => {
	const withBad = (count: number, bad: number[]) =>
		urlItems(count).map((item, index) =>
			bad.includes(index)
				? { json: { ...item.json, url: `https://files.example.com/refuse-me-${index}.pdf` } }
				: item,
		);
	const scattered = [3, 97, 111, 222, 345, 500, 501, 760, 888, 999];

	it.each([
		['one, without its position', [617], 'refuseWithoutPosition', 25],
		['one, with its position', [617], 'refuseWithPosition', 5],
		['ten, without positions', scattered, 'refuseWithoutPosition', 120],
		['ten, with positions', scattered, 'refuseWithPosition', 25],
	] as const)('finds %s', async (_, bad, badInputs, mostCalls) => {
		simulator.settings.badInputs = badInputs;
		const items = withBad(1000, [...bad]);
		const result = await runBatches(simulator, items, {}, { onError: 'continueErrorOutput' });
		expect(simulator.ledger.runs).toHaveLength(1000 - bad.length);
		expect(result.outputs[1]?.map(linkedItems)).toEqual(bad.map((index) => [index]));
		expect(countDiscrepancies(findDiscrepancies(simulator, result, urlsOf(items)))).toBe(0);
		process.stdout.write(`isolating ${_}: ${submits()} calls\n`);
		expect(submits()).toBeLessThanOrEqual(mostCalls);
	});

	it('submits the rest also when the workflow stops, and names the bad one', async () => {
		simulator.settings.badInputs = 'refuseWithoutPosition';
		const items = withBad(20, [7]);
		const { error } = await runBatches(simulator, items);
		expect(error?.message).toContain('[item 7]');
		expect(error?.context.itemIndex).toBe(7);
		expect(simulator.ledger.runs).toHaveLength(19);
	});

	it('fails the whole batch when it is turned off', async () => {
		simulator.settings.badInputs = 'refuseWithoutPosition';
		const { outputs } = await runBatches(
			simulator,
			withBad(20, [7]),
			{ options: { isolateBadInputs: false } },
			{ onError: 'continueRegularOutput' },
		);
		expect(errorsByItem(outputs[0]).size).toBe(20);
		expect(submits()).toBe(1);
	});

	it('gives up when all are bad, and still accounts for each', async () => {
		simulator.settings.badInputs = 'refuseWithoutPosition';
		const items = withBad(1000, [...Array(1000).keys()]);
		const { outputs } = await runBatches(
			simulator,
			items,
			{},
			{ onError: 'continueRegularOutput' },
		);
		expect(errorsByItem(outputs[0]).size).toBe(1000);
		expect(submits()).toBeLessThanOrEqual(45);
	});

	it('cuts a batch in two that Extend finds too large', async () => {
		simulator.faults.add({ kind: 'refuse', status: 413, on: SUBMIT, times: 3 });
		const items = urlItems(40);
		const { status } = await runBatches(simulator, items);
		expect(status).toBe('success');
		expect(simulator.ledger.account(urlsOf(items))).toMatchObject({ doubled: [], lost: [] });
	});

	it.each([401, 402, 403])('asks once when the refusal concerns all: %d', async (code) => {
		simulator.faults.add({ kind: 'refuse', status: code, on: SUBMIT });
		const { outputs } = await runBatches(
			simulator,
			urlItems(100),
			{ options: { batchSize: 10 } },
			{ onError: 'continueRegularOutput' },
		);
		expect(errorsByItem(outputs[0]).size).toBe(100);
		expect(submits()).toBe(1);
	});
});

describe('waiting', () => {
	it('does not wait for hours when Extend asks for it', async () => {
		simulator.faults.add({
			kind: 'rateLimited',
			retryAfter: 'seconds',
			seconds: 86_400,
			on: SUBMIT,
			nth: 2,
			times: 1000,
		});
		const { error } = await runBatches(simulator, urlItems(50), { options: { batchSize: 5 } });
		expect(error?.message).toMatch(/Extend’s rate limit/);
		expect(error?.description).toMatch(/Accepted: batch_\S+ \(items 0–4\)/);
	});
});

describe('a file that n8n has lost', () => {
	it('fails its own item only', async () => {
		const items = await Promise.all(
			['a', 'b', 'c'].map(async (name) =>
				binaryItem(Buffer.from(name), { fileName: `${name}.txt`, mode: 'filesystem' }),
			),
		);
		const stored = items[1]!.binary!.data!;
		items[1]!.binary!.data = { ...stored, id: stored.id!.replace(/.{8}$/, 'missing0') };
		const { outputs } = await runBatches(
			simulator,
			items,
			{ source: 'binary' },
			{ onError: 'continueRegularOutput', binaryMode: 'filesystem' },
		);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0, 2], [1]]);
		expect(errorsByItem(outputs[0]).get(1)).toMatch(/n8n no longer has that file/);
	});
});

describe('stopping the execution', () => {
	const CASES = {
		'during uploads': () => {
			simulator.settings.latencyMs = 300;
		},
		'during a submit': () => {
			simulator.faults.add({ kind: 'delay', ms: 20_000, on: SUBMIT, nth: 3 });
		},
		'during a look-up': () => {
			simulator.faults.add({ kind: 'resetBefore', on: SUBMIT, nth: 3 });
		},
		'during a back-off': () => {
			simulator.faults.add({
				kind: 'rateLimited',
				retryAfter: 'seconds',
				seconds: 30,
				on: SUBMIT,
				nth: 3,
			});
		},
	};

	it.each(Object.keys(CASES) as Array<keyof typeof CASES>)(
		'%s takes at most a second, and nothing more is sent',
		async (when) => {
			CASES[when]();
			const items =
				when === 'during uploads'
					? await Promise.all(
							Array.from({ length: 200 }, async (_, index) =>
								binaryItem(Buffer.from(`document ${index}`), { fileName: `d${index}.txt` }),
							),
						)
					: urlItems(100);
			let stoppedAt = Infinity;
			const { status, error, serialisedError } = await runBatches(
				simulator,
				items,
				{
					source: when === 'during uploads' ? 'binary' : 'url',
					options: { batchSize: 10 },
				},
				{
					retryOnFail: true,
					maxTries: 2,
					cancel: (stop) => {
						setTimeout(() => {
							stoppedAt = Date.now();
							stop();
						}, 1200);
					},
				},
			);
			expect(Date.now() - stoppedAt).toBeLessThan(1000);
			expect(status).toBe('canceled');
			const sentBefore = simulator.ledger.requests.length;
			await new Promise((resolve) => setTimeout(resolve, 1500));
			expect(simulator.ledger.requests).toHaveLength(sentBefore);
			expect(error?.message).toMatch(/stopped/);
			for (const { batchId } of simulator.ledger.batches)
				expect(serialisedError).toContain(batchId);
		},
	);
});
