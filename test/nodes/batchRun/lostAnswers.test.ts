/** What the node finds out and says when Extend's answers are lost, late, about one input only, or too large. */
import { SEARCH_AFTER_SERVER_ERRORS_MS } from '../../../nodes/submit/sender';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import axios from 'axios';

import type { RunResult } from '../../harness/engine';
import { API_VERSION, startSimulator, TOKENS, type Fault, type Simulator } from '../../simulator';
import { errorsByItem, linkedItems, runBatches, urlItems, urlOf, urlsOf } from './batchRun';

const SUBMIT = { method: 'POST', path: '/workflow_runs/batch' };
const GOES_ON = { onError: 'continueRegularOutput' } as const;

let simulator: Simulator;

beforeEach(async () => {
	simulator = await startSimulator();
});
afterEach(async () => {
	await simulator.close();
});

const submits = () => simulator.ledger.requests.filter(({ category }) => category === 'RUN').length;

const listCalls = () =>
	simulator.ledger.requests.filter(({ path }) => path.startsWith('/workflow_runs?')).length;

function expectOnce(items: INodeExecutionData[]) {
	const { doubled, lost } = simulator.ledger.account(urlsOf(items));
	expect({ doubled, lost }).toEqual({ doubled: [], lost: [] });
}

/** Fails if Extend has a batch that the person is not told of, by its id or by its submission. */
function expectAllNamed(result: RunResult) {
	const told = JSON.stringify([result.outputs, result.hints, result.error?.description]);
	for (const { batchId, runIds } of simulator.ledger.batches) {
		const run = simulator.ledger.runs.find(({ id }) => id === runIds[0]);
		const { submission } = run!.metadata.n8n as { submission: string };
		expect(told.includes(batchId) || told.includes(submission)).toBe(true);
	}
}

describe('the clocks of Extend and n8n', () => {
	const MINUTE = 60_000;

	it.each([-61_000, -10 * MINUTE, -26 * 60 * MINUTE, 61_000, 3 * 60 * MINUTE])(
		'may be apart: %i ms',
		async (clockOffsetMs) => {
			simulator.settings.clockOffsetMs = clockOffsetMs;
			// The very first answer is lost, so nothing has told the time before.
			simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
			simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 4 });
			const items = urlItems(50);
			const { status } = await runBatches(simulator, items, {
				options: { batchSize: 10, settleSeconds: 2 },
			});
			expect(status).toBe('success');
			expectOnce(items);
		},
	);

	it('are no reason to read the whole history of the workflow', async () => {
		await manyRuns(simulator, 5000);
		simulator.settings.clockOffsetMs = 20 * MINUTE;
		await manyRuns(simulator, 100);
		const before = listCalls();
		simulator.settings.visibilityDelayMs = 1500;
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		const items = urlItems(5);
		const { status } = await runBatches(simulator, items, { options: { settleSeconds: 10 } });
		expect(status).toBe('success');
		expectOnce(items);
		// Each look takes one page: the older runs were created long before.
		const looks = listCalls() - before;
		expect(looks).toBeGreaterThan(1);
		expect(looks).toBeLessThan(8);
	});
});

/** Runs of somebody else. */
async function manyRuns(at: Simulator, count: number): Promise<void> {
	for (let start = 0; start < count; start += 1000) {
		await axios.post(
			`${at.url}/workflow_runs/batch`,
			{
				workflow: { id: at.workflow('Invoice Processing').id },
				inputs: Array.from({ length: Math.min(1000, count - start) }, (_, index) => ({
					file: { url: `https://elsewhere.example.com/${start + index}.pdf` },
				})),
			},
			{
				headers: {
					Authorization: `Bearer ${TOKENS.workspace}`,
					'x-extend-api-version': API_VERSION,
				},
			},
		);
	}
}

