import { startSimulator, tame, type Simulator } from '../simulator';
import { jsonOf, linkedItems } from '../nodes/batchRun/batchRun';
import { batchItems, submitBatch } from '../nodes/listRuns/listRuns';
import { batchWithOpen, runExtend } from '../nodes/extend/extend';

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

describe('Cancel', () => {
	it('stops five batches of 1,000 running at once', async () => {
		const batchIds: string[] = [];
		for (let index = 0; index < 5; index++)
			batchIds.push(await batchWithOpen(simulator, 1000, 1000));
		const { outputs } = await runExtend(simulator, CANCEL, batchItems(...batchIds));
		expect(
			jsonOf(outputs[0]).map((json) => [json.batchId, json.cancelled, json.stillOpen]),
		).toEqual(batchIds.map((batchId) => [batchId, 1000, 0]));
		expect(simulator.summary().runStatuses).toEqual({ CANCELLED: 5000 });
	});

	it('finds runs that become visible only after the others were cancelled', async () => {
		Object.assign(simulator.settings, {
			...tame('The first runs must be cancelled before the others are seen', 'readableDelayMs'),
			visibilitySpreadMs: 8_000,
		});
		const batchId = await batchWithOpen(simulator, 3, 3);
		const { outputs } = await runExtend(simulator, CANCEL, batchItems(batchId));
		expect(jsonOf(outputs[0])).toMatchObject([{ runCount: 3, cancelled: 3 }]);
		expect(simulator.summary().runStatuses).toEqual({ CANCELLED: 3 });
	});
});

describe('Get Status', () => {
	it('asks for 100 batches under a limit of 10 calls per second, and fails none', async () => {
		const batchId = await submitBatch(simulator, 1);
		simulator.settings.rateLimits = { GET: 10, WRITE: null, RUN: null };
		const items = batchItems(...Array.from({ length: 100 }, (_, index) => `${batchId}${index}`));
		const { outputs } = await runExtend(simulator, STATUS, items);
		expect(jsonOf(outputs[0])).toHaveLength(100);
		expect(outputs[0]?.map(linkedItems)).toEqual(items.map((_, index) => [index]));
	});
});

describe('Delete Runs', () => {
	it('cancels open runs first if wanted, and is safe to do again', async () => {
		const batchId = await batchWithOpen(simulator, 10, 4);
		const parameters = { confirmation: 'delete', options: { cancelsFirst: true } };
		const { outputs } = await runExtend(simulator, DELETE, batchItems(batchId), parameters);
		expect(jsonOf(outputs[0])).toMatchObject([{ runsDeleted: 10, filesDeleted: 0, stillOpen: 0 }]);
		expect(simulator.summary().runStatuses).toEqual({});

		const again = await runExtend(simulator, DELETE, batchItems(batchId), {
			confirmation: 'delete',
		});
		expect(again.status).toBe('success');
		expect(jsonOf(again.outputs[0])).toMatchObject([{ runsDeleted: 0 }]);
		expect(again.hints[0]?.message).toMatch(/deleted already/);
	});
});
