import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { binaryItem, type NodeRun } from '../../harness/engine';
import { SEED_WORKFLOWS, startSimulator, type Simulator } from '../../simulator';
import type { Fault } from '../../simulator/http/faults';
import { errorsByItem, jsonOf, linkedItems, urlItems, urlsOf } from '../batchRun/batchRun';
import { callExtend } from '../listRuns/listRuns';
import { runExtend } from './extend';

const CREATE: [string, string] = ['run', 'create'];

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator({
		settings: { queueMs: 1, processMs: 5, jitter: 0, readableDelayMs: 200 },
	});
});
beforeEach(() => {
	simulator.reset();
});
afterAll(async () => {
	await simulator.close();
});

const workflow = (name: string = SEED_WORKFLOWS.invoices) => ({
	__rl: true,
	mode: 'id',
	value: simulator.workflow(name).id,
});

/** Runs the operation with the invoice workflow; parameters and settings may be added. */
async function create(
	items: INodeExecutionData[],
	parameters: INodeParameters = {},
	more: Partial<NodeRun> = {},
) {
	return await runExtend(
		simulator,
		CREATE,
		items,
		{ workflow: workflow(), fileUrl: '={{ $json.url }}', ...parameters },
		more,
	);
}

const asTold = { metadataMode: 'json', metadataJson: '={{ { simulate: $json.simulate } }}' };

describe('one file', () => {
	it('becomes a run with its reference, is waited for, and gives a row linked to its item', async () => {
		const items = urlItems(5);
		const { outputs, status } = await create(items, {
			version: '2',
			metadataMode: 'fields',
			metadata: { values: [{ key: 'customer', value: 'c-1' }] },
			options: { priority: 7, usageTags: 'mail', secrets: { ERP_TOKEN: 'abc' } },
		});
		expect(status).toBe('success');
		expect(jsonOf(outputs[0])).toHaveLength(5);
		jsonOf(outputs[0]).forEach((json, index) => {
			expect(json).toMatchObject({
				status: 'PROCESSED',
				version: '2',
				itemIndex: index,
				'metadata.customer': 'c-1',
				'extract.total': expect.any(Number),
				batchId: null,
			});
		});
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1], [2], [3], [4]]);
		expect(simulator.ledger.account(urlsOf(items))).toMatchObject({ doubled: [], lost: [] });
		expect(simulator.ledger.runs[0]).toMatchObject({ priority: 7, secretNames: ['ERP_TOKEN'] });
		expect(simulator.ledger.runs[0]?.metadata).toMatchObject({
			'extend:usage_tags': ['mail'],
			n8n: { of: 1, submission: expect.any(String), execution: expect.any(String) },
		});
	});

	it('is uploaded where it is in n8n, and may be text or a file that Extend has', async () => {
		const file = await binaryItem(Buffer.from('%PDF-1.4'), { fileName: 'mail.pdf' });
		const form = new FormData();
		form.append('file', new File(['%PDF-1.4'], 'known.pdf'));
		const { id } = await callExtend<{ id: string }>(simulator, 'POST', '/files/upload', form);
		const items = [
			{ ...file, json: { source: 'binary' } },
			{ json: { source: 'text', text: 'Invoice 42' } },
			{ json: { source: 'fileId', fileId: id } },
		];
		const { outputs } = await create(items, {
			source: '={{ $json.source }}',
			text: '={{ $json.text }}',
			fileId: '={{ $json.fileId }}',
		});
		expect(jsonOf(outputs[0]).map(({ fileName }) => fileName)).toEqual([
			'mail.pdf',
			'text.txt',
			'known.pdf',
		]);
	});

	it('is returned as it begins where nobody waits, without a call more', async () => {
		simulator.settings.queueMs = 60_000;
		const { outputs } = await create(urlItems(1), { waitForCompletion: false, output: 'full' });
		expect(jsonOf(outputs[0])).toMatchObject([
			{ object: 'workflow_run', status: expect.stringMatching(/PENDING|PROCESSING/) as string },
		]);
		expect(simulator.ledger.requests.map(({ method }) => method)).toEqual(['POST']);
	});

	it('tells how the run ended, whether well or not', async () => {
		const wishes = ['FAILED', 'NEEDS_REVIEW', 'PROCESSED', 'CANCELLED', 'PROCESSED'];
		const items = urlItems(5).map(({ json }, index) => ({
			json: { ...json, simulate: wishes[index] },
		}));
		const { outputs } = await create(items, asTold);
		expect(jsonOf(outputs[0]).map(({ status }) => status)).toEqual(wishes);
	});

	it('that is reviewed is waited for only if a review does not count as its end', async () => {
		simulator.settings.reviewMs = 700;
		const items = urlItems(1).map(({ json }) => ({ json: { ...json, simulate: 'APPROVED' } }));
		const statusOf = async (options: INodeParameters) =>
			jsonOf((await create(items, { ...asTold, options })).outputs[0])[0]?.status;
		expect(await statusOf({})).toBe('NEEDS_REVIEW');
		expect(await statusOf({ reviewCountsAsFinished: false })).toBe('PROCESSED');
	});

	it.each([
		['return', undefined, 'PROCESSING'],
		['fail', 'The document could not be run: it was not finished in time [item 0]', undefined],
	])('that is not finished in time: %s', async (onTimeout, message, status) => {
		const [item] = urlItems(1);
		const { outputs, error } = await create([{ json: { ...item!.json, simulate: 'stuck' } }], {
			...asTold,
			timeoutMinutes: 0.01,
			// To return it is the default.
			options: onTimeout === 'fail' ? { onTimeout } : {},
		});
		expect(error?.message).toEqual(message);
		expect(jsonOf(outputs[0])[0]?.status).toBe(status);
	});
});

