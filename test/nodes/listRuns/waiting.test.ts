import type { INodeExecutionData } from 'n8n-workflow';

import { useSimulator } from '../../harness/useSimulator';
import { AWKWARD, type Simulator } from '../../simulator';
import { errorsByItem, jsonOf, linkedItems } from '../batchRun/batchRun';
import { batchItems, idsByCreation, listRuns, readsOf, submitBatch } from './listRuns';

const QUICK = {
	...AWKWARD,
	readableDelayMs: 500,
	queueMs: 1,
	processMs: 5,
	jitter: 0,
	visibilityDelayMs: 0,
	visibilitySpreadMs: 0,
};

let simulator: Simulator;

useSimulator(QUICK, (started) => {
	simulator = started;
});

const runIdsOf = (batchId: string) =>
	simulator.ledger.batches.find((batch) => batch.batchId === batchId)?.runIds ?? [];

const idsOf = (items: INodeExecutionData[] | undefined) =>
	jsonOf(items).map(({ id }) => id as string);

const wait = { waitForCompletion: true };

it('waits until all runs of all batches are finished, visible late or not', async () => {
	Object.assign(simulator.settings, {
		queueMs: 500,
		processMs: 1000,
		jitter: 0.5,
		visibilityDelayMs: 500,
		visibilitySpreadMs: 1500,
	});
	const batches = [await submitBatch(simulator, 30), await submitBatch(simulator, 300)];
	const { outputs, hints } = await listRuns(
		simulator,
		batches.map((batchId, index) => ({ json: { batchId, runCount: [30, 300][index]! } })),
		wait,
	);
	expect(readsOf(simulator).length).toBeLessThan(20);
	const order = await Promise.all(batches.map(async (id) => idsByCreation(simulator, id)));
	expect(idsOf(outputs[0])).toEqual(order.flat());
	expect(jsonOf(outputs[0]).every(({ status }) => status === 'PROCESSED')).toBe(true);
	expect(hints.map(({ message }) => message)).toEqual(['330 runs of 2 batches: 330 processed.']);
});

it.each([
	['visible one after the other', { visibilityDelayMs: 300, visibilitySpreadMs: 1500 }],
	['listed long before they can be read', { visibilitySpreadMs: 1500, readableDelayMs: 1500 }],
	['dated an hour ago', { visibilitySpreadMs: 1500, clockOffsetMs: -3_600_000 }],
])(
	'knows the number of runs from the reference when nobody says it: %s',
	async (_how, settings) => {
		Object.assign(simulator.settings, settings);
		const batchId = await submitBatch(simulator, 50);
		const { outputs } = await listRuns(simulator, batchItems(batchId), wait);
		expect(idsOf(outputs[0]).sort()).toEqual([...runIdsOf(batchId)].sort());
	},
);

it('takes a review for finished, or not', async () => {
	const batchId = await submitBatch(simulator, 4, (index) =>
		index === 0 ? { simulate: 'NEEDS_REVIEW' } : {},
	);
	const [reviewed] = runIdsOf(batchId);
	const taken = await listRuns(simulator, batchItems(batchId), wait);
	const statuses = jsonOf(taken.outputs[0]).map(({ id, status }) => [id === reviewed, status]);
	expect(statuses.sort()).toEqual([...Array(3).fill([false, 'PROCESSED']), [true, 'NEEDS_REVIEW']]);

	setTimeout(() => {
		simulator.review(reviewed!, 'approve');
	}, 1500);
	const { outputs } = await listRuns(simulator, batchItems(batchId), {
		...wait,
		options: { reviewCountsAsFinished: false },
	});
	expect(jsonOf(outputs[0]).map(({ status }) => status)).toEqual(Array(4).fill('PROCESSED'));
});

