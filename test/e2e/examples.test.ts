import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import {
	bulkSubmitExample,
	EXAMPLE_NODES,
	readExample,
	triggerExample,
} from '../../demo/exampleWorkflow';
import { jsonText } from '../harness/n8n/jsonText';
import { SEED_WORKFLOWS } from '../simulator';

import { referenceTo } from '../harness/n8n/client';
import type { Execution } from '../harness/n8n/execution';
import { REPOSITORY } from '../harness/n8n/packedPackage';
import { endpointsOf, submitBatch } from '../nodes/trigger/playedTrigger';
import { openBench, type Bench } from '../harness/e2e/workbench';
import { endpointOf, eventually } from '../harness/e2e/triggers';

describe('every example', () => {
	test('holds no credential and no account of anybody', async () => {
		const files = await readdir(join(REPOSITORY, 'examples'));
		expect(files.length).toBeGreaterThan(3);
		for (const file of files) {
			const example = await readExample(file.replace(/\.json$/, ''));
			expect(example.nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
			expect(JSON.stringify(example)).not.toMatch(/instanceId|ownedBy|sharedWith|versionId/);
		}
	});
});

describe('examples/bulk-submit.json', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	afterAll(async () => {
		await bench.close();
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

describe('examples/nightly-bulk-job.json', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	afterAll(async () => {
		await bench.close();
	});

	test('makes a row of each document that went well', async () => {
		const { client, simulator, credential } = bench;
		const example = await readExample('nightly-bulk-job');
		const nodes = example.nodes.map((node) => {
			if (node.name === EXAMPLE_NODES.list) {
				const jsCode = jsonText(node.parameters.jsCode).replace('count = 3', 'count = 100');
				return { ...node, parameters: { ...node.parameters, jsCode } };
			}
			if (!node.type.startsWith('n8n-nodes-extend-ai.')) return node;
			const workflow = { __rl: true, mode: 'list', value: bench.workflowId };
			const isFirst = node.name === EXAMPLE_NODES.extend;
			return {
				...node,
				credentials: referenceTo(credential),
				parameters: { ...node.parameters, ...(isFirst && { workflow }) },
			};
		});
		simulator.settings.outcomeShares = { FAILED: 0.1 };
		const workflow = await client.createWorkflow({ ...example, nodes });
		const execution = await client.runWorkflow(workflow);
		expect(execution.error).toBeUndefined();
		const rows = execution.items('Rows');
		const failures = execution.items('Failures');
		expect(rows.length + failures.length).toBe(100);
		expect(failures.length).toBeGreaterThan(0);
		expect(failures[0]?.json).toMatchObject({ status: 'FAILED' });
		expect(rows[0]?.json).toMatchObject({
			document: expect.stringMatching(/^invoice-\d+\.pdf$/) as string,
			customer: expect.stringMatching(/^C-\d+$/) as string,
			total: expect.any(Number) as number,
		});

		// Run again on the same day, it gives the same rows, and submits nothing.
		const again = await client.runWorkflow(workflow);
		expect(again.error).toBeUndefined();
		expect(again.items('Rows')).toHaveLength(rows.length);
		expect(simulator.ledger.runs).toHaveLength(100);
	});
});

describe.each([
	['react-to-finished-documents', 6],
	['react-to-finished-batches', 1],
] as const)('examples/%s.json', (name, expectedExecutions) => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	afterAll(async () => {
		await bench.close();
	});

	test('tells good from bad, each document once although every event comes twice', async () => {
		const { client, simulator, credential } = bench;
		const { id } = await client.createWorkflow(await triggerExample(name, credential));
		await client.publishWorkflow(id);
		await endpointOf(simulator, client, id);
		Object.assign(simulator.settings, { deliverTwice: true });
		await submitBatch(simulator, 6, (index) => ({
			customer: `C-${index}`,
			...(index < 2 ? { simulate: 'FAILED' } : {}),
		}));
		let executions: Execution[] = [];
		await eventually(async () => {
			const started = await client.executions(id);
			executions = await Promise.all(
				started.map(async (execution) => await client.getExecution(execution.id)),
			);
			return (
				executions.length >= expectedExecutions &&
				executions.every(({ ended }) => ended) &&
				simulator.ledger.deliveries.every(({ outcome }) => outcome === 'delivered')
			);
		}, 'all executions have ended');
		expect(executions.map(({ status }) => status)).toEqual(
			Array(expectedExecutions).fill('success'),
		);
		const at = (pattern: RegExp) =>
			executions.flatMap((execution) =>
				execution.nodes
					.filter((node) => pattern.test(node))
					.flatMap((node) => execution.items(node)),
			);
		expect(at(/^(Use Values|Rows)$/)).toHaveLength(4);
		expect(at(/^(Handle Failure|Failures)$/)).toHaveLength(2);
		expect(JSON.stringify(at(/^(Handle Failure|Failures)$/))).toContain('C-1');
		await client.unpublishWorkflow(id);
		await eventually(
			async () => (await endpointsOf(simulator)).length === 0,
			'the trigger is unregistered',
		);
	});
});
