import { setTimeout as pause } from 'node:timers/promises';

import { PATIENCE } from '../../../nodes/Extend/waiting/patience';
import { startSimulator, type Simulator } from '../../simulator';
import { errorsByItem, jsonOf, linkedItems } from '../batchRun/batchRun';
import { batchItems, callExtend, submitBatch, untilProcessed } from '../listRuns/listRuns';
import { batchWithOpen, runExtend } from './extend';

const CANCEL: [string, string] = ['batch', 'cancel'];
const STATUS: [string, string] = ['batch', 'getStatus'];
const DELETE: [string, string] = ['batch', 'deleteRuns'];

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator({ settings: { queueMs: 1, processMs: 5, jitter: 0 } });
});
beforeEach(() => {
	simulator.reset();
});
afterAll(async () => {
	await simulator.close();
});

const writes = () => simulator.ledger.requests.filter(({ category }) => category === 'WRITE');

const namedFiles = (text: string) => [...new Set(text.match(/file_[\w-]+/g) ?? [])].sort();

async function idsOf(path: string): Promise<string[]> {
	const { data } = await callExtend<{ data: Array<{ id: string }> }>(
		simulator,
		'GET',
		`${path}?maxPageSize=1000`,
	);
	return data.map(({ id }) => id).sort();
}

describe('Cancel', () => {
	it('leaves no run open, and counts each run once', async () => {
		const batchId = await batchWithOpen(simulator, 200, 150);
		const { status, outputs } = await runExtend(simulator, CANCEL, batchItems(batchId));
		expect(status).toBe('success');
		expect(jsonOf(outputs[0])).toEqual([
			{
				batchId,
				runCount: 200,
				cancelled: 150,
				finishedBefore: 50,
				inReview: 0,
				refused: 0,
				stillOpen: 0,
			},
		]);
		expect(simulator.summary().runStatuses).toEqual({ CANCELLED: 150, PROCESSED: 50 });
	});

	it('is done at once for many items that name the same batch, and safe to do again', async () => {
		const batchId = await batchWithOpen(simulator, 5, 5);
		const items = [{ json: { extend: { batchId } } }, { json: { extend: { batchId } } }];
		const { outputs } = await runExtend(simulator, CANCEL, items);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0, 1]]);
		const before = writes().length;
		const again = await runExtend(simulator, CANCEL, batchItems(batchId));
		expect(jsonOf(again.outputs[0])).toMatchObject([{ cancelled: 0, finishedBefore: 5 }]);
		expect(writes()).toHaveLength(before);
	});

	it('says which runs wait for a review, because those cannot be cancelled', async () => {
		const batchId = await submitBatch(simulator, 3, () => ({ simulate: 'NEEDS_REVIEW' }));
		await untilProcessed(simulator);
		const { outputs, hints } = await runExtend(simulator, CANCEL, batchItems(batchId));
		expect(jsonOf(outputs[0])).toMatchObject([{ cancelled: 0, inReview: 3, finishedBefore: 0 }]);
		expect(hints.map(({ message }) => message).join(' ')).toMatch(/3 runs of batch .* review/);
	});

	it('counts right when the answers to cancel calls are lost', async () => {
		const batchId = await batchWithOpen(simulator, 20, 20);
		simulator.faults.add({ kind: 'resetAfter', on: { path: /\/cancel$/ }, times: 5 });
		const { status, outputs } = await runExtend(simulator, CANCEL, batchItems(batchId));
		expect(status).toBe('success');
		expect(jsonOf(outputs[0])).toMatchObject([{ cancelled: 20, refused: 0, stillOpen: 0 }]);
	});

	it('sends nothing as long as an item is wrong, and with Continue does the others', async () => {
		const batchId = await batchWithOpen(simulator, 2, 2);
		const items = [...batchItems(batchId), { json: { batchId: 'workflow_run_1' } }];
		const stopped = await runExtend(simulator, CANCEL, items);
		expect(stopped.status).toBe('error');
		expect(stopped.error?.message).toMatch(/Batch ID is “workflow_run_1”, the ID of a single run/);
		expect(writes()).toEqual([]);

		const { outputs } = await runExtend(
			simulator,
			CANCEL,
			items,
			{},
			{
				onError: 'continueErrorOutput',
			},
		);
		expect(jsonOf(outputs[0])).toMatchObject([{ cancelled: 2 }]);
		expect(errorsByItem(outputs[1]).size + errorsByItem(outputs[0]).size).toBe(1);
	});

	it('tells in its error what was done before Extend refused everything', async () => {
		const batchId = await batchWithOpen(simulator, 4, 4);
		simulator.faults.add({ kind: 'refuse', status: 403, on: { path: /\/cancel$/ } });
		const { status, error } = await runExtend(simulator, CANCEL, batchItems(batchId));
		expect(status).toBe('error');
		expect(error?.message).toMatch(
			/^The batch could not be cancelled: the API token does not have/,
		);
	});

	it('tells in its error how many runs Extend agreed to cancel, although no list shows it', async () => {
		simulator.settings.readableDelayMs = 0;
		const batchId = await batchWithOpen(simulator, 4, 4);
		const list = { path: /^\/workflow_runs$/, method: 'GET' };
		simulator.faults.add({ kind: 'refuse', status: 403, on: list, nth: 2 });
		const { status, error } = await runExtend(simulator, CANCEL, batchItems(batchId));
		expect(status).toBe('error');
		expect(error?.description).toContain(`In batch ${batchId}, Extend agreed to cancel 4 runs.`);
	});

	it('tells in its error how many runs were finished before, if it was refused at once', async () => {
		const batchId = await batchWithOpen(simulator, 3, 1);
		while (simulator.summary().runStatuses.PROCESSED !== 2) await pause(10);
		simulator.faults.add({ kind: 'refuse', status: 403, on: { path: /\/cancel$/ } });
		const { error } = await runExtend(simulator, CANCEL, batchItems(batchId));
		expect(error?.description).toContain(`In batch ${batchId}, 2 runs were already finished.`);
	});

	it('ends within a second when the execution is stopped', async () => {
		simulator.settings.rateLimits = { GET: null, WRITE: 5, RUN: null };
		const batchId = await batchWithOpen(simulator, 500, 500);
		const { durationMs, status } = await runExtend(
			simulator,
			CANCEL,
			batchItems(batchId),
			{},
			{
				cancelAfterMs: 1_500,
			},
		);
		expect(status).toBe('canceled');
		expect(durationMs).toBeLessThan(2_500);
	});
});

