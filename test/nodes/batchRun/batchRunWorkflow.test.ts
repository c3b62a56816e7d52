import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { binaryItem, runListSearch, runLoadOptions, type NodeRun } from '../../harness/engine';
import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { ExtendBatchRunWorkflow } from '../../../nodes/ExtendBatchRunWorkflow/ExtendBatchRunWorkflow.node';
import { useSimulator } from '../../harness/useSimulator';
import { TOKENS, WORKSPACES, type Simulator } from '../../simulator';
import {
	credentialsFor,
	errorsByItem,
	jsonOf,
	linkedItems,
	runBatches,
	urlItems,
	urlOf,
	urlsOf,
} from './batchRun';

let simulator: Simulator;

useSimulator({}, (started) => {
	simulator = started;
});

const PIN_ADVICE = 'Pin this output while you build, so that tests do not submit again.';

const range = (from: number, to: number) =>
	Array.from({ length: to - from }, (_, index) => from + index);

describe('submitting', () => {
	it('turns 2,500 items into three batches, each document one run, each batch linked to its inputs', async () => {
		const items = urlItems(2500);
		const { status, outputs, hints } = await runBatches(simulator, items, {
			metadataMode: 'fields',
			metadata: {
				values: [
					{ key: 'customer', value: '={{ $json.customer }}' },
					{ key: 'row', value: '={{ $itemIndex }}' },
				],
			},
			options: { fileName: '={{ $json.name }}' },
		});

		expect(status).toBe('success');
		const batches = jsonOf(outputs[0]);
		expect(
			batches.map(({ runCount, batchNumber, batchCount }) => [runCount, batchNumber, batchCount]),
		).toEqual([
			[1000, 1, 3],
			[1000, 2, 3],
			[500, 3, 3],
		]);
		expect(outputs[0]?.map(linkedItems)).toEqual([
			range(0, 1000),
			range(1000, 2000),
			range(2000, 2500),
		]);
		expect(simulator.ledger.account(urlsOf(items))).toMatchObject({
			documents: 2500,
			batches: 3,
			runs: 2500,
			doubled: [],
			lost: [],
			unexpected: [],
		});
		const batchOf = new Map(
			batches.flatMap(({ batchId }, index) =>
				outputs[0]![index] ? [[batchId, linkedItems(outputs[0]![index])]] : [],
			),
		);
		for (const run of simulator.ledger.runs) {
			const index = Number(/invoice-(\d+)/.exec(run.document)?.[1]);
			expect(run.fileName).toBe(`Invoice ${index}.pdf`);
			expect(run.metadata).toMatchObject({ customer: `customer-${index % 7}`, row: index });
			expect(run.metadata.n8n).toMatchObject({ item: index, of: index < 2000 ? 1000 : 500 });
			expect(batchOf.get(run.batchId)).toContain(index);
		}
		expect(hints.map(({ message }) => message)).toEqual([
			`Submitted 2,500 documents in 3 batches. Next: Extend List Runs by Batch. ${PIN_ADVICE}`,
		]);
	});

	it.each<[string, IDataObject, Partial<NodeRun>, string]>([
		['a published workflow', {}, { mode: 'trigger' }, ''],
		[
			'a job that is safe to run again',
			{ jobKey: 'november', settleSeconds: 0 },
			{},
			' Next: Extend List Runs by Batch.',
		],
	])('%s needs less advice', async (_what, options, more, advice) => {
		const { hints } = await runBatches(
			simulator,
			urlItems(1),
			{ options } as INodeParameters,
			more,
		);
		expect(hints.map(({ message }) => message)).toEqual([
			`Submitted 1 document in 1 batch.${advice}`,
		]);
	});

	it('says what was submitted with the names of the design', async () => {
		const { outputs } = await runBatches(simulator, urlItems(3), { version: '2' });
		const [batch] = jsonOf(outputs[0]);
		expect(batch).toEqual({
			batchId: simulator.ledger.batches[0]?.batchId,
			runCount: 3,
			batchNumber: 1,
			batchCount: 1,
			workflowId: simulator.workflow('Invoice Processing').id,
			version: '2',
			submittedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
		});
		expect(simulator.ledger.batches[0]?.version).toBe('2');
	});

	it('groups by workflow, version and priority in order of appearance, and takes nothing from item 0 for all', async () => {
		const other = simulator.workflow('Receipt Intake').id;
		const main = simulator.workflow('Invoice Processing').id;
		const items = urlItems(10).map((item, index) => ({
			json: {
				...item.json,
				workflow: index % 2 === 0 ? main : other,
				priority: index < 4 ? 10 : 20,
			},
		}));
		const { outputs } = await runBatches(simulator, items, {
			workflow: { __rl: true, mode: 'id', value: '={{ $json.workflow }}' },
			options: { priority: '={{ $json.priority }}', batchSize: 2 },
		});
		expect(outputs[0]?.map((item) => [item.json.workflowId, linkedItems(item)])).toEqual([
			[main, [0, 2]],
			[other, [1, 3]],
			[main, [4, 6]],
			[main, [8]],
			[other, [5, 7]],
			[other, [9]],
		]);
		const priorities = new Map(
			simulator.ledger.batches.map(({ batchId, priority }) => [batchId, priority]),
		);
		expect(jsonOf(outputs[0]).map(({ batchId }) => priorities.get(batchId as string))).toEqual([
			10, 10, 20, 20, 20, 20,
		]);
	});

	it('gives one item per input on request, with batch and position, and no top-level error', async () => {
		const items = urlItems(5);
		items[1]!.json.error = 'from an earlier node';
		const { outputs, status } = await runBatches(simulator, items, {
			options: { output: 'input', batchSize: 2 },
		});
		expect(status).toBe('success');
		expect(outputs[0]?.map(linkedItems)).toEqual([[0], [1], [2], [3], [4]]);
		outputs[0]?.forEach(({ json }, index) => {
			const run = simulator.ledger.runs.find(({ document }) => document === urlOf(index));
			expect(json.url).toBe(urlOf(index));
			expect(json).not.toHaveProperty('error');
			expect(json.extend).toMatchObject({ batchId: run?.batchId, position: run?.position });
		});
		expect(outputs[0]?.[1]?.json.extend).toMatchObject({ inputError: 'from an earlier node' });
	});

	it('leaves out the reference when it is turned off', async () => {
		await runBatches(simulator, urlItems(2), { options: { reference: false } });
		expect(simulator.ledger.runs.map(({ metadata }) => metadata)).toEqual([{}, {}]);
	});

	it('sends tags, secrets and passwords, and keeps them out of everything that n8n stores', async () => {
		const { outputs, runData } = await runBatches(simulator, urlItems(2), {
			options: {
				usageTags: 'production, q4',
				secrets: '={{ JSON.stringify({ ERP_TOKEN: "erp-" + $itemIndex + "-hush" }) }}',
				filePassword: '=open-{{ $itemIndex }}-sesame',
			},
		});
		expect(outputs[0]).toHaveLength(1);
		const run = simulator.ledger.runs[1]!;
		expect(run.metadata['extend:usage_tags']).toEqual(['production', 'q4']);
		expect(run.secretNames).toEqual(['ERP_TOKEN']);
		expect(run.hasPassword).toBe(true);
		const kept = JSON.stringify(runData);
		expect(kept).not.toMatch(/hush|sesame/);
		expect(kept).not.toContain(TOKENS.workspace);
	});

	it('accepts a workflow by the address of its page', async () => {
		const { id } = simulator.workflow('Invoice Processing');
		const { status } = await runBatches(simulator, urlItems(1), {
			workflow: {
				__rl: true,
				mode: 'url',
				value: `https://dashboard.extend.ai/workflows/${id}?tab=runs`,
			},
		});
		expect(status).toBe('success');
		expect(simulator.ledger.batches[0]?.workflowId).toBe(id);
	});
});

