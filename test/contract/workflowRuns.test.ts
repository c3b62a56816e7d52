import type { Extend } from 'extend-ai';

import { SEED_WORKFLOWS, startSimulator, tame, type Simulator } from '../simulator';
import { pause, raw, sdk, urlInputs } from './clients';

let simulator: Simulator;
let workflow: { id: string };

beforeAll(async () => {
	const settings = tame('Reads and changes runs as soon as they are accepted', 'readableDelayMs');
	simulator = await startSimulator({
		settings: { ...settings, queueMs: 0, processMs: 0, jitter: 0 },
	});
});
afterAll(async () => {
	await simulator.close();
});
beforeEach(() => {
	simulator.reset();
	const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
	workflow = { id };
});

/** Submits a batch and gives its runs in input order. */
async function batch(inputs: Extend.WorkflowRunsCreateBatchRequestInputsItem[]) {
	const { batchId } = await sdk(simulator).workflowRuns.createBatch({ workflow, inputs });
	const runIds = simulator.ledger.batches.at(-1)?.runIds ?? [];
	return { batchId, runIds };
}

async function runWith(simulate: string): Promise<string> {
	const { runIds } = await batch([
		{ file: { url: 'https://example.com/a.pdf' }, metadata: { simulate } },
	]);
	return runIds[0] as string;
}

describe('a batch', () => {
	it('answers with nothing but its id', async () => {
		const answer = await raw(simulator).post('/workflow_runs/batch', {
			workflow,
			inputs: urlInputs(2),
		});
		expect(answer.status).toBe(200);
		expect(answer.data).toEqual({ batchId: expect.stringMatching(/^batch_/) });
		expect(answer.headers['x-extend-request-id']).toMatch(/^req_/);
	});

	it('becomes one run for each input, of every form', async () => {
		const client = sdk(simulator);
		const file = await client.files.upload(new File(['%PDF-1.4'], 'up.pdf'), {});
		const { batchId, runIds } = await batch([
			{ file: { id: file.id }, metadata: { row: 1 } },
			{
				file: {
					url: 'https://example.com/b%20c.pdf?X-Amz-Expires=3600',
					settings: { password: 'hunter2' },
				},
				metadata: { row: 2 },
			},
			{ file: { url: 'https://example.com/x', name: 'named.pdf' } },
			{ file: { text: 'Invoice #42', name: 'c.txt' }, secrets: { ERP_TOKEN: 'shh' } },
		]);
		const runs = await Promise.all(
			runIds.map(async (id) => await client.workflowRuns.retrieve(id)),
		);
		expect(runs.map(({ files }) => files[0]?.name)).toEqual([
			'up.pdf',
			'b c.pdf',
			'named.pdf',
			'c.txt',
		]);
		expect(runs[0]?.files[0]?.id).toBe(file.id);
		expect(runs.map(({ metadata }) => metadata)).toEqual([{ row: 1 }, { row: 2 }, {}, {}]);
		expect(new Set(runs.map((run) => run.batchId))).toEqual(new Set([batchId]));
		expect(JSON.stringify(runs)).not.toMatch(/hunter2|shh/);
		expect(simulator.vault.ofRun(runIds[1] as string)).toEqual({ password: 'hunter2' });
		expect(simulator.vault.ofRun(runIds[3] as string)).toEqual({ secrets: { ERP_TOKEN: 'shh' } });
		expect(simulator.ledger.runs[1]).toMatchObject({ hasPassword: true, secretNames: [] });
		expect(simulator.ledger.runs[3]).toMatchObject({
			hasPassword: false,
			secretNames: ['ERP_TOKEN'],
			document: 'Invoice #42',
		});
	});

	it('uses the newest deployed version, the draft, or the one it names', async () => {
		const client = sdk(simulator);
		const drafts = simulator.workflow(SEED_WORKFLOWS.contracts);
		const submit = async (reference: Extend.WorkflowReference) => {
			await client.workflowRuns.createBatch({ workflow: reference, inputs: urlInputs(1) });
			return simulator.ledger.batches.at(-1);
		};
		expect(await submit(workflow)).toMatchObject({ version: '3', priority: 90 });
		expect(await submit({ ...workflow, version: '1' })).toMatchObject({ version: '1' });
		expect(await submit({ ...workflow, version: 'draft' })).toMatchObject({ version: 'draft' });
		expect(await submit({ id: drafts.id })).toMatchObject({ version: 'draft' });
		await expect(submit({ ...workflow, version: '9' })).rejects.toMatchObject({ statusCode: 404 });
	});

	it('takes addresses with umlauts however many it has seen', async () => {
		for (let count = 0; count < 30; count++) await batch(urlInputs(1000));
		await batch(Array.from({ length: 500 }, () => ({ file: { url: 'https://bücher.de/ä.pdf' } })));
		expect(simulator.ledger.runs).toHaveLength(30_500);
	});

	it('takes a thousand inputs at once and drops keys it does not know', async () => {
		const inputs = urlInputs(1000).map((input) => ({ ...input, naem: 'typo' }));
		const { batchId } = await batch(inputs);
		const page = await sdk(simulator).workflowRuns.list({ batchId, maxPageSize: 1000 });
		expect(page.data).toHaveLength(1000);
		expect(page.nextPageToken).toBeUndefined();
		expect(simulator.ledger.account(inputs.map(({ file }) => file.url))).toEqual({
			documents: 1000,
			batches: 1,
			runs: 1000,
			doubled: [],
			lost: [],
			unexpected: [],
		});
	});
});