describe('Get Status', () => {
	it('counts the runs by status with one call', async () => {
		const batchId = await submitBatch(simulator, 6, (index) =>
			index < 2 ? { simulate: 'FAILED' } : index < 3 ? { simulate: 'stuck' } : {},
		);
		await new Promise((resolve) => setTimeout(resolve, 100));
		const { outputs } = await runExtend(simulator, STATUS, batchItems(batchId));
		expect(jsonOf(outputs[0])).toEqual([
			{
				batchId,
				runCount: 6,
				finished: false,
				open: 1,
				pending: 0,
				processing: 1,
				cancelling: 0,
				needsReview: 0,
				processed: 3,
				failed: 2,
				rejected: 0,
				cancelled: 0,
			},
		]);
		expect(simulator.ledger.requests.filter(({ category }) => category === 'GET')).toHaveLength(1);
	});

	it('is not finished as long as runs are missing, and says where there are none', async () => {
		const { outputs, hints } = await runExtend(simulator, STATUS, batchItems('batch_unknown'));
		expect(jsonOf(outputs[0])).toMatchObject([{ runCount: 0, finished: false }]);
		expect(hints[0]?.message).toMatch(/Extend shows no runs of batch batch_unknown/);
	});
});

describe('Delete Runs', () => {
	const confirmed = { confirmation: 'delete' };

	it('deletes nothing without the word', async () => {
		const batchId = await submitBatch(simulator, 2);
		const { error } = await runExtend(simulator, DELETE, batchItems(batchId), {
			confirmation: 'yes',
		});
		expect(error?.message).toBe('Confirmation is not the word “delete” [item 0]');
		expect(writes()).toEqual([]);
	});

	it('deletes finished runs and their files, and leaves open ones alone', async () => {
		const batchId = await batchWithOpen(simulator, 10, 2);
		await new Promise((resolve) => setTimeout(resolve, 100));
		const { outputs, hints } = await runExtend(simulator, DELETE, batchItems(batchId), {
			...confirmed,
			options: { deletesFiles: true },
		});
		expect(jsonOf(outputs[0])).toEqual([
			{ batchId, runsDeleted: 8, filesDeleted: 8, stillOpen: 2, refused: 0 },
		]);
		expect(simulator.summary().runStatuses).toEqual({ PROCESSING: 2 });
		expect(hints[0]?.message).toMatch(/2 runs of batch .* left alone/);
	});

	it('tells in its error what was cancelled before, if deleting fails', async () => {
		const batchId = await batchWithOpen(simulator, 3, 3);
		simulator.faults.add({ kind: 'refuse', status: 403, on: { method: 'DELETE' } });
		const { status, error } = await runExtend(simulator, DELETE, batchItems(batchId), {
			...confirmed,
			options: { cancelsFirst: true },
		});
		expect(status).toBe('error');
		expect(error?.description).toContain('Extend agreed to cancel 3 runs');
	});

	it('tells in its error what was cancelled, if cancelling fails', async () => {
		simulator.settings.readableDelayMs = 0;
		const batchId = await batchWithOpen(simulator, 3, 3);
		const list = { path: /^\/workflow_runs$/, method: 'GET' };
		simulator.faults.add({ kind: 'refuse', status: 403, on: list, nth: 2 });
		const { error } = await runExtend(simulator, DELETE, batchItems(batchId), {
			...confirmed,
			options: { cancelsFirst: true },
		});
		expect(error?.description).toContain('Extend agreed to cancel 3 runs');
		expect(writes().some(({ method }) => method === 'DELETE')).toBe(false);
	});

	describe('that is cut short', () => {
		const withFiles = { ...confirmed, options: { deletesFiles: true } };
		it('names the files to which no run leads any more', async () => {
			const batchId = await submitBatch(simulator, 40);
			await untilProcessed(simulator);
			simulator.faults.add({
				kind: 'refuse',
				status: 403,
				on: { path: '/files/*' },
				nth: 11,
				times: 99,
			});
			const { error } = await runExtend(simulator, DELETE, batchItems(batchId), withFiles);
			simulator.faults.clear();
			const files = await idsOf('/files');
			const runs = await idsOf('/workflow_runs');
			expect(error?.description).toMatch(/10 files were deleted/);
			expect(files).toHaveLength(30);
			const named = namedFiles(error?.description ?? '');
			expect(named.length).toBeGreaterThanOrEqual(files.length - runs.length);
			expect(files).toEqual(expect.arrayContaining(named));
			const again = await runExtend(simulator, DELETE, batchItems(batchId), withFiles);
			expect(jsonOf(again.outputs[0])).toMatchObject([{ filesDeleted: runs.length }]);
			expect(named).toEqual(expect.arrayContaining(await idsOf('/files')));
		});
	});

	it('names such files also when the execution is stopped', async () => {
		const batchId = await submitBatch(simulator, 40);
		await untilProcessed(simulator);
		simulator.faults.add({ kind: 'hangBefore', on: { path: '/files/*', method: 'DELETE' } });
		const { status, error } = await runExtend(
			simulator,
			DELETE,
			batchItems(batchId),
			{ ...confirmed, options: { deletesFiles: true } },
			{ cancelAfterMs: 8_000 },
		);
		expect(status).toBe('canceled');
		const runs = await idsOf('/workflow_runs');
		const files = await idsOf('/files');
		expect(files).toHaveLength(40);
		expect(runs.length).toBeLessThan(40);
		// A run that Extend did not find may be gone or not.
		const named = namedFiles(error?.description ?? '');
		expect(named.length).toBeGreaterThanOrEqual(40 - runs.length);
		expect(files).toEqual(expect.arrayContaining(named));
	});

	describe('of a batch that Extend shows late or not at all', () => {
		beforeEach(() => {
			jest.replaceProperty(PATIENCE, 'settleMs', 500);
			jest.replaceProperty(PATIENCE, 'youngestMs', 4_000);
		});
		afterEach(() => {
			jest.restoreAllMocks();
		});

		it('waits for as many runs as the batch has', async () => {
			simulator.settings.visibilityDelayMs = 2_000;
			const batchId = await submitBatch(simulator, 3);
			const { outputs, hints } = await runExtend(
				simulator,
				DELETE,
				[{ json: { batchId, runCount: 3 } }],
				confirmed,
			);
			expect(jsonOf(outputs[0])).toMatchObject([{ runsDeleted: 3, refused: 0 }]);
			expect(hints).toEqual([]);
			expect(simulator.summary().runStatuses).toEqual({});
		});

		it('says how many runs it did not see', async () => {
			const batchId = await submitBatch(simulator, 2);
			await untilProcessed(simulator);
			const { outputs, hints } = await runExtend(
				simulator,
				DELETE,
				[{ json: { batchId, runCount: 5 } }],
				confirmed,
			);
			expect(jsonOf(outputs[0])).toMatchObject([{ runsDeleted: 2 }]);
			expect(hints.map(({ message }) => message)).toEqual([
				`Extend does not show 3 runs of batch ${batchId}. They were deleted already, or will be listed later. Run the node again to be sure.`,
			]);
		});

		it('does not count a run as deleted that Extend lists, but does not find', async () => {
			simulator.settings.readableDelayMs = 60_000;
			const batchId = await submitBatch(simulator, 2);
			await untilProcessed(simulator);
			const { outputs, hints } = await runExtend(
				simulator,
				DELETE,
				[{ json: { batchId, runCount: 2 } }],
				{ ...confirmed, options: { deletesFiles: true } },
			);
			expect(jsonOf(outputs[0])).toEqual([
				{ batchId, runsDeleted: 0, filesDeleted: 0, stillOpen: 0, refused: 2 },
			]);
			expect(hints[0]?.message).toMatch(/^Extend refused to delete 2 runs or files of batch/);
		});
	});
});
