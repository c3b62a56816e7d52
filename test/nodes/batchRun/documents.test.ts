import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { binaryItem } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import type { Simulator } from '../../simulator';
import { errorsByItem, linkedItems, runBatches, urlItems, urlOf } from './batchRun';
import { complaintsAbout, readingOf } from './readInputs';

const PDF = Buffer.from('%PDF-1.4 one page');

describe('the identity of a document', () => {
	const urlBased = async (json: { url: string; name: string; password: string }) =>
		await identity('url', { fileName: json.name, filePassword: json.password }, [{ json }]);

	async function identity(
		source: string,
		options: INodeParameters,
		items: Parameters<typeof readingOf>[0],
	): Promise<string> {
		const { inputs } = await readingOf(items, { source, options });
		return inputs[0]!.document;
	}

	it('is the same for the same document, and another for another address, name or password', async () => {
		const base = { url: 'https://example.com/a.pdf', name: 'a.pdf', password: '' };
		const variants = [
			base,
			{ ...base, url: 'https://example.com/b.pdf' },
			{ ...base, name: 'b.pdf' },
			{ ...base, password: 'first try' },
			{ ...base, password: 'second try' },
		];
		const once = await Promise.all(variants.map(urlBased));
		const twice = await Promise.all(variants.map(urlBased));
		expect(twice).toEqual(once);
		expect(new Set(once).size).toBe(variants.length);
		expect(JSON.stringify(once)).not.toMatch(/first|second/);
	});

	it('tells texts and file ids apart, and sources', async () => {
		const item = (value: string) => [{ json: { url: value, text: value, fileId: value } }];
		const all = await Promise.all([
			identity('text', {}, item('file_1')),
			identity('text', {}, item('file_2')),
			identity('text', { fileName: 'x.txt' }, item('file_1')),
			identity('fileId', {}, item('file_1')),
			identity('fileId', {}, item('file_2')),
		]);
		expect(new Set(all).size).toBe(all.length);
		expect(await identity('text', {}, item('file_1'))).toBe(all[0]);
	});

	it('tells a changed file, even one of the same name and size', async () => {
		const file = async (content: string, fileName: string, options: INodeParameters = {}) =>
			await identity('binary', options, [
				await binaryItem(Buffer.from(content), { fileName, mimeType: 'application/pdf' }),
			]);
		const all = await Promise.all([
			file('%PDF one', 'a.pdf'),
			file('%PDF two', 'a.pdf'),
			file('%PDF one', 'b.pdf'),
			file('%PDF one', 'a.pdf', { filePassword: 'hush' }),
			file('%PDF one', 'a.pdf', { filePassword: 'hush!' }),
		]);
		expect(new Set(all).size).toBe(all.length);
		expect(await file('%PDF one', 'a.pdf')).toBe(all[0]);
		expect(JSON.stringify(all)).not.toContain('hush');
	});
});

describe('a File URL', () => {
	const read = async (value: unknown, options: INodeParameters = {}) => {
		const { inputs } = await readingOf([{ json: { url: value } as IDataObject }], { options });
		return inputs[0]?.file;
	};

	it('is sent without what nobody sees, and with %20 for a space', async () => {
		expect(await read('\ufeff https://example.com/my scan.pdf\u200b')).toEqual({
			url: 'https://example.com/my%20scan.pdf',
		});
	});

	it('gives its extension to a name that has none', async () => {
		expect(await read('https://example.com/a.pdf?x=1', { fileName: ' Invoice 7\u200b' })).toEqual({
			url: 'https://example.com/a.pdf?x=1',
			name: 'Invoice 7.pdf',
		});
		expect(await read('https://example.com/page.htm')).toMatchObject({ name: 'page.html' });
	});

	it.each(['', '  ', null])('is said to be empty where its field is: %j', async (url) => {
		const complaints = await complaintsAbout([{ json: { url, name: 'a' } }], {});
		expect(complaints.get(0)).toMatch(
			/^File URL is empty\. These fields of the item are empty: url\. .*Filter node.*error output/,
		);
	});

	it('is said to be empty, with what the item has instead', async () => {
		const items = [{ json: { link: 'x', name: 'y' } }, { json: {} }];
		expect([...(await complaintsAbout(items, {})).values()]).toEqual([
			'File URL is empty. Set it to a field that every item has. The item has the fields: link, name.',
			'File URL is empty. Set it to a field that every item has. The item has no fields.',
		]);
	});
});

