/**
 * What a second try of the node does: Retry On Fail, the Retry of a failed execution, an agent's tool.
 * What was accepted counts item by item, and what is unknown is looked for before anything is sent.
 */
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { binaryItem, type NodeRun, type RunResult } from '../../harness/engine';
import { startSimulator, TOKENS, type Simulator } from '../../simulator';
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

const documents = () => simulator.ledger.runs.map(({ document }) => document);

/** How many runs there are of each document, as far as there are not just one. */
function notOnce(expected: string[]): Record<string, number> {
	const counts = new Map(expected.map((document) => [document, 0]));
	for (const document of documents()) counts.set(document, (counts.get(document) ?? 0) + 1);
	return Object.fromEntries([...counts].filter(([, count]) => count !== 1));
}

/** The same execution again, as with Retry in the executions list: n8n brings back the node's context. */
async function retry(
	before: RunResult,
	items: INodeExecutionData[],
	parameters: INodeParameters = {},
	more: Partial<NodeRun> = {},
): Promise<RunResult> {
	simulator.faults.clear();
	return await runBatches(simulator, items, parameters, {
		...more,
		contextData: before.contextData,
	});
}

function withUrl(items: INodeExecutionData[], index: number, url: unknown): INodeExecutionData[] {
	return items.map((item, position) =>
		position === index ? { json: { ...item.json, url: url as string } } : item,
	);
}

function placesOf(items: INodeExecutionData[] | undefined): Map<number, IDataObject | undefined> {
	return new Map(
		(items ?? []).map((item) => [
			linkedItems(item)[0]!,
			item.json.extend as IDataObject | undefined,
		]),
	);
}

/** Each item is said to be where the ledger has its document. */
function expectTruePlaces(output: INodeExecutionData[] | undefined, items: INodeExecutionData[]) {
	for (const [index, place] of placesOf(output)) {
		if (place === undefined) continue;
		const run = simulator.ledger.runs.find(({ document }) => document === items[index]!.json.url);
		expect([index, place.batchId, place.position]).toEqual([index, run?.batchId, run?.position]);
	}
}

describe('Retry On Fail beside On Error: Continue', () => {
	const twice = { retryOnFail: true, maxTries: 3 } as const;

	it.each([
		['continueRegularOutput', 'input', 0],
		['continueErrorOutput', 'input', 0],
		['continueRegularOutput', 'batch', 0],
		['continueErrorOutput', 'batch', 0],
		['continueRegularOutput', 'input', 20],
	] as const)(
		'submits each good row once: %s, one item per %s, bad row %i',
		async (onError, output, bad) => {
			const items = withUrl(urlItems(39), bad, '');
			const { outputs, status } = await runBatches(
				simulator,
				items,
				{ options: { output } },
				{ ...twice, onError },
			);
			expect(status).toBe('success');
			expect(notOnce(urlsOf(items).filter(Boolean))).toEqual({});
			const good = outputs[0]!.filter(({ json }) => json.error === undefined);
			expect(good.flatMap(linkedItems)).toHaveLength(38);
			expect(outputs[0]![0]!.json.error).toBeUndefined();
			const errors = onError === 'continueErrorOutput' ? outputs[1] : outputs[0];
			expect([...errorsByItem(errors).keys()]).toEqual([bad]);
		},
	);

	it('sends only what is missing when every good row was refused at first', async () => {
		simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 1 });
		const items = urlItems(10);
		const { outputs } = await runBatches(
			simulator,
			items,
			{ options: { batchSize: 5, output: 'input' } },
			{ ...twice, onError: 'continueRegularOutput' },
		);
		expect(notOnce(urlsOf(items))).toEqual({});
		expectTruePlaces(outputs[0], items);
	});
});

describe('130,000 rows, of which four are good', () => {
	it('become four runs and the rest error items', async () => {
		const bad = Array.from({ length: 130_000 }, (): INodeExecutionData => ({ json: {} }));
		const items = [...urlItems(4), ...bad];
		const { status, outputs } = await runBatches(
			simulator,
			items,
			{},
			{ onError: 'continueRegularOutput', retryOnFail: true, maxTries: 3 },
		);
		expect(status).toBe('success');
		expect(simulator.ledger.runs).toHaveLength(4);
		expect(outputs[0]).toHaveLength(130_001);
		expect(outputs[0]![0]!.json).toMatchObject({ runCount: 4 });
	}, 120_000);
});

