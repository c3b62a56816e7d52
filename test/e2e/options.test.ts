import { linkedItems } from '../harness/n8n/execution';
import type { ItemJson } from '../harness/n8n/n8nData';

import { openBench, type Bench } from '../harness/e2e/workbench';
import { extend, items, NODES } from '../harness/e2e/pipeline';

describe('every option and every validation', () => {
	let bench: Bench;
	let folder: string;

	beforeAll(async () => {
		bench = await openBench();
		folder = `${bench.simulator.url}/documents`;
	});

	beforeEach(() => {
		bench.simulator.reset();
		bench.simulator.faults.clear();
	});

	afterAll(async () => {
		await bench.close();
	});

	test('options reach Extend as they are meant', async () => {
		const { simulator, workflowId } = bench;
		const execution = await bench.run(
			items([
				{ url: `${folder}/a.pdf`, name: 'First.pdf' },
				{ url: `${folder}/b.pdf`, name: 'Second.pdf' },
				{ url: `${folder}/c.pdf`, name: 'Third.pdf' },
			]),
			extend(workflowId, {
				version: '1',
				metadataMode: 'json',
				metadataJson: '={ "row": {{ $itemIndex }} }',
				options: {
					batchSize: 2,
					fileName: '={{ $json.name }}',
					filePassword: '=sesame-{{ $itemIndex }}',
					priority: 7,
					usageTags: 'nightly, invoices',
					secrets: '={{ JSON.stringify({ ERP: "hush-" + $itemIndex }) }}',
					output: 'input',
					onUnknownOutcome: 'fail',
					settleSeconds: 5,
					isolateBadInputs: false,
				},
			}),
		);
		expect(execution.status).toBe('success');
		expect(simulator.ledger.batches.map(({ version, priority }) => [version, priority])).toEqual([
			['1', 7],
			['1', 7],
		]);
		expect(simulator.ledger.runs.map(({ fileName }) => fileName)).toEqual([
			'First.pdf',
			'Second.pdf',
			'Third.pdf',
		]);
		simulator.ledger.runs.forEach((run, index) => {
			expect(run.metadata).toMatchObject({
				row: index,
				'extend:usage_tags': ['nightly', 'invoices'],
				n8n: { item: index, of: index < 2 ? 2 : 1 },
			});
			expect(simulator.vault.ofRun(run.id)).toEqual({
				password: `sesame-${index}`,
				secrets: { ERP: `hush-${index}` },
			});
		});
		const output = execution.items(NODES.extend);
		expect(output.map(linkedItems)).toEqual([[0], [1], [2]]);
		expect(output.map(({ json }) => (json.extend as ItemJson).position)).toEqual([0, 1, 0]);
		expect(JSON.stringify(output)).not.toMatch(/sesame|hush/);
	});

	test('turning off reference and isolation does so', async () => {
		const { simulator, workflowId } = bench;
		simulator.settings.badInputs = 'refuseWithoutPosition';
		const urls = [`${folder}/a.pdf`, `${folder}/refuse-me.pdf`];
		const execution = await bench.run(
			items(urls.map((url) => ({ url }))),
			extend(
				workflowId,
				{ options: { reference: false, isolateBadInputs: false } },
				{ onError: 'continueRegularOutput' },
			),
		);
		simulator.settings.badInputs = 'runFails';
		expect(execution.items(NODES.extend).map(linkedItems)).toEqual([[0], [1]]);
		expect(simulator.ledger.runs).toEqual([]);
		expect(simulator.ledger.requests.filter(({ category }) => category === 'RUN')).toHaveLength(1);
	});

	const CASES: Array<[ItemJson, RegExp | undefined]> = [
		[{}, undefined],
		[{ url: '' }, /^File URL is empty/],
		[{ url: 'ftp://example.com/a.pdf' }, /^File URL begins with “ftp:”/],
		[{ url: 'invoice.pdf' }, /^File URL is “invoice.pdf”, which is not a complete URL/],
		[{ url: 'https://example.com/in\nvoice.pdf' }, /^File URL has a line break or a tab in it/],
		[
			{ url: 'https://example.com/a.pdf https://example.com/b.pdf' },
			/^File URL contains more than one URL/,
		],
		[{ source: 'fileId', fileId: ' ' }, /^File ID is empty/],
		[{ source: 'fileId', fileId: 'workflow_run_1' }, /^File ID is .* the ID of a single run/],
		[{ source: 'text', text: '\n' }, /^Text is empty/],
		[{ source: 'binary' }, /^Input Binary Field is “data”, but the item has no such file/],
		[{ source: 'ftp' }, /^Source is "ftp", which is not one of its options/],
		[{ workflow: '' }, /^Workflow is empty/],
		[{ workflow: 'two words' }, /^Workflow is “two words”, which has a space in it/],
		[{ batchSize: 0 }, /^Batch Size is 0/],
		[{ batchSize: 1001 }, /^Batch Size is 1001/],
		[{ priority: 0 }, /^Priority is 0/],
		[{ priority: 101 }, /^Priority is 101/],
		[{ settleSeconds: -1 }, /^Time to Look for a Lost Batch \(Seconds\) is -1/],
		[{ output: 'each' }, /^Output is "each"/],
		[{ reference: 'maybe' }, /^Add Tracking Reference is neither true nor false/],
		[{ metadata: { note: 'ü'.repeat(5200) } }, /^Metadata has .* bytes, but Extend takes at most/],
		[{ metadata: { n8n: 1 } }, /^Metadata has a key “n8n”/],
		[{ metadata: 'not json' }, /^Metadata \(JSON\) is not valid JSON/],
		[{ metadata: '{ "customer": 7615917337495251231 }' }, /^Metadata \(JSON\) has a number under/],
		[{ metadata: { customer: 2 ** 60 } }, /^Metadata \(JSON\) has a number under “customer”/],
		[{ metadata: [1] }, /^Metadata \(JSON\) is not a JSON object/],
		[{ secrets: '{ hush' }, /^Secrets is not valid JSON/],
		[{ source: 'text', text: 'x', password: 'hush' }, /^File Password does not go with/],
		[{ source: 'fileId', fileId: 'file_1', name: 'a.pdf' }, /^File Name does not go with/],
	];

	test('each complaint names its parameter and its item, and the rest goes on', async () => {
		const { simulator, workflowId } = bench;
		const defaults: ItemJson = {
			source: 'url',
			url: `${folder}/good.pdf`,
			fileId: '',
			text: '',
			workflow: workflowId,
			batchSize: 1000,
			priority: 50,
			settleSeconds: 60,
			output: 'batch',
			reference: true,
			metadata: {},
			secrets: '{}',
			password: '',
			name: '',
		};
		const execution = await bench.run(
			items(CASES.map(([json]) => ({ ...defaults, ...json }))),
			extend(
				'',
				{
					workflow: { __rl: true, mode: 'id', value: '={{ $json.workflow }}' },
					source: '={{ $json.source }}',
					fileUrl: '={{ $json.url }}',
					metadataMode: 'json',
					metadataJson: '={{ $json.metadata }}',
					options: {
						batchSize: '={{ $json.batchSize }}',
						fileName: '={{ $json.name }}',
						filePassword: '={{ $json.password }}',
						output: '={{ $json.output }}',
						priority: '={{ $json.priority }}',
						reference: '={{ $json.reference }}',
						secrets: '={{ $json.secrets }}',
						settleSeconds: '={{ $json.settleSeconds }}',
					},
				},
				{ onError: 'continueRegularOutput' },
			),
		);
		const output = execution.items(NODES.extend);
		expect(output[0]?.json).toMatchObject({ runCount: 1 });
		const complaints = new Map(
			output.slice(1).map((item) => [linkedItems(item)[0], item.json.error as string]),
		);
		CASES.forEach(([, message], index) => {
			if (message === undefined) return;
			expect(complaints.get(index)).toMatch(message);
			expect(complaints.get(index)).toContain(`[item ${index}]`);
		});
		expect(output).toHaveLength(CASES.length);
		expect(simulator.ledger.runs).toHaveLength(1);
		expect(JSON.stringify(output)).not.toContain('hush');
	});
});
