import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { PAUSES_MS } from '../../../nodes/Extend/waiting/runWatch';
import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { Extend } from '../../../nodes/Extend/Extend.node';
import { binaryItem, runListSearch, runLoadOptions } from '../../harness/engine';
import type { NodeRun, RunResult } from '../../harness/engine';
import { startSimulator, tame, type Fault, type Simulator } from '../../simulator';
import {
	DRAGGED,
	credentialsFor,
	errorsByItem,
	jsonOf,
	linkedItems,
	urlItems,
	urlsOf,
} from '../batchRun/batchRun';
import { runExtend } from './extend';

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator({
		settings: {
			...tame(
				'Late runs have tests of their own; here they would only take time',
				'readableDelayMs',
			),
			queueMs: 1,
			processMs: 5,
			jitter: 0,
		},
	});
});
beforeEach(() => {
	simulator.reset();
	jest.replaceProperty(PAUSES_MS, 'first', 20);
	jest.replaceProperty(PAUSES_MS, 'least', 50);
});
afterEach(() => {
	jest.restoreAllMocks();
});
afterAll(async () => {
	await simulator.close();
});

const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** What each operation is run with. */
const OPERATIONS: Record<string, INodeParameters> = {
	extract: { extractor: byId('ex_sim_invoice') },
	classify: { classifier: byId('cl_sim_document') },
	split: { splitter: byId('spl_sim_mail') },
	parse: {},
};

const NAMES = Object.keys(OPERATIONS);

async function run(
	operation: string,
	items: INodeExecutionData[],
	parameters: INodeParameters = {},
	more: Partial<NodeRun> = {},
): Promise<RunResult> {
	const { text, ...withoutText } = DRAGGED;
	const dragged = ['split', 'parse'].includes(operation) ? withoutText : { ...withoutText, text };
	return await runExtend(
		simulator,
		['document', operation],
		items,
		{ ...OPERATIONS[operation], ...dragged, ...parameters },
		more,
	);
}

/** Items whose runs end as they say, by the metadata of the run. */
const steered = (...wishes: string[]) =>
	urlItems(wishes.length).map(({ json }, index) => ({
		json: { ...json, simulate: wishes[index]! },
	}));
const STEERED = { metadataMode: 'allFields' };

const created = () => simulator.ledger.requests.filter(({ category }) => category === 'RUN');