describe('Retry of a failed execution', () => {
	const options = { batchSize: 5, settleSeconds: 1 };

	/** Fifteen documents in three batches, of which Extend takes the first two. */
	async function failedJob(parameters: INodeParameters = {}, items = urlItems(15)) {
		simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 3 });
		const result = await runBatches(simulator, items, { options, ...parameters });
		expect(result.status).toBe('error');
		expect(simulator.ledger.batches).toHaveLength(2);
		return result;
	}

	it.each([1, 7])(
		'submits of an accepted batch only the corrected document: item %i',
		async (index) => {
			const failed = await failedJob();
			const corrected = withUrl(urlItems(15), index, 'https://files.example.com/corrected.pdf');
			const { status, outputs, hints } = await retry(failed, corrected, {
				options: { ...options, output: 'input' },
			});
			expect(status).toBe('success');
			expect(notOnce([...urlsOf(urlItems(15)), 'https://files.example.com/corrected.pdf'])).toEqual(
				{},
			);
			expect(placesOf(outputs[0]).size).toBe(15);
			expectTruePlaces(outputs[0], corrected);
			// The run of the document as it was is paid for too, and must not be forgotten.
			const old = simulator.ledger.runs.find(({ document }) => document === urlOf(index));
			expect(JSON.stringify(hints)).toContain(old!.batchId);
		},
	);

	it('puts out the accepted batches with all of their runs', async () => {
		const failed = await failedJob();
		const corrected = withUrl(urlItems(15), 1, 'https://files.example.com/corrected.pdf');
		const { outputs } = await retry(failed, corrected, { options });
		for (const item of outputs[0]!) {
			const batch = simulator.ledger.batches.find(({ batchId }) => batchId === item.json.batchId);
			expect(item.json.runCount).toBe(batch?.runIds.length);
		}
		expect(outputs[0]!.flatMap(linkedItems).sort((a, b) => a - b)).toEqual([...Array(15).keys()]);
	});

	it.each([
		['an item that became invalid', (items: INodeExecutionData[]) => withUrl(items, 1, '')],
		[
			'items that all became invalid',
			(items: INodeExecutionData[]) => items.map(() => ({ json: {} })),
		],
	])('keeps what was accepted for %s', async (_case, spoil) => {
		const failed = await failedJob();
		const items = urlItems(15);
		const spoiled = spoil(items);
		const { error, outputs } = await retry(
			failed,
			spoiled,
			{ options: { ...options, output: 'input' } },
			{ onError: 'continueRegularOutput' },
		);
		expect(error).toBeUndefined();
		const accepted = new Set(simulator.ledger.batches.flatMap(({ batchId }) => batchId));
		const places = placesOf(outputs[0]?.filter(({ json }) => json.error === undefined));
		for (let index = 0; index < 10; index++) {
			if (places.size === 0) break;
			const run = simulator.ledger.runs.find(({ document }) => document === urlOf(index));
			expect([index, places.get(index)?.batchId, places.get(index)?.position]).toEqual([
				index,
				run?.batchId,
				run?.position,
			]);
		}
		expect(accepted.size).toBeGreaterThanOrEqual(2);
		expect([...errorsByItem(outputs[0]).keys()].filter((index) => index < 10)).toEqual([]);
		expect(notOnce(urlsOf(items).slice(0, 10))).toEqual({});
	});

	it('names what was accepted when another item is invalid now, and sends nothing', async () => {
		const failed = await failedJob();
		const before = submits();
		const { error } = await retry(failed, withUrl(urlItems(15), 12, ''), { options });
		expect(error?.message).toContain('[item 12]');
		expect(error?.description).not.toContain('Nothing was sent');
		for (const { batchId } of simulator.ledger.batches)
			expect(error?.description).toContain(batchId);
		expect(submits()).toBe(before);
	});

	it.each([
		['workflow', { workflow: 'Receipt Intake' }],
		['version', { version: 'draft' }],
	])('does not take what went to another %s for done', async (_what, other) => {
		const failed = await failedJob();
		const chosen = 'workflow' in other ? otherWorkflow() : invoiceWorkflow();
		const { status, outputs, hints } = await retry(failed, urlItems(15), {
			options,
			workflow: { __rl: true, mode: 'id', value: chosen },
			...('version' in other ? { version: other.version } : {}),
		});
		expect(status).toBe('success');
		expect(simulator.ledger.batches).toHaveLength(5);
		for (const item of outputs[0]!) {
			const batch = simulator.ledger.batches.find(({ batchId }) => batchId === item.json.batchId);
			expect(item.json.workflowId).toBe(batch?.workflowId);
			expect(item.json.workflowId).toBe(chosen);
		}
		for (const { batchId } of simulator.ledger.batches.slice(0, 2))
			expect(JSON.stringify(hints)).toContain(batchId);
	});

	const invoiceWorkflow = () => simulator.workflow('Invoice Processing').id;
	const otherWorkflow = () => simulator.workflow('Receipt Intake').id;

	it('says what can be checked of an unknown request without a reference that went to another version', async () => {
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		const untold = { options: { ...options, reference: false } };
		const items = urlItems(3);
		const failed = await runBatches(simulator, items, untold);
		const { status, hints } = await retry(failed, items, { ...untold, version: 'draft' });
		expect(status).toBe('success');
		const told = JSON.stringify(hints);
		expect(told).toContain('1 request got no answer for items 0–2, and its runs carry no tracking');
		expect(told).toContain(`Check in Extend whether ${invoiceWorkflow()} has runs`);
		expect(told).not.toContain('n8n.submission');
	});

	it('does not take what went to another account for done', async () => {
		const failed = await failedJob();
		const another = await startSimulator({ settings: { seed: 2 } });
		try {
			const { status } = await runBatches(
				another,
				urlItems(15),
				{
					options,
					workflow: { __rl: true, mode: 'id', value: another.workflow('Invoice Processing').id },
				},
				{ contextData: failed.contextData },
			);
			expect(status).toBe('success');
			expect(another.ledger.runs).toHaveLength(15);
		} finally {
			await another.close();
		}
	});

	it.each([
		['at once', 0, false],
		['after a while', 1500, false],
		['after a while, with its answer lost', 1500, true],
	])(
		'takes what went to the same account with a token that was replaced for done: visible %s',
		async (_when, delay, isLost) => {
			simulator.settings.visibilityDelayMs = delay;
			if (isLost) {
				simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
				simulator.faults.add({ kind: 'refuse', status: 401, on: LIST });
			}
			simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 3 });
			const late = { options: { ...options, settleSeconds: 4 } };
			const failed = await runBatches(simulator, urlItems(15), late);
			expect(failed.status).toBe('error');
			const context = JSON.parse(
				JSON.stringify(failed.contextData).replace(
					/"account":"[^"]*"/g,
					'"account":"of the old token"',
				),
			) as IDataObject;
			const { status } = await retry({ ...failed, contextData: context }, urlItems(15), late);
			expect(status).toBe('success');
			expect(notOnce(urlsOf(urlItems(15)))).toEqual({});
		},
	);

	it.each([
		['visible by then', 200, {}],
		['visible later', 2500, { settleSeconds: 5 }],
	])(
		'looks for an unknown batch although a document was corrected: %s',
		async (_case, delay, more) => {
			simulator.settings.visibilityDelayMs = delay;
			simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
			simulator.faults.add({ kind: 'refuse', status: 403, on: LIST });
			const items = urlItems(5);
			const failed = await runBatches(simulator, items, { options: { ...options, ...more } });
			expect(failed.error?.message).toMatch(/It is not known/);
			const corrected = withUrl(items, 2, 'https://files.example.com/corrected.pdf');
			const { status, outputs } = await retry(failed, corrected, {
				options: { ...options, ...more, output: 'input' },
			});
			expect(status).toBe('success');
			expect(notOnce([...urlsOf(items), 'https://files.example.com/corrected.pdf'])).toEqual({});
			expectTruePlaces(outputs[0], corrected);
		},
	);

	/** A batch that never arrived, and an Extend that cannot be asked for it. */
	async function unknownJob(items: INodeExecutionData[]) {
		simulator.faults.add({ kind: 'resetBefore', on: SUBMIT, nth: 1 });
		simulator.faults.add({ kind: 'refuse', status: 403, on: LIST });
		const failed = await runBatches(simulator, items, { options });
		expect(failed.error?.message).toMatch(/It is not known/);
		return failed;
	}

	it('submits an unknown batch of which no run is found', async () => {
		const items = urlItems(5);
		const result = await retry(await unknownJob(items), items, { options });
		expect(result.status).toBe('success');
		expect(notOnce(urlsOf(items))).toEqual({});
		expect(countDiscrepancies(findDiscrepancies(simulator, result, urlsOf(items)))).toBe(0);
	});

	it('does not submit it if it is told to stop then', async () => {
		const items = urlItems(5);
		const result = await retry(await unknownJob(items), items, {
			options: { ...options, onUnknownOutcome: 'fail' },
		});
		expect(result.error?.message).toMatch(/It is not known/);
		expect(submits()).toBe(1);
		expect(countDiscrepancies(findDiscrepancies(simulator, result, urlsOf(items)))).toBe(0);
	});

	it('does not submit what is unknown as long as it cannot look', async () => {
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		simulator.faults.add({ kind: 'refuse', status: 403, on: LIST });
		const items = urlItems(5);
		const failed = await runBatches(simulator, items, { options });
		const again = await runBatches(
			simulator,
			items,
			{ options },
			{ contextData: failed.contextData },
		);
		expect(again.error?.message).toMatch(/It is not known/);
		expect(submits()).toBe(1);
		const last = await retry(again, items, { options });
		expect(last.status).toBe('success');
		expect(notOnce(urlsOf(items))).toEqual({});
	});

	it.each([
		['is cut off', { kind: 'truncatedAfter' } as const],
		['names no batch', { kind: 'replacedAfter', body: {} } as const],
		['names an empty batch', { kind: 'replacedAfter', body: { batchId: '' } } as const],
		['names something else', { kind: 'replacedAfter', body: { batchId: 7 } } as const],
	])('does not submit again what Extend took with an answer that %s', async (_what, fault) => {
		simulator.faults.add({ ...fault, on: SUBMIT, nth: 1 });
		const items = urlItems(5);
		const { status } = await runBatches(simulator, items, { options });
		expect(status).toBe('success');
		expect(submits()).toBe(1);
		expect(notOnce(urlsOf(items))).toEqual({});
	});
});

