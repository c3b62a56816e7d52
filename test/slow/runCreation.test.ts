/** Single runs under every fault: none doubled, none lost; and as many as the rate limit lets through. */
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { NodeRun } from '../harness/engine';
import { startSimulator, type Simulator } from '../simulator';
import type { Fault } from '../simulator/http/faults';
import { jsonOf, linkedItems, urlItems, urlsOf } from '../nodes/batchRun/batchRun';
import { runExtend } from '../nodes/extend/extend';

let simulator: Simulator;

beforeAll(async () => {
	simulator = await startSimulator({ settings: { queueMs: 1, processMs: 5, jitter: 0 } });
});
beforeEach(() => {
	simulator.reset();
});
afterAll(async () => {
	await simulator.close();
});

async function create(
	items: INodeExecutionData[],
	parameters: INodeParameters,
	more: Partial<NodeRun> = {},
) {
	const workflow = { __rl: true, mode: 'id', value: simulator.workflow('Invoice Processing').id };
	const all = { workflow, fileUrl: '={{ $json.url }}', ...parameters };
	return await runExtend(simulator, ['run', 'create'], items, all, more);
}

const on = { method: 'POST', path: '/workflow_runs' };

const FAULTS: Array<[string, Fault]> = [
	['429', { kind: 'rateLimited', on, nth: 2, times: 3 }],
	['500 before', { kind: 'serverErrorBefore', on, nth: 2 }],
	['500 after', { kind: 'serverErrorAfter', on, nth: 2, times: 3 }],
	['502 after, HTML', { kind: 'serverErrorAfter', status: 502, body: 'html', on, nth: 1 }],
	['reset before', { kind: 'resetBefore', on, nth: 3 }],
	['reset after', { kind: 'resetAfter', on, nth: 1, times: 6 }],
	['cut-off JSON after', { kind: 'truncatedAfter', on, nth: 4 }],
	['a web page instead of the answer', { kind: 'replacedAfter', on, nth: 5 }],
	['an answer without an id', { kind: 'replacedAfter', body: {}, on, nth: 5 }],
];

describe('the fault matrix', () => {
	const settings = { waitForCompletion: false, options: { settleSeconds: 5 } };

	it.each(FAULTS)('%s: every document is one run', async (_, fault) => {
		simulator.faults.add(fault);
		const items = urlItems(20);
		const { outputs, status } = await create(items, settings);
		expect(status).toBe('success');
		expect(outputs[0]?.map(linkedItems)).toEqual(items.map((_item, index) => [index]));
		expect(jsonOf(outputs[0]).map(({ runId }) => runId)).toEqual(
			items.map(
				({ json }) => simulator.ledger.runs.find(({ document }) => document === json.url)?.id,
			),
		);
		expect(simulator.ledger.account(urlsOf(items))).toMatchObject({ doubled: [], lost: [] });
	});

	it.each(FAULTS)('%s, with Stop as answer and Retry On Fail: still one run', async (_, fault) => {
		simulator.faults.add(fault);
		const items = urlItems(20);
		const { status } = await create(
			items,
			{ waitForCompletion: false, options: { settleSeconds: 5, onUnknownOutcome: 'fail' } },
			{ retryOnFail: true, maxTries: 3 },
		);
		const { doubled, lost } = simulator.ledger.account(urlsOf(items));
		expect({ doubled, isWhole: status !== 'success' || lost.length === 0 }).toEqual({
			doubled: [],
			isWhole: true,
		});
	});
});

it('runs 300 items at once, and waits for them, and uses a limit of 10 calls per second', async () => {
	simulator.settings.rateLimits = { GET: 10, WRITE: 10, RUN: 10 };
	simulator.settings.processMs = 3_000;
	const items = urlItems(300);
	const { outputs, status } = await create(items, {});
	const created = simulator.ledger.requests.filter(
		({ category, status: answered }) => category === 'RUN' && answered === 200,
	);
	const [first, last] = [created[0]!, created.at(-1)!];
	const perSecond = (created.length - 1) / ((last.at - first.at) / 1000);
	expect(status).toBe('success');
	expect(jsonOf(outputs[0]).map(({ status: ended }) => ended)).toEqual(
		items.map(() => 'PROCESSED'),
	);
	expect(simulator.ledger.account(urlsOf(items))).toMatchObject({ doubled: [], lost: [] });
	process.stdout.write(`Runs created per second: ${perSecond.toFixed(1)}\n`);
	// 10 as a rule; only a collapse cannot be blamed on the machine.
	expect(perSecond).toBeGreaterThanOrEqual(5);
}, 400_000);
