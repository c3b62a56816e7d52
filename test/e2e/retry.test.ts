import { linkedItems } from '../harness/n8n/execution';

import { openBench, type Bench } from '../harness/e2e/workbench';
import { documentItems, documentUrls, extend, NODES, pipeline } from '../harness/e2e/pipeline';

describe('trying again', () => {
	const SUBMIT = { method: 'POST', path: '/workflow_runs/batch' };
	const DOCUMENTS = 30;
	let bench: Bench;
	let folder: string;

	beforeAll(async () => {
		bench = await openBench();
		folder = `${bench.simulator.url}/documents`;
	});

	beforeEach(() => {
		bench.simulator.reset();
		bench.simulator.faults.clear();
		bench.simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 2 });
	});

	afterAll(async () => {
		await bench.close();
	});

	const account = () => bench.simulator.ledger.account(documentUrls(folder, DOCUMENTS));
	const parameters = {
		metadataMode: 'fields',
		// Differs from try to try, and must not make accepted documents look like new ones.
		metadata: { values: [{ key: 'at', value: '={{ $now.toISO() + Math.random() }}' }] },
		options: { batchSize: 10 },
	};

	test('Retry On Fail sends only what is missing', async () => {
		const execution = await bench.run(documentItems(folder, DOCUMENTS), {
			...extend(bench.workflowId, parameters),
			retryOnFail: true,
			maxTries: 2,
			waitBetweenTries: 100,
		});
		expect(execution.status).toBe('success');
		expect(execution.items(NODES.extend).flatMap(linkedItems)).toHaveLength(DOCUMENTS);
		expect(account()).toMatchObject({ runs: DOCUMENTS, doubled: [], lost: [] });
	});

	test('the Retry of a failed execution sends only what is missing', async () => {
		const { client, credential, workflowId } = bench;
		const workflow = await client.createWorkflow(
			pipeline([documentItems(folder, DOCUMENTS), extend(workflowId, parameters)], credential),
		);
		const failed = await client.runWorkflow(workflow);
		expect(failed.status).toBe('error');
		expect(failed.error?.message).toMatch(/Extend has blocked usage/);
		const before = account();
		expect(before.runs).toBeGreaterThan(0);
		expect(before.lost.length).toBeGreaterThan(0);

		const retried = await client.retryExecution(failed.id);
		expect(retried.status).toBe('success');
		expect(retried.items(NODES.extend).flatMap(linkedItems)).toHaveLength(DOCUMENTS);
		expect(account()).toMatchObject({ runs: DOCUMENTS, doubled: [], lost: [] });
	});
});