describe('uploads', () => {
	const parameters = (filePassword: string): INodeParameters => ({
		source: 'binary',
		options: { batchSize: 3, filePassword },
	});

	async function files(content: (index: number) => string): Promise<INodeExecutionData[]> {
		return await Promise.all(
			[0, 1, 2].map(async (index) =>
				binaryItem(Buffer.from(content(index)), { fileName: `d${index}.pdf` }),
			),
		);
	}

	async function failedJob(items: INodeExecutionData[]) {
		simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 1 });
		const failed = await runBatches(simulator, items, parameters('old'));
		expect(simulator.ledger.uploads).toHaveLength(3);
		return failed;
	}

	it('are used again as long as file and password are the same', async () => {
		const items = await files((index) => `document ${index}`);
		const { status } = await retry(await failedJob(items), items, parameters('old'));
		expect(status).toBe('success');
		expect(simulator.ledger.uploads).toHaveLength(3);
	});

	it('are made anew when the password was corrected', async () => {
		const items = await files((index) => `document ${index}`);
		const { status } = await retry(await failedJob(items), items, parameters('new'));
		expect(status).toBe('success');
		expect(simulator.ledger.uploads).toHaveLength(6);
	});

	it('are made anew for a file that changed, also one of the same size', async () => {
		const failed = await failedJob(await files((index) => `document ${index}`));
		const changed = await files((index) => (index === 1 ? 'Document 1' : `document ${index}`));
		const { status } = await retry(failed, changed, parameters('old'));
		expect(status).toBe('success');
		expect(simulator.ledger.uploads).toHaveLength(4);
	});
});