describe('a File ID', () => {
	it('is read out of the address of its page, and is no ID of a run', async () => {
		const items = ['https://dashboard.extend.ai/files/file_1', '"file_1"', 'workflow_run_1'].map(
			(fileId) => ({ json: { fileId } }),
		);
		const { inputs, complaints } = await readingOf(items, { source: 'fileId' });
		expect(inputs.map(({ file }) => file)).toEqual([{ id: 'file_1' }, { id: 'file_1' }]);
		expect(complaints).toMatchObject([
			{
				itemIndex: 2,
				parameter: 'File ID',
				problem: 'is “workflow_run_1”, the ID of a single run',
			},
		]);
	});
});

describe('a text', () => {
	it('stays as it is, under a name that Extend knows for a text', async () => {
		const text = '\ufeff\u200b Invoice 42 \n';
		const { inputs } = await readingOf([{ json: { text } }], {
			source: 'text',
			options: { fileName: 'Note v1.2' },
		});
		expect(inputs[0]?.file).toEqual({ text, name: 'Note v1.2.txt' });
	});

	it('is empty if there is nothing to see in it', async () => {
		const complaints = await complaintsAbout([{ json: { text: ' \u200b\n' } }], { source: 'text' });
		expect(complaints.get(0)).toMatch(/^Text is empty/);
	});
});

describe('the field of a binary file', () => {
	const stored = { mode: 'filesystem' } as const;

	it.each([
		['data'],
		[' data\u200b'],
		['={{ $binary.data }}'],
		['={{ $binary["data"] }}'],
		['={{ $input.item.binary.data }}'],
		['{{ $binary.data }}'],
		['$binary.data'],
		["{{ $binary['data'] }}"],
		['={{ "da" + "ta" }}'],
	])('may be given as %s, in memory and in the store', async (binaryPropertyName) => {
		for (const mode of ['default', 'filesystem'] as const) {
			const items = [
				await binaryItem(PDF, { fileName: 'a.pdf', mode }),
				await binaryItem(PDF, { fileName: 'b.pdf', mode }),
			];
			items[1]!.binary!.other = { ...items[1]!.binary!.data!, fileName: 'c.pdf' };
			const { inputs, complaints } = await readingOf(
				items,
				{ source: 'binary', binaryPropertyName },
				{ binaryMode: mode },
			);
			expect(complaints).toEqual([]);
			expect(inputs.map(({ upload }) => [upload?.property, upload?.name])).toEqual([
				['data', 'a.pdf'],
				['data', 'b.pdf'],
			]);
		}
	});

	it('is told what to enter otherwise', async () => {
		const items = [await binaryItem(PDF, { property: 'scan', json: { text: 'x', file: {} } })];
		for (const [given, problem] of [
			['data', 'is “data”, but the item has no such file'],
			['={{ $json.missing }}', 'is empty'],
			['={{ $binary }}', 'is an object, not the name of a field'],
			['={{ $json.file }}', 'is an object, not the name of a field'],
			['={{ { mimeType: "image/png", data: "aGk=" } }}', 'is a file that the item does not have'],
			['constructor', 'is “constructor”, but the item has no such file'],
			['={{ "File: " + $binary.scan }}', 'is “File: [object Object]”, but'],
		] as const) {
			const { complaints } = await readingOf(items, {
				source: 'binary',
				binaryPropertyName: given,
			});
			expect(complaints).toMatchObject([{ parameter: 'Input Binary Field' }]);
			expect(complaints[0]?.problem).toContain(problem);
			expect(complaints[0]?.advice).toBe(
				'Enter only the name of the field, such as scan. The item has files in: scan.',
			);
		}
	});

	it('is not guessed where several files fit', async () => {
		const items = [await binaryItem(PDF)];
		items[0]!.binary!.copy = { ...items[0]!.binary!.data! };
		const complaints = await complaintsAbout(items, {
			source: 'binary',
			binaryPropertyName: '={{ $binary.data }}',
		});
		expect(complaints.get(0)).toContain('The item has files in: data, copy.');
	});

	it('may be among the other fields, where n8n keeps files there', async () => {
		const settings = { binaryMode: 'combined' } as const;
		const item = await binaryItem(PDF, { fileName: 'a.pdf', mode: 'filesystem' });
		const combined = { json: { no: 1, files: { data: item.binary!.data! } } };
		for (const binaryPropertyName of ['data', 'files.data', '={{ $json.files.data }}']) {
			const { inputs, complaints } = await readingOf(
				[combined],
				{ source: 'binary', binaryPropertyName },
				{ settings, binaryMode: 'filesystem' },
			);
			expect(complaints).toEqual([]);
			expect(inputs[0]?.upload).toMatchObject({
				name: 'a.pdf',
				size: PDF.length,
				storeId: item.binary!.data!.id,
			});
		}
		const missing = await complaintsAbout(
			[combined],
			{ source: 'binary', binaryPropertyName: 'scan' },
			{ settings, binaryMode: 'filesystem' },
		);
		expect(missing.get(0)).toContain('The item has files in: files.data.');
	});

	it.each(['default', 'filesystem'] as const)(
		'must not lead to an empty file, in the store %s',
		async (mode) => {
			const items = [
				await binaryItem(PDF, { mode }),
				await binaryItem(Buffer.alloc(0), { mode, fileName: 'empty.pdf' }),
			];
			const complaints = await complaintsAbout(items, { source: 'binary' }, { binaryMode: mode });
			expect([...complaints]).toEqual([
				[1, expect.stringMatching(/^Input Binary Field is “data”, but that file is empty/)],
			]);
		},
	);

	it.each([
		['image/pjpeg', 'scan.jpg'],
		['application/x-pdf', 'scan.pdf'],
		['image/tif', 'scan.tiff'],
	])('leads to a file whose type %s gives it an extension', async (mimeType, name) => {
		const item = await binaryItem(PDF, { ...stored, fileName: 'scan', mimeType });
		const { inputs } = await readingOf([item], { source: 'binary' }, { binaryMode: 'filesystem' });
		expect(inputs[0]?.upload?.name).toBe(name);
	});
});

