/** Exactly one run for each document, at the edges: error items and retries, lost answers, one bad input. */
import axios from 'axios';

import { linkedItems, type Execution } from '../harness/n8n/execution';
import type { Json } from '../harness/n8n/n8nData';
import { API_VERSION, TOKENS } from '../simulator';

import { openBench, type Bench } from '../harness/e2e/workbench';
import { documentItems, documentUrls, extend, items, NODES } from '../harness/e2e/pipeline';

const SUBMIT = { method: 'POST', path: '/workflow_runs/batch' };
const GOES_ON = { onError: 'continueRegularOutput' } as const;
const RETRY = { retryOnFail: true, maxTries: 3, waitBetweenTries: 50 };

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

const account = (count: number) => bench.simulator.ledger.account(documentUrls(folder, count));

function goodItems(execution: Execution) {
	return execution.items(NODES.extend).filter(({ json }) => json.error === undefined);
}

function failedItems(execution: Execution): number[] {
	return execution
		.items(NODES.extend)
		.filter(({ json }) => json.error !== undefined)
		.flatMap(linkedItems);
}

/** 38 rows with a document, and one before them without. */
const withGap = () => items([{ url: '' }, ...documentUrls(folder, 38).map((url) => ({ url }))]);

test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
	'Retry On Fail with %s submits each good row once, also when the first row is bad',
	async (onError) => {
		const execution = await bench.run(withGap(), {
			...extend(bench.workflowId, { options: { output: 'input' } }, { onError }),
			...RETRY,
		});
		expect(execution.status).toBe('success');
		expect(account(38)).toMatchObject({ runs: 38, doubled: [], lost: [] });
		expect(goodItems(execution)).toHaveLength(38);
	},
);

test.each([-61_000, -15 * 60_000, 2 * 3_600_000])(
	'an answer that was lost is found although the clocks are %i ms apart',
	async (clockOffsetMs) => {
		bench.simulator.settings.clockOffsetMs = clockOffsetMs;
		bench.simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		const execution = await bench.run(
			documentItems(folder, 50),
			extend(bench.workflowId, { options: { settleSeconds: 5 } }),
		);
		expect(execution.status).toBe('success');
		expect(account(50)).toMatchObject({ runs: 50, doubled: [], lost: [] });
	},
);

test('a batch that becomes visible only after it was submitted again is adopted or named', async () => {
	bench.simulator.settings.visibilityDelayMs = 4000;
	bench.simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, times: 2 });
	const execution = await bench.run(
		documentItems(folder, 20),
		extend(bench.workflowId, { options: { settleSeconds: 2 } }),
	);
	expect(execution.status).toBe('success');
	const told = JSON.stringify([execution.items(NODES.extend), execution.hints(NODES.extend)]);
	for (const { batchId, runIds } of bench.simulator.ledger.batches) {
		const run = bench.simulator.ledger.runs.find(({ id }) => id === runIds[0]);
		const { submission } = run?.metadata.n8n as { submission: string };
		expect(told.includes(batchId) || told.includes(submission)).toBe(true);
	}
});

test('when every answer is lost, the error says that it is not known, and names each submission', async () => {
	bench.simulator.settings.visibilityDelayMs = 60_000;
	bench.simulator.faults.add({ kind: 'resetAfter', on: SUBMIT });
	const execution = await bench.run(
		documentItems(folder, 5),
		extend(bench.workflowId, { options: { settleSeconds: 0 } }),
	);
	expect(execution.error?.message).toMatch(/It is not known/);
	const told = JSON.stringify(execution.failure(NODES.extend));
	expect(bench.simulator.ledger.batches).toHaveLength(5);
	for (const { metadata } of bench.simulator.ledger.runs) {
		expect(told).toContain((metadata.n8n as { submission: string }).submission);
	}
});

test('of 130,004 rows, four of them good, four become runs', async () => {
	const rows = items([]);
	rows.parameters = {
		jsCode: `return [...Array(130004).keys()].map((index) => ({
			json: index < 4 ? { url: '${folder}/invoice-' + index + '.pdf' } : {},
		}));`,
	};
	const execution = await bench.run(rows, {
		...extend(bench.workflowId, {}, GOES_ON),
		...RETRY,
	});
	expect(execution.status).toBe('success');
	expect(account(4)).toMatchObject({ runs: 4, doubled: [], lost: [] });
	expect(goodItems(execution).map(({ json }) => json.runCount)).toEqual([4]);
	expect(failedItems(execution)).toHaveLength(130_000);
});

async function upload(name: string): Promise<string> {
	const form = new FormData();
	form.append('file', new File([name], name));
	const headers = {
		Authorization: `Bearer ${TOKENS.workspace}`,
		'x-extend-api-version': API_VERSION,
	};
	const { data } = await axios.post<{ id: string }>(`${bench.simulator.url}/files/upload`, form, {
		headers,
	});
	return data.id;
}

test('a deleted file among 30 that Extend answers with 404 costs only its own item', async () => {
	bench.simulator.settings.unknownFileId = 'refuse404';
	const ids = await Promise.all([...Array(30).keys()].map(async (index) => upload(`${index}.txt`)));
	ids[11] = 'file_deleted0';
	const execution = await bench.run(
		items(ids.map((fileId) => ({ fileId }))),
		extend(
			bench.workflowId,
			{ source: 'fileId', fileId: '={{ $json.fileId }}', options: { batchSize: 10 } },
			GOES_ON,
		),
	);
	expect(bench.simulator.ledger.runs).toHaveLength(29);
	expect(failedItems(execution)).toEqual([11]);
});

test('a refusal that quotes an address with the word workspace costs only its own item', async () => {
	bench.simulator.settings.badInputs = 'refuseQuoting';
	const urls = documentUrls(folder, 40);
	urls[7] = `${folder}/workspace/refuse-me.pdf`;
	const execution = await bench.run(
		items(urls.map((url) => ({ url }))),
		extend(bench.workflowId, {}, GOES_ON),
	);
	expect(bench.simulator.ledger.runs).toHaveLength(39);
	expect(failedItems(execution)).toEqual([7]);
});

test('an input that Extend answers with 500 costs only its own item', async () => {
	const rows: Array<{ [name: string]: Json }> = documentUrls(folder, 30).map((url) => ({ url }));
	rows[21] = { ...rows[21], note: 'a\u0000b' };
	const execution = await bench.run(
		items(rows),
		extend(bench.workflowId, { metadataMode: 'allFields', options: { settleSeconds: 2 } }, GOES_ON),
	);
	expect(bench.simulator.ledger.runs).toHaveLength(29);
	expect(failedItems(execution)).toEqual([21]);
});