describe('a single run', () => {
	it('is answered whole', async () => {
		const run = await sdk(simulator).workflowRuns.create({
			workflow: { ...workflow, version: '2' },
			file: { url: 'https://example.com/invoice.pdf' },
			metadata: { customer: 'c1', 'extend:usage_tags': ['production'] },
		});
		expect(run).toMatchObject({
			object: 'workflow_run',
			workflow: { object: 'workflow', name: SEED_WORKFLOWS.invoices },
			workflowVersion: { object: 'workflow_version', version: '2' },
			metadata: { customer: 'c1', 'extend:usage_tags': ['production'] },
			batchId: null,
		});
	});

	it('can be over a package of files', async () => {
		const urls = ['https://example.com/1.pdf', 'https://example.com/2.pdf'];
		const files = urls.map((url) => ({ url }));
		const run = await sdk(simulator).workflowRuns.create({ workflow, package: { files } });
		expect(run.files.map(({ name }) => name)).toEqual(['1.pdf', '2.pdf']);
	});
});

describe('the full run', () => {
	it('has step runs with both discriminators, usage and a dashboard link', async () => {
		const { runIds } = await batch(urlInputs(1, 'invoice'));
		const id = runIds[0] as string;
		const run = await sdk(simulator).workflowRuns.retrieve(id);
		expect(run).toMatchObject({
			status: 'PROCESSED',
			dashboardUrl: `https://dashboard.extend.ai/workflows/${id}`,
			usage: { credits: 6, totalCredits: 6 },
			failureReason: null,
		});
		expect(run.stepRuns.map(({ stepType }) => stepType)).toEqual(['PARSE', 'CLASSIFY', 'EXTRACT']);
		expect(run.stepRuns.map(({ step }) => step.type)).toEqual(['PARSE', 'CLASSIFY', 'EXTRACT']);
		const [parse, classify, extract] = run.stepRuns;
		expect(parse).toMatchObject({ result: { parseRun: { output: { chunks: [{}] } } } });
		expect(classify).toMatchObject({ result: { classifyRun: { output: { type: 'invoice' } } } });
		expect(extract).toMatchObject({
			result: {
				extractRun: {
					output: { value: { invoice_number: expect.stringMatching(/^INV-\d{4}$/) } },
				},
			},
		});
	});

	it('reads the same in the same document every time', async () => {
		const read = async () => {
			const { runIds } = await batch(urlInputs(1, 'same'));
			const { stepRuns } = await sdk(simulator).workflowRuns.retrieve(runIds[0] as string);
			const extract = stepRuns.find(({ stepType }) => stepType === 'EXTRACT');
			return (extract as Extend.StepRun.Extract).result?.extractRun.output;
		};
		expect(await read()).toEqual(await read());
	});

	it('has splits when its workflow splits', async () => {
		const { id } = simulator.workflow(SEED_WORKFLOWS.mail);
		const run = await sdk(simulator).workflowRuns.createAndPoll({
			workflow: { id },
			file: { url: 'https://example.com/mail.pdf' },
		});
		expect(run.stepRuns.map(({ stepType }) => stepType)).toEqual(['PARSE', 'SPLIT']);
	});
});