describe('a package', () => {
	it('of URLs becomes one run over all of them', async () => {
		const urls = ['https://example.com/1,2.pdf', 'https://example.com/3.pdf'];
		const { outputs } = await create([{ json: {} }, { json: {} }], {
			documents: 'package',
			fileUrls: `={{ ${JSON.stringify(urls.join(', '))} }}`,
			output: 'full',
		});
		expect(jsonOf(outputs[0])).toHaveLength(2);
		expect(simulator.ledger.runs.map(({ document }) => document)).toEqual([
			urls.join(' '),
			urls.join(' '),
		]);
	});

	it.each([
		['one file', { fileUrls: 'https://example.com/1.pdf' }, 'File URLs names 1 file [item 0]'],
		[
			'the same file twice',
			{ packageSource: 'fileIds', fileIds: 'file_1, file_1' },
			'File IDs names 1 file [item 0]',
		],
		[
			'too many',
			{
				packageSource: 'fileIds',
				fileIds: Array.from({ length: 51 }, (_, index) => `file_${index}`).join(),
			},
			'File IDs names 51 different files [item 0]',
		],
	])('of %s is refused before anything is sent', async (_, parameters, message) => {
		const { error } = await create([{ json: {} }], { documents: 'package', ...parameters });
		expect(error?.message).toBe(message);
		expect(simulator.ledger.requests).toEqual([]);
	});
});

