import { readExample } from '../../demo/exampleWorkflow';
import { jsonText } from '../harness/n8n/jsonText';
import { referenceTo } from '../harness/n8n/client';
import type { Json } from '../harness/n8n/n8nData';
import { linkedItems } from '../harness/n8n/execution';
import { openBench, type Bench } from '../harness/e2e/workbench';
import { items, node } from '../harness/e2e/pipeline';
import { submitBatch } from '../nodes/listRuns/listRuns';

const NAME = 'Extend';

describe('the node Extend', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	beforeEach(() => {
		bench.simulator.reset();
	});

	afterAll(async () => {
		await bench.close();
	});

	const stuck = async (count: number, open = count) =>
		await submitBatch(bench.simulator, count, (index) =>
			index < open ? { simulate: 'stuck' } : {},
		);

	const operation = (value: string, parameters: { [name: string]: Json } = {}) =>
		node(NAME, 'n8n-nodes-extend-ai.extend', 1, {
			resource: 'batch',
			operation: value,
			...parameters,
		});

	test('Batch, Cancel: stops what runs, linked to the item that named it', async () => {
		const batchIds = [await stuck(40, 30), await stuck(5)];
		const execution = await bench.run(
			items(batchIds.map((batchId) => ({ batchId }))),
			operation('cancel'),
		);
		expect(execution.error).toBeUndefined();
		const output = execution.items(NAME);
		expect(output.map(({ json }) => [json.batchId, json.cancelled, json.finishedBefore])).toEqual([
			[batchIds[0], 30, 10],
			[batchIds[1], 5, 0],
		]);
		expect(output.map(linkedItems)).toEqual([[0], [1]]);
		expect(bench.simulator.summary().runStatuses).toEqual({ CANCELLED: 35, PROCESSED: 10 });
	});

	test('Batch, Get Status: also of the items that Extend Batch Run Workflow puts out per input', async () => {
		const batchId = await stuck(3);
		const execution = await bench.run(
			items([{ extend: { batchId } }, { extend: { batchId } }]),
			operation('getStatus'),
		);
		expect(execution.error).toBeUndefined();
		expect(execution.items(NAME).map(({ json }) => [json.batchId, json.open])).toEqual([
			[batchId, 3],
		]);
	});

	test('Batch, Delete Runs: nothing without the word, everything with it', async () => {
		const batchId = await stuck(4);
		const refused = await bench.run(
			items([{ batchId }]),
			operation('deleteRuns', { confirmation: 'no' }),
		);
		expect(refused.error?.message).toMatch(/^Confirmation is not the word “delete”/);
		expect(bench.simulator.summary().runStatuses).toEqual({ PROCESSING: 4 });

		const execution = await bench.run(
			items([{ batchId }]),
			operation('deleteRuns', {
				confirmation: 'delete',
				options: { cancelsFirst: true, deletesFiles: true },
			}),
		);
		expect(execution.error).toBeUndefined();
		expect(execution.items(NAME)[0]?.json).toMatchObject({ runsDeleted: 4, filesDeleted: 4 });
		expect(bench.simulator.summary().runStatuses).toEqual({});
	});

	test('a wrong ID leaves by the error output, and the other batch is cancelled', async () => {
		const batchId = await stuck(2);
		const execution = await bench.run(items([{ batchId: 'file_1' }, { batchId }]), {
			...operation('cancel'),
			onError: 'continueErrorOutput',
		});
		expect(execution.items(NAME).map(({ json }) => json.cancelled)).toEqual([2]);
		expect(jsonText(execution.items(NAME, 1)[0]?.json.error)).toMatch(/the ID of a file/);
	});

	test('examples/stop-a-batch.json stops the batches that are filled in', async () => {
		const batchIds = [await stuck(3), await stuck(2)];
		const { client, credential } = bench;
		const example = await readExample('stop-a-batch');
		const nodes = example.nodes.map((entry) => {
			if (entry.type === 'n8n-nodes-extend-ai.extend') {
				return { ...entry, credentials: referenceTo(credential) };
			}
			if (entry.name !== 'Batches') return entry;
			const text = JSON.stringify(entry.parameters);
			return {
				...entry,
				parameters: JSON.parse(
					text.replace('batch_…, batch_…', batchIds.join(', ')),
				) as typeof entry.parameters,
			};
		});
		const execution = await client.runWorkflow(await client.createWorkflow({ ...example, nodes }));
		expect(execution.error).toBeUndefined();
		expect(
			execution
				.items('Status After')
				.map(({ json }) => [json.batchId, json.finished, json.cancelled]),
		).toEqual([
			[batchIds[0], true, 3],
			[batchIds[1], true, 2],
		]);
	});
});