describe('runs that become visible late', () => {
	it('are adopted when they turn up while a later submission is looked for', async () => {
		simulator.settings.visibilityDelayMs = 3000;
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		simulator.faults.add({ kind: 'resetBefore', on: SUBMIT, nth: 2 });
		const items = urlItems(20);
		const result = await runBatches(simulator, items, { options: { settleSeconds: 2 } });
		expect(result.status).toBe('success');
		expectOnce(items);
		expect(submits()).toBe(2);
		expect(result.outputs[0]?.[0]?.json.batchId).toBe(simulator.ledger.batches[0]?.batchId);
	});

	it('are named when there is no help for it any more', async () => {
		simulator.settings.visibilityDelayMs = 4000;
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, times: 2 });
		const items = urlItems(20);
		const result = await runBatches(simulator, items, { options: { settleSeconds: 2 } });
		expect(result.status).toBe('success');
		expectAllNamed(result);
		expect(result.outputs[0]).toHaveLength(1);
	});

	it('are found also when they can be read only some time after they are listed', async () => {
		simulator.settings.readableDelayMs = 2000;
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		const items = urlItems(20);
		const { status } = await runBatches(simulator, items, { options: { settleSeconds: 1 } });
		expect(status).toBe('success');
		expectOnce(items);
	});
});

describe('a batch that turns up while its own request is still open, because another one is looked for', () => {
	const LATE = 1200;

	/** The answers of two batches: the first is lost at once, the second meets its fate later. */
	async function runTwo(second: Fault, options: INodeParameters = {}) {
		simulator.settings.readableDelayMs = 0;
		simulator.settings.latencyMs = 50;
		simulator.faults.add({ kind: 'delay', ms: LATE, when: 'after', on: SUBMIT, nth: 2 });
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		simulator.faults.add({ ...second, on: SUBMIT, nth: 1 });
		const items = urlItems(10);
		const result = await runBatches(simulator, items, {
			options: { batchSize: 5, settleSeconds: 2, output: 'input', ...options },
		});
		return { items, result };
	}

	it.each<Fault>([
		{ kind: 'resetAfter' },
		{ kind: 'serverErrorAfter', status: 504, body: 'html' },
		{ kind: 'truncatedAfter' },
		{ kind: 'replacedAfter', body: {} },
	])('is not submitted again when its answer is lost: $kind', async (second) => {
		const { items, result } = await runTwo(second);
		expect(result.status).toBe('success');
		expectOnce(items);
		expect(simulator.ledger.batches).toHaveLength(2);
		expectAllNamed(result);
		expect(JSON.stringify(result.hints)).not.toContain('Extend also has');
	});

	it('is not said to be missing from the output when its answer comes', async () => {
		const { items, result } = await runTwo({ kind: 'delay', ms: 1 });
		expect(result.status).toBe('success');
		expectOnce(items);
		expect(result.outputs[0]).toHaveLength(10);
		expect(JSON.stringify(result.hints)).not.toContain('Extend also has');
	});
});

describe('a look that gets an answer which is not the run it asked for', () => {
	it.each<[string, unknown]>([
		['nothing', {}],
		['another run', { object: 'workflow_run', id: 'workflow_run_other', metadata: {} }],
		['a list', []],
		['the word of a proxy', { status: 'ok' }],
	])('does not take that for the run of somebody else: %s', async (_what, body) => {
		simulator.settings.readableDelayMs = 0;
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		const on = { method: 'GET', path: /^\/workflow_runs\/./ };
		simulator.faults.add({ kind: 'replacedAfter', body, on, nth: 1 });
		const items = urlItems(5);
		const { status } = await runBatches(simulator, items, { options: { settleSeconds: 2 } });
		expect(status).toBe('success');
		expectOnce(items);
	});
});