describe('several files of an item', () => {
	/** An item with these files in memory. */
	async function itemWith(files: Record<string, string>): Promise<INodeExecutionData> {
		const item: INodeExecutionData = { json: {}, binary: {} };
		for (const [property, fileName] of Object.entries(files)) {
			const content = Buffer.from(`%PDF-1.4 ${fileName}`);
			Object.assign(item.binary!, (await binaryItem(content, { fileName, property })).binary);
		}
		return item;
	}

	const two = async () => [
		await itemWith({ attachment_0: 'a.pdf', attachment_1: 'b.pdf' }),
		await itemWith({ attachment_0: 'c.pdf' }),
	];

	const ALL = { source: 'binary', binaryPropertyName: '*' };

	it.each(NAMES)('are a document each for %s, linked to their item', async (name) => {
		const { outputs, error } = await run(name, await two(), ALL);
		expect(error).toBeUndefined();
		const rows = (outputs[0] ?? []).map((item) =>
			JSON.stringify([item.json.fileName, item.json.binaryPropertyName, linkedItems(item)]),
		);
		expect([...new Set(rows)].map((row) => JSON.parse(row) as unknown)).toEqual([
			['a.pdf', 'attachment_0', [0]],
			['b.pdf', 'attachment_1', [0]],
			['c.pdf', null, [1]],
		]);
		expect(simulator.ledger.runs).toHaveLength(3);
		expect(
			simulator.ledger.runs.map(({ metadata }) => (metadata.n8n as IDataObject).file).sort(),
		).toEqual(['attachment_0', 'attachment_1', undefined]);
	});

	it('are named by their fields also where nobody waits, and without the reference', async () => {
		const begun = await run('extract', await two(), { ...ALL, waitForCompletion: false });
		expect(jsonOf(begun.outputs[0]).map((json) => json.binaryPropertyName)).toEqual([
			'attachment_0',
			'attachment_1',
			undefined,
		]);
		const plain = await run('extract', await two(), { ...ALL, options: { reference: false } });
		expect(jsonOf(plain.outputs[0])[1]).toMatchObject({
			fileName: 'b.pdf',
			binaryPropertyName: 'attachment_1',
		});
	});

	it('are left out by their type and size', async () => {
		const { error } = await run('extract', await two(), {
			...ALL,
			options: { skipFilesSmallerThan: 1 },
		});
		expect(error?.message).toMatch(/^Input Binary Field matches no file to submit/);
		const item = await itemWith({ attachment_0: 'a.pdf', attachment_1: 'b.png' });
		const { outputs } = await run('extract', [item], { ...ALL, options: { fileTypes: 'pdf' } });
		expect(jsonOf(outputs[0]).map(({ fileName }) => fileName)).toEqual(['a.pdf']);
	});

	it('each have an error of their own, and do not keep the others', async () => {
		simulator.faults.add({ kind: 'refuse', on: { category: 'RUN' }, nth: 2 });
		const { outputs } = await run(
			'extract',
			[await itemWith({ one: 'a.pdf', two: 'b.pdf', three: 'c.pdf' })],
			{ source: 'binary', binaryPropertyName: 'one, two, three, scan' },
			{ onError: 'continueErrorOutput' },
		);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [0]]);
		expect(jsonOf(outputs[1]).map(({ details }) => details)).toMatchObject([
			{ itemIndex: 0, binaryPropertyName: 'scan' },
			{ itemIndex: 0, binaryPropertyName: expect.stringMatching(/^(one|two|three)$/) as string },
		]);
	});

	it('are refused before anything is sent as long as one is missing', async () => {
		const { error } = await run('extract', await two(), {
			source: 'binary',
			binaryPropertyName: 'attachment_0, attachment_1',
		});
		expect(error?.message).toBe(
			'Input Binary Field is “attachment_1”, but the item has no such file [item 1]',
		);
		expect(simulator.ledger.requests).toEqual([]);
	});

	it('are run once under Retry On Fail, also where two are the same', async () => {
		simulator.faults.add({ kind: 'refuse', status: 402, on: { category: 'RUN' }, nth: 3 });
		const item = await itemWith({ one: 'a.pdf', two: 'b.pdf', three: 'c.pdf' });
		item.binary!.four = { ...item.binary!.one! };
		const { outputs, status } = await run('extract', [item], ALL, {
			retryOnFail: true,
			maxTries: 2,
			waitBetweenTries: 10,
		});
		expect(status).toBe('success');
		expect(jsonOf(outputs[0]).map(({ fileName }) => fileName)).toEqual([
			'a.pdf',
			'b.pdf',
			'c.pdf',
			'a.pdf',
		]);
		expect(simulator.ledger.runs).toHaveLength(4);
	});
});

