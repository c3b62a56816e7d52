import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { INodeExecutionData } from 'n8n-workflow';

import { binaryItem } from '../../harness/engine';
import { startSimulator, type Simulator } from '../../simulator';
import { errorsByItem, jsonOf, linkedItems } from '../batchRun/batchRun';
import { callExtend } from '../listRuns/listRuns';
import { runExtend } from './extend';

const GET: [string, string] = ['file', 'get'];
const GET_MANY: [string, string] = ['file', 'getAll'];
const DELETE: [string, string] = ['file', 'delete'];

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator();
});
beforeEach(() => {
	simulator.reset();
});
afterAll(async () => {
	await simulator.close();
});

/** Has Extend get a file with this name. @returns its id */
async function uploaded(name: string): Promise<string> {
	const form = new FormData();
	form.append('file', new File(['%PDF-1.4'], name));
	const { id } = await callExtend<{ id: string }>(simulator, 'POST', '/files/upload', form);
	return id;
}

const fileItems = (...ids: string[]): INodeExecutionData[] => ids.map((id) => ({ json: { id } }));

describe('Get', () => {
	it('gets a file with a link to its content', async () => {
		const id = await uploaded('invoice.pdf');
		const { outputs } = await runExtend(simulator, GET, fileItems(id, id));
		expect(jsonOf(outputs[0])).toMatchObject([
			{ object: 'file', id, name: 'invoice.pdf', type: 'PDF', presignedUrl: expect.any(String) },
			{ id },
		]);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1]]);
	});

	it('takes the ID from an upload, too, and names the file that it cannot get', async () => {
		const fileId = await uploaded('invoice.pdf');
		const { outputs } = await runExtend(
			simulator,
			GET,
			[{ json: { fileId, id: 'something-else' } }, ...fileItems('file_none')],
			{},
			{ onError: 'continueErrorOutput' },
		);
		expect(jsonOf(outputs[0])).toMatchObject([{ id: fileId }]);
		expect(outputs[1]?.[0]?.json.details).toMatchObject({ httpCode: 404, fileId: 'file_none' });
	});

	it('says which file Extend does not have', async () => {
		const { error } = await runExtend(simulator, GET, fileItems('file_none'));
		expect(error?.message).toBe('The file could not be read: Extend cannot find the file [item 0]');
	});
});

describe('Get Many', () => {
	it('returns the newest files up to the limit, or all, by name', async () => {
		const ids: string[] = [];
		for (const name of ['a.pdf', 'b.pdf', 'ab.pdf']) ids.push(await uploaded(name));
		const names = async (parameters: object) =>
			jsonOf(
				(await runExtend(simulator, GET_MANY, [{ json: {} }], { ...parameters })).outputs[0],
			).map(({ name }) => name);
		expect(await names({ limit: 2 })).toEqual(['ab.pdf', 'b.pdf']);
		expect(await names({ returnAll: true })).toEqual(['ab.pdf', 'b.pdf', 'a.pdf']);
		expect(await names({ filters: { nameContains: 'b' } })).toEqual(['ab.pdf', 'b.pdf']);
	});
});

describe('Delete', () => {
	it('deletes files, and counts those that are gone as deleted', async () => {
		const [first, second] = [await uploaded('a.pdf'), await uploaded('b.pdf')];
		const { outputs, hints } = await runExtend(
			simulator,
			DELETE,
			fileItems(first, first, 'file_none'),
		);
		expect(hints[0]?.message).toMatch(
			/^Extend could not find every file; .* or the workspace is wrong/,
		);
		const [one, other, none] = jsonOf(outputs[0]);
		expect([one?.goneBefore, other?.goneBefore].sort()).toEqual([false, true]);
		expect(none).toEqual({ fileId: 'file_none', deleted: true, goneBefore: true });
		const left = await runExtend(simulator, GET_MANY, [{ json: {} }]);
		expect(jsonOf(left.outputs[0]).map(({ id }) => id)).toEqual([second]);
	});

	it('sends what cannot be deleted to the error output, and deletes the others', async () => {
		const [first, second] = [await uploaded('a.pdf'), await uploaded('b.pdf')];
		simulator.faults.add({ kind: 'refuse', status: 400, on: { path: `/files/${first}` } });
		const items = [...fileItems(first, second), { json: { id: 'workflow_run_1' } }];
		const { outputs } = await runExtend(
			simulator,
			DELETE,
			items,
			{},
			{ onError: 'continueErrorOutput' },
		);
		expect(jsonOf(outputs[0])).toMatchObject([{ fileId: second }]);
		const errors = errorsByItem(outputs[1]);
		expect(errors.get(0)).toMatch(/^The file could not be deleted/);
		expect(outputs[1]?.[0]?.json.details).toMatchObject({ httpCode: 400, fileId: first });
		expect(errors.get(2)).toMatch(/^File ID is “workflow_run_1”, the ID of a single run/);
	});
});

