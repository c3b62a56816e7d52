import { linkedItems } from '../harness/n8n/execution';
import { jsonText } from '../harness/n8n/jsonText';
import type { Json } from '../harness/n8n/n8nData';

import { openBench, type Bench } from '../harness/e2e/workbench';
import { documentItems, documentUrls, extend, NODES } from '../harness/e2e/pipeline';

const COUNT = 2_500;

describe('2,500 documents', () => {
	let bench: Bench;
	let folder: string;

	beforeAll(async () => {
		bench = await openBench();
		folder = `${bench.simulator.url}/documents`;
	});

	beforeEach(() => {
		bench.simulator.reset();
	});

	afterAll(async () => {
		await bench.close();
	});

	test('become three batches in order, linked to their items, and 2,500 runs', async () => {
		const execution = await bench.run(
			documentItems(folder, COUNT),
			extend(bench.workflowId, {
				metadataMode: 'fields',
				metadata: {
					values: [
						{ key: 'name', value: '={{ $json.name }}' },
						{ key: 'customer', value: '={{ $json.customer }}' },
					],
				},
			}),
		);
		expect(execution.error).toBeUndefined();

		const output = execution.items(NODES.extend);
		expect(output.map(({ json }) => json.runCount)).toEqual([1_000, 1_000, 500]);
		expect(output.map(({ json }) => json.batchNumber)).toEqual([1, 2, 3]);
		const indexes = Array.from({ length: COUNT }, (_, index) => index);
		expect(output.flatMap(linkedItems)).toEqual(indexes);
		expect(output.map((item) => linkedItems(item).length)).toEqual([1_000, 1_000, 500]);

		const { ledger } = bench.simulator;
		expect(ledger.account(documentUrls(folder, COUNT))).toEqual({
			documents: COUNT,
			batches: 3,
			runs: COUNT,
			doubled: [],
			lost: [],
			unexpected: [],
		});
		expect(ledger.batches.map(({ batchId }) => batchId).sort()).toEqual(
			output.map(({ json }) => json.batchId).sort(),
		);
		const mismatched = ledger.runs.filter(
			({ document, metadata }) => document !== `${folder}/${jsonText(metadata.name as Json)}.pdf`,
		);
		expect(mismatched).toEqual([]);
	});

	test('are submitted once although the answer to a batch was lost', async () => {
		const fault = bench.simulator.faults.add({
			kind: 'resetAfter',
			nth: 2,
			on: { path: '/workflow_runs/batch' },
		});
		const execution = await bench.run(documentItems(folder, COUNT), extend(bench.workflowId));
		expect(fault.struck).toBe(1);
		expect(execution.error).toBeUndefined();
		expect(execution.items(NODES.extend)).toHaveLength(3);
		expect(bench.simulator.ledger.account(documentUrls(folder, COUNT))).toMatchObject({
			batches: 3,
			runs: COUNT,
			doubled: [],
			lost: [],
		});
	});

	test('leave as 2,500 items with Output: One Item per Input', async () => {
		const execution = await bench.run(
			documentItems(folder, COUNT),
			extend(bench.workflowId, { options: { output: 'input' } }),
		);
		expect(execution.error).toBeUndefined();
		const output = execution.items(NODES.extend);
		expect(output).toHaveLength(COUNT);
		const positions = new Map(
			bench.simulator.ledger.runs.map(({ document, batchId, position }) => [
				document,
				{ batchId, position },
			]),
		);
		const wrong = output.filter(({ json, pairedItem }, index) => {
			const run = positions.get(jsonText(json.url));
			return (
				json.name !== `invoice-${index}` ||
				JSON.stringify(linkedItems({ json, pairedItem })) !== `[${index}]` ||
				JSON.stringify(json.extend) !== JSON.stringify(run)
			);
		});
		expect(wrong).toEqual([]);
	});
});
