import { SEED_WORKFLOWS, startSimulator, tame, type Simulator } from '../simulator';
import { raw, sdk, urlInputs } from './clients';

let simulator: Simulator;
let workflow: { id: string };

beforeAll(async () => {
	const settings = tame(
		'Uses a token twice to see what else it is bound to, and changes runs while they are listed',
		'pageTokens',
		'readableDelayMs',
	);
	simulator = await startSimulator({ settings: { ...settings, queueMs: 0, processMs: 0 } });
});
afterAll(async () => {
	await simulator.close();
});
beforeEach(() => {
	simulator.reset();
	const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
	workflow = { id };
});

async function submit(count: number): Promise<string> {
	const inputs = urlInputs(count);
	return (await sdk(simulator).workflowRuns.createBatch({ workflow, inputs })).batchId;
}

/** Ids of all runs over all pages; `between` runs after each page. */
async function allRuns(query: Record<string, unknown>, between?: () => Promise<unknown>) {
	const client = sdk(simulator);
	const ids: string[] = [];
	let nextPageToken: string | undefined;
	do {
		const page = await client.workflowRuns.list({ ...query, nextPageToken });
		ids.push(...page.data.map(({ id }) => id));
		nextPageToken = page.nextPageToken;
		await between?.();
	} while (nextPageToken !== undefined);
	return ids;
}

async function firstToken(query: Record<string, unknown>): Promise<string> {
	const answer = await raw(simulator).get('/workflow_runs', { params: query });
	return (answer.data as { nextPageToken: string }).nextPageToken;
}

it('gives ten a page unless told otherwise, and no token on the last', async () => {
	const batchId = await submit(25);
	const client = sdk(simulator);
	const first = await client.workflowRuns.list({ batchId });
	expect(first.data).toHaveLength(10);
	expect(await allRuns({ batchId })).toHaveLength(25);
	expect(new Set(await allRuns({ batchId, maxPageSize: 7 })).size).toBe(25);
	const exact = await client.workflowRuns.list({ batchId, maxPageSize: 25 });
	expect(exact).not.toHaveProperty('nextPageToken');
});

it.each(['0', '1001', '-1', '1.5', 'ten', ''])('refuses a page size of %p', async (maxPageSize) => {
	const answer = await raw(simulator).get('/workflow_runs', { params: { maxPageSize } });
	expect(answer.status).toBe(400);
});

it('makes tokens that must be encoded', async () => {
	const batchId = await submit(30);
	for (let round = 0; round < 5; round++) {
		const token = await firstToken({ batchId });
		for (const character of ['+', '/', '=', ':']) expect(token).toContain(character);
		const unencoded = await raw(simulator).get(
			`/workflow_runs?batchId=${batchId}&nextPageToken=${token}`,
		);
		expect(unencoded.status).toBe(400);
	}
});

it('refuses a token with another query, after its time, and after a reset', async () => {
	const batchId = await submit(30);
	const list = async (params: Record<string, unknown>) =>
		(await raw(simulator).get('/workflow_runs', { params })).status;
	const nextPageToken = await firstToken({ batchId });
	expect(await list({ batchId, nextPageToken })).toBe(200);
	expect(await list({ batchId, nextPageToken, maxPageSize: 5 })).toBe(200);
	expect(await list({ nextPageToken })).toBe(400);
	expect(await list({ batchId, nextPageToken, sortDir: 'asc' })).toBe(400);
	expect(await list({ batchId, nextPageToken: 'nonsense' })).toBe(400);
	simulator.settings.pageTokenTtlMs = -1;
	expect(await list({ batchId, nextPageToken })).toBe(400);
	simulator.settings.pageTokenTtlMs = 60_000;
	simulator.reset();
	expect(await list({ batchId, nextPageToken })).toBe(400);
});

describe.each(['updatedAt', 'createdAt'])('sorted by %s', (sortBy) => {
	it.each(['asc', 'desc'])('misses and doubles nothing while runs change (%s)', async (sortDir) => {
		Object.assign(simulator.settings, { queueMs: 20, processMs: 60, jitter: 1 });
		const batchId = await submit(200);
		const ids = await allRuns({ batchId, sortBy, sortDir, maxPageSize: 20 }, async () => {
			await submit(3);
		});
		expect(ids).toHaveLength(200);
		expect(new Set(ids).size).toBe(200);
	});
});

it('can be made to list in the order of the moment, and then doubles runs that change', async () => {
	simulator.settings.pageOrder = 'live';
	const batchId = await submit(20);
	const query = { batchId, sortBy: 'updatedAt', sortDir: 'asc' };
	const runIds = await allRuns(query);
	let touched = false;
	const ids = await allRuns(query, async () => {
		if (touched) return;
		touched = true;
		await new Promise((resolve) => setTimeout(resolve, 5));
		await sdk(simulator).workflowRuns.update(runIds[0] as string, { metadata: {} });
	});
	expect(ids).toHaveLength(21);
});

it('skips runs that are deleted between pages', async () => {
	const batchId = await submit(30);
	const query = { batchId, sortBy: 'createdAt', sortDir: 'asc' };
	const runIds = await allRuns(query);
	let deleted = false;
	const ids = await allRuns(query, async () => {
		if (!deleted) await sdk(simulator).workflowRuns.delete(runIds[15] as string);
		deleted = true;
	});
	expect(ids).toHaveLength(29);
});
