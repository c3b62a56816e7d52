/** The examples, node by node; those that need no other service are run, with stand-ins for what does. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { INodeTypeDescription } from 'n8n-workflow';

import { EXAMPLE_NODES, readExample } from '../../demo/exampleWorkflow';
import { knownNodes, objectionsTo } from '../harness/e2e/exampleNodes';
import { openBench, type Bench } from '../harness/e2e/workbench';
import { referenceTo } from '../harness/n8n/client';
import type { Execution } from '../harness/n8n/execution';
import type { WorkflowData, WorkflowNode } from '../harness/n8n/n8nData';
import { REPOSITORY } from '../harness/n8n/packedPackage';

let bench: Bench;
let known: INodeTypeDescription[];
let examples: Array<[string, WorkflowData]>;

beforeAll(async () => {
	bench = await openBench();
	known = await knownNodes();
	const files = await readdir(join(REPOSITORY, 'examples'));
	const names = files.map((file) => file.replace(/\.json$/, ''));
	examples = await Promise.all(
		names.map(async (name): Promise<[string, WorkflowData]> => [name, await readExample(name)]),
	);
});

afterAll(async () => {
	await bench.close();
});

const NODE_SIZE = 100;

const isNote = ({ type }: WorkflowNode) => type === 'n8n-nodes-base.stickyNote';

describe('every example', () => {
	test('has nodes that n8n knows, with parameters that they have', () => {
		const objections = examples.flatMap(([name, { nodes }]) =>
			nodes.flatMap((node) =>
				objectionsTo(node, known).map((text) => `${name}, ${node.name}: ${text}`),
			),
		);
		expect(objections).toEqual([]);
	});

	test('can be imported', async () => {
		for (const [, example] of examples) {
			const { id } = await bench.client.createWorkflow(example);
			expect(id).toBeTruthy();
		}
	});

	test('has at most three sample documents, and says that each costs credits', () => {
		for (const [name, { nodes }] of examples) {
			const text = JSON.stringify(nodes);
			if (!text.includes('extendBatchRunWorkflow')) continue;
			expect([name, text.includes('**Every document costs Extend credits.**')]).toEqual([
				name,
				true,
			]);
			for (const [, count] of text.matchAll(
				/(?:count = |LIMIT |"limit":|"count","value":)(\d+)/g,
			)) {
				expect([name, Number(count)]).toEqual([name, 3]);
			}
		}
	});

	test('has notes that touch no node', () => {
		for (const [name, { nodes }] of examples) {
			for (const note of nodes.filter(isNote)) {
				const [left, top] = note.position;
				const { width, height } = note.parameters as { width: number; height: number };
				const touched = nodes.filter((node) => {
					const [x, y] = node.position;
					const isBeside = x > left + width || x + NODE_SIZE < left;
					return !isNote(node) && !isBeside && y < top + height && y + NODE_SIZE > top;
				});
				expect([name, touched.map((node) => node.name)]).toEqual([name, []]);
			}
		}
	});

	test('links only nodes that it has', () => {
		for (const [name, { nodes, connections }] of examples) {
			const names = nodes.map((node) => node.name);
			const linked = Object.entries(connections).flatMap(([from, outputs]) => [
				from,
				...[...JSON.stringify(outputs).matchAll(/"node":"([^"]+)"/g)].map(([, to]) => to!),
			]);
			expect([name, linked.filter((one) => !names.includes(one))]).toEqual([name, []]);
		}
	});
});

/** A Code node in the place of one that needs another service. */
const code = (jsCode: string) => ({
	type: 'n8n-nodes-base.code',
	typeVersion: 2,
	parameters: { jsCode },
});

const PASSES_ON = { type: 'n8n-nodes-base.noOp', typeVersion: 1, parameters: {} };

/** Runs an example with credential and workflow filled in, and stand-ins for some nodes. */
async function run(
	name: string,
	standIns: Record<string, Pick<WorkflowNode, 'type' | 'parameters'>>,
): Promise<Execution> {
	const example = await readExample(name);
	const workflow = { __rl: true, mode: 'list', value: bench.workflowId };
	const nodes = example.nodes.map((node): WorkflowNode => {
		const standIn = standIns[node.name];
		if (standIn !== undefined) return { ...node, ...standIn };
		if (!node.type.startsWith('n8n-nodes-extend-ai.')) return node;
		const isFirst = node.name === EXAMPLE_NODES.extend;
		const parameters = { ...node.parameters, ...(isFirst && { workflow }) };
		return { ...node, credentials: referenceTo(bench.credential), parameters };
	});
	const execution = await bench.client.runWorkflow(
		await bench.client.createWorkflow({ ...example, nodes }),
	);
	expect(execution.error).toBeUndefined();
	return execution;
}

const jsonOf = (execution: Execution, node: string) =>
	execution.items(node).map(({ json }) => json);

const PDF = `Buffer.alloc(20000, '%PDF-1.4 ' + name).toString('base64')`;

describe('run with stand-ins for other services', () => {
	test('line-items-to-rows: a row for each line item, with its invoice', async () => {
		const execution = await run('line-items-to-rows', {});
		const rows = jsonOf(execution, 'Rows');
		expect(rows.length).toBeGreaterThanOrEqual(3);
		expect(new Set(rows.map(({ document }) => document)).size).toBe(3);
		for (const { description, amount, invoice_total: total } of rows) {
			expect([typeof description, typeof amount, typeof total]).toEqual([
				'string',
				'number',
				'number',
			]);
		}
	});

	test('low-confidence-to-slack: every document is used or shown to a person', async () => {
		const execution = await run('low-confidence-to-slack', { 'Ask a Person': PASSES_ON });
		const at = (node: string) => (execution.nodes.includes(node) ? jsonOf(execution, node) : []);
		expect(at('Use Values').length + at('Ask a Person').length).toBe(3);
		for (const json of at('Use Values'))
			expect(json['extract.lowestConfidence']).toBeGreaterThanOrEqual(0.9);
		for (const json of at('Ask a Person'))
			expect(json['extract.lowestConfidence']).toBeLessThan(0.9);
	});

	test('drive-folder-to-sheets: a row for each file, and none twice on the same day', async () => {
		const search = code(
			`return ['a', 'b', 'c'].map((id) => ({ json: { id, name: id + '.pdf' } }));`,
		);
		const download = code(`return $input.all().map(({ json: { id, name } }) => ({
			json: { id, name },
			binary: { data: { data: ${PDF}, mimeType: 'application/pdf', fileName: name } },
		}));`);
		const standIns = { 'Search Files': search, Download: download, 'Append Rows': PASSES_ON };
		bench.simulator.ledger.clear();
		for (let time = 0; time < 2; time++) {
			const execution = await run('drive-folder-to-sheets', standIns);
			const rows = jsonOf(execution, 'Append Rows');
			expect(rows.map((row) => row['metadata.driveFileId']).sort()).toEqual(['a', 'b', 'c']);
		}
		expect(bench.simulator.ledger.runs).toHaveLength(3);
	});
});
