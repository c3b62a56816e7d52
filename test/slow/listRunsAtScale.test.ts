/**
 * Extend List Runs by Batch at its full size, over real HTTP, with no setting touched. Times are printed; how much
 * of a rate limit is used is tested on a simulated clock in `test/unit/client/pace.test.ts`. Here only a collapse
 * fails, because real time means little on a busy machine.
 */
import { jsonOf } from '../nodes/batchRun/batchRun';
import {
	batchItems,
	listRuns,
	readsOf,
	submitBatch,
	untilProcessed,
} from '../nodes/listRuns/listRuns';
import {
	AWKWARD,
	startSimulator,
	tame,
	type RateLimiterKind,
	type RetryAfter,
	type Simulator,
} from '../simulator';

const LIMIT = 25;

/** Times above this, as a multiple of what the limit allows, cannot be blamed on the machine. */
const COLLAPSE = 2;

async function simulatorWith(rateLimiter: RateLimiterKind, retryAfter: RetryAfter) {
	return await startSimulator({
		settings: {
			...AWKWARD,
			...tame('Measures calls and time, not how long runs stay unreadable', 'readableDelayMs'),
			queueMs: 1,
			processMs: 5,
			rateLimits: { GET: LIMIT, WRITE: null, RUN: null },
			rateLimiter,
			retryAfter,
		},
	});
}

async function finishedBatches(simulator: Simulator, count: number): Promise<string[]> {
	const batches: string[] = [];
	for (let batch = 0; batch < count; batch++) batches.push(await submitBatch(simulator, 1000));
	await untilProcessed(simulator);
	return batches;
}

function report(text: string): void {
	process.stdout.write(`${text}\n`);
}

it('summaries of 25 batches of 1,000 runs: at most 1.2 times the fewest calls, within 500 MB', async () => {
	const simulator = await simulatorWith('tokenBucket', 'seconds');
	try {
		const batches = await finishedBatches(simulator, 25);
		let most = 0;
		const before = process.memoryUsage().rss;
		const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
		const { status, outputs, durationMs } = await listRuns(simulator, batchItems(...batches));
		clearInterval(watch);
		const megabytes = (most - before) / 1e6;

		const calls = readsOf(simulator).length;
		report(
			`25,000 summaries: ${calls} calls, ${(durationMs / 1000).toFixed(1)} s, ${megabytes.toFixed(0)} MB more for n8n and the simulator together`,
		);
		expect(status).toBe('success');
		const ids = jsonOf(outputs[0]).map(({ id }) => id);
		expect(ids.sort()).toEqual(simulator.ledger.batches.flatMap(({ runIds }) => runIds).sort());
		expect(calls).toBeLessThanOrEqual(1.2 * 25);
		expect(megabytes).toBeLessThan(500);
	} finally {
		await simulator.close();
	}
}, 120_000);

it.each([
	['tokenBucket', 'seconds'],
	['tokenBucket', 'none'],
	['slidingWindow', 'none'],
] as const)(
	'1,000 whole runs at a limit of 25 per second, %s, Retry-After: %s: about the time that the limit asks for',
	async (limiter, retryAfter) => {
		const simulator = await simulatorWith(limiter, retryAfter);
		try {
			const batches = await finishedBatches(simulator, 1);
			const { status, outputs, durationMs } = await listRuns(simulator, batchItems(...batches), {
				output: 'full',
			});
			const refused = simulator.ledger.requests.filter((call) => call.status === 429).length;
			const share = durationMs / 1000 / (1000 / LIMIT);
			report(
				`1,000 whole runs, ${limiter}, Retry-After ${retryAfter}: ${(durationMs / 1000).toFixed(1)} s = ${share.toFixed(2)} of the time, ${refused} refused`,
			);
			expect(status).toBe('success');
			const ids = jsonOf(outputs[0]).map(({ id }) => id);
			expect(ids.sort()).toEqual(simulator.ledger.batches[0]?.runIds.toSorted());
			expect(share).toBeLessThan(COLLAPSE);
		} finally {
			await simulator.close();
		}
	},
	120_000,
);
