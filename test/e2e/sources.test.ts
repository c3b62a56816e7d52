import axios from 'axios';

import { jsonText } from '../harness/n8n/jsonText';

import { openBench, type Bench } from '../harness/e2e/workbench';
import { extend, items, node, NODES } from '../harness/e2e/pipeline';

describe('the sources of a document', () => {
	let bench: Bench;
	let folder: string;

	beforeAll(async () => {
		bench = await openBench();
		folder = `${bench.simulator.url}/documents`;
	});

	beforeEach(() => {
		bench.simulator.reset();
	});

	afterAll(async () => {
		await bench.close();
	});

	test('URL', async () => {
		const urls = [`${folder}/a.pdf`, `${folder}/b.pdf`];
		const execution = await bench.run(
			items(urls.map((url) => ({ url }))),
			extend(bench.workflowId, { source: 'url' }),
		);
		expect(execution.error).toBeUndefined();
		expect(bench.simulator.ledger.runs.map(({ document }) => document)).toEqual(urls);
	});

	test('Binary File: uploaded first, then run by file ID', async () => {
		const names = ['a.pdf', 'b.pdf', 'c.pdf'];
		const download = node('Download', 'n8n-nodes-base.httpRequest', 4.2, {
			url: '={{ $json.url }}',
			options: { response: { response: { responseFormat: 'file', outputPropertyName: 'scan' } } },
		});
		const execution = await bench.run(
			items(names.map((name) => ({ url: `${folder}/${name}` }))),
			download,
			extend(bench.workflowId, { source: 'binary', binaryPropertyName: 'scan' }),
		);
		expect(execution.error).toBeUndefined();
		const { uploads, runs } = bench.simulator.ledger;
		expect(uploads.map(({ name }) => name).sort()).toEqual(names);
		expect(uploads.every(({ size }) => size > 100)).toBe(true);
		const idOf = new Map(uploads.map(({ id, name }) => [name, id]));
		expect(runs.map(({ document }) => document)).toEqual(names.map((name) => idOf.get(name)));
	});

	test('File ID', async () => {
		const fileId = await upload(bench, 'known.txt');
		const execution = await bench.run(
			items([{ fileId }]),
			extend(bench.workflowId, { source: 'fileId' }),
		);
		expect(execution.error).toBeUndefined();
		expect(bench.simulator.ledger.runs.map(({ document }) => document)).toEqual([fileId]);
		expect(execution.items(NODES.extend)).toHaveLength(1);
	});

	test('Text', async () => {
		const texts = ['Invoice 1, total 10 EUR', 'Invoice 2: "zwölf" <b>€</b>\nsecond line'];
		const execution = await bench.run(
			items(texts.map((text) => ({ text }))),
			extend(bench.workflowId, { source: 'text' }),
		);
		expect(execution.error).toBeUndefined();
		expect(bench.simulator.ledger.runs.map(({ document }) => document)).toEqual(texts);
	});
});

async function upload({ simulator, credential }: Bench, name: string): Promise<string> {
	const form = new FormData();
	form.append('file', new Blob(['a file that Extend has already']), name);
	const { data } = await axios.post<{ id: string }>(`${simulator.url}/files/upload`, form, {
		proxy: false,
		headers: {
			Authorization: `Bearer ${jsonText(credential.data.apiToken)}`,
			'x-extend-api-version': '2026-02-09',
		},
	});
	return data.id;
}
