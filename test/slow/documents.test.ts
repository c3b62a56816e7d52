/** Single documents under every fault and way of treating errors, and hundreds at once under a rate limit. */
import type { INodeParameters } from 'n8n-workflow';

import { TIMEOUTS_MS } from '../../nodes/extend/client/client';
import { MOST_ATTEMPTS } from '../../nodes/extend/client/retry';
import type { NodeRun, RunResult } from '../harness/engine';
import { DRAGGED, jsonOf, urlItems, urlsOf } from '../nodes/batchRun/batchRun';
import { runExtend } from '../nodes/extend/extend';
import { startSimulator, type Fault, type Simulator } from '../simulator';

const DOCUMENTS = 10;

const byId = (value: string) => ({ __rl: true, mode: 'id', value });

const OPERATIONS: Record<string, INodeParameters> = {
	extract: { extractor: byId('ex_sim_invoice') },
	classify: { classifier: byId('cl_sim_document') },
	split: { splitter: byId('spl_sim_mail') },
	parse: {},
};

const FAULTS: Record<string, Fault> = {
	'429 without Retry-After': { kind: 'rateLimited' },
	'429, Retry-After in seconds': { kind: 'rateLimited', retryAfter: 'seconds' },
	'500 before': { kind: 'serverErrorBefore' },
	'502 before, HTML': { kind: 'serverErrorBefore', status: 502, body: 'html' },
	'500 after': { kind: 'serverErrorAfter' },
	'504 after, HTML': { kind: 'serverErrorAfter', status: 504, body: 'html' },
	'reset before': { kind: 'resetBefore' },
	'reset after': { kind: 'resetAfter' },
	'no answer, before': { kind: 'hangBefore' },
	'no answer, after': { kind: 'hangAfter' },
	'cut-off JSON, before': { kind: 'truncatedBefore' },
	'cut-off JSON, after': { kind: 'truncatedAfter' },
	'web page, after': { kind: 'replacedAfter' },
};

const POSITIONS = [1, 5, DOCUMENTS];

const MODES: Record<string, Partial<NodeRun>> = {
	stop: {},
	continue: { onError: 'continueRegularOutput' },
	'error output': { onError: 'continueErrorOutput' },
	'retry on fail': { retryOnFail: true, maxTries: 3, waitBetweenTries: 10 },
};

async function run(
	simulator: Simulator,
	operation: string,
	count: number,
	more: Partial<NodeRun> = {},
): Promise<{ result: RunResult; doubled: number; lost: number; rows: number }> {
	const { text, ...withoutText } = DRAGGED;
	const takesText = operation === 'extract' || operation === 'classify';
	const items = urlItems(count);
	const result = await runExtend(
		simulator,
		['document', operation],
		items,
		{
			...OPERATIONS[operation],
			...withoutText,
			...(takesText ? { text } : {}),
			options: { settleSeconds: 1 },
		},
		more,
	);
	const { doubled, lost } = simulator.ledger.account(urlsOf(items));
	const rows = new Set(jsonOf(result.outputs[0]).map(({ itemIndex }) => itemIndex)).size;
	return { result, doubled: doubled.length, lost: lost.length, rows };
}

it('waits on through an outage in which no result can be fetched', async () => {
	const simulator = await startSimulator({ settings: { queueMs: 1, processMs: 5 } });
	// One call more than the client makes before it gives up.
	const times = MOST_ATTEMPTS + 1;
	const on = { method: 'GET', path: '/extract_runs/*' };
	simulator.faults.add({ kind: 'serverErrorBefore', on, times });
	const { result, rows } = await run(simulator, 'extract', 1);
	await simulator.close();
	expect([result.error?.message, rows]).toEqual([undefined, 1]);
}, 60_000);

it('doubles and loses nothing, whatever fails and wherever', async () => {
	jest.replaceProperty(TIMEOUTS_MS, 'submit', 1_500);
	// Each fault strikes at each of the positions, but not under each operation and mode.
	const cells = Object.keys(OPERATIONS).flatMap((operation, first) =>
		Object.keys(FAULTS).flatMap((fault) =>
			Object.keys(MODES).map((mode, second) => {
				const nth = POSITIONS[(first + second) % POSITIONS.length]!;
				return { operation, fault, nth, mode };
			}),
		),
	);
	const wrong: object[] = [];
	let next = 0;
	const worker = async () => {
		for (let cell = cells[next++]; cell !== undefined; cell = cells[next++]) {
			const simulator = await startSimulator({ settings: { readableDelayMs: 300 } });
			simulator.faults.add({ ...FAULTS[cell.fault]!, on: { category: 'RUN' }, nth: cell.nth });
			// Under Retry On Fail the node must also have failed after some runs were created.
			if (cell.mode === 'retry on fail') {
				simulator.faults.add({
					kind: 'refuse',
					status: 402,
					on: { category: 'RUN' },
					nth: cell.nth + 2,
				});
			}
			const { doubled, lost, rows } = await run(
				simulator,
				cell.operation,
				DOCUMENTS,
				MODES[cell.mode],
			);
			await simulator.close();
			if (doubled + lost > 0 || rows !== DOCUMENTS) wrong.push({ ...cell, doubled, lost, rows });
		}
	};
	await Promise.all(Array.from({ length: 12 }, worker));
	process.stdout.write(`${cells.length} jobs of ${DOCUMENTS} documents, ${wrong.length} wrong\n`);
	expect(wrong).toEqual([]);
}, 600_000);

it.each([
	['extract', 300],
	['parse', 200],
] as const)(
	'%s uses a limit of 10 calls per second',
	async (operation, count) => {
		const simulator = await startSimulator({
			settings: { rateLimits: { GET: 10, WRITE: 10, RUN: 10 }, processMs: 8_000 },
		});
		const { result, doubled, lost, rows } = await run(simulator, operation, count);
		const at = simulator.ledger.requests
			.filter(({ category, status }) => category === 'RUN' && status === 200)
			.map((request) => request.at);
		const seconds = result.durationMs / 1_000;
		const creating = (Math.max(...at) - Math.min(...at)) / 1_000;
		const { GET } = simulator.ledger.counts();
		process.stdout.write(
			`${operation}: ${count} documents in ${seconds.toFixed(1)} s, created in ${creating.toFixed(1)} s, GET ${JSON.stringify(GET)}\n`,
		);
		await simulator.close();
		expect([result.status, doubled, lost, rows]).toEqual(['success', 0, 0, count]);
		// 10 as a rule; only a collapse cannot be blamed on the machine.
		expect(count / creating).toBeGreaterThan(5);
	},
	300_000,
);
