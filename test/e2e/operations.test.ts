import { readExample } from '../../demo/exampleWorkflow';
import { jsonText } from '../harness/n8n/jsonText';
import { referenceTo } from '../harness/n8n/client';
import type { Json } from '../harness/n8n/n8nData';
import { linkedItems } from '../harness/n8n/execution';
import { openBench, type Bench } from '../harness/e2e/workbench';
import { code, items, node } from '../harness/e2e/pipeline';
import { submitBatch } from '../nodes/listRuns/listRuns';

const NAME = 'Extend';

describe('the node Extend', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	beforeEach(() => {
		bench.simulator.reset();
	});

	afterAll(async () => {
		await bench.close();
	});

	const stuck = async (count: number, open = count) =>
		await submitBatch(bench.simulator, count, (index) =>
			index < open ? { simulate: 'stuck' } : {},
		);

	const operation = (value: string, parameters: { [name: string]: Json } = {}) =>
		node(NAME, 'n8n-nodes-extend-ai.extend', 1, {
			resource: 'batch',
			operation: value,
			...parameters,
		});

	test('Batch, Cancel: stops what runs, linked to the item that named it', async () => {
		const batchIds = [await stuck(40, 30), await stuck(5)];
		const execution = await bench.run(
			items(batchIds.map((batchId) => ({ batchId }))),
			operation('cancel'),
		);
		expect(execution.error).toBeUndefined();
		const output = execution.items(NAME);
		expect(output.map(({ json }) => [json.batchId, json.cancelled, json.finishedBefore])).toEqual([
			[batchIds[0], 30, 10],
			[batchIds[1], 5, 0],
		]);
		expect(output.map(linkedItems)).toEqual([[0], [1]]);
		expect(bench.simulator.summary().runStatuses).toEqual({ CANCELLED: 35, PROCESSED: 10 });
	});

	test('Batch, Get Status: also of the items that Extend Batch Run Workflow puts out per input', async () => {
		const batchId = await stuck(3);
		const execution = await bench.run(
			items([{ extend: { batchId } }, { extend: { batchId } }]),
			operation('getStatus'),
		);
		expect(execution.error).toBeUndefined();
		expect(execution.items(NAME).map(({ json }) => [json.batchId, json.open])).toEqual([
			[batchId, 3],
		]);
	});

	test('Batch, Delete Runs: nothing without the word, everything with it', async () => {
		const batchId = await stuck(4);
		const refused = await bench.run(
			items([{ batchId }]),
			operation('deleteRuns', { confirmation: 'no' }),
		);
		expect(refused.error?.message).toMatch(/^Confirmation is not the word “delete”/);
		expect(bench.simulator.summary().runStatuses).toEqual({ PROCESSING: 4 });

		const execution = await bench.run(
			items([{ batchId }]),
			operation('deleteRuns', {
				confirmation: 'delete',
				options: { cancelsFirst: true, deletesFiles: true },
			}),
		);
		expect(execution.error).toBeUndefined();
		expect(execution.items(NAME)[0]?.json).toMatchObject({ runsDeleted: 4, filesDeleted: 4 });
		expect(bench.simulator.summary().runStatuses).toEqual({});
	});

	test('a wrong ID leaves by the error output, and the other batch is cancelled', async () => {
		const batchId = await stuck(2);
		const execution = await bench.run(items([{ batchId: 'file_1' }, { batchId }]), {
			...operation('cancel'),
			onError: 'continueErrorOutput',
		});
		expect(execution.items(NAME).map(({ json }) => json.cancelled)).toEqual([2]);
		expect(jsonText(execution.items(NAME, 1)[0]?.json.error)).toMatch(/the ID of a file/);
	});

	test('Run, Run: waits for the results of each document, and Get gets them again', async () => {
		const urls = ['https://example.com/a.pdf', 'https://example.com/b.pdf'];
		const execution = await bench.run(items(urls.map((url) => ({ url }))), {
			...operation('create', {
				resource: 'run',
				workflow: { __rl: true, mode: 'id', value: bench.workflowId },
				fileUrl: '={{ $json.url }}',
			}),
		});
		expect(execution.error).toBeUndefined();
		const output = execution.items(NAME);
		expect(output.map(({ json }) => [json.fileName, json.status])).toEqual([
			['a.pdf', 'PROCESSED'],
			['b.pdf', 'PROCESSED'],
		]);
		expect(output.map(linkedItems)).toEqual([[0], [1]]);
		const runIds = output.map(({ json }) => jsonText(json.runId));
		const again = await bench.run(
			items(runIds.map((runId) => ({ runId }))),
			operation('get', { resource: 'run' }),
		);
		expect(again.items(NAME).map(({ json }) => json)).toEqual(output.map(({ json }) => json));
	});

	test('File, Get Many and Download: the content lies in the field', async () => {
		await stuck(1);
		const listed = await bench.run(items([{}]), operation('getAll', { resource: 'file' }));
		const [file] = listed.items(NAME);
		const downloaded = await bench.run(
			items([{ id: file!.json.id! }]),
			operation('download', { resource: 'file', outputField: 'document' }),
		);
		expect(downloaded.error).toBeUndefined();
		expect(downloaded.items(NAME)[0]).toMatchObject({
			json: { fileId: file!.json.id },
			binary: { document: { mimeType: 'application/pdf', fileName: file!.json.name } },
		});
	});

	/** Another operation, as a node of its own that sends what fails to its error output. */
	const step = (name: string, parameters: { [name: string]: Json }) => ({
		...node(name, 'n8n-nodes-extend-ai.extend', 1, parameters),
		onError: 'continueErrorOutput' as const,
	});

	test('Run, Get Many, Cancel, Update and Delete: one after the other, each with an item that is wrong', async () => {
		await stuck(4);
		const id = '$json.runId ?? $json.id';
		const run = (operationName: string, parameters: { [name: string]: Json }) => ({
			resource: 'run',
			operation: operationName,
			...parameters,
		});
		const execution = await bench.run(
			items([{}, {}]),
			step(
				'List',
				run('getAll', {
					workflow: {
						__rl: true,
						mode: 'id',
						value: `={{ $itemIndex === 0 ? '${bench.workflowId}' : 'file_1' }}`,
					},
					filters: { status: ['PROCESSING', 'PENDING'] },
					output: 'summary',
				}),
			),
			step(
				'Cancel',
				run('cancel', { runId: `={{ $itemIndex === 1 ? 'workflow_run_none' : ${id} }}` }),
			),
			step(
				'Update',
				run('update', {
					runId: `={{ ${id} }}`,
					name: "={{ $itemIndex === 1 ? '' : 'Wrong ' + $itemIndex }}",
				}),
			),
			step('Delete', run('delete', { runId: `={{ $itemIndex === 0 ? 'batch_1' : ${id} }}` })),
		);
		expect(execution.error).toBeUndefined();
		const wrong = (name: string) =>
			execution.items(name, 1).map((item) => [linkedItems(item), jsonText(item.json.error)]);
		const right = (name: string) => execution.items(name).map(linkedItems);

		expect(right('List')).toEqual([[0], [0], [0], [0]]);
		expect(wrong('List')).toEqual([[[1], expect.stringMatching(/the ID of a file/)]]);
		expect(right('Cancel')).toEqual([[0], [2], [3]]);
		expect(execution.items('Cancel').map(({ json }) => json.status)).toEqual([
			'CANCELLED',
			'CANCELLED',
			'CANCELLED',
		]);
		expect(wrong('Cancel')).toEqual([[[1], expect.stringMatching(/Extend cannot find the run/)]]);
		expect(right('Update')).toEqual([[0], [2]]);
		expect([...bench.simulator.ledger.names.values()].sort()).toEqual(['Wrong 0', 'Wrong 2']);
		expect(wrong('Update')).toEqual([[[1], expect.stringMatching(/^Name is empty/)]]);
		expect(right('Delete')).toEqual([[1]]);
		expect(execution.items('Delete').map(({ json }) => json.deleted)).toEqual([true]);
		expect(wrong('Delete')).toEqual([[[0], expect.stringMatching(/the ID of a batch/)]]);
		expect(bench.simulator.summary().runStatuses).toEqual({ CANCELLED: 2, PROCESSING: 1 });
	});

	test('File, Upload, Get and Delete: all files of an item, each with an item that is wrong', async () => {
		const id = '$json.fileId ?? $json.id';
		const file = (operationName: string, parameters: { [name: string]: Json }) => ({
			resource: 'file',
			operation: operationName,
			...parameters,
		});
		const execution = await bench.run(
			code(`const file = async (name) => await this.helpers.prepareBinaryData(Buffer.from('%PDF-' + name), name);
return [
	{ json: {}, binary: { attachment_0: await file('a.pdf'), attachment_1: await file('b.pdf') } },
	{ json: {} },
	{ json: {}, binary: { data: await file('c.pdf') } },
];`),
			step('Upload', file('upload', { binaryPropertyName: '*' })),
			step('Get', file('get', { fileId: `={{ $itemIndex === 1 ? 'file_none' : ${id} }}` })),
			step(
				'Delete',
				file('delete', { fileId: `={{ $itemIndex === 1 ? 'workflow_run_1' : ${id} }}` }),
			),
		);
		expect(execution.error).toBeUndefined();
		const wrong = (name: string) =>
			execution.items(name, 1).map((item) => [linkedItems(item), jsonText(item.json.error)]);
		const right = (name: string) =>
			execution.items(name).map((item) => [linkedItems(item), item.json.name]);

		expect(right('Upload')).toEqual([
			[[0], 'a.pdf'],
			[[0], 'b.pdf'],
			[[2], 'c.pdf'],
		]);
		expect(wrong('Upload')).toEqual([[[1], expect.stringMatching(/the item has no such file/)]]);
		expect(right('Get')).toEqual([
			[[0], 'a.pdf'],
			[[2], 'c.pdf'],
		]);
		expect(wrong('Get')).toEqual([[[1], expect.stringMatching(/Extend cannot find the file/)]]);
		const [uploaded] = execution.items('Upload');
		expect(execution.items('Delete').map((item) => [linkedItems(item), item.json])).toEqual([
			[[0], { fileId: uploaded?.json.id, deleted: true, goneBefore: false }],
		]);
		expect(wrong('Delete')).toEqual([[[1], expect.stringMatching(/the ID of a single run/)]]);
		expect(bench.simulator.ledger.uploads.map(({ name, size }) => [name, size]).sort()).toEqual([
			['a.pdf', 10],
			['b.pdf', 10],
			['c.pdf', 10],
		]);
	});

	test('Run, Run: all files of an item are one package, and one file is none', async () => {
		const execution = await bench.run(
			code(`const file = async (name) => await this.helpers.prepareBinaryData(Buffer.from('%PDF-' + name), name);
return [
	{ json: {}, binary: { attachment_0: await file('a.pdf'), attachment_1: await file('b.pdf') } },
	{ json: {}, binary: { attachment_0: await file('c.pdf') } },
];`),
			step('Package', {
				resource: 'run',
				operation: 'create',
				workflow: { __rl: true, mode: 'id', value: bench.workflowId },
				documents: 'package',
				packageSource: 'binary',
			}),
		);
		expect(execution.error).toBeUndefined();
		expect(execution.items('Package').map((item) => [linkedItems(item), item.json.status])).toEqual(
			[[[0], 'PROCESSED']],
		);
		expect(
			execution.items('Package', 1).map((item) => [linkedItems(item), jsonText(item.json.error)]),
		).toEqual([[[1], expect.stringMatching(/^Input Binary Fields names 1 file/)]]);
		const [run] = bench.simulator.ledger.runs;
		expect(run?.document.split(' ')).toEqual(bench.simulator.ledger.uploads.map(({ id }) => id));
	});

	test('examples/stop-a-batch.json stops the batches that are filled in', async () => {
		const batchIds = [await stuck(3), await stuck(2)];
		const { client, credential } = bench;
		const example = await readExample('stop-a-batch');
		const nodes = example.nodes.map((entry) => {
			if (entry.type === 'n8n-nodes-extend-ai.extend') {
				return { ...entry, credentials: referenceTo(credential) };
			}
			if (entry.name !== 'Batches') return entry;
			const text = JSON.stringify(entry.parameters);
			return {
				...entry,
				parameters: JSON.parse(
					text.replace('batch_…, batch_…', batchIds.join(', ')),
				) as typeof entry.parameters,
			};
		});
		const execution = await client.runWorkflow(await client.createWorkflow({ ...example, nodes }));
		expect(execution.error).toBeUndefined();
		expect(
			execution
				.items('Status After')
				.map(({ json }) => [json.batchId, json.finished, json.cancelled]),
		).toEqual([
			[batchIds[0], true, 3],
			[batchIds[1], true, 2],
		]);
	});
});
