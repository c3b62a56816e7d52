import { setTimeout as pause } from 'node:timers/promises';

import { linkedItems } from '../harness/n8n/execution';

import { openBench, type Bench } from '../harness/e2e/workbench';
import { extend, items, NODES, pipeline } from '../harness/e2e/pipeline';

describe('when something is wrong', () => {
	let bench: Bench;
	let folder: string;

	beforeAll(async () => {
		bench = await openBench();
		folder = `${bench.simulator.url}/documents`;
	});

	beforeEach(() => {
		bench.simulator.reset();
		bench.simulator.faults.clear();
	});

	afterAll(async () => {
		await bench.close();
	});

	/** Three documents, the second of which has no address. */
	const withGap = () =>
		items([
			{ name: 'a', url: `${folder}/a.pdf` },
			{ name: 'b', url: '' },
			{ name: 'c', url: `${folder}/c.pdf` },
		]);

	const submitted = () => bench.simulator.ledger.runs.map(({ document }) => document);

	test('On Error: Stop submits nothing and names the item', async () => {
		const execution = await bench.run(withGap(), extend(bench.workflowId));
		expect(execution.status).toBe('error');
		expect(execution.failure(NODES.extend)).toMatchObject({ context: { itemIndex: 1 } });
		expect(execution.error?.message).toMatch(/File URL/);
		expect(submitted()).toEqual([]);
	});

	test('On Error: Continue gives the rest a batch, and the bad item an error item', async () => {
		const execution = await bench.run(
			withGap(),
			extend(bench.workflowId, {}, { onError: 'continueRegularOutput' }),
		);
		expect(execution.status).toBe('success');
		const [batch, failed, ...more] = execution.items(NODES.extend);
		expect(more).toEqual([]);
		expect(batch?.json).toMatchObject({ runCount: 2 });
		expect(batch && linkedItems(batch)).toEqual([0, 2]);
		expect(failed?.json.error).toMatch(/File URL/);
		expect(failed && linkedItems(failed)).toEqual([1]);
		expect(submitted()).toEqual([`${folder}/a.pdf`, `${folder}/c.pdf`]);
	});

	test('On Error: Continue (using error output) sends the bad item to the error branch', async () => {
		const execution = await bench.run(
			withGap(),
			extend(bench.workflowId, {}, { onError: 'continueErrorOutput' }),
		);
		expect(execution.status).toBe('success');
		expect(execution.items(NODES.extend, 0).map(({ json }) => json.runCount)).toEqual([2]);
		const failed = execution.items(NODES.extend, 1);
		expect(failed).toHaveLength(1);
		expect(failed[0]?.json).toMatchObject({ name: 'b' });
		expect(failed[0]?.json.error).toMatch(/File URL/);
	});

	test('an input that Extend refuses goes to the error branch, and all others are submitted', async () => {
		bench.simulator.settings.badInputs = 'refuseWithoutPosition';
		const names = Array.from({ length: 12 }, (_, index) =>
			index === 7 ? 'refuse-me' : `${index}`,
		);
		const urls = names.map((name) => `${folder}/${name}.pdf`);
		const execution = await bench.run(
			items(urls.map((url) => ({ url }))),
			extend(bench.workflowId, {}, { onError: 'continueErrorOutput' }),
		);
		expect(execution.status).toBe('success');
		expect(execution.items(NODES.extend, 1).map(({ json }) => json.url)).toEqual([urls[7]]);
		expect(submitted().sort()).toEqual(urls.filter((_, index) => index !== 7).sort());
		const counts = execution.items(NODES.extend, 0).map(({ json }) => Number(json.runCount));
		expect(counts.reduce((sum, count) => sum + count, 0)).toBe(11);
	});

	test('a token that Extend does not know stops the run with advice', async () => {
		const { client } = bench;
		const credential = await client.createCredential('extendApi', 'Wrong', {
			apiToken: 'sk_nobody',
			region: 'custom',
			baseUrl: bench.simulator.url,
		});
		const nodes = [items([{ url: `${folder}/a.pdf` }]), extend(bench.workflowId)];
		const workflow = await client.createWorkflow(pipeline(nodes, credential));
		const execution = await client.runWorkflow(workflow);
		expect(execution.status).toBe('error');
		expect(execution.failure(NODES.extend)).toMatchObject({ httpCode: '401' });
		expect(submitted()).toEqual([]);
	});

	test('a stop in the editor ends a submission that hangs', async () => {
		const { client, simulator, credential } = bench;
		const hang = simulator.faults.add({
			kind: 'hangBefore',
			on: { path: '/workflow_runs/batch' },
		});
		const nodes = [items([{ url: `${folder}/a.pdf` }]), extend(bench.workflowId)];
		const workflow = await client.createWorkflow(pipeline(nodes, credential));
		const id = await client.startWorkflow(workflow);
		while (hang.struck === 0) await pause(50);

		const stoppedAt = Date.now();
		await client.cancelExecution(id);
		const execution = await client.waitForExecution(id, 20_000);
		expect(execution.status).toBe('canceled');
		expect(Date.now() - stoppedAt).toBeLessThan(10_000);
		expect(submitted()).toEqual([]);
	});
});