describe('a package of binary files', () => {
	/** An item with so many files in memory, each in a field of its own. */
	async function itemWith(count: number, bytes = 8): Promise<INodeExecutionData> {
		const item: INodeExecutionData = { json: {}, binary: {} };
		for (let index = 0; index < count; index++) {
			const { binary } = await binaryItem(Buffer.alloc(bytes, `%PDF-${index}`), {
				fileName: `page-${index}.pdf`,
				property: `attachment_${index}`,
			});
			Object.assign(item.binary!, binary);
		}
		return item;
	}

	const ofBinary = { documents: 'package', packageSource: 'binary' };

	/** The names of the files that each run got, in order. */
	const filesOfRuns = () => {
		const names = new Map(simulator.ledger.uploads.map(({ id, name }) => [id, name]));
		return simulator.ledger.runs.map(({ document }) =>
			document.split(' ').map((id) => names.get(id)),
		);
	};

	it.each([
		['all files by default', {}, ['page-0.pdf', 'page-1.pdf', 'page-2.pdf']],
		[
			'several names, in their order',
			{ packageFields: 'attachment_2, attachment_0' },
			['page-2.pdf', 'page-0.pdf'],
		],
	])('is one run for each item: %s', async (_, parameters, names) => {
		const items = [await itemWith(3), await itemWith(3)];
		const { outputs, status } = await create(items, { ...ofBinary, ...parameters });
		expect(status).toBe('success');
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1]]);
		expect(jsonOf(outputs[0]).map((json) => json.status)).toEqual(['PROCESSED', 'PROCESSED']);
		expect(filesOfRuns()).toEqual([names, names]);
		expect(simulator.ledger.uploads).toHaveLength(2 * names.length);
	});

	it('takes 50 files, and uploads each once', async () => {
		const { status } = await create([await itemWith(50)], ofBinary);
		expect(status).toBe('success');
		expect(filesOfRuns()[0]).toEqual(Array.from({ length: 50 }, (_, n) => `page-${n}.pdf`));
	});

	it('leaves out what the options leave out', async () => {
		const item = await itemWith(3, 11 * 1024);
		const small = await binaryItem(Buffer.alloc(9), { fileName: 'logo.png', property: 'logo' });
		Object.assign(item.binary!, small.binary);
		const { error } = await create([item], {
			...ofBinary,
			packageFields: 'attachment_0, logo',
			options: { skipFilesSmallerThan: 10 },
		});
		expect(error?.message).toBe('Input Binary Fields names 1 file [item 0]');
		expect(error?.description).toMatch(/The options skip 1 other\./);
		expect(simulator.ledger.requests).toEqual([]);
		await create([item], { ...ofBinary, options: { fileTypes: 'pdf' } });
		expect(filesOfRuns()).toEqual([['page-0.pdf', 'page-1.pdf', 'page-2.pdf']]);
	});

	it.each([
		['one file', 1, '*', 'Input Binary Fields names 1 file [item 0]'],
		['one file by its name', 3, 'attachment_1', 'Input Binary Fields names 1 file [item 0]'],
		['51 files', 51, '*', 'Input Binary Fields names 51 different files [item 0]'],
		[
			'a field that the item does not have',
			3,
			'attachment_0, scan',
			'Input Binary Fields is “scan”, but the item has no such file [item 0]',
		],
		['no field', 3, "={{ '' }}", 'Input Binary Fields is empty [item 0]'],
		[
			'no file at all',
			0,
			'*',
			'Input Binary Fields is “*”, but the item has no such file [item 0]',
		],
	])('is refused before anything is sent: %s', async (_, count, packageFields, message) => {
		const { error } = await create([await itemWith(count)], { ...ofBinary, packageFields });
		expect(error?.message).toBe(message);
		expect(simulator.ledger.requests).toEqual([]);
	});

	it('counts the same file in two fields once', async () => {
		const item = await itemWith(2);
		item.binary!.copy = item.binary!.attachment_0!;
		await create([item], ofBinary);
		expect(filesOfRuns()).toEqual([['page-0.pdf', 'page-1.pdf']]);
	});

	const on = { method: 'POST', path: '/workflow_runs' };

	it('is taken over where the answer was lost', async () => {
		simulator.faults.add({ kind: 'resetAfter', on, nth: 1 });
		const { outputs, status } = await create([await itemWith(2)], {
			...ofBinary,
			options: { settleSeconds: 1 },
		});
		expect(status).toBe('success');
		expect(jsonOf(outputs[0])).toMatchObject([{ runId: simulator.ledger.runs[0]?.id }]);
		expect(simulator.ledger.runs).toHaveLength(1);
	});

	it('uploads on a second try only what the first one did not', async () => {
		simulator.faults.add({ kind: 'refuse', on: { path: '/files/upload' }, nth: 3 });
		const { outputs, status } = await create([await itemWith(3), await itemWith(3)], ofBinary, {
			retryOnFail: true,
			maxTries: 2,
		});
		expect(status).toBe('success');
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1]]);
		expect(simulator.ledger.uploads).toHaveLength(6);
		expect(filesOfRuns().map((names) => names.length)).toEqual([3, 3]);
	});
});