describe('metadata', () => {
	it('attaches a JSON object, or all fields of the item', async () => {
		await runBatches(simulator, urlItems(1), {
			metadataMode: 'json',
			metadataJson: '={ "customer": "{{ $json.customer }}", "nested": { "deep": [1, null] } }',
			options: { reference: false },
		});
		await runBatches(simulator, urlItems(1), {
			metadataMode: 'allFields',
			options: { reference: false },
		});
		expect(simulator.ledger.runs.map(({ metadata }) => metadata)).toEqual([
			{ customer: 'customer-0', nested: { deep: [1, null] } },
			urlItems(1)[0]?.json,
		]);
	});

	it.each([
		[
			'too large, counted in UTF-8',
			{ note: 'ü'.repeat(5200) },
			/bytes, but Extend takes at most 10,240/,
		],
		['with the key of the reference', { n8n: 1 }, /has a key “n8n”/],
	])('refuses metadata %s before anything is sent', async (_, json, message) => {
		const items = [...urlItems(1), { json: { url: urlOf(1), ...json } }];
		const { status, error } = await runBatches(simulator, items, { metadataMode: 'allFields' });
		expect(status).toBe('error');
		expect(error?.message).toMatch(message);
		expect(error?.message).toContain('[item 1]');
		expect(simulator.ledger.requests).toEqual([]);
	});

	it('takes metadata of exactly the limit', async () => {
		const room = 10 * 1024 - JSON.stringify({ note: '' }).length;
		const items = [{ json: { note: 'x'.repeat(room) } }];
		simulator.settings.metadataLimitBytes = 10 * 1024;
		const { status } = await runBatches(simulator, items, {
			fileUrl: urlOf(0),
			metadataMode: 'allFields',
			options: { reference: false },
		});
		expect(status).toBe('success');
	});
});