describe('the output', () => {
	it('of Extract is one flat row per document, linked to its item', async () => {
		const { outputs, error } = await run('extract', urlItems(3));
		expect(error).toBeUndefined();
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1], [2]]);
		expect(jsonOf(outputs[0])[1]).toEqual({
			fileName: 'invoice-1.pdf',
			status: 'PROCESSED',
			'extract.invoice_number': 'INV-3364',
			'extract.vendor': 'Northwind Traders',
			'extract.date': '2026-03-11',
			'extract.currency': 'USD',
			'extract.total': 1372.86,
			'extract.line_items': expect.stringContaining('"description":"Freight"'),
			'extract.lowestConfidence': 0.98,
			'extract.lowestConfidenceField': 'invoice_number',
			failureReason: null,
			runId: expect.stringMatching(/^exr_/),
			fileId: expect.stringMatching(/^file_/),
			itemIndex: 1,
			extractorId: 'ex_sim_invoice',
			extractorName: 'Invoice Extractor',
			version: '2',
			dashboardUrl: expect.stringMatching(/^https/),
		});
	});

	it('of Classify is the type of each document', async () => {
		const { outputs } = await run('classify', urlItems(1));
		expect(jsonOf(outputs[0])).toMatchObject([
			{ 'classify.type': 'invoice', 'classify.confidence': expect.any(Number), version: '2' },
		]);
	});

	it('of Split is one row for each part, linked to the item of the whole', async () => {
		const { outputs } = await run('split', urlItems(3));
		const parts = jsonOf(outputs[0]);
		expect(parts.length).toBeGreaterThan(3);
		for (const [index, part] of parts.entries()) {
			expect(part).toMatchObject({
				'split.type': 'invoice',
				'split.startPage': expect.any(Number),
				'split.fileId': expect.stringMatching(/^file_/),
			});
			expect(linkedItems(outputs[0]?.[index])).toEqual([part.itemIndex]);
		}
	});

	it('of Parse is the text, as a field or as a file', async () => {
		const { outputs } = await run('parse', urlItems(1));
		const [row] = jsonOf(outputs[0]);
		expect(row).toMatchObject({ 'parse.chunk': 1, 'parse.chunkCount': 1, 'parse.startPage': 1 });
		expect(row?.['parse.text']).toMatch(/^INVOICE INV-\d+\n\nVendor: /);

		const filed = await run('parse', urlItems(1), {
			textDestination: 'file',
			outputBinaryField: 'text',
		});
		const [item] = filed.outputs[0] ?? [];
		expect(item?.json).not.toHaveProperty(['parse.text']);
		const file = item?.binary?.text;
		expect(file).toMatchObject({ fileName: 'invoice-0.md', mimeType: 'text/markdown' });
		expect(Buffer.from(file!.data, 'base64').toString()).toBe(row?.['parse.text']);
	});

	it.each(NAMES)('of %s can be the whole run, or its ID without waiting', async (name) => {
		const full = await run(name, urlItems(1), { output: 'full' });
		expect(jsonOf(full.outputs[0])).toMatchObject([
			{ object: `${name}_run`, status: 'PROCESSED', output: expect.any(Object) },
		]);
		simulator.settings.processMs = 60_000;
		const begun = await run(name, urlItems(1), { waitForCompletion: false });
		const { id } = simulator.ledger.runs.at(-1)!;
		expect(jsonOf(begun.outputs[0])).toEqual([{ runId: id, status: 'PROCESSING' }]);
	});
});

describe('the lists of the editor', () => {
	const request = () => ({
		node: new Extend(),
		credentials: credentialsFor(simulator),
		credentialTypes: [new ExtendApi()],
	});

	it.each([
		['searchExtractors', 'receipt', 'ex_sim_receipt'],
		['searchClassifiers', 'LANGUAGE', 'cl_sim_language'],
		['searchSplitters', 'archive', 'spl_sim_archive'],
	])('%s finds by a part of the name', async (method, filter, value) => {
		const all = await runListSearch({ ...request(), method });
		expect(all.results).toHaveLength(2);
		const { results } = await runListSearch({ ...request(), method, filter });
		expect(results).toMatchObject([{ value }]);
	});

	it.each([
		['getExtractorVersions', 'extract', 'extractor', 'ex_sim_invoice'],
		['getClassifierVersions', 'classify', 'classifier', 'cl_sim_document'],
		['getSplitterVersions', 'split', 'splitter', 'spl_sim_mail'],
	])(
		'%s lists the versions of the chosen one, newest first',
		async (method, operation, name, id) => {
			const versionsOf = async (value: string) =>
				await runLoadOptions({
					...request(),
					method,
					parameters: { resource: 'document', operation, [name]: byId(value) },
				});
			const versions = await versionsOf(id);
			expect(versions.map(({ value }) => value)).toEqual(['', 'draft', '2', '1']);
			expect(versions[2]).toEqual({
				name: 'Version 2: Published version 2',
				value: '2',
				description: 'Published 2026-03-01',
			});
			expect(await versionsOf(`${id}_unknown`)).toHaveLength(2);
		},
	);
});

