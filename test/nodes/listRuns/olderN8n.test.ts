/** What the node puts out where n8n does not know `details` in an error item, that is, before 2.36. */
import { startSimulator, type Simulator } from '../../simulator';
import { jsonOf, linkedItems } from '../batchRun/batchRun';
import { batchItems, listRuns, submitBatch, untilProcessed } from './listRuns';

// Without this export n8n-workflow is one of those versions; see `ROUTES_DETAILS`.
jest.mock('n8n-workflow', () => {
	const actual = jest.requireActual<Record<string, unknown>>('n8n-workflow');
	return Object.fromEntries(
		Object.entries(actual).filter(([name]) => name !== 'recordConsumedAuth'),
	);
});

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator({ settings: { queueMs: 0, processMs: 0 } });
});
afterAll(async () => {
	await simulator.close();
});

it('error items have nothing but a headline and words, so that they reach the error output', async () => {
	const batchId = await submitBatch(simulator, 2);
	await untilProcessed(simulator);
	const { runIds } = simulator.ledger.batches[0]!;
	simulator.faults.add({
		kind: 'refuse',
		status: 400,
		on: { path: `/workflow_runs/${runIds[0]}` },
	});
	const items = [...batchItems(batchId), { json: { batchId: 'bpr_1' } }];
	const run = async (onError: 'continueErrorOutput' | 'continueRegularOutput') =>
		await listRuns(simulator, items, { output: 'full' }, { onError });

	const { outputs } = await run('continueErrorOutput');
	expect(outputs.map((output) => output.length)).toEqual([1, 2]);
	expect(outputs[1]?.map(linkedItems)).toEqual([[0], [1]]);
	for (const json of jsonOf(outputs[1])) {
		// n8n adds the fields of the input item.
		expect(
			Object.keys(json)
				.filter((key) => key !== 'batchId')
				.sort(),
		).toEqual(['error', 'message']);
	}
	expect(jsonOf(outputs[1])[0]?.message).toContain(`runId: ${runIds[0]}`);

	const regular = await run('continueRegularOutput');
	const errors = jsonOf(regular.outputs[0]).filter(({ error }) => error !== undefined);
	expect(errors.map((json) => Object.keys(json))).toEqual(Array(2).fill(['error', 'details']));
});