const UPLOAD: [string, string] = ['file', 'upload'];
const DOWNLOAD: [string, string] = ['file', 'download'];

/** An item with files in several fields. */
async function itemWith(files: Record<string, string>): Promise<INodeExecutionData> {
	const item: INodeExecutionData = { json: {}, binary: {} };
	for (const [property, fileName] of Object.entries(files)) {
		const { binary } = await binaryItem(Buffer.from('%PDF-1.4'), { fileName, property });
		Object.assign(item.binary!, binary);
	}
	return item;
}

describe('Upload', () => {
	it('uploads all files of each item, each an item of its own', async () => {
		const items = [
			await itemWith({ attachment_0: 'a.pdf', attachment_1: 'b.png' }),
			await itemWith({ attachment_0: 'c.docx' }),
		];
		const { outputs } = await runExtend(simulator, UPLOAD, items, {
			binaryPropertyName: '*',
			options: { convertToPdf: true },
		});
		expect(jsonOf(outputs[0])).toMatchObject([
			{ object: 'file', name: 'a.pdf', type: 'PDF', binaryPropertyName: 'attachment_0' },
			{ name: 'b.png', type: 'PDF', binaryPropertyName: 'attachment_1' },
			{ name: 'c.docx', type: 'PDF' },
		]);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [0], [1]]);
		expect(simulator.ledger.uploads.map(({ convertToPdf }) => convertToPdf)).toEqual([
			true,
			true,
			true,
		]);
	});

	it('streams a file from the store of n8n, with its password, which no error shows', async () => {
		const item = await binaryItem(Buffer.alloc(300_000, 1), {
			fileName: 'big.pdf',
			mode: 'filesystem',
		});
		const parameters = { options: { filePassword: 'hunter2-secret' } };
		const more = { binaryMode: 'filesystem' as const };
		const { outputs } = await runExtend(simulator, UPLOAD, [item], parameters, more);
		expect(jsonOf(outputs[0])).toMatchObject([{ name: 'big.pdf' }]);
		expect(simulator.ledger.uploads).toMatchObject([
			{ size: 300_000, hasPassword: true, convertToPdf: false },
		]);
		simulator.faults.add({ kind: 'refuse', message: 'No: hunter2-secret', on: { method: 'POST' } });
		const refused = await runExtend(simulator, UPLOAD, [item], parameters, more);
		expect(refused.error?.message).toMatch(/^The file could not be uploaded/);
		expect(JSON.stringify(refused.error)).not.toMatch(/hunter2/);
	});

	it('stops at the first refusal, and says what was uploaded all the same', async () => {
		const fields = Array.from({ length: 30 }, (_, index) => [`file_${index}`, `${index}.pdf`]);
		const item = await itemWith(Object.fromEntries(fields) as Record<string, string>);
		simulator.faults.add({ kind: 'refuse', on: { path: '/files/upload' }, nth: 3, times: 30 });
		const { error } = await runExtend(simulator, UPLOAD, [item], { binaryPropertyName: '*' });
		const { requests, uploads } = simulator.ledger;
		expect(requests.length).toBeLessThan(15);
		expect(uploads).toHaveLength(2);
		for (const { id } of uploads) expect(error?.description).toContain(id);
	});

	it('uploads nothing as long as one of several files is missing', async () => {
		const item = await itemWith({ attachment_0: 'a.pdf' });
		const { error } = await runExtend(simulator, UPLOAD, [item], {
			binaryPropertyName: 'attachment_0, scan',
		});
		expect(error?.message).toBe(
			'Input Binary Field is “scan”, but the item has no such file [item 0]',
		);
		expect(simulator.ledger.requests).toEqual([]);
	});

	it('says which files are missing before anything is sent', async () => {
		const { error } = await runExtend(simulator, UPLOAD, [{ json: {} }]);
		expect(error?.message).toBe(
			'Input Binary Field is “data”, but the item has no such file [item 0]',
		);
		expect(simulator.ledger.requests).toEqual([]);
	});
});