describe('when something goes wrong', () => {
	const on = { method: 'POST', path: '/workflow_runs' };
	const FAULTS: Array<[string, Fault]> = [
		['500 after', { kind: 'serverErrorAfter', on, nth: 2, times: 3 }],
		['reset after', { kind: 'resetAfter', on, nth: 1, times: 6 }],
	];
	const settings = { waitForCompletion: false, options: { settleSeconds: 1 } };

	it.each(FAULTS)('%s: every document is one run', async (_, fault) => {
		simulator.faults.add(fault);
		const items = urlItems(6);
		const { outputs, status } = await create(items, settings);
		expect(status).toBe('success');
		expect(outputs[0]?.map(linkedItems)).toEqual(items.map((_item, index) => [index]));
		expect(jsonOf(outputs[0]).map(({ runId }) => runId)).toEqual(
			items.map(
				({ json }) => simulator.ledger.runs.find(({ document }) => document === json.url)?.id,
			),
		);
		expect(simulator.ledger.account(urlsOf(items))).toMatchObject({ doubled: [], lost: [] });
	});

	it('says after an error how only the rest is run, and that is so', async () => {
		const items = urlItems(5);
		simulator.faults.add({ kind: 'refuse', message: 'No', on, nth: 3 });
		const stopped = await create(items, { waitForCompletion: false });
		expect(stopped.error?.description).toMatch(
			/^Choose Retry for this execution .* only what is missing\. A new execution .* charges .* again\./,
		);
		const { contextData } = stopped;
		const { outputs } = await create(items, { waitForCompletion: false }, { contextData });
		expect(outputs[0]).toHaveLength(5);
		expect(simulator.ledger.account(urlsOf(items))).toMatchObject({ doubled: [], lost: [] });
	});

	it('says nothing of that as long as nothing was run', async () => {
		simulator.faults.add({ kind: 'refuse', message: 'No', on });
		const { error } = await create(urlItems(1), { waitForCompletion: false });
		expect(error?.description).toMatch(/^Correct what Extend mentions/);
	});

	it('warns of a new execution when it is stopped', async () => {
		simulator.faults.add({ kind: 'hangBefore', on, nth: 3 });
		const { error } = await create(
			urlItems(5),
			{ waitForCompletion: false },
			{ cancelAfterMs: 3_000 },
		);
		expect(error?.description).toMatch(/A new execution .* charges for them again\.$/);
		expect(error?.description).not.toContain('finish the rest');
	});

	it('repeats nothing on a second try of the node, and uploads nothing twice', async () => {
		const files = await Promise.all(
			['a.pdf', 'b.pdf', 'c.pdf'].map(
				async (fileName) => await binaryItem(Buffer.from('%PDF-1.4'), { fileName }),
			),
		);
		simulator.faults.add({ kind: 'refuse', message: 'No', on, nth: 2 });
		const { outputs, status } = await create(
			files,
			{ source: 'binary' },
			{ retryOnFail: true, maxTries: 2 },
		);
		expect(status).toBe('success');
		expect(jsonOf(outputs[0]).map(({ fileName }) => fileName)).toEqual(['a.pdf', 'b.pdf', 'c.pdf']);
		expect(simulator.ledger.runs).toHaveLength(3);
		expect(simulator.ledger.uploads).toHaveLength(3);
	});

	it('looks on a second try for what the first one lost, and takes it over', async () => {
		simulator.settings.visibilityDelayMs = 400;
		simulator.faults.add({ kind: 'resetAfter', on, nth: 2 });
		const items = urlItems(3);
		const { outputs, status } = await create(
			items,
			{ waitForCompletion: false, options: { settleSeconds: 0, onUnknownOutcome: 'fail' } },
			{ retryOnFail: true, maxTries: 3, waitBetweenTries: 800 },
		);
		expect(status).toBe('success');
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1], [2]]);
		expect(simulator.ledger.account(urlsOf(items))).toMatchObject({ doubled: [], lost: [] });
	});

	it('says of a lost answer that the run may exist, and sends the others on', async () => {
		simulator.faults.add({ kind: 'resetBefore', on, nth: 1 });
		const { outputs } = await create(
			urlItems(3),
			{ ...settings, options: { settleSeconds: 0, onUnknownOutcome: 'fail' } },
			{ onError: 'continueErrorOutput' },
		);
		expect(outputs[0]).toHaveLength(2);
		const [error] = [...errorsByItem(outputs[1]).values()];
		expect(error).toBe('The document could not be run: the connection to Extend broke');
		expect(JSON.stringify(outputs[1]?.[0]?.json)).toMatch(
			/not known whether Extend created the run/,
		);
	});

	it('names the run where its answer turned up only after the document was sent again', async () => {
		simulator.settings.visibilityDelayMs = 2_000;
		simulator.faults.add({ kind: 'resetAfter', on, nth: 1 });
		simulator.faults.add({ kind: 'delay', ms: 2_500, on, nth: 2 });
		const { status, hints } = await create(urlItems(1), {
			waitForCompletion: false,
			options: { settleSeconds: 0 },
		});
		expect(status).toBe('success');
		const [lost, again] = simulator.ledger.runs.map(({ id }) => id);
		expect(hints.map(({ message }) => message).join(' ')).toMatch(new RegExp(`${lost}.*${again}`));
	});

	it('says that the run was created where Extend does not let it be read', async () => {
		simulator.faults.add({ kind: 'refuse', status: 403, on: { method: 'GET' } });
		const { outputs } = await create(urlItems(1), {}, { onError: 'continueErrorOutput' });
		const { id } = simulator.ledger.runs[0]!;
		const details = outputs[1]?.[0]?.json.details;
		expect(details).toMatchObject({ httpCode: 403, runId: id });
		expect((details as { description: string }).description).toContain(`Run ${id} was created.`);
	});

	it('shows neither a secret nor a password that Extend quotes', async () => {
		const message = 'No: hunter2-secret, hunter2-password';
		simulator.faults.add({ kind: 'refuse', message, on });
		const { error } = await create(urlItems(1), {
			options: { secrets: { ERP_TOKEN: 'hunter2-secret' }, filePassword: 'hunter2-password' },
		});
		expect(error?.description).toMatch(/No: /);
		expect(JSON.stringify([error, error?.description])).not.toMatch(/hunter2/);
	});

	it('says what is missing, stops at once, and shows no secret', async () => {
		const items = urlItems(200);
		const { error } = await create(items, {
			version: '99',
			options: { secrets: { ERP_TOKEN: 'hunter2-secret' } },
		});
		expect(error?.message).toMatch(
			/^The document could not be run: Extend cannot find the workflow/,
		);
		expect(error?.description).toMatch(/not this version of it/);
		expect(JSON.stringify(error)).not.toMatch(/hunter2/);
		expect(simulator.ledger.requests.length).toBeLessThan(30);
	});

	it('ends within a second when the execution is stopped while it waits', async () => {
		const [item] = urlItems(1);
		const { durationMs, status } = await create(
			[{ json: { ...item!.json, simulate: 'stuck' } }],
			asTold,
			{ cancelAfterMs: 800 },
		);
		expect(status).toBe('canceled');
		expect(durationMs).toBeLessThan(1_800);
	});
});
