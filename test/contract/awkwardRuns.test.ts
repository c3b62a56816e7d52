import type { Extend } from 'extend-ai';

import { SEED_WORKFLOWS, startSimulator, type Simulator } from '../simulator';
import { pause, raw, sdk, urlInputs } from './clients';

let simulator: Simulator;
let workflow: { id: string };

beforeAll(async () => {
	simulator = await startSimulator({ settings: { queueMs: 0, processMs: 0, jitter: 0 } });
});
afterAll(async () => {
	await simulator.close();
});
beforeEach(() => {
	simulator.reset();
	const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
	workflow = { id };
});

async function submit(inputs: object[]) {
	return await raw(simulator).post('/workflow_runs/batch', { workflow, inputs });
}

/** Submits so many documents; gives the batch and its runs in input order. */
async function batch(count: number) {
	const inputs = urlInputs(count);
	const { batchId } = await sdk(simulator).workflowRuns.createBatch({ workflow, inputs });
	return { batchId, runIds: simulator.ledger.batches.at(-1)?.runIds ?? [] };
}

/** All runs of a list, page by page. */
async function listed(query: Extend.WorkflowRunsListRequest) {
	const client = sdk(simulator);
	const runs: Extend.WorkflowRunSummary[] = [];
	let nextPageToken: string | undefined;
	do {
		const page = await client.workflowRuns.list({ ...query, nextPageToken });
		runs.push(...page.data);
		nextPageToken = page.nextPageToken;
	} while (nextPageToken !== undefined);
	return runs;
}

function idsOf(runs: ReadonlyArray<{ id: string }>): string[] {
	return runs.map(({ id }) => id);
}

describe('the order of a batch', () => {
	const QUERIES: Extend.WorkflowRunsListRequest[] = [
		{ sortBy: 'createdAt', sortDir: 'asc' },
		{ sortBy: 'createdAt', sortDir: 'desc' },
		{ sortBy: 'updatedAt', sortDir: 'asc' },
		{ sortBy: 'updatedAt', sortDir: 'desc' },
	];

	it('is that of the inputs when told so', async () => {
		simulator.settings.listOrder = 'input';
		const { batchId, runIds } = await batch(50);
		for (const query of QUERIES) {
			const ids = idsOf(await listed({ batchId, ...query }));
			expect(query.sortDir === 'asc' ? ids : ids.reverse()).toEqual(runIds);
		}
	});

	it('can be another one in each list, and many runs share a moment', async () => {
		simulator.settings.listOrder = 'shuffled';
		const { batchId, runIds } = await batch(50);
		expect(simulator.ledger.runs.map(({ id }) => id)).toEqual(runIds);
		for (const query of QUERIES) {
			const runs = await listed({ batchId, ...query, maxPageSize: 7 });
			const ids = idsOf(runs);
			expect([...ids].sort()).toEqual([...runIds].sort());
			expect(ids).not.toEqual(runIds);
			expect(ids).not.toEqual([...runIds].reverse());
			const moments = runs.map(({ createdAt }) => createdAt);
			expect(new Set(moments).size).toBe(4);
			const sortKeys = runs.map(({ createdAt, updatedAt }) =>
				query.sortBy === 'createdAt' ? createdAt : updatedAt,
			);
			const sorted = [...sortKeys].sort();
			expect(sortKeys).toEqual(query.sortDir === 'asc' ? sorted : sorted.reverse());
		}
	});

	it('is the same for the same seed', async () => {
		const positions = async () => {
			simulator.reset();
			workflow = { id: simulator.workflow(SEED_WORKFLOWS.invoices).id };
			simulator.settings.listOrder = 'shuffled';
			const { batchId, runIds } = await batch(30);
			const runs = await listed({ batchId, sortBy: 'createdAt', sortDir: 'asc' });
			return idsOf(runs).map((id) => runIds.indexOf(id));
		};
		expect(await positions()).toEqual(await positions());
	});

	it.each(['createdAt', 'updatedAt'] as const)(
		'misses and doubles nothing while runs change (%s)',
		async (sortBy) => {
			Object.assign(simulator.settings, { listOrder: 'shuffled', processMs: 60, jitter: 1 });
			const { batchId, runIds } = await batch(200);
			const ids = idsOf(await listed({ batchId, sortBy, maxPageSize: 20 }));
			expect(ids).toHaveLength(200);
			expect(new Set(ids)).toEqual(new Set(runIds));
		},
	);
});