describe('Download', () => {
	it('puts the content into the field, from a link that gets no token', async () => {
		const ids = [await uploaded('a.pdf'), await uploaded('b c.pdf')];
		const { outputs, status } = await runExtend(simulator, DOWNLOAD, fileItems(...ids), {
			outputField: 'file',
		});
		expect(status).toBe('success');
		expect(jsonOf(outputs[0])).toEqual([
			{ fileId: ids[0], fileName: 'a.pdf', mimeType: 'application/pdf', fileType: 'PDF' },
			{ fileId: ids[1], fileName: 'b c.pdf', mimeType: 'application/pdf', fileType: 'PDF' },
		]);
		const [file] = outputs[0]!.map(({ binary }) => binary?.file);
		expect(Buffer.from(file!.data, 'base64').toString('latin1')).toMatch(/^%PDF/);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1]]);
	});

	describe('from a store with troubles', () => {
		let store: Server;
		let answers: Array<(response: ServerResponse) => void>;

		beforeAll(async () => {
			store = createServer((_request, response) => answers.shift()?.(response));
			await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
		});
		afterAll(() => {
			store.closeAllConnections();
			store.close();
		});

		/** How often Extend was asked for a link. */
		const links = () => simulator.ledger.requests.filter(({ method }) => method === 'GET').length;

		async function linked(link?: string | null): Promise<INodeExecutionData[]> {
			const id = await uploaded('a.pdf');
			const { port } = store.address() as AddressInfo;
			const own = `http://127.0.0.1:${port}/a.pdf?signature=hunter2`;
			const presignedUrl = link === undefined ? own : link;
			const body = { object: 'file', id, name: 'a.pdf', type: 'PDF', presignedUrl };
			simulator.faults.add({ kind: 'replacedAfter', body, on: { path: `/files/${id}` } });
			return fileItems(id);
		}

		it('tries again with a new link, and takes the type that the store tells', async () => {
			answers = [
				(response) => response.writeHead(503).end(),
				(response) => response.writeHead(200, { 'content-type': 'image/png; x=1' }).end('PNG'),
			];
			const { status, outputs } = await runExtend(simulator, DOWNLOAD, await linked());
			expect(status).toBe('success');
			expect(jsonOf(outputs[0])).toMatchObject([{ mimeType: 'image/png' }]);
			expect(links()).toBe(2);
		});

		it.each([
			['no link', null, 'Extend returned no link to its content'],
			[
				'a link into a private network',
				'https://10.0.0.1/a.pdf',
				'the link from Extend is not followed: it leads to a private address',
			],
			[
				'a link without https',
				'http://example.com/a.pdf',
				'the link from Extend is not followed: it does not begin with https://',
			],
		])('does not try %s again', async (_, presignedUrl, reason) => {
			const items = await linked(presignedUrl);
			const { error } = await runExtend(simulator, DOWNLOAD, items);
			expect(error?.message).toContain(`The file could not be downloaded: ${reason}`);
			expect(links()).toBe(1);
		});

		it('follows no redirect, and shows no link in its error', async () => {
			const elsewhere = (response: ServerResponse) =>
				response.writeHead(302, { location: `${simulator.url}/documents/x.pdf` }).end();
			answers = [elsewhere, elsewhere, elsewhere];
			const { error } = await runExtend(simulator, DOWNLOAD, await linked());
			expect(error?.message).toBe(
				'The file could not be downloaded: the link to its content returned HTTP 302 [item 0]',
			);
			expect(JSON.stringify(error)).not.toMatch(/hunter2/);
		});

		it('ends within a second when the execution is stopped', async () => {
			answers = [(response) => void response.writeHead(200).write('%PDF')];
			const items = await linked();
			const { durationMs, status } = await runExtend(
				simulator,
				DOWNLOAD,
				items,
				{},
				{ cancelAfterMs: 500 },
			);
			expect(status).toBe('canceled');
			expect(durationMs).toBeLessThan(1_500);
		});
	});
});
