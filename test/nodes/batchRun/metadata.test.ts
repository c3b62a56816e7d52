import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { TIMEOUTS_MS, ExtendClient } from '../../../nodes/extend/client/client';
import { jsonBytes } from '../../../nodes/parameters/jsonValues';
import { binaryItem } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import type { Simulator } from '../../simulator';
import { runBatches } from './batchRun';
import { complaintsAbout, readingOf } from './readInputs';

const URL = 'https://files.example.com/a.pdf';

/** The metadata of one item, without the reference. */
async function metadataOf(
	parameters: INodeParameters,
	item: INodeExecutionData = { json: {} },
): Promise<unknown> {
	const { inputs, complaints } = await readingOf([item], { fileUrl: URL, ...parameters });
	expect(complaints).toEqual([]);
	return inputs[0]?.metadata;
}

async function complaintAbout(
	parameters: INodeParameters,
	item: INodeExecutionData = { json: {} },
): Promise<string | undefined> {
	return (await complaintsAbout([item], { fileUrl: URL, ...parameters })).get(0);
}

const inJson = (metadataJson: string) => ({ metadataMode: 'json', metadataJson });
const inFields = (...values: Array<{ key: string; value: unknown }>) => ({
	metadataMode: 'fields',
	metadata: { values } as unknown as INodeParameters,
});
const ALL_FIELDS = { metadataMode: 'allFields' };

describe('numbers', () => {
	it.each([
		['{ "customer": 7615917337495251231 }', 'customer'],
		['={ "customer": { "id": {{ $json.id }} } }', 'customer.id'],
		['={{ { customer: $json.id } }}', 'customer'],
	])('that would be rounded are refused in %s', async (metadataJson, at) => {
		expect(
			await complaintAbout(inJson(metadataJson), { json: { id: 7615917337495251231 } }),
		).toMatch(`Metadata (JSON) has a number under “${at}” that is too long to keep exactly. Put`);
	});

	it('in quotes keep every digit', async () => {
		expect(await metadataOf(inJson('{ "customer": "7615917337495251231" }'))).toEqual({
			customer: '7615917337495251231',
		});
	});

	it('in Secrets are refused, too, and not repeated', async () => {
		const complaint = await complaintAbout({
			options: { secrets: '{ "pin": 12345678901234567890 }' },
		});
		expect(complaint).toMatch(/^Secrets has a number under “pin”/);
		expect(complaint).not.toContain('12345');
	});

	it('that a node before rounded are a doubt where they are fields', async () => {
		const items = [{ id: 5 }, { id: 7615917337495251231 }, { id: 1e21 }].map((json) => ({ json }));
		for (const parameters of [ALL_FIELDS, inFields({ key: 'id', value: '={{ $json.id }}' })]) {
			const { inputs, doubts } = await readingOf(items, { fileUrl: URL, ...parameters });
			expect(inputs.map(({ metadata }) => metadata)).toEqual(items.map(({ json }) => json));
			expect(doubts.roundedItems).toEqual([1]);
		}
	});

	it('that are none are refused, but null in the fields of the item', async () => {
		const item = { json: { amount: NaN } };
		expect(await complaintAbout(inFields({ key: 'x', value: '={{ $json.amount }}' }), item)).toBe(
			'Metadata Fields has NaN under “x”, which cannot be written as JSON. Make the expression return text, numbers, lists or objects.',
		);
		expect(await metadataOf(ALL_FIELDS, item)).toEqual({ amount: null });
	});
});

describe('values of expressions', () => {
	it('are written as JSON', async () => {
		const value = '={{ DateTime.fromISO("2026-11-25T10:00:00Z").toUTC() }}';
		const wanted = '2026-11-25T10:00:00.000Z';
		expect(await metadataOf(inFields({ key: 'at', value }))).toEqual({ at: wanted });
		const object = '={{ { at: new Date("2026-11-25T10:00:00Z"), large: 12345678901234567890n } }}';
		expect(await metadataOf(inJson(object))).toEqual({ at: wanted, large: '12345678901234567890' });
		const dated = { json: { at: new Date(wanted), list: [undefined] } as unknown as IDataObject };
		expect(await metadataOf(ALL_FIELDS, dated)).toEqual({ at: wanted, list: [null] });
	});

	it('are refused where JSON has none', async () => {
		const json: IDataObject = { name: 'x' };
		json.self = json;
		expect(await complaintAbout(ALL_FIELDS, { json })).toMatch(
			/^Metadata has an object that contains itself under “self”/,
		);
	});
});

it.each([
	['{ "a": 1, "a": 2 }', 'Metadata (JSON) has the name “a” twice'],
	['{ a: 1 }', 'Metadata (JSON) is not valid JSON'],
	['[1]', 'Metadata (JSON) is not a JSON object'],
])('metadata written as %s is refused', async (metadataJson, complaint) => {
	expect(await complaintAbout(inJson(metadataJson))).toContain(complaint);
});