it('the version may be given by the name that the editor shows', async () => {
	const wanted = {
		'': '',
		3: '3',
		'Newest Deployed': '',
		Draft: 'draft',
		draft: 'draft',
		'Version 12': '12',
		'Version 3: With totals': '3',
		v3: '3',
		'3.0': '3.0',
	};
	const names = Object.keys(wanted);
	const items = names.map((version) => ({ json: { url: urlOf(1), version } }));
	const { inputs } = await readingOf(items, { version: '={{ $json.version }}' });
	const read = inputs.map(({ settings }) => settings.version);
	expect(Object.fromEntries(names.map((name, index) => [name, read[index]]))).toEqual(wanted);
});

describe('in a job', () => {
	let simulator: Simulator;
	useSimulator({}, (started) => {
		simulator = started;
	});

	it('an address that no service would take stops it before anything is sent, or fails alone', async () => {
		const items = urlItems(2500);
		items[2400]!.json.url = `${urlOf(1)}\n${urlOf(2)}`;
		items[2401]!.json.url = 'https://files.example.com/in\nvoice.pdf';
		const stopped = await runBatches(simulator, items);
		expect(stopped.status).toBe('error');
		expect(stopped.error?.message).toMatch(/^File URL contains more than one URL \[item 2400\]/);
		expect(simulator.ledger.requests).toEqual([]);

		const { outputs } = await runBatches(simulator, items, {}, { onError: 'continueErrorOutput' });
		expect(outputs[1]?.flatMap(linkedItems)).toEqual([2400, 2401]);
		expect([...errorsByItem(outputs[1]).keys()]).toEqual([2400, 2401]);
		expect(simulator.ledger.runs).toHaveLength(2498);
	});
});