describe('sources', () => {
	it('submits file ids and texts', async () => {
		await runBatches(simulator, [{ json: { text: 'Invoice 42' } }], {
			source: 'text',
			options: { fileName: 'note.txt' },
		});
		expect(simulator.ledger.runs[0]).toMatchObject({
			document: 'Invoice 42',
			fileName: 'note.txt',
		});

		const upload = await runBatches(
			simulator,
			[
				await binaryItem(Buffer.from('%PDF-1.4 hello'), {
					fileName: 'a.pdf',
					mimeType: 'application/pdf',
				}),
			],
			{ source: 'binary', options: { output: 'input' } },
		);
		const fileId = (upload.outputs[0]?.[0]?.json.extend as { fileId: string }).fileId;
		expect(fileId).toBe(simulator.ledger.uploads[0]?.id);
		await runBatches(simulator, [{ json: { fileId } }], { source: 'fileId' });
		expect(simulator.ledger.runs.at(-1)?.document).toBe(fileId);
	});

	it.each(['default', 'filesystem'] as const)(
		'uploads binary files from the %s store whole, under names with the right extension',
		async (mode) => {
			const contents = range(0, 40).map((index) =>
				Buffer.alloc(1000 * (index + 1), `document ${index} `),
			);
			const items = await Promise.all(
				contents.map(async (content, index) =>
					binaryItem(content, {
						...(index % 2 === 0
							? { fileName: `scan ${index}` }
							: { fileName: `Scan.${index}.PDF` }),
						mimeType: 'application/pdf',
						mode,
					}),
				),
			);
			const { status, outputs } = await runBatches(
				simulator,
				items,
				{ source: 'binary', options: { filePassword: 'open sesame' } },
				{ binaryMode: mode },
			);
			expect(status).toBe('success');
			expect(outputs[0]?.map(({ json }) => json.runCount)).toEqual([40]);
			expect(simulator.ledger.uploads).toHaveLength(40);
			const uploads = new Map(simulator.ledger.uploads.map((upload) => [upload.size, upload]));
			contents.forEach((content, index) => {
				expect(uploads.get(content.length)).toMatchObject({
					name: index % 2 === 0 ? `scan ${index}.pdf` : `Scan.${index}.PDF`,
					hasPassword: true,
				});
			});
			const runs = simulator.ledger.runs.map(({ document, position }) => [document, position]);
			expect(runs).toEqual(
				contents.map((content, index) => [uploads.get(content.length)?.id, index]),
			);
		},
	);

	it.each([
		['url', {}, {}, /File URL is empty/],
		['url', { url: 'ftp://example.com/a.pdf' }, {}, /File URL begins with “ftp:”/],
		['url', { url: 'invoice.pdf' }, {}, /not a complete URL/],
		['url', { url: { href: 'https://example.com' } }, {}, /File URL is an object, not text/],
		['fileId', { fileId: '  ' }, {}, /File ID is empty/],
		['text', { text: ' \n ' }, {}, /Text is empty/],
		['binary', {}, {}, /Input Binary Field is “data”, but the item has no such file/],
		['url', { url: urlOf(1) }, { batchSize: 1001 }, /Batch Size is 1001/],
		['url', { url: urlOf(1) }, { batchSize: 0 }, /Batch Size is 0/],
		['url', { url: urlOf(1) }, { batchSize: 2.5 }, /Batch Size is 2.5/],
		['url', { url: urlOf(1) }, { priority: 101 }, /Priority is 101/],
		['url', { url: urlOf(1) }, { priority: 'soon' }, /Priority is "soon"/],
		['url', { url: urlOf(1) }, { secrets: '{ "a": hush }' }, /Secrets is not valid JSON/],
		['url', { url: urlOf(1) }, { secrets: '[1]' }, /Secrets is not a JSON object/],
		['text', { text: 'x' }, { filePassword: 'hush' }, /File Password does not go with this source/],
	])(
		'refuses source %s with %j and options %j before anything is sent',
		async (source, json, options, message) => {
			const good = { json: { url: urlOf(0), text: 'good', fileId: 'file_1' } };
			const items = source === 'binary' ? [{ json }] : [good, { json }];
			const itemIndex = items.length - 1;
			const { status, error, serialisedError } = await runBatches(simulator, items, {
				source: `={{ "${source}" }}`,
				options: Object.fromEntries(
					Object.entries(options).map(([name, value]) => [
						name,
						// Right for the first item, so that the complaint must name the second.
						items.length === 1
							? value
							: `={{ $itemIndex === 0 ? ${JSON.stringify({ batchSize: 5, priority: 5, secrets: '{}', filePassword: '' }[name])} : ${JSON.stringify(value)} }}`,
					]),
				),
			});
			expect(status).toBe('error');
			expect(error?.message).toMatch(message);
			expect(error?.message).toContain(`[item ${itemIndex}]`);
			expect(error?.context.itemIndex).toBe(itemIndex);
			expect(serialisedError).not.toContain('hush');
			expect(simulator.ledger.requests).toEqual([]);
		},
	);

	it('refuses a missing workflow and the address of a run', async () => {
		const empty = await runBatches(simulator, urlItems(1), {
			workflow: { __rl: true, mode: 'id', value: '={{ $json.nothing }}' },
		});
		expect(empty.error?.message).toMatch(/Workflow is empty/);
		const run = await runBatches(simulator, urlItems(1), {
			workflow: {
				__rl: true,
				mode: 'url',
				value: '={{ "https://dashboard.extend.ai/workflows/workflow_run_xKm9pNv3qWsY_jL2tR5Dh" }}',
			},
		});
		expect(run.error?.message).toMatch(/Workflow is a URL without a workflow ID/);
		expect(simulator.ledger.requests).toEqual([]);
	});
});