describe('names of fields', () => {
	it('may be such as objects have by themselves', async () => {
		const names = ['__proto__', 'constructor', 'toString', '7'];
		const rows = names.map((key) => ({ key, value: `of ${key}` }));
		const metadata = (await metadataOf(inFields(...rows))) ?? {};
		expect(Object.entries(metadata).sort()).toEqual(
			names.map((name) => [name, `of ${name}`]).sort(),
		);
	});

	it.each(['a', '__proto__', 'toString'])('may be %s only once', async (key) => {
		const rows = [' ', ''].map((space) => ({ key: `${space}${key}`, value: 'x' }));
		expect(await complaintAbout(inFields(...rows))).toBe(
			`Metadata Fields has the name “${key}” twice. Give each row its own name.`,
		);
	});

	it('must not be empty', async () => {
		const rows = ['a', ' '].map((key) => ({ key, value: 'x' }));
		expect(await complaintAbout(inFields(...rows))).toBe(
			'Metadata Fields has no name in row 2. Enter a name or remove the row.',
		);
	});
});

describe('usage tags', () => {
	const options = { usageTags: 'q4; north\nq4' };
	it.each([
		['["own", "q4"]', ['own', 'q4', 'north']],
		['"own"', ['own', 'q4', 'north']],
		['"own, other"', ['own', 'other', 'q4', 'north']],
		['"[\\"own\\"]"', ['own', 'q4', 'north']],
		['""', ['q4', 'north']],
		['null', ['q4', 'north']],
	])('%s of the metadata stay beside those of the option', async (own, wanted) => {
		const json = `{ "a": 1, "extend:usage_tags": ${own} }`;
		expect(await metadataOf({ ...inJson(json), options })).toEqual({
			a: 1,
			'extend:usage_tags': wanted,
		});
	});

	it('of the metadata alone become a list, which is the form that Extend takes', async () => {
		const row = inFields({ key: 'extend:usage_tags', value: 'own, other' });
		expect(await metadataOf(row)).toEqual({ 'extend:usage_tags': ['own', 'other'] });
		const item = { json: { 'extend:usage_tags': ['own'] } };
		expect(await metadataOf({ ...ALL_FIELDS, options }, item)).toEqual({
			'extend:usage_tags': ['own', 'q4', 'north'],
		});
	});

	it('must be texts', async () => {
		expect(await complaintAbout(inJson('{ "extend:usage_tags": { "a": 1 } }'))).toMatch(
			/^Metadata under “extend:usage_tags” is an object/,
		);
	});
});

describe('all input fields', () => {
	const FILE_STARTS: ReadonlyArray<[name: string, start: Buffer]> = [
		['pdf', Buffer.from('%PDF-1.7\n')],
		['png', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
		['jpeg', Buffer.from('\xff\xd8\xff\xe0', 'latin1')],
		['gif', Buffer.from('GIF89a')],
		['tiff', Buffer.from('II*\0', 'latin1')],
		['tiffBigEndian', Buffer.from('MM\0*', 'latin1')],
		['webp', Buffer.from('RIFF....WEBP')],
		['heic', Buffer.from('\0\0\0\x18ftypheic', 'latin1')],
		['docx', Buffer.from('PK\x03\x04', 'latin1')],
		['doc', Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'latin1')],
		['rtf', Buffer.from('{\\rtf1')],
	];
	const fileContent = (start: Buffer) =>
		Buffer.concat([start, Buffer.alloc(3001, 'content')]).toString('base64');

	it('are attached without files that n8n keeps among them', async () => {
		const inMemory = (await binaryItem(Buffer.from('%PDF'))).binary!.data!;
		const stored = (await binaryItem(Buffer.from('%PDF'), { mode: 'filesystem' })).binary!.data!;
		const drive = { id: '1a', mimeType: 'application/pdf', name: 'a.pdf', data: 'x' };
		const json: IDataObject = {
			no: 7,
			files: { data: { ...stored }, other: { ...inMemory } },
			scan: { ...inMemory },
			pages: [{ ...stored }, { page: 2 }],
			...Object.fromEntries(FILE_STARTS.map(([name, start]) => [name, fileContent(start)])),
			link: `data:application/pdf;base64,${Buffer.alloc(900, 'y').toString('base64')}`,
			drive,
			note: 'a '.repeat(600),
			genome: 'ACGT'.repeat(400),
			key: Buffer.alloc(600, 'no file').toString('base64'),
			nothing: {},
		};
		expect(await metadataOf(ALL_FIELDS, { json })).toEqual({
			no: 7,
			pages: [{ page: 2 }],
			drive,
			note: json.note,
			genome: json.genome,
			key: json.key,
			nothing: {},
		});
	});
});

