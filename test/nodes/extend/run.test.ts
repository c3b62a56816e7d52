import type { INodeExecutionData } from 'n8n-workflow';

import { PATIENCE } from '../../../nodes/Extend/waiting/patience';
import { SEED_WORKFLOWS, startSimulator, tame, type Simulator } from '../../simulator';
import { errorsByItem, jsonOf, linkedItems } from '../batchRun/batchRun';
import { callExtend, submitBatch, untilProcessed } from '../listRuns/listRuns';
import { runExtend } from './extend';

const GET: [string, string] = ['run', 'get'];
const GET_MANY: [string, string] = ['run', 'getAll'];
const CANCEL: [string, string] = ['run', 'cancel'];
const UPDATE: [string, string] = ['run', 'update'];
const DELETE: [string, string] = ['run', 'delete'];

let simulator: Simulator;

beforeAll(async () => {
	PATIENCE.lateMs = 900;
	PATIENCE.youngestMs = 900;
	simulator = await startSimulator({
		settings: { queueMs: 1, processMs: 5, jitter: 0, readableDelayMs: 300 },
	});
});
beforeEach(() => {
	simulator.reset();
});
afterEach(() => {
	jest.restoreAllMocks();
});
afterAll(async () => {
	await simulator.close();
});

/** Runs of a batch, in the order of its inputs, each as it was told to end. */
async function runsThat(...wishes: string[]): Promise<string[]> {
	await submitBatch(simulator, wishes.length, (index) => ({ simulate: wishes[index]! }));
	return simulator.ledger.batches.at(-1)!.runIds;
}

const runItems = (...ids: string[]): INodeExecutionData[] =>
	ids.map((runId) => ({ json: { runId } }));

const calls = (method: string) =>
	simulator.ledger.requests.filter((request) => request.method === method);

describe('Get', () => {
	it('gets runs that are so new that Extend cannot find them yet, each linked to its item', async () => {
		const ids = await runsThat('PROCESSED', 'FAILED');
		const { outputs, status } = await runExtend(simulator, GET, runItems(...ids, ids[0]!));
		expect(status).toBe('success');
		expect(jsonOf(outputs[0])).toMatchObject([
			{ runId: ids[0], status: 'PROCESSED', 'extract.total': expect.any(Number) },
			{ runId: ids[1], status: 'FAILED', failureReason: expect.any(String) },
			{ runId: ids[0] },
		]);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1], [2]]);
	});

	it('gets a run whole, by the address of its page too', async () => {
		const [id] = await runsThat('PROCESSED');
		const page = `https://dashboard.extend.ai/workflows/${id}`;
		const { outputs } = await runExtend(simulator, GET, [{ json: { id: page } }], {
			output: 'full',
		});
		expect(jsonOf(outputs[0])).toMatchObject([
			{ object: 'workflow_run', id, stepRuns: [{}, {}, {}] },
		]);
	});

	it('says after a while that there is no such run, and which item it was', async () => {
		const [id] = await runsThat('PROCESSED');
		const items = runItems('workflow_run_none', id!);
		const stopped = await runExtend(simulator, GET, items.slice(0, 1));
		expect(stopped.error?.message).toBe(
			'The run could not be read: Extend cannot find the run [item 0]',
		);
		const { outputs } = await runExtend(
			simulator,
			GET,
			items,
			{},
			{ onError: 'continueErrorOutput' },
		);
		expect(jsonOf(outputs[0])).toMatchObject([{ runId: id }]);
		expect(errorsByItem(outputs[1]).get(0)).toMatch(/Extend cannot find the run/);
		expect(outputs[1]?.[0]?.json.details).toMatchObject({
			httpCode: 404,
			runId: 'workflow_run_none',
		});
	});

	it('refuses IDs of other things before it calls Extend', async () => {
		const { error } = await runExtend(simulator, GET, runItems('batch_1'));
		expect(error?.message).toBe('Run ID is “batch_1”, the ID of a batch of workflow runs [item 0]');
		expect(calls('GET')).toEqual([]);
	});
});