describe('On Error: Continue', () => {
	const items = () => [...urlItems(2), { json: { url: '' } }, ...urlItems(4).slice(3)];

	it('gives the batches and one error item for each bad input in the regular output', async () => {
		const { status, outputs } = await runBatches(
			simulator,
			items(),
			{},
			{ onError: 'continueRegularOutput' },
		);
		expect(status).toBe('success');
		expect(outputs[0]?.map(linkedItems)).toEqual([[0, 1, 3], [2]]);
		expect(Object.keys(outputs[0]?.[1]?.json ?? {})).toEqual(['error', 'details']);
		expect(outputs[0]?.[1]?.json.details).toMatchObject({ itemIndex: 2, parameter: 'File URL' });
	});

	it('sends bad inputs to the error branch, with their own fields', async () => {
		const { outputs } = await runBatches(
			simulator,
			items(),
			{},
			{ onError: 'continueErrorOutput' },
		);
		expect(outputs[0]?.map(linkedItems)).toEqual([[0, 1, 3]]);
		expect(outputs[1]?.map(linkedItems)).toEqual([[2]]);
		expect(outputs[1]?.[0]?.json).toMatchObject({
			url: '',
			error: expect.stringContaining('File URL'),
		});
	});

	it('keeps each input exactly once when Extend refuses the token', async () => {
		const { outputs } = await runBatches(
			simulator,
			urlItems(30),
			{ options: { batchSize: 10 } },
			{
				onError: 'continueRegularOutput',
				credentials: {
					extendApi: { apiToken: 'sk_wrong', region: 'custom', baseUrl: simulator.url },
				},
			},
		);
		expect([...errorsByItem(outputs[0]).keys()].sort((a, b) => a - b)).toEqual(range(0, 30));
		expect(outputs[0]).toHaveLength(30);
		expect(simulator.ledger.requests).toHaveLength(1);
	});
});

