/** Items with several files, such as mails with attachments: each file is an input of its own. */
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { ExtendBatchRunWorkflow } from '../../../nodes/ExtendBatchRunWorkflow/ExtendBatchRunWorkflow.node';
import { ExtendListRunsByBatch } from '../../../nodes/ExtendListRunsByBatch/ExtendListRunsByBatch.node';
import { START, binaryItem, runChain, type NodeRun } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import type { Simulator } from '../../simulator';
import { credentialsFor, jsonOf, linkedItems, runBatches } from './batchRun';
import { complaintsAbout, readingOf } from './readInputs';

let simulator: Simulator;

useSimulator({ readableDelayMs: 0, queueMs: 0, processMs: 0 }, (started) => {
	simulator = started;
});

const SUBMIT = { method: 'POST', path: '/workflow_runs/batch' };

const ALL = { source: 'binary', binaryPropertyName: '*' };

type Files = Record<string, { name: string; type?: string; bytes?: number }>;

/** A mail with these attachments; each has another content, unless it is empty. */
async function mail(files: Files, json: IDataObject = {}): Promise<INodeExecutionData> {
	const binary: INodeExecutionData['binary'] = {};
	for (const [property, { name, type = 'application/pdf', bytes = 20_000 }] of Object.entries(
		files,
	)) {
		const content = Buffer.alloc(bytes, `${name} ${JSON.stringify(json)} `);
		const item = await binaryItem(content, { fileName: name, mimeType: type, property });
		Object.assign(binary, item.binary);
	}
	return { json, binary };
}

const attachments = (mailNo: number, count: number): Files =>
	Object.fromEntries(
		Array.from({ length: count }, (_, index) => [
			`attachment_${index}`,
			{ name: `mail-${mailNo}-${index}.pdf` },
		]),
	);

const mails = async (...counts: number[]) =>
	await Promise.all(counts.map(async (count, no) => await mail(attachments(no, count), { no })));

const namesOf = (...counts: number[]) =>
	counts.flatMap((count, no) => Array.from({ length: count }, (_, n) => `mail-${no}-${n}.pdf`));

const referenceOf = ({ metadata }: { metadata: object }) => (metadata as { n8n: IDataObject }).n8n;

/** What became of each document: its item, its field and its name in Extend. */
const runs = () =>
	simulator.ledger.runs.map((run) => {
		const { item, file, of } = referenceOf(run);
		return { name: run.fileName, item, file, of };
	});

/** Every document has just one run. */
function expectOnce(names: string[]) {
	const { doubled, lost, unexpected } = simulator.ledger.account(names);
	expect({ doubled, lost, unexpected }).toEqual({ doubled: [], lost: [], unexpected: [] });
}

/** Each output item is where the ledger has the file that it names. */
function expectTruePlaces(output: INodeExecutionData[], items: INodeExecutionData[]) {
	for (const item of output) {
		const { batchId, position, fileId, binaryPropertyName } = item.json.extend as IDataObject;
		const run = simulator.ledger.runs.find(({ document }) => document === fileId)!;
		expect([batchId, position]).toEqual([run.batchId, run.position]);
		const [source] = linkedItems(item);
		expect(run.fileName).toBe(items[source!]!.binary![binaryPropertyName as string]!.fileName);
	}
}