describe('when every answer is lost', () => {
	it.each(['resetAfter', 'serverErrorAfter', 'truncatedAfter'] as const)(
		'names every submission: %s',
		async (kind) => {
			simulator.settings.visibilityDelayMs = 60_000;
			simulator.faults.add({ kind, on: SUBMIT });
			const result = await runBatches(simulator, urlItems(5), { options: { settleSeconds: 0 } });
			expect(simulator.ledger.batches).toHaveLength(5);
			expect(result.error?.message).toMatch(/It is not known/);
			expect(result.error?.description).not.toMatch(/not submitted|No batch was accepted/i);
			expectAllNamed(result);
		},
	);

	it('says so of each item', async () => {
		simulator.settings.visibilityDelayMs = 60_000;
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT });
		const result = await runBatches(
			simulator,
			urlItems(3),
			{ options: { settleSeconds: 0 } },
			GOES_ON,
		);
		expect([...errorsByItem(result.outputs[0]).values()]).toEqual(
			Array(3).fill(expect.stringMatching(/^It is not known/)),
		);
		expectAllNamed(result);
	});

	it('tells what can be checked if the runs carry no reference', async () => {
		simulator.faults.add({ kind: 'resetAfter', on: SUBMIT });
		const { error } = await runBatches(simulator, urlItems(3), { options: { reference: false } });
		expect(error?.message).toMatch(/It is not known/);
		expect(error?.description).not.toMatch(/n8n\.submission/);
		expect(error?.description).toMatch(/check whether it has runs of these files since 20\d\d-/);
		expect(submits()).toBe(1);
	});
});

describe('an input that Extend answers with 500', () => {
	beforeEach(() => {
		jest.replaceProperty(SEARCH_AFTER_SERVER_ERRORS_MS, 'leastWatched', 1000);
		jest.replaceProperty(SEARCH_AFTER_SERVER_ERRORS_MS, 'settle', 100);
	});
	afterEach(() => {
		jest.restoreAllMocks();
	});

	const poisoned = (count: number, bad: number[]) =>
		urlItems(count).map((item, index) =>
			bad.includes(index) ? { json: { ...item.json, note: 'a\u0000b' } } : item,
		);
	const parameters = { metadataMode: 'allFields', options: { settleSeconds: 1 } };

	it.each([[[13]], [[0]], [[29]], [[3, 22]]])(
		'costs only itself: %j',
		async (bad) => {
			const items = poisoned(30, bad);
			const result = await runBatches(simulator, items, parameters, GOES_ON);
			expect(simulator.ledger.runs).toHaveLength(30 - bad.length);
			expect([...errorsByItem(result.outputs[0]).keys()]).toEqual(bad);
			const { doubled } = simulator.ledger.account(urlsOf(items));
			expect(doubled).toEqual([]);
		},
		60_000,
	);

	it('is not searched for while Extend as a whole is down', async () => {
		simulator.faults.add({ kind: 'serverErrorBefore', status: 503, on: SUBMIT });
		const result = await runBatches(simulator, urlItems(100), parameters, GOES_ON);
		expect(errorsByItem(result.outputs[0]).size).toBe(100);
		expect([...errorsByItem(result.outputs[0]).values()][50]).toMatch(/^It is not known/);
		expect(submits()).toBeLessThan(20);
	}, 60_000);

	it('ends the search when one of the lost submissions turns up', async () => {
		simulator.settings.visibilityDelayMs = 4500;
		simulator.faults.add({ kind: 'serverErrorAfter', on: SUBMIT, nth: 1 });
		simulator.faults.add({ kind: 'serverErrorBefore', on: SUBMIT, nth: 2, times: 100 });
		const items = urlItems(10);
		const result = await runBatches(simulator, items, parameters, GOES_ON);
		expectOnce(items);
		expect(errorsByItem(result.outputs[0]).size).toBe(0);
		expect(result.outputs[0]?.[0]?.json.batchId).toBe(simulator.ledger.batches[0]?.batchId);
	}, 60_000);
});

