/** The output Not Finished: what leaves by it, what it does to the other outputs, and a batch that comes back. */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { ExtendListRunsByBatch } from '../../../nodes/ExtendListRunsByBatch/ExtendListRunsByBatch.node';
import { runNode } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import type { Simulator } from '../../simulator';
import { credentialsFor, jsonOf, linkedItems } from '../batchRun/batchRun';
import { batchItems, callExtend, listRuns, submitBatch, untilProcessed } from './listRuns';

const MINUTE = 60_000;

let simulator: Simulator;
let ahead = 0;

beforeAll(() => {
	const realDate = Date.now.bind(Date);
	const realSteady = performance.now.bind(performance);
	jest.spyOn(Date, 'now').mockImplementation(() => realDate() + ahead);
	jest.spyOn(performance, 'now').mockImplementation(() => realSteady() + ahead);
});

afterAll(() => {
	jest.restoreAllMocks();
});

useSimulator({ queueMs: 1, processMs: 5, jitter: 0 }, (started) => {
	simulator = started;
});

const separate = { waitForCompletion: true, timeoutMinutes: 0, options: { onTimeout: 'separate' } };

const stuckBatch = async () =>
	await submitBatch(simulator, 3, (index) => (index === 0 ? { simulate: 'stuck' } : {}));

/** A batch that Extend has finished. */
async function finishedBatch(count: number): Promise<string> {
	const batchId = await submitBatch(simulator, count);
	ahead += MINUTE;
	await untilProcessed(simulator);
	return batchId;
}

async function runsOf(batchId: string): Promise<Array<{ id: string }>> {
	const { data } = await callExtend<{ data: Array<{ id: string }> }>(
		simulator,
		'GET',
		`/workflow_runs?batchId=${batchId}&maxPageSize=1000`,
	);
	return data;
}

const known = (batchId: string, runCount: number, more: IDataObject = {}): INodeExecutionData => ({
	json: { batchId, runCount, ...more },
});

it('gives the input item of each batch that is not finished, linked to itself, beside the runs of the others', async () => {
	const finished = await finishedBatch(2);
	const stuck = await stuckBatch();
	const attached = { data: { data: 'eA==', mimeType: 'text/plain' } };
	const items = [
		known(stuck, 3, { row: 'a', error: 'of before' }),
		known(finished, 2, { row: 'b' }),
		{ ...known(stuck, 3, { row: 'c' }), binary: attached },
	];
	const { outputs, after, hints } = await listRuns(simulator, items, separate, {
		after: { row: "={{ $('Start').item.json.row }}" },
	});
	expect(outputs[0]?.map(linkedItems)).toEqual([[1], [1]]);
	expect(jsonOf(outputs[1])).toEqual([
		{ batchId: stuck, runCount: 3, row: 'a', inputError: 'of before' },
		{ batchId: stuck, runCount: 3, row: 'c' },
	]);
	expect(outputs[1]?.map(linkedItems)).toEqual([[0], [2]]);
	expect(outputs[1]?.[1]?.binary).toMatchObject(attached);
	expect(after).toEqual([
		[{ row: 'b' }, { row: 'b' }],
		[{ row: 'a' }, { row: 'c' }],
	]);
	expect(hints.at(-1)?.message).toContain('It leaves through the output Not Finished.');
});

it('leaves the error output the last one, and keeps its items out of Not Finished', async () => {
	const finished = await finishedBatch(1);
	const stuck = await stuckBatch();
	const items = [...batchItems('bpr_wrong'), known(stuck, 3), known(finished, 1)];
	const { outputs } = await listRuns(simulator, items, separate, {
		onError: 'continueErrorOutput',
	});
	expect(outputs.map((of) => of.map(linkedItems))).toEqual([[[2]], [[1]], [[0]]]);
	expect(outputs[2]?.[0]?.json.error).toContain('Batch ID');
});

it.each([
	['the option is not chosen', { options: {} }],
	['another one is', { options: { onTimeout: 'fail' } }],
	['it does not wait', { ...separate, waitForCompletion: false }],
])('is not there if %s: errors leave by the second output', async (_why, parameters) => {
	const finished = await finishedBatch(1);
	const items = [...batchItems('bpr_wrong'), known(finished, 1)];
	const { outputs } = await listRuns(simulator, items, parameters, {
		onError: 'continueErrorOutput',
	});
	expect(outputs.map((of) => of.map(linkedItems))).toEqual([[[1]], [[0]]]);
});