describe('the list', () => {
	it('has neither metadata nor step runs', async () => {
		const { batchId } = await batch(urlInputs(1));
		const answer = await raw(simulator).get('/workflow_runs', { params: { batchId } });
		const [summary] = (answer.data as { data: object[] }).data;
		for (const key of ['metadata', 'stepRuns', 'failureReason', 'failureMessage', 'reviewed']) {
			expect(summary).not.toHaveProperty(key);
		}
		expect(summary).toMatchObject({
			object: 'workflow_run',
			batchId,
			createdAt: expect.any(String),
		});
	});

	it('filters by batch, workflow, status and file name', async () => {
		const client = sdk(simulator);
		const first = await batch(urlInputs(3, 'alpha'));
		await batch(urlInputs(2, 'beta'));
		await runWith('FAILED');
		const other = simulator.workflow(SEED_WORKFLOWS.receipts);
		await client.workflowRuns.createBatch({ workflow: other, inputs: urlInputs(4) });
		const count = async (query: Extend.WorkflowRunsListRequest) =>
			(await client.workflowRuns.list({ maxPageSize: 100, ...query })).data.length;
		expect(await count({})).toBe(10);
		expect(await count({ batchId: first.batchId })).toBe(3);
		expect(await count({ workflowId: other.id })).toBe(4);
		expect(await count({ status: 'FAILED' })).toBe(1);
		expect(await count({ fileNameContains: 'beta' })).toBe(2);
		expect(await count({ batchId: first.batchId, workflowId: other.id })).toBe(0);
		expect(await count({ batchId: 'batch_unknown' })).toBe(0);
	});

	it('sorts by creation and by last change, both ways', async () => {
		const client = sdk(simulator);
		const runIds: string[] = [];
		for (let count = 0; count < 3; count++) {
			runIds.push(...(await batch(urlInputs(1))).runIds);
			await pause(5);
		}
		await client.workflowRuns.update(runIds[0] as string, { metadata: { touched: true } });
		const ids = async (query: Extend.WorkflowRunsListRequest) =>
			(await client.workflowRuns.list(query)).data.map(({ id }) => id);
		const [a, b, c] = runIds;
		expect(await ids({ sortBy: 'createdAt', sortDir: 'asc' })).toEqual([a, b, c]);
		expect(await ids({ sortBy: 'createdAt' })).toEqual([c, b, a]);
		expect(await ids({})).toEqual([a, c, b]);
		expect(await ids({ sortBy: 'updatedAt', sortDir: 'asc' })).toEqual([b, c, a]);
	});
});