describe('a 404', () => {
	async function upload(content: string): Promise<string> {
		const form = new FormData();
		form.append('file', new File([content], `${content}.txt`));
		const { data } = await axios.post<{ id: string }>(`${simulator.url}/files/upload`, form, {
			headers: { Authorization: `Bearer ${TOKENS.workspace}`, 'x-extend-api-version': API_VERSION },
		});
		return data.id;
	}

	it.each(['refuse404', 'refuse400'] as const)(
		'about one file costs only its own item: %s',
		async (unknownFileId) => {
			simulator.settings.unknownFileId = unknownFileId;
			const ids = await Promise.all([...Array(30).keys()].map((index) => upload(`d${index}`)));
			ids[17] = 'file_deleted';
			const items = ids.map((fileId) => ({ json: { fileId } }));
			const { outputs } = await runBatches(
				simulator,
				items,
				{ source: 'fileId', fileId: '={{ $json.fileId }}', options: { batchSize: 10 } },
				GOES_ON,
			);
			expect(simulator.ledger.runs).toHaveLength(29);
			const errors = errorsByItem(outputs[0]);
			expect([...errors.keys()]).toEqual([17]);
			expect(errors.get(17)).not.toMatch(/workflow/);
		},
	);

	it('about a file that is the only input is not put on the workflow', async () => {
		simulator.settings.unknownFileId = 'refuse404';
		const { error } = await runBatches(simulator, [{ json: { fileId: 'file_deleted' } }], {
			source: 'fileId',
			fileId: '={{ $json.fileId }}',
		});
		expect(error?.message).toMatch(/Extend cannot find the file \[item 0\]/);
	});

	it.each([
		['workflow', { workflow: { __rl: true, mode: 'id', value: 'workflow_none' } }],
		['version', { version: '99' }],
	])('about the %s ends the job', async (what, parameters) => {
		const { error } = await runBatches(simulator, urlItems(100), {
			...parameters,
			options: { batchSize: 5 },
		});
		expect(error?.message).toMatch(new RegExp(`Extend cannot find the ${what}$`));
		// One more for each call that the question about the workflow takes.
		expect(submits()).toBeLessThanOrEqual(5);
	});
});

describe('a refusal that quotes an address', () => {
	it('with the word workspace costs only its own item', async () => {
		simulator.settings.badInputs = 'refuseQuoting';
		const items = urlItems(40).map((item, index) =>
			index === 7 ? { json: { url: 'https://files.example.com/workspace/refuse-me.pdf' } } : item,
		);
		const { outputs } = await runBatches(simulator, items, {}, GOES_ON);
		expect(simulator.ledger.runs).toHaveLength(39);
		const errors = errorsByItem(outputs[0]);
		expect([...errors.keys()]).toEqual([7]);
		expect(errors.get(7)).not.toMatch(/needs to know the workspace/);
	});
});

describe('requests that are too large', () => {
	it('are cut until they fit', async () => {
		simulator.settings.bodyLimitBytes = 4000;
		const items = urlItems(60);
		const { status } = await runBatches(simulator, items);
		expect(status).toBe('success');
		expectOnce(items);
	});

	it('are not made in the first place', async () => {
		const text = 'x'.repeat(1_000_000);
		const items = Array.from({ length: 40 }, (_, index) => ({
			json: { text: `${index} ${text}` },
		}));
		const { status, outputs } = await runBatches(simulator, items, {
			source: 'text',
			text: '={{ $json.text }}',
		});
		expect(status).toBe('success');
		expect(simulator.ledger.runs).toHaveLength(40);
		expect(outputs[0]!.length).toBeGreaterThan(3);
		expect(outputs[0]!.flatMap(linkedItems)).toEqual([...items.keys()]);
	}, 60_000);
});

it('tells a person of part of a job first what is done, then what to do, and last what Extend said', async () => {
	simulator.settings.badInputs = 'refuseWithPosition';
	const items = urlItems(5).map((item, index) =>
		index === 2 ? { json: { url: 'https://files.example.com/refuse-me.pdf' } } : item,
	);
	const { error } = await runBatches(simulator, items);
	expect(error?.message).toBe('4 of 5 documents were submitted; Extend refused 1 [item 2]');
	const description = error?.description ?? '';
	const order = [/Choose Retry/, /Accepted: batch_/, /Extend says/, /Request ID: req_/].map(
		(part) => description.search(part),
	);
	expect(order.every((place) => place >= 0)).toBe(true);
	expect([...order].sort((a, b) => a - b)).toEqual(order);
	expect(description).not.toMatch(/inputs[[.]\d/);
	expect(urlOf(0)).toBe(items[0]?.json.url);
});
