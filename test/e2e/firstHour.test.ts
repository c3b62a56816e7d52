/** The first hour with the nodes, by clicking and typing; each step leaves a picture in SCREENSHOTS_FOLDER. */
import { openBench, type Bench } from '../harness/e2e/workbench';
import { code, extend, items, listRuns, NODES, pipeline } from '../harness/e2e/pipeline';
import { eventually, triggerWorkflow } from '../harness/e2e/triggers';
import { COLOR_SCHEME, Editor } from '../harness/n8n/editor';
import { OWNER } from '../harness/n8n/instance';
import type { WorkflowNode } from '../harness/n8n/n8nData';
import { endpointsOf, submitBatch } from '../nodes/trigger/playedTrigger';
import { TOKENS } from '../simulator';

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

test('from the node panel to the values of the documents', async () => {
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
	await editor.screenshot('hour-04-credential-wrong');
	await editor.type('apiToken', TOKENS.workspace);
	expect(await editor.saveCredential()).toBe(true);
	await editor.screenshot('hour-05-credential-right');

	await editor.openList('workflow');
	await editor.screenshot('hour-06-workflows');
	await editor.chooseFromList('Invoice Processing');
	await editor.executePreviousNodes();
	await editor.drag('url', 'fileUrl');
	await editor.screenshot('hour-07-dragged');
	expect(await editor.panel()).toContain('{{ $json.url }}');

	expect(await editor.executeNode()).toBe(true);
	expect(await editor.output()).toContain(
		'Submitted 3 documents in 1 batch. Next: Extend List Runs by Batch. Pin this output while you build',
	);
	await editor.dismissNotices();
	await editor.screenshot('hour-08-submitted');
	await editor.closeNode();

	await editor.addStepBehind(NODES.extend);
	await editor.searchNodes('extend');
	await editor.takeNode(NODES.list);
	await editor.openNode(NODES.list);
	await editor.screenshot('hour-09-list-fresh');
	expect(await editor.executeNode()).toBe(true);
	const [head, ...rows] = await editor.outputTable();
	expect(head?.slice(0, 2)).toEqual(['fileName', 'status']);
	expect(rows).toHaveLength(3);
	// The step was run alone, and still knows the documents.
	expect(await editor.output()).not.toContain('Another execution');
	expect(bench.simulator.ledger.runs).toHaveLength(3);
	await editor.dismissNotices();
	await editor.screenshot('hour-10-values');
	await editor.closeNode();
	await editor.screenshot('hour-11-canvas');

	await editor.turnLight('dark');
	await editor.screenshot('hour-12-canvas-dark');
	await editor.openNode(NODES.extend);
	await editor.screenshot('hour-13-batch-dark');
	await editor.closeNode();
	await editor.openNode(NODES.list);
	await editor.screenshot('hour-14-list-dark');
	await editor.turnLight(COLOR_SCHEME);
});

test('a credential before there is any workflow, as README says', async () => {
	await editor.newCredentialFromStart('Extend API');
	await editor.type('apiToken', TOKENS.workspace);
	await editor.choose('region', 'Custom');
	await editor.type('baseUrl', bench.simulator.url);
	expect(await editor.saveCredential()).toBe(true);
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
