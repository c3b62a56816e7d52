import packageJson from '../../package.json';
import { Editor } from '../harness/n8n/editor';
import { OWNER } from '../harness/n8n/instance';
import type { TypeDescription } from '../harness/n8n/n8nData';

import { openBench, type Bench } from '../harness/e2e/workbench';

/** What somebody types who looks for a way to process documents. */
const WORDS = ['extend', 'pdf', 'invoice', 'batch', 'ocr', 'document'];

/**
 * The name in the node panel. n8n shows a trigger as the name of its service, and puts it together with the
 * node of that name: “Extend” has both the triggers and the actions.
 */
function panelName({ displayName }: TypeDescription): string {
	return displayName.replace(/ Trigger$/, '');
}

/** What the node panel asks for of nodes with actions; `undefined` of the others. */
function firstAction({ properties }: TypeDescription): string | undefined {
	const operations = properties.find(({ name }) => name === 'operation')?.options ?? [];
	return operations.find(({ action }) => action !== undefined)?.action;
}

describe('the node panel', () => {
	let bench: Bench;
	let editor: Editor;
	let types: TypeDescription[];

	beforeAll(async () => {
		bench = await openBench();
		editor = await Editor.open(bench.client.url, OWNER);
		types = (await bench.client.nodeTypes()).filter(
			({ name }) => name.startsWith(`${packageJson.name}.`) && !name.endsWith('Tool'),
		);
		expect(types).toHaveLength(packageJson.n8n.nodes.length);
	});

	afterAll(async () => {
		await editor.close();
		await bench.close();
	});

	async function expectAllFound(picture: string): Promise<void> {
		for (const word of WORDS) {
			const found = await editor.searchNodes(word);
			expect({ word, found }).toEqual({
				word,
				found: expect.arrayContaining(types.map(panelName)) as string[],
			});
			await editor.screenshot(`${picture}-${word}`);
		}
	}

	test('finds every node before the first step, by each word', async () => {
		await editor.addFirstStep();
		await expectAllFound('30-first-step');
	});

	test('finds every node behind a trigger, by each word', async () => {
		await editor.addStepBehind(await editor.startByHand());
		await expectAllFound('31-next-step');
	});

	test('finds the trigger among the events of apps, and the actions among those of apps', async () => {
		await editor.addFirstStep();
		await editor.openSection('On app event');
		expect(await editor.searchNodes('extend')).toContain('Extend');
		await editor.addStepBehind(await editor.startByHand());
		await editor.openSection('Action in an app');
		expect(await editor.searchNodes('invoice')).toContain('Extend Batch Run Workflow');
	});

	test('hands out every node, as the first step and behind another', async () => {
		for (const type of types) {
			await editor.addFirstStep();
			await editor.searchNodes('extend');
			expect(await editor.takeNode(panelName(type), firstAction(type))).toBe(type.name);
			await editor.screenshot(`32-taken-${type.name.split('.').at(-1)}`);
		}
		let last = await editor.startByHand();
		for (const type of types.filter(({ displayName }) => !displayName.endsWith('Trigger'))) {
			await editor.addStepBehind(last);
			await editor.searchNodes('invoice');
			expect(await editor.takeNode(panelName(type), firstAction(type))).toBe(type.name);
			// A node that is taken by one of its actions is named after it.
			last = firstAction(type) ?? type.displayName;
		}
		await editor.screenshot('33-taken-behind');
	});
});
