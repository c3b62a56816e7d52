/**
 * Makes the pictures for the README and `docs/`, in a real n8n and a browser: `npm run pictures`, or
 * `npm run pictures -- stop-a-batch` for one example.
 */
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually, triggerWorkflow } from '../test/harness/e2e/triggers';
import { Editor } from '../test/harness/n8n/editor';
import { referenceTo, type StoredCredential } from '../test/harness/n8n/client';
import { ensureN8n } from '../test/harness/n8n/install';
import { startN8n, type N8nInstance } from '../test/harness/n8n/instance';
import { buildPackage, REPOSITORY } from '../test/harness/n8n/packedPackage';
import { createProgress } from '../test/harness/n8n/progress';
import { endpointsOf, submitBatch } from '../test/nodes/trigger/playedTrigger';
import { SEED_WORKFLOWS, startSimulator, TOKENS, type Simulator } from '../test/simulator';

import { EXAMPLE_NODES, readExample } from './exampleWorkflow';

const FOLDER = join(REPOSITORY, 'docs', 'images', 'examples');
const MARGIN = 24;
const LARGEST_BYTES = 200_000;

/** The example that README shows after it has run. */
const FINISHED = { example: 'nightly-bulk-job', picture: '../finished-workflow' };

/** The pictures of its nodes in README. */
const PANELS: { [node: string]: string } = {
	[EXAMPLE_NODES.extend]: '../batch-run-workflow',
	[EXAMPLE_NODES.results]: '../list-runs-by-batch',
};

/** What lies on the canvas, but does not belong to the workflow. */
const CONTROLS =
	'.vue-flow__panel, [class*="executionButtons"], [class*="nodeButtonsWrapper"], [data-test-id="execute-workflow-button"]';

/** The nodes and notes with their names, which stand outside of them, and the lines. */
const DRAWN = '.vue-flow__node, .vue-flow__node *, .vue-flow__edge-path';

interface Clip {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** A picture of the nodes and notes on the canvas, and nothing else of the editor. */
async function takeCanvas({ page }: Editor, name: string): Promise<void> {
	await page.addStyleTag({ content: `${CONTROLS} { visibility: hidden !important; }` });
	await page.keyboard.press('1');
	// The canvas moves to where everything is seen.
	await page.waitForTimeout(1_200);
	const boxes = await page.locator(DRAWN).evaluateAll((elements) =>
		elements.flatMap((element) => {
			const { left, top, right, bottom } = element.getBoundingClientRect();
			return right > left || bottom > top ? [{ left, top, right, bottom }] : [];
		}),
	);
	const canvas = (await page.locator('.vue-flow').first().boundingBox())!;
	const x = Math.max(canvas.x, Math.min(...boxes.map(({ left }) => left)) - MARGIN);
	const y = Math.max(canvas.y, Math.min(...boxes.map(({ top }) => top)) - MARGIN);
	const [right, bottom] = [
		Math.min(Math.max(...boxes.map((box) => box.right)) + MARGIN, canvas.x + canvas.width),
		Math.min(Math.max(...boxes.map((box) => box.bottom)) + MARGIN, canvas.y + canvas.height),
	];
	await take(page, name, { x, y, width: right - x, height: bottom - y });
}

/** A picture of the page, or of a part of it. */
async function take(page: Editor['page'], name: string, clip?: Clip): Promise<void> {
	const path = join(FOLDER, `${name}.png`);
	await page.screenshot({ path, animations: 'disabled', clip });
	const { size } = await stat(path);
	if (size > LARGEST_BYTES)
		throw new Error(`${path} has ${size} bytes, more than ${LARGEST_BYTES}`);
	process.stdout.write(`${name}: ${Math.round(size / 1_000)} KB\n`);
}

/** A picture of the open node with its output as a table. */
async function takePanel(editor: Editor, name: string): Promise<void> {
	await editor.outputTable();
	await editor.dismissNotices();
	// The table is drawn a moment later.
	await editor.page.waitForTimeout(600);
	await take(editor.page, name);
}

/** Has Extend Trigger hear of a finished batch, and takes its panel. */
async function takeTrigger(
	client: N8nInstance['client'],
	editor: Editor,
	simulator: Simulator,
	credential: StoredCredential,
): Promise<void> {
	const { id } = await client.createWorkflow(
		triggerWorkflow(credential, { events: ['batch.finished'] }, 'When a batch is finished'),
	);
	await editor.openWorkflow(id);
	await editor.openNode('Extend Trigger');
	await editor.listen();
	await eventually(async () => (await endpointsOf(simulator)).length === 1, 'it is registered');
	await submitBatch(simulator, 4, (index) => ({ customer: `C-${index + 1}` }));
	await editor.untilOutput('4 items');
	await takePanel(editor, '../extend-trigger');
}

/** Runs an example in the editor, against a simulator, and takes what is to be seen then. */
async function takeFinished({ client }: N8nInstance, editor: Editor): Promise<void> {
	const simulator = await startSimulator();
	try {
		const credential = await client.createCredential('extendApi', 'Extend API', {
			apiToken: TOKENS.workspace,
			region: 'custom',
			baseUrl: simulator.url,
		});
		const { id, name } = simulator.workflow(SEED_WORKFLOWS.invoices);
		const workflow = { __rl: true, mode: 'list', value: id, cachedResultName: name };
		const example = await readExample(FINISHED.example);
		const nodes = example.nodes.map((node) => {
			if (!node.type.startsWith('n8n-nodes-extend-ai.')) return node;
			const isFirst = node.name === EXAMPLE_NODES.extend;
			const parameters = { ...node.parameters, ...(isFirst && { workflow }) };
			return { ...node, credentials: referenceTo(credential), parameters };
		});
		const stored = await client.createWorkflow({ ...example, nodes });
		await editor.openWorkflow(stored.id);
		const { page } = editor;
		await page.locator('[data-test-id="execute-workflow-button"]').first().click();
		await page.getByText('Workflow executed successfully').first().waitFor();
		await editor.dismissNotices();
		await takeCanvas(editor, FINISHED.picture);
		for (const name of [EXAMPLE_NODES.extend, EXAMPLE_NODES.results]) {
			await editor.openNode(name);
			await takePanel(editor, PANELS[name]!);
			await editor.closeNode();
		}
		await takeTrigger(client, editor, simulator, credential);
	} finally {
		await simulator.close();
	}
}

async function makePictures(instance: N8nInstance): Promise<void> {
	const { client, url, owner } = instance;
	await mkdir(FOLDER, { recursive: true });
	const editor = await Editor.open(url, owner);
	try {
		const [, , only] = process.argv;
		if (only === undefined) await takeFinished(instance, editor);
		for (const file of (await readdir(join(REPOSITORY, 'examples'))).sort()) {
			const name = file.replace(/\.json$/, '');
			if (only !== undefined && name !== only) continue;
			const { id } = await client.createWorkflow(await readExample(name));
			await editor.openWorkflow(id);
			await editor.dismissNotices();
			await takeCanvas(editor, name);
		}
	} finally {
		await editor.close();
	}
}

async function main(): Promise<void> {
	const progress = createProgress(process.stderr);
	const install = await ensureN8n({ progress });
	await buildPackage();
	const userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-extend-ai-pictures-'));
	const instance = await startN8n({ install, userFolder, packageDirectory: REPOSITORY });
	try {
		await makePictures(instance);
	} finally {
		await instance.stop();
		await rm(userFolder, { recursive: true, force: true });
	}
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
	process.exitCode = 1;
});