describe('all files of an item', () => {
	it('become a run each, which says the item and the field', async () => {
		const { status, outputs, hints } = await runBatches(simulator, await mails(5, 1, 2), ALL);
		expect(status).toBe('success');
		expect(runs()).toEqual([
			...[0, 1, 2, 3, 4].map((n) => ({
				name: `mail-0-${n}.pdf`,
				item: 0,
				file: `attachment_${n}`,
				of: 8,
			})),
			{ name: 'mail-1-0.pdf', item: 1, file: undefined, of: 8 },
			{ name: 'mail-2-0.pdf', item: 2, file: 'attachment_0', of: 8 },
			{ name: 'mail-2-1.pdf', item: 2, file: 'attachment_1', of: 8 },
		]);
		expect(jsonOf(outputs[0])).toMatchObject([{ runCount: 8, batchCount: 1 }]);
		expect(linkedItems(outputs[0]![0])).toEqual([0, 1, 2]);
		expect(hints[0]?.message).toMatch(/^Submitted 8 documents in 1 batch\. Next:/);
	});

	it('leave as an item each, with its place and its field, cut into batches anywhere', async () => {
		const items = await mails(2, 1, 3);
		const options = { output: 'input', batchSize: 4 };
		const { outputs } = await runBatches(simulator, items, { ...ALL, options });
		expect(outputs[0]!.flatMap(linkedItems)).toEqual([0, 0, 1, 2, 2, 2]);
		expect(jsonOf(outputs[0])).toMatchObject([
			{ no: 0, extend: { position: 0, binaryPropertyName: 'attachment_0' } },
			{ no: 0, extend: { position: 1, binaryPropertyName: 'attachment_1' } },
			{ no: 1, extend: { position: 2, binaryPropertyName: 'attachment_0' } },
			{ no: 2, extend: { position: 3, binaryPropertyName: 'attachment_0' } },
			{ no: 2, extend: { position: 0, binaryPropertyName: 'attachment_1' } },
			{ no: 2, extend: { position: 1, binaryPropertyName: 'attachment_2' } },
		]);
		expectTruePlaces(outputs[0]!, items);
	});

	it.each([
		['attachment_1, attachment_0', ['mail-0-1.pdf', 'mail-0-0.pdf']],
		[' attachment_0 ,attachment_2 ', ['mail-0-0.pdf', 'mail-0-2.pdf']],
		['attachment_*', namesOf(3)],
		['={{ Object.keys($binary) }}', namesOf(3)],
		['={{ Object.values($binary) }}', namesOf(3)],
		['={{ $binary.attachment_2 }}', ['mail-0-2.pdf']],
	])('may be named as %s', async (binaryPropertyName, expected) => {
		const parameters = { source: 'binary', binaryPropertyName };
		const { inputs, complaints } = await readingOf(await mails(3), parameters);
		expect(complaints).toEqual([]);
		expect(inputs.map(({ upload }) => upload?.name)).toEqual(expected);
	});

	it('get numbers behind a chosen name', async () => {
		const options = { fileName: '={{ "Claim " + $json.no }}' };
		const { inputs } = await readingOf(await mails(2, 1), { ...ALL, options });
		expect(inputs.map(({ upload }) => upload?.name)).toEqual([
			'Claim 0.pdf',
			'Claim 0 (2).pdf',
			'Claim 1.pdf',
		]);
	});

	it('count with the names of their fields toward the size of the metadata', async () => {
		const files = { ['f'.repeat(300)]: { name: 'a.pdf' }, b: { name: 'b.pdf' } };
		const parameters = { ...ALL, metadataMode: 'allFields' };
		const fill = async (bytes: number, of: Files) =>
			await readingOf([await mail(of, { x: 'x'.repeat(bytes) })], parameters);
		const one = { b: { name: 'b.pdf' } };
		const fits = async (bytes: number, of: Files) =>
			(await fill(bytes, of)).complaints.length === 0;
		expect(await fits(9_900, one)).toBe(true);
		// The item is told as a whole, so none of its files may be submitted.
		for (const fields of [Object.entries(files), Object.entries(files).reverse()]) {
			const { inputs, complaints } = await fill(9_900, Object.fromEntries(fields));
			expect([inputs.length, complaints.length]).toEqual([0, 1]);
		}
	});
});

describe('files that are not wanted', () => {
	const MAIL: Files = {
		attachment_0: { name: 'invoice.pdf' },
		attachment_1: { name: 'logo.png', type: 'image/png', bytes: 4_000 },
		attachment_2: { name: 'notes.txt', type: 'text/plain' },
		attachment_3: { name: 'nothing.pdf', bytes: 0 },
	};

	it('are left out by size and type, and counted', async () => {
		const options = { skipFilesSmallerThan: 10, fileTypes: 'pdf, png' };
		const { status, hints } = await runBatches(simulator, [await mail(MAIL)], { ...ALL, options });
		expect(status).toBe('success');
		expect(runs().map(({ name, file }) => [name, file])).toEqual([['invoice.pdf', undefined]]);
		expect(hints[0]?.message).toMatch(
			/^Submitted 1 document in 1 batch\. 3 files were skipped because of their type or size\./,
		);
	});

	it('stay if no option says otherwise, but an empty one is an error of its own', async () => {
		const { outputs } = await runBatches(simulator, [await mail(MAIL)], ALL, {
			onError: 'continueErrorOutput',
		});
		expect(runs().map(({ name }) => name)).toEqual(['invoice.pdf', 'logo.png', 'notes.txt']);
		expect(jsonOf(outputs[1])).toMatchObject([
			{
				error: expect.stringMatching(
					/^Input Binary Field is “attachment_3”, but that file is empty/,
				) as string,
				details: { itemIndex: 0, binaryPropertyName: 'attachment_3' },
			},
		]);
	});

	it('may be all that an item has, which is told', async () => {
		const options = { skipFilesSmallerThan: 100, fileTypes: 'pdf' };
		const items = [
			await mail(MAIL),
			{ json: {} },
			await mail({ data: { name: 'a.pdf', bytes: 2_100 } }),
		];
		expect([...(await complaintsAbout(items, { ...ALL, options })).values()]).toEqual([
			'Input Binary Field matches no file to submit. The options File Types and Skip Files Smaller Than (KB) skip invoice.pdf (19.6 KB), logo.png (image/png), notes.txt (text/plain) and 1 more. Change them, or remove such items, for example with a Filter node.',
			'Input Binary Field is “*”, but the item has no such file. The item has no files at all. Remove such items, for example with a Filter node.',
			'Input Binary Field matches no file to submit. The options File Types and Skip Files Smaller Than (KB) skip a.pdf (2.1 KB). Change them, or remove such items, for example with a Filter node.',
		]);
		const single = { source: 'binary', options };
		expect((await complaintsAbout(items.slice(2), single)).get(0)).toContain('(2.1 KB)');
	});

	it('do not include one that is named and not there', async () => {
		const parameters = { source: 'binary', binaryPropertyName: 'attachment_0, scan' };
		const { inputs, complaints } = await readingOf([await mail(attachments(0, 1))], parameters);
		expect(inputs).toHaveLength(1);
		expect(complaints).toMatchObject([
			{ itemIndex: 0, field: 'scan', problem: 'is “scan”, but the item has no such file' },
		]);
	});
});