describe('a run that is listed', () => {
	const statusOf = async (method: string, path: string) =>
		(await raw(simulator).request({ method, url: path, data: {} })).status;

	it('can be out of reach for a while', async () => {
		simulator.settings.readableDelayMs = 2_000;
		const { batchId, runIds } = await batch(3);
		const path = `/workflow_runs/${runIds[1] ?? ''}`;
		expect(await listed({ batchId })).toHaveLength(3);
		expect(await statusOf('GET', path)).toBe(404);
		expect(await statusOf('POST', path)).toBe(404);
		expect(await statusOf('POST', `${path}/cancel`)).toBe(404);
		expect(await statusOf('DELETE', path)).toBe(404);
		await pause(2_100);
		expect(await statusOf('GET', path)).toBe(200);
	});

	it('can be within reach before it is listed', async () => {
		Object.assign(simulator.settings, { visibilityDelayMs: 3_000, readableDelayMs: -2_500 });
		const { batchId, runIds } = await batch(3);
		const path = `/workflow_runs/${runIds[1] ?? ''}`;
		expect(await statusOf('GET', path)).toBe(404);
		await pause(700);
		expect(await statusOf('GET', path)).toBe(200);
		expect(await listed({ batchId })).toHaveLength(0);
		await pause(2_500);
		expect(await listed({ batchId })).toHaveLength(3);
	});
});

describe('a page token', () => {
	async function twice(pageTokens: Simulator['settings']['pageTokens'], isAnswerLost: boolean) {
		simulator.settings.pageTokens = pageTokens;
		const { batchId } = await batch(30);
		const list = async (nextPageToken?: string) =>
			await raw(simulator).get<Extend.WorkflowRunsListResponse>('/workflow_runs', {
				params: { batchId, nextPageToken },
			});
		const token = (await list()).data.nextPageToken;
		if (isAnswerLost) simulator.faults.add({ kind: 'serverErrorAfter', nth: 1 });
		const answers = [await list(token), await list(token)];
		// Whatever became of this token, a list that is begun anew can be read to its end.
		expect(await listed({ batchId })).toHaveLength(30);
		return answers.map(({ status, data }) => (status === 200 ? data.data.length : status));
	}

	it.each([
		['reusable', false, [10, 10]],
		['reusable', true, [500, 10]],
		['singleUse', false, [10, 400]],
		['singleUse', true, [500, 10]],
		['singleUseStrict', false, [10, 400]],
		['singleUseStrict', true, [500, 400]],
	] as const)('that is %s, used twice (first answer lost: %s)', async (use, isLost, expected) => {
		expect(await twice(use, isLost)).toEqual(expected);
	});

	it('is not spent by a call that the limiter turned away', async () => {
		simulator.settings.pageTokens = 'singleUseStrict';
		const { batchId } = await batch(30);
		const first = await sdk(simulator).workflowRuns.list({ batchId });
		const query = { batchId, nextPageToken: first.nextPageToken };
		simulator.settings.rateLimits.GET = 0;
		await expect(sdk(simulator).workflowRuns.list(query)).rejects.toMatchObject({
			statusCode: 429,
		});
		simulator.settings.rateLimits.GET = null;
		expect((await sdk(simulator).workflowRuns.list(query)).data).toHaveLength(10);
	});

	it('can be spent in other lists, too', async () => {
		simulator.settings.pageTokens = 'singleUse';
		const client = sdk(simulator);
		const { nextPageToken } = await client.workflows.list({ maxPageSize: 2 });
		await client.workflows.list({ maxPageSize: 2, nextPageToken });
		await expect(client.workflows.list({ maxPageSize: 2, nextPageToken })).rejects.toMatchObject({
			statusCode: 400,
			body: { message: 'nextPageToken: has already been used' },
		});
	});
});