describe('update, cancel and delete', () => {
	it('merges metadata', async () => {
		const client = sdk(simulator);
		const { runIds } = await batch([{ file: { text: 'x' }, metadata: { keep: 1, change: 'old' } }]);
		const run = await client.workflowRuns.update(runIds[0] as string, {
			metadata: { change: 'new', add: true },
		});
		expect(run.metadata).toEqual({ keep: 1, change: 'new', add: true });
	});

	it('gives a run a name, which its answer does not show', async () => {
		const { runIds } = await batch(urlInputs(1));
		const id = runIds[0] as string;
		const run = await sdk(simulator).workflowRuns.update(id, { name: 'Invoice 42' });
		expect(run).not.toHaveProperty('name');
		expect(simulator.ledger.names.get(id)).toBe('Invoice 42');
	});

	it('cancels a run that is under way, by way of CANCELLING', async () => {
		const client = sdk(simulator);
		const id = await runWith('stuck');
		expect(await client.workflowRuns.cancel(id)).toMatchObject({ status: 'CANCELLING' });
		await pause(simulator.settings.cancelMs + 20);
		expect(await client.workflowRuns.retrieve(id)).toMatchObject({
			status: 'CANCELLED',
			endTime: expect.any(String),
		});
	});

	it('refuses to cancel a finished run', async () => {
		const id = await runWith('none');
		await expect(sdk(simulator).workflowRuns.cancel(id)).rejects.toMatchObject({
			statusCode: 400,
			body: { message: expect.stringContaining('terminal') },
		});
	});

	it('deletes for good', async () => {
		const client = sdk(simulator);
		const { runIds, batchId } = await batch(urlInputs(2));
		const id = runIds[0] as string;
		expect(await client.workflowRuns.delete(id)).toEqual({ id });
		await expect(client.workflowRuns.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
		expect((await client.workflowRuns.list({ batchId })).data).toHaveLength(1);
	});
});

describe('the life of a run', () => {
	it.each([
		['FAILED', { status: 'FAILED', failureReason: 'DOCUMENT_PROCESSOR_ERROR' }],
		['refused', { status: 'FAILED', failureReason: 'FAILED_TO_PROCESS_FILE', stepRuns: [] }],
		['NEEDS_REVIEW', { status: 'NEEDS_REVIEW', reviewed: false, endTime: null }],
		['stuck', { status: 'PROCESSING', endTime: null, usage: null }],
	])('can be steered to %s', async (simulate, expected) => {
		const id = await runWith(simulate);
		await pause(5);
		expect(await sdk(simulator).workflowRuns.retrieve(id)).toMatchObject(expected);
	});

	it.each([
		['REJECTED', { status: 'REJECTED', reviewed: true, rejectionNote: expect.any(String) }],
		['APPROVED', { status: 'PROCESSED', reviewed: true, rejectionNote: null }],
		['CANCELLED', { status: 'CANCELLED' }],
	])('can be steered through to %s', async (simulate, expected) => {
		const id = await runWith(simulate);
		await pause(simulator.settings.reviewMs + 30);
		expect(await sdk(simulator).workflowRuns.retrieve(id)).toMatchObject(expected);
	});

	it('can be made to take long', async () => {
		Object.assign(simulator.settings, { processMs: 10, slowFactor: 1000 });
		const [slow, quick] = [await runWith('slow'), await runWith('quick')];
		simulator.settings.processMs = 0;
		await pause(30);
		const client = sdk(simulator);
		expect((await client.workflowRuns.retrieve(slow)).status).toBe('PROCESSING');
		expect((await client.workflowRuns.retrieve(quick)).status).toBe('PROCESSED');
	});

	it('can be left to chance', async () => {
		simulator.settings.outcomeShares = { FAILED: 0.2, NEEDS_REVIEW: 0.1 };
		await batch(urlInputs(1000));
		simulator.settings.outcomeShares = {};
		await pause(2);
		const { FAILED = 0, NEEDS_REVIEW = 0, PROCESSED = 0 } = simulator.summary().runStatuses;
		expect(FAILED).toBeGreaterThan(150);
		expect(FAILED).toBeLessThan(250);
		expect(NEEDS_REVIEW).toBeGreaterThan(60);
		expect(NEEDS_REVIEW).toBeLessThan(140);
		expect(FAILED + NEEDS_REVIEW + PROCESSED).toBe(1000);
	});

	it('ends a review when told to', async () => {
		const id = await runWith('NEEDS_REVIEW');
		await pause(2);
		simulator.review(id, 'reject');
		expect(await sdk(simulator).workflowRuns.retrieve(id)).toMatchObject({
			status: 'REJECTED',
			reviewedByUser: expect.stringContaining('@'),
		});
		expect(() => {
			simulator.review(id, 'approve');
		}).toThrow('not in review');
	});

	it('passes through PENDING and PROCESSING on the clock', async () => {
		Object.assign(simulator.settings, { queueMs: 250, processMs: 250 });
		const { runIds } = await batch(urlInputs(1));
		Object.assign(simulator.settings, { queueMs: 0, processMs: 0 });
		const status = async () =>
			(await sdk(simulator).workflowRuns.retrieve(runIds[0] as string)).status;
		const seen = [await status()];
		for (let end = Date.now() + 5000; Date.now() < end && !seen.includes('PROCESSED');) {
			seen.push(await status());
		}
		expect([...new Set(seen)]).toEqual(['PENDING', 'PROCESSING', 'PROCESSED']);
	});

	it('processes only so many at a time when told to', async () => {
		Object.assign(simulator.settings, { processMs: 3000, concurrency: 2 });
		const { batchId } = await batch(urlInputs(5));
		Object.assign(simulator.settings, { processMs: 0, concurrency: null });
		await pause(10);
		const { data } = await sdk(simulator).workflowRuns.list({ batchId, status: 'PROCESSING' });
		expect(data).toHaveLength(2);
	});

	it('shows runs late when told to', async () => {
		Object.assign(simulator.settings, { visibilityDelayMs: 300, visibilitySpreadMs: 400 });
		const { batchId, runIds } = await batch(urlInputs(10));
		Object.assign(simulator.settings, { visibilityDelayMs: 0, visibilitySpreadMs: 0 });
		const client = sdk(simulator);
		const listed = async () => (await client.workflowRuns.list({ batchId })).data.length;
		expect(await listed()).toBe(0);
		await expect(client.workflowRuns.retrieve(runIds[0] as string)).rejects.toMatchObject({
			statusCode: 404,
		});
		await pause(450);
		const partly = await listed();
		expect(partly).toBeGreaterThan(0);
		await pause(350);
		expect(await listed()).toBe(10);
	});
});