describe("as an agent's tool, where each try is another run of the node", () => {
	it.each(['resubmit', 'fail'] as const)(
		'looks for what is unknown before it sends: %s',
		async (onUnknownOutcome) => {
			simulator.settings.visibilityDelayMs = 2000;
			simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
			const options = { settleSeconds: 1, onUnknownOutcome: 'fail' as const };
			const onError = 'continueRegularOutput' as const;
			const [document] = urlItems(1);
			const empty = { json: {} };
			const first = await runBatches(simulator, [empty, document!], { options }, { onError });
			expect(errorsByItem(first.outputs[0]).get(1)).toMatch(/It is not known/);
			// The context of the first try, and a node run with the next index.
			const result = await runBatches(
				simulator,
				[],
				{ options: { settleSeconds: 5, onUnknownOutcome } },
				{
					runs: [[empty], [document!]],
					onError,
					contextData: first.contextData,
				},
			);
			expect(result.outputs[0]?.[0]?.json.batchId).toBe(simulator.ledger.batches[0]?.batchId);
			expect(submits()).toBe(1);
		},
	);

	it('does not take the accepted batch of one turn of a loop for that of the next', async () => {
		const items = urlItems(2);
		const withBad = [...items, { json: { url: '' } }];
		await runBatches(
			simulator,
			[],
			{},
			{ runs: [withBad, withBad, withBad], onError: 'continueRegularOutput' },
		);
		expect(simulator.ledger.batches).toHaveLength(3);
	});
});

it('keeps neither documents nor secrets in the journal', async () => {
	simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 1 });
	simulator.faults.add({ kind: 'resetBefore', on: SUBMIT, nth: 2 });
	const { contextData } = await runBatches(
		simulator,
		urlItems(10),
		{
			options: {
				batchSize: 5,
				filePassword: 'hunter2',
				secrets: '{"a":"top-hush"}',
				settleSeconds: 0,
			},
		},
		{ onError: 'continueRegularOutput' },
	);
	const kept = JSON.stringify(contextData.extendJournal);
	for (const secret of ['hunter2', 'top-hush', TOKENS.workspace, 'files.example.com'])
		expect(kept).not.toContain(secret);
});

it('forgets what is done', async () => {
	const { contextData } = await runBatches(simulator, urlItems(4), {}, { retryOnFail: true });
	expect(contextData.extendJournal).toMatchObject({ entries: [], uploads: {} });
	expect(jsonOf([])).toEqual([]);
});
