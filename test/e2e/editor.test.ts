import { Editor } from '../harness/n8n/editor';
import { OWNER } from '../harness/n8n/instance';
import type { WorkflowNode } from '../harness/n8n/n8nData';

import { openBench, type Bench } from '../harness/e2e/workbench';
import { extend, items, NODES, pipeline } from '../harness/e2e/pipeline';

/** The node as it is right after somebody has put it on the canvas. */
function fresh(parameters: WorkflowNode['parameters'] = {}): WorkflowNode {
	const node = extend('');
	return { ...node, parameters };
}

/** What dragging the field with the link into File URL gives. */
const DRAGGED = { fileUrl: '={{ $json.url }}' };

describe('the panel of Extend Batch Run Workflow', () => {
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

	async function open(name: string, ...nodes: WorkflowNode[]): Promise<void> {
		const { client, credential } = bench;
		const workflow = await client.createWorkflow({ ...pipeline(nodes, credential), name });
		await editor.openWorkflow(workflow.id);
		await editor.openNode(NODES.extend);
	}

	/** Two documents; the second has no address when `complete` is false. */
	function documents(complete: boolean): WorkflowNode {
		const folder = `${bench.simulator.url}/documents`;
		return items([
			{ url: `${folder}/a.pdf`, customer: 'C-1', text: 'Invoice 1' },
			{ url: complete ? `${folder}/b.pdf` : '', customer: 'C-2', text: 'Invoice 2' },
		]);
	}

	test('shows few parameters at first, and those of each source', async () => {
		await open('Panel', documents(true), fresh());
		const around = ['workflow', 'version', 'source', 'metadataMode'];
		expect(await editor.shownParameters()).toEqual([
			...around.slice(0, 3),
			'fileUrl',
			...around.slice(3),
		]);
		await editor.screenshot('01-empty');

		expect(await editor.openList('workflow')).toEqual(
			bench.simulator.workflows.map(({ name }) => name),
		);
		await editor.screenshot('02-workflow-list');
		await editor.chooseFromList('Invoice Processing');

		for (const [source, parameter, picture] of [
			['Binary File', 'binaryPropertyName', '03-source-binary'],
			['File ID', 'fileId', '04-source-file-id'],
			['Text', 'text', '05-source-text'],
			['URL', 'fileUrl', '06-source-url'],
		] as const) {
			await editor.choose('source', source);
			await editor.parameter(parameter).waitFor();
			expect(await editor.shownParameters()).toContain(parameter);
			await editor.screenshot(picture);
		}
	});

	test('offers the versions, metadata fields and options', async () => {
		await open('Options', documents(true), fresh());
		// n8n loads dependent lists again only while all expressions of the node have values.
		await editor.executePreviousNodes();
		await editor.openList('workflow');
		await editor.chooseFromList('Invoice Processing');
		await editor.choose('version', 'Pilot');
		await editor.choose('metadataMode', 'Define Below');
		for (const option of [
			'Batch Size',
			'File Name',
			'If Extend’s Answer Is Lost',
			'Output',
			'Priority',
		]) {
			await editor.addOption(option);
		}
		await editor.screenshot('07-options');
		expect(await editor.shownParameters()).toEqual(
			expect.arrayContaining(['batchSize', 'fileName', 'onUnknownOutcome', 'output', 'priority']),
		);
	});

	test('says after a failed run what to mend', async () => {
		await open('Failed run', documents(false), fresh(DRAGGED));
		await editor.openList('workflow');
		await editor.chooseFromList('Invoice Processing');
		expect(await editor.executeNode()).toBe(false);
		const output = await editor.output();
		expect(output).toContain('File URL');
		expect(output).toContain('item 1');
		await editor.dismissNotices();
		await editor.screenshot('08-failed-run');
	});

	test('shows the batches in the output table', async () => {
		await open('Good run', documents(true), fresh(DRAGGED));
		await editor.openList('workflow');
		await editor.chooseFromList('Invoice Processing');
		expect(await editor.executeNode()).toBe(true);
		const [head, row] = await editor.outputTable();
		expect(head?.slice(0, 4)).toEqual(['batchId', 'runCount', 'batchNumber', 'batchCount']);
		const batch = bench.simulator.ledger.batches.at(-1);
		expect(row?.slice(0, 4)).toEqual([batch?.batchId, '2', '1', '1']);
		expect(await editor.output()).toContain('Submitted 2 documents in 1 batch.');
		await editor.dismissNotices();
		await editor.screenshot('09-output-table');
	});
});