describe('an unknown file id', () => {
	async function inputsWithUnknownIds() {
		const client = sdk(simulator);
		const known = await client.files.upload(new File(['%PDF-1.4'], 'known.pdf'), {});
		const deleted = await client.files.upload(new File(['%PDF-1.4'], 'deleted.pdf'), {});
		await client.files.delete(deleted.id);
		const ids = [known.id, deleted.id, 'file_never-uploaded'];
		return { deleted: deleted.id, inputs: ids.map((id) => ({ file: { id } })) };
	}

	it('fails its run', async () => {
		simulator.settings.unknownFileId = 'runFails';
		const { inputs } = await inputsWithUnknownIds();
		expect((await submit(inputs)).status).toBe(200);
		await pause(2);
		expect(simulator.summary().runStatuses).toEqual({ PROCESSED: 1, FAILED: 2 });
	});

	it.each([
		['refuse404', 404, 'NOT_FOUND'],
		['refuse400', 400, 'INVALID_REQUEST'],
	] as const)('has the whole batch refused: %s', async (unknownFileId, status, code) => {
		simulator.settings.unknownFileId = unknownFileId;
		const { deleted, inputs } = await inputsWithUnknownIds();
		const answer = await submit(inputs);
		expect(answer.status).toBe(status);
		expect(answer.data).toMatchObject({ code, message: `File not found: ${deleted}` });
		const run = await raw(simulator).post('/workflow_runs', { workflow, ...inputs[2] });
		expect(run.data).toMatchObject({ code, message: 'File not found: file_never-uploaded' });
		expect(simulator.ledger.runs).toEqual([]);
		expect((await submit(inputs.slice(0, 1))).status).toBe(200);
	});
});

describe('an input with U+0000', () => {
	const [good] = urlInputs(1);
	it.each<[string, object]>([
		['in its metadata', { ...good, metadata: { note: ['a', { deep: 'b\0' }] } }],
		['in a key of its metadata', { ...good, metadata: { 'no\0te': 1 } }],
		['in its text', { file: { text: 'x\0y' } }],
	])('%s breaks its whole batch', async (_where, bad) => {
		const answer = await submit([good as object, bad]);
		expect(answer.status).toBe(500);
		expect(answer.data).toMatchObject({ code: 'INTERNAL_ERROR', retryable: true });
		expect((await raw(simulator).post('/workflow_runs', { workflow, ...bad })).status).toBe(500);
		expect(simulator.ledger.runs).toEqual([]);
		simulator.settings.poison = 'accepted';
		expect((await submit([good as object, bad])).status).toBe(200);
	});

	it('is not one whose text merely spells the escape', async () => {
		const spelled = { file: { text: '\\u0000' }, metadata: { note: '\\u0000' } };
		expect((await submit([spelled])).status).toBe(200);
	});
});

describe('a refusal', () => {
	it.each<[string, object, RegExp]>([
		[
			'the address',
			{ file: { url: 'https://files.example.com/workspace/refuse-me-7.pdf' } },
			/^Could not download https:\/\/files\.example\.com\/workspace\/refuse-me-7\.pdf$/,
		],
		[
			'the text',
			{ file: { text: 'inputs[4] is late' }, metadata: { simulate: 'refused' } },
			/^Could not read inputs\[4\] is late$/,
		],
		[
			'the metadata',
			{ file: { text: 'x' }, metadata: { long: 'x'.repeat(10_001) } },
			/^Metadata must not exceed 10KB: \{"long":"x+$/,
		],
	])('can quote %s instead of a position', async (_what, bad, message) => {
		simulator.settings.badInputs = 'refuseQuoting';
		const answer = await submit([...urlInputs(2), bad, bad]);
		expect(answer.status).toBe(400);
		expect(answer.data).toMatchObject({ message: expect.stringMatching(message) });
		expect(simulator.ledger.runs).toEqual([]);
	});

	it('can name positions with dots, at the end', async () => {
		Object.assign(simulator.settings, { badInputs: 'refuseWithPosition', positions: 'dotted' });
		const bad = { file: { url: 'https://example.com/refuse-me.pdf' } };
		expect((await submit([...urlInputs(2), bad])).data).toMatchObject({
			message: 'The file could not be downloaded; Path: inputs.2.file.url',
		});
		expect((await submit([...urlInputs(2), {}])).data).toMatchObject({
			message: 'Expected object, received undefined; Path: inputs.2.file',
		});
	});
});