describe('what Extend gets', () => {
	it('is the document in any form, with its version, priority and metadata', async () => {
		const items: INodeExecutionData[] = [{ json: { text: 'Invoice 42', customer: 'c1' } }];
		const { error } = await run('extract', items, {
			source: 'text',
			version: '1',
			metadataMode: 'fields',
			metadata: { values: [{ key: 'customer', value: '={{ $json.customer }}' }] },
			options: { priority: 7, fileName: 'mail' },
		});
		expect(error).toBeUndefined();
		expect(simulator.ledger.runs).toMatchObject([
			{
				document: 'Invoice 42',
				fileName: 'mail.txt',
				metadata: { customer: 'c1', n8n: { item: 0 } },
				priority: 7,
			},
		]);
	});

	it('is a file of n8n, uploaded once', async () => {
		const binary = {
			data: {
				data: Buffer.from('%PDF-1.4').toString('base64'),
				mimeType: 'application/pdf',
				fileName: 'scan.pdf',
			},
		};
		const { outputs } = await run('split', [{ json: {}, binary }], { source: 'binary' });
		expect(simulator.ledger.uploads).toMatchObject([{ name: 'scan.pdf' }]);
		expect(jsonOf(outputs[0])[0]).toMatchObject({ fileName: 'scan.pdf' });
	});

	it('are the settings of the parser', async () => {
		const { outputs } = await run('parse', urlItems(1), {
			output: 'full',
			target: 'spatial',
			chunkingStrategy: 'page',
			options: { engine: 'parse_light', config: '{ "blockOptions": { "tables": {} } }' },
		});
		expect(jsonOf(outputs[0])[0]?.config).toEqual({
			target: 'spatial',
			chunkingStrategy: { type: 'page' },
			engine: 'parse_light',
			blockOptions: { tables: {} },
		});
	});
});

describe('a document that does not go well', () => {
	it.each(NAMES)('is an error item of %s that names the run and the reason', async (name) => {
		const { outputs } = await run(name, steered('FAILED', '', 'CANCELLED'), STEERED, {
			onError: 'continueErrorOutput',
		});
		const errors = outputs.flat().filter(({ json }) => json.error);
		expect(errors.map(linkedItems)).toEqual([[0], [2]]);
		expect(errors[0]?.json.error).toMatch(/: Extend could not process the document$/);
		expect(errors[1]?.json.error).toMatch(/: the run was cancelled$/);
		const details = errors[0]?.json.details as IDataObject;
		expect(details.runId).toBe(
			simulator.ledger.runs.find(({ metadata }) => metadata.simulate === 'FAILED')?.id,
		);
		expect(details.description).toMatch(/Extend says: “.*could not be processed/);
		expect(jsonOf(outputs[0]).filter(({ status }) => status === 'PROCESSED')).not.toEqual([]);
	});

	it('stops the node, which then tells what was done', async () => {
		const { status, error } = await run('extract', steered('FAILED'), STEERED);
		expect(status).toBe('error');
		expect(error?.message).toBe(
			'No data could be extracted from the document: Extend could not process the document [item 0]',
		);
	});

	it('is followed by how only the rest is run, and that is so', async () => {
		const stopped = await run('extract', steered('', '', 'FAILED'), STEERED);
		const { error, contextData } = stopped;
		expect(error?.message).toMatch(/\[item 2\]$/);
		expect(error?.description).toMatch(
			/^Choose Retry for this execution .* charges for them again/,
		);
		const { outputs } = await run('extract', steered('', '', ''), STEERED, { contextData });
		expect(jsonOf(outputs[0]).map(({ status }) => status)).toEqual(Array(3).fill('PROCESSED'));
		expect(simulator.ledger.runs).toHaveLength(4);
	});

	it('is not waited for longer than the time-out', async () => {
		const { outputs } = await run(
			'extract',
			steered('stuck', ''),
			{ ...STEERED, timeoutMinutes: 0.01 },
			{ onError: 'continueRegularOutput' },
		);
		expect(jsonOf(outputs[0])).toMatchObject([
			{ itemIndex: 1 },
			{ error: expect.stringMatching(/did not finish it within 0.01 minutes/) },
		]);
	});

	it('sends nothing as long as an item is wrong', async () => {
		const items = [...urlItems(1), { json: { url: 'nowhere' } }];
		const { error } = await run('extract', items);
		expect(error?.message).toMatch(/^File URL is “nowhere”.* \[item 1\]$/);
		const other = await run('extract', urlItems(1), { extractor: byId('cl_sim_document') });
		expect(other.error?.message).toMatch(/^Extractor is “cl_sim_document”, the ID of a classifier/);
		const empty = await run('classify', urlItems(1), { classifier: byId('={{ $json.none }}') });
		expect(empty.error?.message).toMatch(/^Classifier is empty/);
		const format = { target: 'spatial', chunkingStrategy: 'section' };
		const both = await run('parse', urlItems(1), format);
		expect(both.error?.message).toMatch(/^Divide Into is Sections, which does not work with/);
		expect(created()).toEqual([]);
	});

	it('says what Extend cannot find', async () => {
		const { error } = await run('extract', urlItems(1), { version: '9' });
		expect(error?.message).toMatch(/Extend cannot find the extractor, its version or the file/);
	});

	it('ends within a second when the execution is stopped', async () => {
		const { status, durationMs, error } = await run('extract', steered('stuck'), STEERED, {
			cancelAfterMs: 2_000,
		});
		expect(status).toBe('canceled');
		expect(durationMs).toBeLessThan(3_000);
		expect(error?.description).toMatch(
			/^Started, but not finished: item 0\. A new execution runs all/,
		);
	});
});

