/** The first hour with the nodes, by clicking and typing; each step leaves a picture in SCREENSHOTS_FOLDER. */
import { openBench, type Bench } from '../harness/e2e/workbench';
import { code, extend, items, listRuns, NODES, pipeline } from '../harness/e2e/pipeline';
import { eventually, triggerWorkflow } from '../harness/e2e/triggers';
import { Editor } from '../harness/n8n/editor';
import { OWNER } from '../harness/n8n/instance';
import type { WorkflowNode } from '../harness/n8n/n8nData';
import { endpointsOf, submitBatch } from '../nodes/trigger/playedTrigger';

const DOCUMENTS = 'List Documents';

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

function documents(): WorkflowNode {
	const folder = `${bench.simulator.url}/documents`;
	const rows = ['a', 'b', 'c'].map((name, index) => ({
		url: `${folder}/invoice-${name}.pdf`,
		customer: `C-${index + 1}`,
	}));
	return code(`return ${JSON.stringify(rows)}.map((json) => ({ json }));`, DOCUMENTS);
}

async function open(nodes: WorkflowNode[], credential = bench.credential): Promise<void> {
	const { id } = await bench.client.createWorkflow(pipeline(nodes, credential));
	await editor.openWorkflow(id);
}

test('from the node panel to a credential that was mistyped', async () => {
	await open([documents()]);
	await editor.addStepBehind(DOCUMENTS);
	expect(await editor.searchNodes('invoice')).toContain(NODES.extend);
	await editor.screenshot('hour-01-search');
	await editor.takeNode(NODES.extend);
	await editor.openNode(NODES.extend);
	await editor.screenshot('hour-02-fresh');

	await editor.newCredential();
	await editor.screenshot('hour-03-credential');
	await editor.type('apiToken', 'sk_mistyped');
	await editor.choose('region', 'Custom');
	await editor.type('baseUrl', bench.simulator.url);
	expect(await editor.saveCredential()).toBe(false);
	await editor.page
		.getByText(/Couldn.t connect with these settings/)
		.first()
		.waitFor();
	await editor.screenshot('hour-04-credential-wrong');
});

describe('the commonest mistakes', () => {
	const rows = (...urls: string[]) => items(urls.map((url) => ({ url })));
	const good = () => `${bench.simulator.url}/documents/a.pdf`;
	const unknown = { __rl: true, mode: 'id', value: 'workflow_unknown' };

	test.each<[string, string, () => WorkflowNode[], string]>([
		[
			'a row without a link',
			NODES.extend,
			() => [rows(good(), ''), extend(bench.workflowId)],
			'item 1',
		],
		[
			'a link that is none',
			NODES.extend,
			() => [rows('invoices/a.pdf'), extend(bench.workflowId)],
			'File URL',
		],
		[
			'a workflow that Extend does not have',
			NODES.extend,
			() => [rows(good()), extend('', { workflow: unknown })],
			'workflow',
		],
		[
			'no file in the field',
			NODES.extend,
			() => [rows(good()), extend(bench.workflowId, { source: 'binary' })],
			'data',
		],
		['no batch ID', NODES.list, () => [rows(good()), listRuns()], 'Batch ID'],
	])('%s', async (name, node, nodes, expected) => {
		await open(nodes());
		await editor.openNode(node);
		await editor.executeNode().catch(() => undefined);
		await editor.dismissNotices();
		await editor.screenshot(`hour-20-${name.replaceAll(' ', '-')}`);
		expect(await editor.output()).toContain(expected);
	});
});

test('a token that was revoked', async () => {
	const revoked = await bench.client.createCredential('extendApi', 'Revoked', {
		apiToken: 'sk_revoked',
		region: 'custom',
		baseUrl: bench.simulator.url,
	});
	await open([documents(), extend(bench.workflowId)], revoked);
	await editor.openNode(NODES.extend);
	expect(await editor.executeNode()).toBe(false);
	await editor.dismissNotices();
	await editor.screenshot('hour-20-revoked-token');
	expect(await editor.output()).toContain('token');
});

test('a published trigger starts an execution that one can look at', async () => {
	const { client, credential, simulator } = bench;
	const { id } = await client.createWorkflow(
		triggerWorkflow(credential, { events: ['batch.finished'] }, 'When invoices are read'),
	);
	await editor.openWorkflow(id);
	await editor.publish();
	await editor.screenshot('hour-30-published');
	await eventually(async () => (await endpointsOf(simulator)).length === 1, 'it is registered');
	await submitBatch(simulator, 3, (index) => ({ customer: `C-${index + 1}` }));
	await eventually(async () => (await client.executions(id)).length === 1, 'it was executed');
	await editor.openExecutions(id);
	await editor.screenshot('hour-31-execution');
	await client.unpublishWorkflow(id);
});
