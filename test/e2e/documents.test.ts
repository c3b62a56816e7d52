import { jsonText } from '../harness/n8n/jsonText';
import type { Json } from '../harness/n8n/n8nData';
import { linkedItems } from '../harness/n8n/execution';
import { code, documentItems, documentUrls, node } from '../harness/e2e/pipeline';
import { openBench, type Bench } from '../harness/e2e/workbench';

const NAME = 'Extend';

describe('the documents of the node Extend', () => {
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

	const byId = (value: string): Json => ({ __rl: true, mode: 'id', value });

	const operation = (value: string, parameters: { [name: string]: Json } = {}) =>
		node(NAME, 'n8n-nodes-extend-ai.extend', 1, {
			resource: 'document',
			operation: value,
			fileUrl: '={{ $json.url }}',
			...parameters,
		});

	test.each([
		['extract', { extractor: byId('ex_sim_invoice') }, 'extract.invoice_number'],
		['classify', { classifier: byId('cl_sim_document') }, 'classify.type'],
		['split', { splitter: byId('spl_sim_mail') }, 'split.fileId'],
		['parse', {}, 'parse.text'],
	] as const)('%s: rows linked to their items', async (value, parameters, column) => {
		const execution = await bench.run(
			documentItems('https://files.example.com/invoices', 5),
			operation(value, parameters),
		);
		expect(execution.error).toBeUndefined();
		const output = execution.items(NAME);
		for (const item of output) {
			expect(typeof item.json[column]).toBe('string');
			expect(linkedItems(item)).toEqual([item.json.itemIndex]);
		}
		expect([...new Set(output.map(({ json }) => json.itemIndex))]).toEqual([0, 1, 2, 3, 4]);
		const { doubled, lost } = bench.simulator.ledger.account(
			documentUrls('https://files.example.com/invoices', 5),
		);
		expect([doubled, lost]).toEqual([[], []]);
	});

	test('parse: the text in a file', async () => {
		const execution = await bench.run(
			documentItems('https://files.example.com/mails', 2),
			operation('parse', { textDestination: 'file', outputBinaryField: 'text' }),
		);
		expect(execution.error).toBeUndefined();
		const [item] = execution.items(NAME);
		expect(item?.binary?.text).toMatchObject({ mimeType: 'text/markdown', fileExtension: 'md' });
		expect(item?.json).not.toHaveProperty(['parse.text']);
	});

	test('all files of an item are a document each, and a file that is missing leaves by the error output', async () => {
		const execution = await bench.run(
			code(`const file = async (name) => await this.helpers.prepareBinaryData(Buffer.from('%PDF-' + name), name);
return [
	{ json: {}, binary: { attachment_0: await file('a.pdf'), attachment_1: await file('b.pdf') } },
	{ json: {}, binary: { attachment_0: await file('c.pdf') } },
];`),
			{
				...operation('extract', {
					extractor: byId('ex_sim_invoice'),
					source: 'binary',
					binaryPropertyName: "={{ $itemIndex === 0 ? '*' : 'attachment_0, scan' }}",
				}),
				onError: 'continueErrorOutput',
			},
		);
		expect(execution.error).toBeUndefined();
		expect(
			execution
				.items(NAME)
				.map((item) => [item.json.fileName, item.json.binaryPropertyName, linkedItems(item)]),
		).toEqual([
			['a.pdf', 'attachment_0', [0]],
			['b.pdf', 'attachment_1', [0]],
			['c.pdf', 'attachment_0', [1]],
		]);
		expect(
			execution.items(NAME, 1).map((item) => [jsonText(item.json.error), linkedItems(item)]),
		).toEqual([[expect.stringMatching(/^Input Binary Field is “scan”/), [1]]]);
		expect(bench.simulator.ledger.runs).toHaveLength(3);
	});

	test('a lost answer is looked up, and a wrong item leaves by the error output', async () => {
		bench.simulator.faults.add({ kind: 'resetAfter', on: { category: 'RUN' }, nth: 2 });
		const execution = await bench.run(documentItems('https://files.example.com/lost', 3), {
			...operation('extract', {
				extractor: byId('ex_sim_invoice'),
				fileUrl: '={{ $itemIndex === 2 ? "nowhere" : $json.url }}',
			}),
			onError: 'continueErrorOutput',
		});
		expect(execution.items(NAME).map(({ json }) => json.itemIndex)).toEqual([0, 1]);
		expect(jsonText(execution.items(NAME, 1)[0]?.json.error)).toMatch(/^File URL is “nowhere”/);
		expect(bench.simulator.ledger.runs).toHaveLength(2);
	});
});
