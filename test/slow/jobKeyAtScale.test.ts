/** What a Job Key costs in a workflow that has many runs of others, over real HTTP, with no setting touched. */
import { runBatches, urlItems } from '../nodes/batchRun/batchRun';
import { submitBatch } from '../nodes/trigger/playedTrigger';
import { AWKWARD, startSimulator, tame, type Simulator } from '../simulator';

const THOUSANDS = 100;

let simulator: Simulator;
beforeAll(async () => {
	simulator = await startSimulator({
		settings: {
			...AWKWARD,
			...tame('Counts calls, not how long runs stay unreadable', 'readableDelayMs'),
		},
	});
	for (let batch = 0; batch < THOUSANDS; batch++) await submitBatch(simulator, 1000);
}, 120_000);
afterAll(async () => {
	await simulator.close();
});

/** Calls of each kind since there were so many. */
function callsSince(before: number) {
	const calls = simulator.ledger.requests.slice(before);
	const count = (method: string, path: RegExp) =>
		calls.filter((call) => call.method === method && path.test(call.path)).length;
	return {
		pages: count('GET', /^\/workflow_runs\?/),
		reads: count('GET', /^\/workflow_runs\/[^?]/),
		submits: count('POST', /^\/workflow_runs\/batch$/),
		all: calls.length,
	};
}

async function execute() {
	const before = simulator.ledger.requests.length;
	const items = urlItems(THOUSANDS * 1000);
	const { status, durationMs } = await runBatches(simulator, items, {
		options: { jobKey: 'invoices-2026-11-25', settleSeconds: 0 },
	});
	expect(status).toBe('success');
	const calls = callsSince(before);
	const what = `${calls.pages} pages, ${calls.reads} runs read, ${calls.submits} submits`;
	process.stdout.write(`100,000 documents: ${what} in ${(durationMs / 1000).toFixed(1)} s\n`);
	return calls;
}

it('a job of 100,000 documents beside 100,000 runs of others: a call for 1,000 runs and one for each batch', async () => {
	const fresh = await execute();
	expect(fresh.pages).toBeLessThanOrEqual(THOUSANDS + 1);
	expect(fresh.reads).toBeLessThanOrEqual(THOUSANDS);
	expect(fresh.submits).toBe(THOUSANDS);
	expect(fresh.all).toBe(fresh.pages + fresh.reads + fresh.submits);

	const again = await execute();
	expect(again.pages).toBeLessThanOrEqual(2 * THOUSANDS + 1);
	expect(again.reads).toBeLessThanOrEqual(2 * THOUSANDS);
	expect(again.submits).toBe(0);
	expect(simulator.ledger.runs).toHaveLength(2 * THOUSANDS * 1000);
}, 240_000);
