import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';

import axios from 'axios';

import { API_VERSION, startSimulator, TOKENS, type Simulator } from '../simulator';
import { raw, sdk } from './clients';

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator();
});
afterAll(async () => {
	await simulator.close();
});
beforeEach(() => {
	simulator.reset();
});

it('takes an upload and keeps its measurements', async () => {
	const bytes = randomBytes(300_000);
	const file = await sdk(simulator).files.upload(new File([bytes], 'Invoices.pdf'), {});
	expect(file).toEqual({
		object: 'file',
		id: expect.stringMatching(/^file_/),
		name: 'Invoices.pdf',
		type: 'PDF',
		presignedUrl: null,
		parentFileId: null,
		contents: null,
		metadata: {},
		createdAt: expect.any(String),
		updatedAt: expect.any(String),
	});
	expect(simulator.ledger.uploads).toEqual([
		{
			id: file.id,
			name: 'Invoices.pdf',
			size: 300_000,
			sha256: createHash('sha256').update(bytes).digest('hex'),
			hasPassword: false,
			convertToPdf: false,
		},
	]);
});

it('takes a password and converts to PDF', async () => {
	const file = await sdk(simulator).files.upload(new File(['x'], 'scan.png'), {
		password: 'hunter2',
		convertToPdf: true,
	});
	expect(file.type).toBe('PDF');
	expect(simulator.ledger.uploads[0]).toMatchObject({ hasPassword: true, convertToPdf: true });
	expect(simulator.vault.ofUpload(file.id)).toBe('hunter2');
});

it.each([
	['a.txt', 'TXT'],
	['a.CSV', 'CSV'],
	['a.docx', 'DOCX'],
	['a.xlsx', 'EXCEL'],
	['a.jpeg', 'IMG'],
])('tells the type of %s', async (name, type) => {
	expect((await sdk(simulator).files.upload(new File(['x'], name), {})).type).toBe(type);
});

it('refuses what it cannot tell the type of, and a body without a file', async () => {
	const client = sdk(simulator);
	await expect(client.files.upload(new File(['x'], 'data'), {})).rejects.toMatchObject({
		statusCode: 400,
	});
	expect((await client.files.upload(new File(['%PDF-1.7'], 'data'), {})).type).toBe('PDF');
	expect((await raw(simulator).post('/files/upload', { file: 'x' })).status).toBe(400);
	const form = new FormData();
	form.append('password', 'x');
	expect((await raw(simulator).post('/files/upload', form)).status).toBe(400);
});

it('refuses an upload that is too large', async () => {
	simulator.settings.uploadLimitBytes = 1000;
	const upload = sdk(simulator).files.upload(new File([randomBytes(2000)], 'a.pdf'), {});
	await expect(upload).rejects.toMatchObject({
		statusCode: 400,
		body: { message: expect.stringContaining('FILE_SIZE_TOO_LARGE') },
	});
});

it('streams a large upload without keeping it', async () => {
	const megabytes = 250;
	const chunk = Buffer.alloc(1024 * 1024, 1);
	const before = process.memoryUsage().rss;
	const status = await uploadStream(
		Readable.from(
			(function* () {
				for (let count = 0; count < megabytes; count++) yield chunk;
			})(),
		),
	);
	expect(status).toBe(200);
	expect(simulator.ledger.uploads[0]?.size).toBe(megabytes * chunk.length);
	expect(process.memoryUsage().rss - before).toBeLessThan(megabytes * chunk.length * 0.8);
});

it('lists, retrieves and deletes', async () => {
	const client = sdk(simulator);
	const a = await client.files.upload(new File(['x'], 'alpha.pdf'), {});
	const b = await client.files.upload(new File(['x'], 'beta.pdf'), {});
	const names = async (query: object) =>
		(await client.files.list(query)).data.map(({ name }) => name);
	expect(await names({})).toEqual(['beta.pdf', 'alpha.pdf']);
	expect(await names({ sortDir: 'asc' })).toEqual(['alpha.pdf', 'beta.pdf']);
	expect(await names({ nameContains: 'alp' })).toEqual(['alpha.pdf']);
	const found = await client.files.retrieve(a.id, {});
	expect(found.metadata.pageCount).toBeGreaterThan(0);
	const link = found.presignedUrl ?? '';
	const download = await axios.get<string>(link, { proxy: false });
	expect(download.data).toMatch(/^%PDF/);
	expect((await raw(simulator).get(link)).status).toBe(400);
	expect(await client.files.delete(b.id)).toEqual({ id: b.id });
	await expect(client.files.retrieve(b.id, {})).rejects.toMatchObject({ statusCode: 404 });
});

/** Uploads a stream by hand, as one part of unknown length. */
async function uploadStream(content: Readable): Promise<number> {
	const boundary = 'the-boundary';
	const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="big.pdf"\r\n\r\n`;
	return await new Promise((resolve, reject) => {
		const outgoing = request(
			`${simulator.url}/files/upload`,
			{
				method: 'POST',
				headers: {
					authorization: `Bearer ${TOKENS.workspace}`,
					'x-extend-api-version': API_VERSION,
					'content-type': `multipart/form-data; boundary=${boundary}`,
				},
			},
			(answer) => {
				answer.resume();
				resolve(answer.statusCode ?? 0);
			},
		);
		outgoing.once('error', reject);
		outgoing.write(head);
		content.once('end', () => outgoing.end(`\r\n--${boundary}--\r\n`));
		content.pipe(outgoing, { end: false });
	});
}
