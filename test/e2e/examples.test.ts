import { bulkSubmitExample, EXAMPLE_NODES, readExample } from '../demo/exampleWorkflow';
import { jsonText } from '../n8n/jsonText';
import { SEED_WORKFLOWS } from '../simulator';

import { openBench, type Bench } from './bench';

describe('examples/bulk-submit.json', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	afterAll(async () => {
		await bench.close();
	});

	test('holds no credential and no account of anybody', async () => {
		const example = await readExample('bulk-submit');
		expect(example.nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
		expect(JSON.stringify(example)).not.toMatch(/instanceId|ownedBy|sharedWith|versionId/);
	});

	test('runs after import, once credential, workflow and documents are filled in', async () => {
		const { client, simulator, credential } = bench;
		const documentFolder = `${simulator.url}/documents`;
		const workflow = simulator.workflow(SEED_WORKFLOWS.invoices);
		const example = await bulkSubmitExample({ workflow, documentFolder }, credential, 1_200);
		const execution = await client.runWorkflow(await client.createWorkflow(example));
		expect(execution.error).toBeUndefined();
		const output = execution.items(EXAMPLE_NODES.extend);
		expect(output.map(({ json }) => json.runCount)).toEqual([1_000, 200]);
		const urls = execution.items(EXAMPLE_NODES.list).map(({ json }) => jsonText(json.url));
		expect(simulator.ledger.account(urls)).toMatchObject({ runs: 1_200, doubled: [], lost: [] });
		expect(simulator.ledger.runs[0]?.metadata).toMatchObject({
			name: 'invoice-00001',
			customer: 'C-1000',
		});
	});
});