describe('answers a person can act on', () => {
	it.each([
		['a wrong token', { apiToken: 'sk_wrong_token_1' }, /does not recognize the API token/],
		['a missing workspace', { apiToken: TOKENS.organization }, /needs to know the workspace/],
		[
			'a token of another region',
			{ apiToken: TOKENS.otherRegion },
			/does not recognize the API token/,
		],
	])('for %s', async (_, credential, message) => {
		const { error, serialisedError } = await runBatches(
			simulator,
			urlItems(3),
			{},
			{
				credentials: { extendApi: { region: 'custom', baseUrl: simulator.url, ...credential } },
			},
		);
		expect(error?.message).toMatch(message);
		expect(error?.description).toMatch(/Extend API credential/);
		expect(error?.description).toMatch(/req_/);
		expect(error?.description).toMatch(/Not accepted: items 0–2/);
		expect(serialisedError).not.toContain(credential.apiToken);
		expect(simulator.ledger.requests).toHaveLength(1);
	});

	it('works with an organization token and its workspace', async () => {
		const { status } = await runBatches(
			simulator,
			urlItems(1),
			{},
			{
				credentials: {
					extendApi: {
						apiToken: TOKENS.organization,
						region: 'custom',
						baseUrl: simulator.url,
						workspaceId: WORKSPACES.main,
					},
				},
			},
		);
		expect(status).toBe('success');
	});

	it.each(['flat', 'wrapped', 'legacy', 'text', 'html'] as const)(
		'whatever the shape of the error body: %s',
		async (errorShape) => {
			simulator.settings.errorShape = errorShape;
			const { error } = await runBatches(simulator, urlItems(2), {
				workflow: { __rl: true, mode: 'id', value: 'workflow_unknown' },
			});
			simulator.settings.errorShape = 'flat';
			expect(error?.message).toMatch(/Extend cannot find the workflow$/);
			expect(error?.description).toMatch(/Extend says: “/);
			expect(error?.description).not.toMatch(/<h1>|<html/i);
			expect(error?.description).toMatch(/req_/);
		},
	);

	it.each([
		['stopWorkflow', 1, 0],
		['continueRegularOutput', 0, 3],
	] as const)(
		'when plain http would carry the token over the network: %s',
		async (onError, failures, errorItems) => {
			const { error, outputs } = await runBatches(
				simulator,
				urlItems(3),
				{ options: { batchSize: 1 } },
				{
					onError,
					credentials: {
						extendApi: { apiToken: 'sk_1', region: 'custom', baseUrl: 'http://extend.example.com' },
					},
				},
			);
			const thrown = error ? [`${error.message} ${error.description}`] : [];
			expect(thrown).toHaveLength(failures);
			expect(errorsByItem(outputs[0] ?? []).size).toBe(errorItems);
			const told = [...thrown, ...(outputs[0] ?? []).map(({ json }) => JSON.stringify(json))];
			expect(told).toHaveLength(failures + errorItems);
			expect(told[0]).toMatch(/base URL .* cannot be used: plain http .* unencrypted/);
			for (const text of told) expect(text).toContain('the request could not be made');
		},
	);

	it('never repeats a secret that Extend quotes', async () => {
		simulator.faults.add({
			kind: 'refuse',
			status: 400,
			message: `Bad secret top-hush-42 for token ${TOKENS.workspace}`,
		});
		const { serialisedError, error } = await runBatches(simulator, urlItems(1), {
			options: { secrets: '{ "ERP": { "token": "top-hush-42" } }' },
		});
		expect(error?.description).toMatch(/Bad secret \*\*\* for token \*\*\*/);
		expect(serialisedError).not.toContain('top-hush-42');
		expect(serialisedError).not.toContain(TOKENS.workspace);
	});
});