describe('Get Many', () => {
	it('returns 50 by default, the newest first, with as few calls as that takes', async () => {
		await submitBatch(simulator, 60);
		await untilProcessed(simulator);
		const { outputs } = await runExtend(simulator, GET_MANY, [{ json: {} }], {
			output: 'summary',
		});
		expect(outputs[0]).toHaveLength(50);
		const times = jsonOf(outputs[0]).map(({ createdAt }) => createdAt as string);
		expect(times).toEqual([...times].sort().reverse());
		expect(calls('GET')).toHaveLength(1);
		expect(calls('GET')[0]?.path).toMatch(/maxPageSize=50/);
	});

	it('returns all, also where a page is lost and the list has to be begun again', async () => {
		simulator.settings.pageTokens = 'singleUseStrict';
		await submitBatch(simulator, 1000);
		await submitBatch(simulator, 1000);
		await submitBatch(simulator, 5);
		simulator.faults.add({ kind: 'resetAfter', on: { path: '/workflow_runs' }, nth: 2 });
		const { outputs } = await runExtend(simulator, GET_MANY, [{ json: {} }], {
			output: 'summary',
			returnAll: true,
		});
		const ids = new Set(jsonOf(outputs[0]).map(({ id }) => id));
		expect(ids).toEqual(new Set(simulator.ledger.runs.map(({ id }) => id)));
	});

	it('finds by workflow, several statuses and file name', async () => {
		const ids = await runsThat('FAILED', 'PROCESSED', 'NEEDS_REVIEW', 'FAILED');
		await submitBatch(simulator, 2, () => ({ simulate: 'FAILED' }), SEED_WORKFLOWS.receipts);
		await untilProcessed(simulator);
		const workflow = { __rl: true, mode: 'id', value: simulator.workflow('Invoice Processing').id };
		const { outputs } = await runExtend(simulator, GET_MANY, [{ json: {} }], {
			workflow,
			filters: { status: ['FAILED', 'NEEDS_REVIEW'] },
		});
		const found = jsonOf(outputs[0]).map(({ runId, status }) => [runId, status]);
		expect(new Map(found as Array<[string, string]>)).toEqual(
			new Map([
				[ids[0], 'FAILED'],
				[ids[2], 'NEEDS_REVIEW'],
				[ids[3], 'FAILED'],
			]),
		);
		const { fileName } = simulator.ledger.runs[1]!;
		const named = await runExtend(simulator, GET_MANY, [{ json: {} }], {
			workflow,
			filters: { fileNameContains: fileName },
			limit: 1,
		});
		expect(jsonOf(named.outputs[0])).toMatchObject([{ runId: ids[1], fileName }]);
	});

	it('keeps to the limit, the newest first, also where several lists are put together', async () => {
		const ids: string[] = [];
		for (const status of ['FAILED', 'NEEDS_REVIEW', 'FAILED', 'NEEDS_REVIEW']) {
			ids.push(...(await runsThat(status)));
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		await untilProcessed(simulator);
		const { outputs } = await runExtend(simulator, GET_MANY, [{ json: {} }], {
			output: 'summary',
			filters: { status: ['FAILED', 'NEEDS_REVIEW'] },
			limit: 3,
		});
		expect(jsonOf(outputs[0]).map(({ id }) => id)).toEqual(ids.reverse().slice(0, 3));
	});

	it('asks for statuses in the order in which a run has them, so that it misses none that moves on', async () => {
		await runExtend(simulator, GET_MANY, [{ json: {} }], {
			output: 'summary',
			filters: { status: ['PROCESSED', 'NEEDS_REVIEW', 'PROCESSING', 'CANCELLING', 'PENDING'] },
		});
		const asked = calls('GET').map(({ path }) => /[?&]status=(\w+)/.exec(path)?.[1]);
		expect(asked).toEqual(['PENDING', 'PROCESSING', 'CANCELLING', 'NEEDS_REVIEW', 'PROCESSED']);
	});

	it('returns a run once that moves from one list to the other meanwhile', async () => {
		const [id] = await runsThat('PROCESSED');
		await untilProcessed(simulator);
		const before = { object: 'list', data: [{ object: 'workflow_run', id, status: 'PROCESSING' }] };
		simulator.faults.add({
			kind: 'replacedAfter',
			body: before,
			on: { path: '/workflow_runs' },
			nth: 1,
		});
		const { outputs } = await runExtend(simulator, GET_MANY, [{ json: {} }], {
			output: 'summary',
			filters: { status: ['PROCESSING', 'PROCESSED'] },
		});
		expect(jsonOf(outputs[0])).toMatchObject([{ id, status: 'PROCESSED' }]);
	});

	it('returns runs whole, and fails rather than to leave one out that cannot be read', async () => {
		const ids = await runsThat('PROCESSED', 'PROCESSED');
		const parameters = { output: 'full' };
		const { outputs } = await runExtend(simulator, GET_MANY, [{ json: {} }], parameters);
		expect(jsonOf(outputs[0])).toMatchObject([
			{ object: 'workflow_run', stepRuns: [{}, {}, {}] },
			{ object: 'workflow_run' },
		]);
		simulator.faults.add({ kind: 'refuse', on: { path: `/workflow_runs/${ids[0]}` } });
		const refused = await runExtend(simulator, GET_MANY, [{ json: {} }], parameters);
		expect(refused.error?.message).toMatch(/^The runs could not be listed: Extend refused/);
	});

	it('leaves out a run that is deleted between the list and its reading, and says so', async () => {
		const ids = await runsThat('PROCESSED', 'PROCESSED', 'PROCESSED');
		await untilProcessed(simulator);
		simulator.faults.add({ kind: 'refuse', status: 404, on: { path: `/workflow_runs/${ids[1]}` } });
		const { outputs, hints } = await runExtend(simulator, GET_MANY, [{ json: {} }]);
		expect(new Set(jsonOf(outputs[0]).map(({ runId }) => runId))).toEqual(
			new Set([ids[0], ids[2]]),
		);
		expect(hints[0]?.message).toMatch(/^1 run that Extend listed could not be found/);
	});

	it('has nothing to return for a workflow without runs', async () => {
		const { outputs, status } = await runExtend(simulator, GET_MANY, [{ json: {} }]);
		expect(status).toBe('success');
		expect(outputs[0] ?? []).toEqual([]);
	});
});

describe('Cancel', () => {
	it('cancels open runs, and says what the others were', async () => {
		Object.assign(
			simulator.settings,
			tame('Asks for runs as they stand at once', 'readableDelayMs'),
		);
		const ids = await runsThat('stuck', 'PROCESSED', 'NEEDS_REVIEW');
		await new Promise((resolve) => setTimeout(resolve, 50));
		const { outputs, hints } = await runExtend(simulator, CANCEL, runItems(...ids));
		expect(jsonOf(outputs[0])).toEqual([
			{ runId: ids[0], status: 'CANCELLED', cancelled: true, finishedBefore: false },
			{ runId: ids[1], status: 'PROCESSED', cancelled: false, finishedBefore: true },
			{ runId: ids[2], status: 'NEEDS_REVIEW', cancelled: false, finishedBefore: false },
		]);
		expect(hints.map(({ message }) => message)).toEqual([
			expect.stringContaining(`${ids[2]} is waiting for a review`) as string,
		]);
		const again = await runExtend(simulator, CANCEL, runItems(ids[0]!));
		expect(jsonOf(again.outputs[0])).toMatchObject([{ cancelled: false, finishedBefore: true }]);
	});

	it('knows that a run is cancelled although the answer was lost', async () => {
		simulator.settings.cancelMs = 500;
		const ids = await runsThat('stuck');
		simulator.faults.add({ kind: 'resetAfter', on: { path: /\/cancel$/ }, times: 1 });
		const { outputs } = await runExtend(simulator, CANCEL, runItems(...ids));
		expect(jsonOf(outputs[0])).toMatchObject([{ status: 'CANCELLED', cancelled: true }]);
	});

	it.each(['cancel', 'read'])(
		'is not misled by a %s that something else answers',
		async (which) => {
			simulator.settings.queueMs = 60_000;
			const [id] = await runsThat('PROCESSED');
			const on =
				which === 'cancel' ? { path: '*/cancel' } : { method: 'GET', path: '*/workflow_run_*' };
			simulator.faults.add({ kind: 'replacedBefore', body: { status: 'ok' }, on, nth: 1 });
			const { outputs } = await runExtend(simulator, CANCEL, runItems(id!));
			expect(jsonOf(outputs[0])).toMatchObject([{ status: 'CANCELLED', cancelled: true }]);
		},
	);

	it('says that Extend agreed, and what is known of the run, if it cannot be read afterwards', async () => {
		simulator.settings.cancelMs = 60_000;
		const [id] = await runsThat('stuck');
		const on = { method: 'GET', path: '*/workflow_run_*' };
		simulator.faults.add({ kind: 'refuse', status: 404, on });
		const { outputs, hints, status } = await runExtend(simulator, CANCEL, runItems(id!));
		expect(status).toBe('success');
		expect(jsonOf(outputs[0])).toEqual([
			{ runId: id, status: 'CANCELLING', cancelled: false, finishedBefore: false },
		]);
		expect(hints[0]?.message).toMatch(
			/^Extend agreed to cancel run \S+, but the run could not be read afterwards: Extend cannot find/,
		);
	});

	it('says that Extend agreed also if nothing can be read any more', async () => {
		simulator.settings.cancelMs = 60_000;
		const [id] = await runsThat('stuck');
		simulator.faults.add({ kind: 'refuse', status: 401, on: { method: 'GET' } });
		const { error } = await runExtend(simulator, CANCEL, runItems(id!));
		expect(error?.message).toMatch(/does not recognize the API token/);
		expect(error?.description).toContain(`Extend agreed to cancel run ${id}.`);
	});

	it('does not ask again for a run that somebody else has cancelled, but waits for its end', async () => {
		Object.assign(
			simulator.settings,
			tame('Asks for runs as they stand at once', 'readableDelayMs'),
			{ cancelMs: 3_000 },
		);
		const ids = await runsThat('stuck');
		await callExtend(simulator, 'POST', `/workflow_runs/${ids[0]}/cancel`, {});
		const { outputs } = await runExtend(simulator, CANCEL, runItems(...ids));
		expect(jsonOf(outputs[0])).toEqual([
			{ runId: ids[0], status: 'CANCELLED', cancelled: true, finishedBefore: false },
		]);
		expect(calls('POST').filter(({ path }) => path.endsWith('/cancel'))).toHaveLength(2);
	});

	it('gives up on a run that Extend refuses to cancel though it is open', async () => {
		Object.assign(
			simulator.settings,
			tame('Asks for runs as they stand at once', 'readableDelayMs'),
		);
		const ids = await runsThat('stuck');
		simulator.faults.add({ kind: 'refuse', message: 'Not now', on: { path: /\/cancel$/ } });
		const { error } = await runExtend(simulator, CANCEL, runItems(...ids));
		expect(error?.message).toMatch(/^The run could not be cancelled: Extend refused the request/);
		expect(error?.description).toMatch(/Not now/);
		const settings = { onError: 'continueErrorOutput' as const };
		const { outputs } = await runExtend(simulator, CANCEL, runItems(...ids), {}, settings);
		expect(outputs[1]?.[0]?.json.details).toMatchObject({ runId: ids[0] });
	});

	it('ends within a second when the execution is stopped', async () => {
		simulator.settings.cancelMs = 60_000;
		const ids = await runsThat('stuck');
		const { durationMs, status } = await runExtend(
			simulator,
			CANCEL,
			runItems(...ids),
			{},
			{ cancelAfterMs: 800 },
		);
		expect(status).toBe('canceled');
		expect(durationMs).toBeLessThan(1_800);
	});
});

describe('Update', () => {
	it('gives a name and merges metadata', async () => {
		const [id] = await runsThat('PROCESSED');
		const { outputs } = await runExtend(simulator, UPDATE, runItems(id!), {
			name: 'Invoice 42',
			metadataMode: 'json',
			metadataJson: { customer: 'c-17' },
			options: { usageTags: 'production' },
		});
		expect(simulator.ledger.names.get(id!)).toBe('Invoice 42');
		expect(jsonOf(outputs[0])).toMatchObject([
			{ runId: id, 'metadata.customer': 'c-17', itemIndex: 0 },
		]);
	});

	it('changes a run that Extend does not find yet, and leaves its name if none is given', async () => {
		const [id] = await runsThat('PROCESSED');
		await new Promise((resolve) => setTimeout(resolve, 400));
		await runExtend(simulator, UPDATE, runItems(id!), { name: 'Invoice 42' });
		simulator.settings.readableDelayMs = 700;
		const [late] = await runsThat('PROCESSED');
		const parameters = { metadataMode: 'json', metadataJson: { customer: 'c-17' } };
		const { outputs, status } = await runExtend(
			simulator,
			UPDATE,
			runItems(id!, late!),
			parameters,
		);
		expect(status).toBe('success');
		expect(jsonOf(outputs[0]).map((json) => json['metadata.customer'])).toEqual(['c-17', 'c-17']);
		expect([...simulator.ledger.names]).toEqual([[id, 'Invoice 42']]);
	});

	it('names the run that Extend does not find', async () => {
		const { outputs } = await runExtend(
			simulator,
			UPDATE,
			runItems('workflow_run_none'),
			{ name: 'Invoice 42' },
			{ onError: 'continueErrorOutput' },
		);
		expect(outputs[1]?.[0]?.json.details).toMatchObject({ runId: 'workflow_run_none' });
	});

	it('stops at the first failure, and says what was done and what was not', async () => {
		simulator.faults.add({ kind: 'refuse', on: { method: 'POST' } });
		const ids = Array.from({ length: 200 }, (_, index) => `workflow_run_${index}`);
		const { error } = await runExtend(simulator, UPDATE, runItems(...ids), { name: 'x' });
		expect(error?.message).toMatch(/^The run could not be updated: Extend refused/);
		expect(error?.description).toMatch(/Not tried: items \d+–199\./);
		expect(calls('POST').length).toBeLessThan(65);
	});

	it.each([
		['nothing to change', {}, 'Name is empty, and there is no metadata either [item 0]'],
		[
			'the key of the reference',
			{ metadataMode: 'json', metadataJson: { n8n: 1 } },
			'Metadata has a key “n8n”, which may be the run’s tracking reference [item 0]',
		],
	])('refuses %s', async (_, parameters, message) => {
		const { error } = await runExtend(simulator, UPDATE, runItems('workflow_run_1'), parameters);
		expect(error?.message).toBe(message);
		expect(simulator.ledger.requests).toEqual([]);
	});
});

describe('Delete', () => {
	it('deletes runs, and counts those that are gone as deleted', async () => {
		const [first, second] = await runsThat('PROCESSED', 'PROCESSED');
		const gone = 'workflow_run_gone';
		const { outputs } = await runExtend(simulator, DELETE, runItems(first!, gone));
		expect(jsonOf(outputs[0])).toEqual([
			{ runId: first, deleted: true, goneBefore: false },
			{ runId: gone, deleted: true, goneBefore: true },
		]);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1]]);
		expect(simulator.summary().runStatuses).toEqual({ PROCESSED: 1 });
		expect(second).toBeDefined();
	});

	it('does not call a run gone that Extend finds only after 6 seconds', async () => {
		jest.replaceProperty(PATIENCE, 'youngestMs', 30_000);
		simulator.settings.readableDelayMs = 6_000;
		const [id] = await runsThat('PROCESSED');
		const { outputs } = await runExtend(simulator, DELETE, runItems(id!));
		expect(jsonOf(outputs[0])).toEqual([{ runId: id, deleted: true, goneBefore: false }]);
		expect(simulator.summary().runStatuses).toEqual({});
	});

	it('asks for runs that are gone as long as one job may need to tell, however many they are', async () => {
		const ids = Array.from({ length: 200 }, (_, index) => `workflow_run_gone_${index}`);
		const { outputs, hints } = await runExtend(simulator, DELETE, runItems(...ids));
		expect(jsonOf(outputs[0]).filter(({ goneBefore }) => goneBefore === true)).toHaveLength(200);
		// Only those that are asked for at first are asked for again; the others come when that is over.
		expect(calls('DELETE').length).toBeLessThan(500);
		expect(hints.map(({ message }) => message)).toEqual([
			'Extend could not find every run; goneBefore shows which. Each was deleted already, or its ID, the region or the workspace is wrong.',
		]);
	});

	it('claims nothing of a run that it still asks for when the execution is stopped', async () => {
		jest.replaceProperty(PATIENCE, 'youngestMs', 30_000);
		simulator.settings.readableDelayMs = 60_000;
		const [id] = await runsThat('PROCESSED');
		const { durationMs, status, error } = await runExtend(
			simulator,
			DELETE,
			runItems(id!),
			{},
			{ cancelAfterMs: 800 },
		);
		expect(status).toBe('canceled');
		expect(durationMs).toBeLessThan(1_800);
		expect(JSON.stringify(error ?? {})).not.toMatch(/Done before/);
	});

	it('deletes a run once that two items name', async () => {
		const [id] = await runsThat('PROCESSED');
		await new Promise((resolve) => setTimeout(resolve, 400));
		const { outputs } = await runExtend(simulator, DELETE, runItems(id!, id!));
		expect(jsonOf(outputs[0]).map(({ goneBefore }) => goneBefore)).toEqual([false, true]);
		expect(calls('DELETE')).toHaveLength(1);
	});

	it('fails with what Extend says where it may not delete', async () => {
		const [id] = await runsThat('PROCESSED');
		simulator.faults.add({ kind: 'refuse', status: 403, on: { method: 'DELETE' } });
		const { error } = await runExtend(simulator, DELETE, runItems(id!));
		expect(error?.message).toMatch(/^The run could not be deleted: the API token does not have/);
	});
});
