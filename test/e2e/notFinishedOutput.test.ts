import { readExample } from '../../demo/exampleWorkflow';
import { items, listRuns, node, NODES, pipeline } from '../harness/e2e/pipeline';
import { openBench, type Bench } from '../harness/e2e/workbench';
import { Editor } from '../harness/n8n/editor';
import { OWNER } from '../harness/n8n/instance';

describe('the output Not Finished in the editor', () => {
	let bench: Bench;
	let editor: Editor;

	beforeAll(async () => {
		bench = await openBench();
		editor = await Editor.open(bench.client.url, OWNER);
	});

	afterAll(async () => {
		await editor.close();
		await bench.close();
	});

	test('is labelled in the example', async () => {
		const example = await bench.client.createWorkflow(await readExample('job-of-many-hours'));
		await editor.openWorkflow(example.id);
		expect(await editor.canvasText(NODES.list)).toMatch(/Finished[^]*Not Finished/);
		await editor.screenshot('20-job-of-many-hours');
	});

	test('comes when the option is chosen, before that of errors', async () => {
		const list = { ...listRuns(), onError: 'continueErrorOutput' as const };
		const workflow = pipeline([items([{ batchId: 'batch_1' }]), list], bench.credential);
		const ends = ['Rows', 'Errors'].map((name) => node(name, 'n8n-nodes-base.noOp', 1));
		const { id } = await bench.client.createWorkflow({
			...workflow,
			nodes: [
				...workflow.nodes,
				...ends.map((end, index) => ({ ...end, position: [700, 200 * index] as [number, number] })),
			],
			connections: {
				...workflow.connections,
				[NODES.list]: { main: ends.map(({ name }) => [{ node: name, type: 'main', index: 0 }]) },
			},
		});
		await editor.openWorkflow(id);
		expect(await editor.canvasText(NODES.list)).not.toContain('Not Finished');
		await editor.openNode(NODES.list);
		await editor.addOption('On Timeout');
		await editor.choose('onTimeout', 'Use Not Finished Output');
		await editor.screenshot('21-not-finished-chosen');
		await editor.closeNode();
		expect(await editor.canvasText(NODES.list)).toMatch(/Finished[^]*Not Finished[^]*Error/);
		await editor.screenshot('22-not-finished-with-errors');
	});
});