it('returns what there is when the time is over, or fails, as chosen', async () => {
	const batchId = await submitBatch(simulator, 5, (index) =>
		index < 2 ? { simulate: 'stuck' } : {},
	);
	const brief = { ...wait, timeoutMinutes: 0.03 };
	const returned = await listRuns(simulator, batchItems(batchId), brief);
	expect(returned.status).toBe('success');
	expect(returned.outputs[0]).toHaveLength(5);
	expect(returned.hints.at(-1)).toMatchObject({
		type: 'warning',
		message: `The batch was not finished after 0.03 minutes. ${batchId}: 2 of its 5 runs are unfinished (2 processing). Its runs are returned as they are.`,
	});

	const failing = { ...brief, options: { onTimeout: 'fail' } };
	const failed = await listRuns(simulator, batchItems(batchId), failing);
	expect(failed.error?.message).toBe('The batch was not finished after 0.03 minutes [item 0]');
	expect(failed.error?.description).toContain('2 of its 5 runs are unfinished');

	const other = await submitBatch(simulator, 2);
	await new Promise((resolve) => setTimeout(resolve, 200));
	const going = await listRuns(simulator, batchItems(batchId, other, batchId), failing, {
		onError: 'continueRegularOutput',
	});
	expect([...errorsByItem(going.outputs[0]).keys()]).toEqual([0, 2]);
	expect(idsOf(going.outputs[0]).slice(0, 2).sort()).toEqual([...runIdsOf(other)].sort());
});

it('waits and gives flat rows, behind either output of the batch node', async () => {
	const batchId = await submitBatch(simulator, 2);
	const { outputs } = await listRuns(
		simulator,
		[{ json: { batchId, runCount: 2 } }, { json: { extend: { batchId, position: 0 } } }],
		{ waitForCompletion: true, output: 'simplified' },
	);
	expect(outputs[0]?.map(linkedItems)).toEqual([
		[0, 1],
		[0, 1],
	]);
	for (const json of jsonOf(outputs[0])) {
		expect(json).toMatchObject({ status: 'PROCESSED', batchId });
		expect(Object.keys(json).slice(0, 2)).toEqual(['fileName', 'status']);
	}
});

it('says what to turn on when some runs are not finished and it did not wait', async () => {
	const batchId = await submitBatch(simulator, 3, () => ({ simulate: 'stuck' }));
	const { hints } = await listRuns(simulator, batchItems(batchId));
	expect(hints.at(-1)).toMatchObject({
		type: 'warning',
		message: expect.stringMatching(
			/3 of its 3 runs are unfinished .*To get their results, turn on Wait for Completion\.$/,
		) as string,
	});
});

it('says how many runs a batch shows when it may have more at the end of the time', async () => {
	const batchId = await submitBatch(simulator, 5, () => undefined);
	const { hints } = await listRuns(simulator, batchItems(batchId), {
		...wait,
		timeoutMinutes: 0.03,
	});
	expect(hints.at(-1)?.message).toContain('Extend shows 5 runs of it, and more may follow');
});

it('ends within a second when the execution is stopped', async () => {
	const batchId = await submitBatch(simulator, 5, () => ({ simulate: 'stuck' }));
	const { status, durationMs } = await listRuns(simulator, batchItems(batchId), wait, {
		cancelAfterMs: 1500,
		onError: 'continueRegularOutput',
	});
	expect(status).toBe('canceled');
	expect(durationMs).toBeLessThan(2500);
	const calls = readsOf(simulator).length;
	await new Promise((resolve) => setTimeout(resolve, 1300));
	expect(readsOf(simulator)).toHaveLength(calls);
});

it('goes on waiting while Extend cannot answer', async () => {
	Object.assign(simulator.settings, { processMs: 3000 });
	const batchId = await submitBatch(simulator, 5);
	simulator.faults.add({ kind: 'serverErrorBefore', status: 503, nth: 2, times: 3 });
	const { status, outputs } = await listRuns(simulator, batchItems(batchId), wait);
	expect(status).toBe('success');
	expect(idsOf(outputs[0]).sort()).toEqual([...runIdsOf(batchId)].sort());
});