describe('the 10 KB of metadata', () => {
	it('are for the reference, too', async () => {
		const more = { workflowId: 'w'.repeat(16), executionId: '123456' };
		const reading = async (length: number, reference: boolean) =>
			await readingOf(
				[{ json: { note: 'x'.repeat(length) } }],
				{ fileUrl: URL, ...ALL_FIELDS, options: { reference } },
				more,
			);
		const room = 10 * 1024 - jsonBytes({ note: '' });
		expect((await reading(room, false)).complaints).toEqual([]);
		const { complaints } = await reading(room, true);
		expect(complaints).toMatchObject([{ parameter: 'Metadata', itemIndex: 0 }]);

		// What the reference of a full batch takes, and a few bytes to spare.
		const reference = {
			n8n: { submission: 'x'.repeat(36), item: 0, of: 1000, workflow: more.workflowId },
			execution: more.executionId,
		};
		expect((await reading(room - jsonBytes(reference) - 40, true)).complaints).toEqual([]);
	});
});

describe('complaints name what the editor shows', () => {
	it.each<[string, INodeParameters]>([
		['Metadata', { metadataMode: '={{ "some" }}' }],
		['Source', { source: '={{ "some" }}' }],
		['Metadata Fields', inFields({ key: ' ', value: 1 })],
		['Metadata Fields', inFields({ key: 'a', value: 1 }, { key: 'a\u200b', value: 2 })],
		['Version Name or ID', { version: 'workflow version 3' }],
		['Version Name or ID', { version: 'https://dashboard.extend.ai/x' }],
		['Workflow', { workflow: { __rl: true, mode: 'id', value: 'batch_1' } }],
		['Usage Tags', { options: { usageTags: '={{ { a: 1 } }}' } }],
		['Priority', { options: { priority: 0 } }],
		['Batch Size', { options: { batchSize: 1001 } }],
		['File Name', { options: { fileName: 'a\nb' } }],
	])('%s', async (name, parameters) => {
		const { complaints } = await readingOf([{ json: {} }], { fileUrl: URL, ...parameters });
		expect(complaints.map(({ parameter }) => parameter)).toEqual([name]);
	});
});

describe('in a job', () => {
	let simulator: Simulator;
	useSimulator({}, (started) => {
		simulator = started;
	});

	it('what may be wrong is told above the output', async () => {
		const items = [{ id: 5 }, { id: 2 ** 60 }, { id: 2 ** 61 }].map((json) => ({ json }));
		const { status, hints } = await runBatches(simulator, items, { fileUrl: URL, ...ALL_FIELDS });
		expect(status).toBe('success');
		expect(hints.map(({ message }) => message)).toEqual([
			expect.stringMatching(/^Submitted 3 documents in 1 batch\./),
			'The metadata of 2 documents (items 1–2) contains a number with more digits than n8n keeps, so its last digits may be wrong. Make the node that reads it return it as text.',
		]);
	});

	const twoFiles = async (json: IDataObject): Promise<INodeExecutionData> => {
		const files = await Promise.all(
			['attachment_0', 'attachment_1'].map(
				async (property) => await binaryItem(Buffer.from(property), { property }),
			),
		);
		return { json, binary: Object.assign({}, ...files.map(({ binary }) => binary)) };
	};

	it.each<[string, INodeParameters]>([
		['of a document', {}],
		['under a Job Key', { options: { jobKey: 'ü'.repeat(64) } }],
		['of one of several files', { source: 'binary', binaryPropertyName: '*' }],
	])('metadata of exactly the limit is taken, with the reference %s', async (_of, parameters) => {
		simulator.settings.metadataLimitBytes = 10 * 1024;
		const run = async (length: number) => {
			const json = { note: 'x'.repeat(length) };
			const item = parameters.source === 'binary' ? await twoFiles(json) : { json };
			return await runBatches(simulator, [item], { fileUrl: URL, ...ALL_FIELDS, ...parameters });
		};
		const tooLong = await run(10_500);
		const bytes = Number(
			/has ([\d,]+) bytes/.exec(tooLong.error?.message ?? '')?.[1]?.replace(',', ''),
		);
		const room = 10_500 - (bytes - 10 * 1024);
		const over = await run(room + 1);
		expect(over.error?.message).toContain('has 10,241 bytes');
		const { status } = await run(room);
		expect(status).toBe('success');
		const sent = jsonBytes(simulator.ledger.runs.at(-1)!.metadata);
		expect(sent).toBeLessThanOrEqual(10 * 1024);
		// What is held ready for larger numbers of items is little.
		expect(sent).toBeGreaterThan(10 * 1024 - 50);
	});

	it('an upload has more time the larger the file is', async () => {
		const attempt = jest.spyOn(ExtendClient.prototype, 'attempt');
		try {
			const files = [1000, 5_000_000].map((size) => Buffer.alloc(size, 'x'));
			const items = await Promise.all(files.map(async (file) => await binaryItem(file)));
			await runBatches(simulator, items, { source: 'binary' });
			const timeouts = attempt.mock.calls
				.filter(([{ path }]) => path === '/files/upload')
				.map(([{ timeoutMs = 0 }]) => timeoutMs - TIMEOUTS_MS.upload);
			expect(timeouts.sort((a, b) => a - b)).toEqual([10, 50_000]);
		} finally {
			attempt.mockRestore();
		}
	});
});