describe('choosing a workflow', () => {
	const node = new ExtendBatchRunWorkflow();
	const request = () => ({
		node,
		credentials: credentialsFor(simulator),
		credentialTypes: [new ExtendApi()],
	});

	it('lists all workflows page by page, and searches over all pages', async () => {
		simulator.addWorkflows(2300);
		const first = await runListSearch({ ...request(), method: 'searchWorkflows' });
		expect(first.results).toHaveLength(1000);
		const second = await runListSearch({
			...request(),
			method: 'searchWorkflows',
			paginationToken: first.paginationToken,
		});
		expect(second.results).toHaveLength(1000);

		const found = await runListSearch({
			...request(),
			method: 'searchWorkflows',
			filter: 'invoice proc',
		});
		expect(found.results.map(({ name }) => name)).toEqual(['Invoice Processing']);
	});

	it('finds a name however its accents and capitals are written', async () => {
		const [workflow] = simulator.addWorkflows(1);
		Object.assign(workflow!, { name: 'Großaufträge prüfen'.normalize('NFD') });
		for (const filter of [
			'aufträge',
			'AUFTRÄGE'.normalize('NFD'),
			' GROSSAUF\u200b',
			workflow!.id,
		]) {
			const { results } = await runListSearch({ ...request(), method: 'searchWorkflows', filter });
			expect(results.map(({ value }) => value)).toEqual([workflow!.id]);
		}
	});

	it('lists the versions of the chosen workflow, newest first', async () => {
		const versions = await runLoadOptions({
			...request(),
			method: 'getWorkflowVersions',
			parameters: {
				workflow: { __rl: true, mode: 'id', value: simulator.workflow('Invoice Processing').id },
			},
		});
		expect(versions.map(({ value }) => value)).toEqual(['', 'draft', '3', '2', '1']);
		const ofPage = await runLoadOptions({
			...request(),
			method: 'getWorkflowVersions',
			parameters: {
				workflow: {
					__rl: true,
					mode: 'id',
					value: `https://dashboard.extend.ai/workflows/${simulator.workflow('Invoice Processing').id}/edit`,
				},
			},
		});
		expect(ofPage).toEqual(versions);
		expect(versions[2]?.name).toBe('Version 3: Production v3');
	});

	it('still offers the two versions that every workflow has when Extend does not know the workflow', async () => {
		const versions = await runLoadOptions({
			...request(),
			method: 'getWorkflowVersions',
			parameters: { workflow: { __rl: true, mode: 'id', value: 'workflow_unknown' } },
		});
		expect(versions.map(({ value }) => value)).toEqual(['', 'draft']);
	});
});