it('is there if an expression may choose it, for some items', async () => {
	const [one, other] = [await stuckBatch(), await stuckBatch()];
	const items = [known(one, 3, { then: 'separate' }), known(other, 3, { then: 'return' })];
	const options = { onTimeout: '={{ $json.then }}' };
	const { outputs } = await listRuns(simulator, items, { ...separate, options });
	expect(outputs.map((of) => of.map(linkedItems))).toEqual([[[1], [1], [1]], [[0]]]);
});

it('is there too where an expression says whether to wait', async () => {
	const items = [known(await stuckBatch(), 3, { waits: true }), ...batchItems('bpr_wrong')];
	const waitForCompletion = '={{ $json.waits !== false }}';
	const { outputs } = await listRuns(
		simulator,
		items,
		{ ...separate, waitForCompletion },
		{ onError: 'continueErrorOutput' },
	);
	expect(outputs.map((of) => of.map(linkedItems))).toEqual([[], [[0]], [[1]]]);
});

it('takes all items of a batch, which find their own runs when they come back', async () => {
	const stuck = await stuckBatch();
	const items = [0, 1, 2].map((position) => ({ json: { extend: { batchId: stuck, position } } }));
	const joining = { ...separate, options: { onTimeout: 'separate', joinInput: true } };
	const first = await listRuns(simulator, items, joining);
	expect(first.outputs.map((of) => of.length)).toEqual([0, 3]);

	ahead += MINUTE;
	for (const { id } of await runsOf(stuck)) {
		await callExtend(simulator, 'POST', `/workflow_runs/${id}/cancel`).catch(() => undefined);
	}
	ahead += MINUTE;
	const { outputs } = await listRuns(simulator, first.outputs[1]!, joining, {
		contextData: first.contextData,
	});
	expect(outputs.map((of) => of.map(linkedItems))).toEqual([[[0], [1], [2]]]);
	expect(jsonOf(outputs[0])[0]).toMatchObject({ extend: { run: { status: 'CANCELLED' } } });
});

describe('a batch that comes back', () => {
	it('is finished some minutes after the last new run, also when runs of it were deleted', async () => {
		const batchId = await finishedBatch(3);
		const [deleted] = await runsOf(batchId);
		await callExtend(simulator, 'DELETE', `/workflow_runs/${deleted!.id}`);
		const first = await listRuns(simulator, [known(batchId, 3)], separate);
		expect(first.outputs.map((of) => of.length)).toEqual([0, 1]);
		ahead += 4 * MINUTE;
		const { contextData } = first;
		const early = await listRuns(simulator, [known(batchId, 3)], separate, { contextData });
		expect(early.outputs.map((of) => of.length)).toEqual([0, 1]);
		ahead += 2 * MINUTE;
		const late = await listRuns(simulator, [known(batchId, 3)], separate, {
			contextData: early.contextData,
		});
		expect(late.outputs.map((of) => of.length)).toEqual([2]);
		expect(late.contextData).toEqual({ notFinished: {} });
	});

	it('is an error when Extend has shown no run of it for minutes, not a loop without an end', async () => {
		const items = batchItems('batch_1234567890abcdefghijk');
		const first = await listRuns(simulator, items, separate);
		expect(first.outputs.map((of) => of.length)).toEqual([0, 1]);
		ahead += 6 * MINUTE;
		const { error } = await listRuns(simulator, items, separate, {
			contextData: first.contextData,
		});
		expect(error?.message).toContain('Extend shows no run of batch');
	});
});

it('is an error where the node is a tool of an agent, which has one output', async () => {
	const node = new ExtendListRunsByBatch();
	node.description = {
		...node.description,
		name: 'extendListRunsByBatchTool',
		outputs: ['main'],
	};
	const { outputs } = await runNode({
		node,
		items: [known(await stuckBatch(), 3)],
		parameters: { ...separate, output: 'summary' },
		credentials: credentialsFor(simulator),
		credentialTypes: [new ExtendApi()],
		onError: 'continueRegularOutput',
	});
	expect(outputs).toHaveLength(1);
	expect(jsonOf(outputs[0])[0]?.error).toBe('The batch is not finished');
});