describe('late and early runs', () => {
	it.each(['extract', 'parse'])('of %s are waited for', async (name) => {
		Object.assign(simulator.settings, { readableDelayMs: 700, visibilityDelayMs: 300 });
		const { outputs, error } = await run(name, urlItems(2));
		expect(error).toBeUndefined();
		expect(new Set(jsonOf(outputs[0]).map(({ itemIndex }) => itemIndex))).toEqual(new Set([0, 1]));
	});
});

describe('lost answers', () => {
	const FAULTS: Fault[] = [
		{ kind: 'serverErrorBefore' },
		{ kind: 'serverErrorAfter' },
		{ kind: 'resetBefore' },
		{ kind: 'resetAfter' },
		{ kind: 'truncatedBefore' },
		{ kind: 'truncatedAfter' },
		{ kind: 'replacedAfter' },
		{ kind: 'rateLimited' },
	];
	const MODES: Record<string, Partial<NodeRun>> = {
		stop: {},
		continue: { onError: 'continueRegularOutput' },
		retry: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 },
	};
	const account = (items: INodeExecutionData[]) => {
		const { doubled, lost } = simulator.ledger.account(urlsOf(items));
		return { doubled, lost };
	};

	it.each(NAMES)('double and lose no document of %s, whatever n8n does on errors', async (name) => {
		for (const [index, fault] of FAULTS.entries()) {
			// Every pair of them is tried in the slow suite.
			const mode = Object.keys(MODES)[index % 3]!;
			simulator.reset();
			simulator.faults.add({ ...fault, on: { category: 'RUN' }, nth: 2 });
			const items = urlItems(3);
			const options = { settleSeconds: 0 };
			const { outputs } = await run(name, items, { options }, MODES[mode]);
			const rows = new Set(jsonOf(outputs[0]).map(({ itemIndex }) => itemIndex));
			expect([fault.kind, mode, account(items), rows]).toEqual([
				fault.kind,
				mode,
				{ doubled: [], lost: [] },
				new Set([0, 1, 2]),
			]);
		}
	});

	it('are told honestly where nobody can look', async () => {
		const items = urlItems(2);
		simulator.faults.add({ kind: 'resetAfter', on: { category: 'RUN' }, nth: 1 });
		const options = { reference: false };
		const { outputs } = await run(
			'extract',
			items,
			{ options },
			{ onError: 'continueRegularOutput' },
		);
		const [message] = errorsByItem(outputs[0]).values();
		expect(message).toMatch(/it is not known whether Extend accepted it$/);
		expect(account(items)).toEqual({ doubled: [], lost: [] });
	});

	it('are not sent again if the person does not want that', async () => {
		simulator.faults.add({ kind: 'resetBefore', on: { category: 'RUN' } });
		const options = { settleSeconds: 0, onUnknownOutcome: 'fail' };
		const { error } = await run('parse', urlItems(1), { options });
		expect(error?.message).toMatch(/it is not known whether Extend accepted it \[item 0\]$/);
		expect(error?.description).toMatch(/may have accepted the document and charged for it/);
		expect(created()).toHaveLength(1);
	});

	it('of a run that appears late are found, because looking goes on', async () => {
		simulator.settings.visibilityDelayMs = 600;
		simulator.faults.add({ kind: 'resetAfter', on: { category: 'RUN' }, nth: 1 });
		const items = urlItems(1);
		const { error } = await run('extract', items, { options: { settleSeconds: 2 } });
		expect(error).toBeUndefined();
		expect(account(items)).toEqual({ doubled: [], lost: [] });
	});

	it('of a run that appears only while a later request is looked for lead to it all the same', async () => {
		simulator.settings.visibilityDelayMs = 1500;
		simulator.faults.add({ kind: 'resetAfter', on: { category: 'RUN' } });
		const { error, outputs } = await run('extract', urlItems(1), { options: { settleSeconds: 1 } });
		expect(error).toBeUndefined();
		expect(created()).toHaveLength(2);
		expect(jsonOf(outputs[0])[0]!.runId).toBe(simulator.ledger.runs[0]!.id);
	});

	it('of each request of an earlier try are looked for', async () => {
		simulator.settings.visibilityDelayMs = 600;
		simulator.faults.add({ kind: 'resetBefore', on: { category: 'RUN' }, nth: 1 });
		simulator.faults.add({ kind: 'resetAfter', on: { category: 'RUN' }, nth: 1 });
		simulator.faults.add({ kind: 'refuse', status: 402, on: { category: 'RUN' }, nth: 1 });
		const items = urlItems(1);
		const { error } = await run(
			'extract',
			items,
			{ options: { settleSeconds: 0 } },
			{ retryOnFail: true, maxTries: 2, waitBetweenTries: 1000 },
		);
		expect(error).toBeUndefined();
		expect(account(items)).toEqual({ doubled: [], lost: [] });
	});

	it.each(['extract', 'parse'])(
		'do not make Retry On Fail run the documents of %s again',
		async (name) => {
			const items = steered('', '', 'FAILED', '');
			simulator.faults.add({ kind: 'refuse', status: 402, on: { category: 'RUN' }, nth: 4 });
			await run(name, items, STEERED, { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 });
			const documents = simulator.ledger.runs.map(({ document }) => document);
			const once = urlsOf([items[0]!, items[1]!]);
			expect(documents.filter((document) => once.includes(document))).toHaveLength(2);
		},
	);

	it('do not make Retry On Fail upload a file again', async () => {
		const items = await Promise.all(
			['a.pdf', 'b.pdf'].map(
				async (fileName) => await binaryItem(Buffer.from('%PDF-1.4'), { fileName }),
			),
		);
		simulator.faults.add({ kind: 'refuse', status: 402, on: { category: 'RUN' }, nth: 2 });
		const { outputs } = await run(
			'extract',
			items,
			{ source: 'binary' },
			{ retryOnFail: true, maxTries: 2, waitBetweenTries: 1 },
		);
		expect(jsonOf(outputs[0])).toHaveLength(2);
		expect(simulator.ledger.uploads.map(({ name }) => name).sort()).toEqual(['a.pdf', 'b.pdf']);
	});
});