describe('what goes wrong with some of the files', () => {
	const perInput = (more: INodeParameters = {}) => ({
		...ALL,
		options: { output: 'input', batchSize: 4, settleSeconds: 1, ...more },
	});

	async function twice(items: INodeExecutionData[], more: Partial<NodeRun>) {
		return await runBatches(simulator, items, perInput(), {
			retryOnFail: true,
			maxTries: 3,
			...more,
		});
	}

	it('an answer is lost, and Retry On Fail runs the node again: every file once, each in its place', async () => {
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 2 });
		const items = await mails(3, 0, 4, 2);
		items.splice(1, 1);
		const { status, outputs } = await twice(items, {});
		expect(status).toBe('success');
		expectOnce(namesOf(3, 0, 4, 2));
		expectTruePlaces(outputs[0]!, items);
		expect(outputs[0]!.flatMap(linkedItems)).toEqual([0, 0, 0, 1, 1, 1, 1, 2, 2]);
	});

	it('one of them is spoiled before the retry: only that one is told, and nothing is doubled', async () => {
		simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 2 });
		const items = await mails(3, 3);
		const first = await runBatches(simulator, items, perInput());
		expect(first.status).toBe('error');
		expect(simulator.ledger.runs).toHaveLength(4);
		simulator.faults.clear();
		const { contextData } = first;
		const changed = await mails(3, 3);
		// One that was accepted, and one that was not.
		for (const [item, field] of [
			[0, 'attachment_1'],
			[1, 'attachment_2'],
		] as const) {
			const empty = await mail({ [field]: { name: 'empty.pdf', bytes: 0 } });
			changed[item]!.binary![field] = empty.binary![field]!;
		}
		const { outputs } = await runBatches(simulator, changed, perInput(), {
			contextData,
			onError: 'continueErrorOutput',
		});
		expectOnce(['mail-0-0.pdf', 'mail-0-1.pdf', 'mail-0-2.pdf', 'mail-1-0.pdf', 'mail-1-1.pdf']);
		expect(
			outputs[0]!.map((item) => [
				linkedItems(item)[0],
				(item.json.extend as IDataObject).binaryPropertyName,
			]),
		).toEqual([
			[0, 'attachment_0'],
			[0, 'attachment_1'],
			[0, 'attachment_2'],
			[1, 'attachment_0'],
			[1, 'attachment_1'],
		]);
		expect(jsonOf(outputs[1])).toMatchObject([
			{ details: { itemIndex: 1, binaryPropertyName: 'attachment_2' } },
		]);
	});

	it('one is corrected and one spoiled before the retry: what was accepted is of no other file', async () => {
		simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 2 });
		const first = await runBatches(simulator, await mails(3, 3), perInput());
		simulator.faults.clear();
		const changed = await mails(3, 3);
		const { binary } = await mail({
			attachment_0: { name: 'corrected.pdf' },
			attachment_2: { name: 'empty.pdf', bytes: 0 },
		});
		Object.assign(changed[1]!.binary!, binary);
		const { outputs, hints } = await runBatches(simulator, changed, perInput(), {
			contextData: first.contextData,
			onError: 'continueErrorOutput',
		});
		expectOnce([...namesOf(3), 'mail-1-0.pdf', 'corrected.pdf', 'mail-1-1.pdf']);
		expect(outputs[0]).toHaveLength(5);
		expectTruePlaces(outputs[0]!, changed);
		expect(jsonOf(outputs[1])).toMatchObject([
			{ details: { itemIndex: 1, binaryPropertyName: 'attachment_2' } },
		]);
		// The run of the file as it was.
		expect(JSON.stringify(hints)).toContain(simulator.ledger.batches[0]!.batchId);
	});

	it('Extend refuses one: it is found and named, the others are submitted', async () => {
		simulator.settings.unknownFileId = 'refuse404';
		const body = { object: 'file', id: 'file_lost' };
		const upload = { method: 'POST', path: '/files/upload' };
		simulator.faults.add({ kind: 'replacedAfter', body, on: upload, nth: 3 });
		const items = await mails(3, 2);
		const { outputs } = await runBatches(simulator, items, perInput({ batchSize: 5 }), {
			onError: 'continueErrorOutput',
		});
		const refusals = simulator.ledger.requests.filter(({ status }) => status === 404);
		expect(refusals.length).toBeGreaterThan(0);
		expect(simulator.ledger.runs).toHaveLength(4);
		expect(outputs[0]).toHaveLength(4);
		expectTruePlaces(outputs[0]!, items);
		const [failed, ...others] = jsonOf(outputs[1]);
		expect(others).toEqual([]);
		const { itemIndex, binaryPropertyName } = failed!.details as IDataObject;
		const name = items[itemIndex as number]!.binary![binaryPropertyName as string]!.fileName;
		expect(simulator.ledger.runs.map(({ fileName }) => fileName)).not.toContain(name);
	});

	it('the error of a job that stops names the files', async () => {
		const upload = { method: 'POST', path: '/files/upload' };
		simulator.faults.add({ kind: 'refuse', status: 400, on: upload, nth: 1 });
		const { error } = await runBatches(simulator, await mails(1), perInput());
		expect(error?.message).toMatch(/\[item 0 \(attachment_0\)\]/);
	});
});

