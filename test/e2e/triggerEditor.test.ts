import { Editor } from '../harness/n8n/editor';
import { OWNER } from '../harness/n8n/instance';
import type { WorkflowNode } from '../harness/n8n/n8nData';
import { endpointsOf, submitBatch } from '../nodes/trigger/playedTrigger';
import { openBench, type Bench } from '../harness/e2e/workbench';
import { eventually, triggerWorkflow } from '../harness/e2e/triggers';

describe('the panel of Extend Trigger', () => {
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

	/** Opens a trigger, by default as somebody has just put it on the canvas. */
	async function open(name: string, parameters: WorkflowNode['parameters'] = {}): Promise<void> {
		const { client, credential } = bench;
		const stored = await client.createWorkflow(triggerWorkflow(credential, parameters, name));
		await editor.openWorkflow(stored.id);
		await editor.openNode('Extend Trigger');
	}

	test('shows few parameters at first', async () => {
		await open('Trigger panel', { events: ['batch.finished'] });
		expect(await editor.shownParameters()).toEqual(['events', 'workflowScope', 'output']);
		expect(await editor.panel()).toContain(
			'Runs that you start in the Extend dashboard send none.',
		);
		await editor.screenshot('20-trigger-fresh');
	});

	test('offers workflows, and the options of finished batches', async () => {
		await open('Trigger options', { events: ['batch.finished'] });
		await editor.choose('workflowScope', 'Selected');
		await editor.choose('workflows', 'Invoice Processing');
		await editor.closeMenu();
		for (const option of ['Review Counts as Finished', 'Statuses']) {
			await editor.addOption(option);
		}
		await editor.screenshot('21-trigger-batches');
		const shown = await editor.shownParameters();
		expect(shown).toEqual(
			expect.arrayContaining(['workflows', 'output', 'reviewCountsAsFinished', 'statuses']),
		);
	});

	test('listens for a test event and shows it', async () => {
		const { simulator } = bench;
		await open('Trigger test event', { events: ['workflow_run.completed'] });
		await editor.listen();
		await eventually(async () => (await endpointsOf(simulator)).length === 1, 'it is registered');
		await editor.screenshot('23-trigger-listening');
		expect(await editor.panel()).toContain('Listening for test event');
		await submitBatch(simulator, 1, () => ({ customer: 'C-1' }));
		for (const text of ['workflow_run.completed', 'event_', 'PROCESSED', 'C-1']) {
			await editor.untilOutput(text);
		}
		await editor.dismissNotices();
		await editor.screenshot('24-trigger-test-event');
		await eventually(async () => (await endpointsOf(simulator)).length === 0, 'it is gone again');
	});

	test('shows a finished batch as rows when it was listening for one', async () => {
		const { simulator } = bench;
		await open('Trigger finished batch', { events: ['batch.finished'] });
		await editor.listen();
		await eventually(async () => (await endpointsOf(simulator)).length === 1, 'it is registered');
		await submitBatch(simulator, 4, (index) => ({
			customer: `C-${index + 1}`,
			...(index === 2 ? { simulate: 'FAILED' } : {}),
		}));
		await editor.untilOutput('4 items');
		const [head, ...rows] = await editor.outputTable();
		expect(head?.slice(0, 4)).toEqual(['fileName', 'status', 'metadata.customer', 'classify.type']);
		expect(rows.map(([, status]) => status).sort()).toEqual([
			'FAILED',
			...Array<string>(3).fill('PROCESSED'),
		]);
		await editor.dismissNotices();
		await editor.screenshot('25-trigger-finished-batch');
		await eventually(async () => (await endpointsOf(simulator)).length === 0, 'it is gone again');
	});
});