describe('under a Job Key', () => {
	const job = (more: INodeParameters = {}) => ({
		...ALL,
		options: { jobKey: 'mailbox', settleSeconds: 0, batchSize: 3, ...more },
	});

	it.each(['', '={{ $json.no }}'])(
		'each file is submitted once, with the Document Key “%s”',
		async (documentKey) => {
			simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 2 });
			await runBatches(simulator, await mails(2, 3, 1), job({ documentKey }));
			expect(simulator.ledger.runs).toHaveLength(3);
			simulator.faults.clear();
			const again = await mails(2, 3, 1);
			// n8n keeps no order of the fields of an item.
			for (const item of again) {
				item.binary = Object.fromEntries(Object.entries(item.binary!).reverse());
			}
			const { status, outputs } = await runBatches(
				simulator,
				[again[2]!, again[1]!, again[0]!],
				job({ documentKey, output: 'input' }),
			);
			expect(status).toBe('success');
			expectOnce(namesOf(2, 3, 1));
			expect(outputs[0]!.flatMap(linkedItems)).toEqual([0, 1, 1, 1, 2, 2]);
		},
	);
});

it('List Runs gives each item the run of its own file', async () => {
	const items = await mails(5, 1, 3);
	const value = simulator.workflow('Invoice Processing').id;
	const { status, nodes } = await runChain({
		items,
		nodes: {
			Batch: {
				node: new ExtendBatchRunWorkflow(),
				from: [START],
				parameters: {
					...ALL,
					workflow: { __rl: true, mode: 'id', value },
					options: { output: 'input' },
				},
			},
			List: {
				node: new ExtendListRunsByBatch(),
				from: ['Batch'],
				parameters: { options: { joinInput: true } },
			},
		},
		credentials: credentialsFor(simulator),
		credentialTypes: [new ExtendApi()],
	});
	expect(status).toBe('success');
	const joined = nodes.List!.outputs[0]!;
	expect(joined).toHaveLength(9);
	for (const { json, binary } of joined) {
		const { binaryPropertyName, run } = json.extend as {
			binaryPropertyName: string;
			run: IDataObject;
		};
		expect(run.fileName).toBe(binary![binaryPropertyName]!.fileName);
		expect(run.binaryPropertyName).toBe(json.no === 1 ? undefined : binaryPropertyName);
	}
});
