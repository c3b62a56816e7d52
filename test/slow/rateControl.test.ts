/**
 * How much of a rate limit the node uses, over real HTTP, with no setting touched. It prints the shares,
 * which are 90 % and more on a machine that has time for it; that promise is tested on a simulated clock
 * in `test/unit/client/pace.test.ts`. Here only a collapse fails, because real time means little on a busy machine.
 */
import type { INodeExecutionData } from 'n8n-workflow';

import { binaryItem } from '../harness/engine';
import { runBatches, urlItems } from '../nodes/batchRun/batchRun';
import { startSimulator, type RateCategory, type SimulatorSettings } from '../simulator';

/** Shares below this cannot be blamed on the machine. */
const COLLAPSE = 0.5;

interface Scenario {
	name: string;
	category: RateCategory;
	/** Calls to make. */
	calls: number;
	settings: Partial<SimulatorSettings>;
	/** Calls per second that are left for the node. */
	left: number;
	/** A change of the limit after so many calls. */
	change?: { afterCalls: number; limits: SimulatorSettings['rateLimits']; left: number };
}

const limits = (category: RateCategory, limit: number) => ({
	GET: null,
	WRITE: null,
	RUN: null,
	[category]: limit,
});

const SCENARIOS: Scenario[] = [
	{
		name: 'RUN 10/s, 100 batches, token bucket, Retry-After',
		category: 'RUN',
		calls: 100,
		settings: { rateLimits: limits('RUN', 10), retryAfter: 'seconds' },
		left: 10,
	},
	{
		name: 'RUN 10/s, 100 batches, sliding window, no Retry-After',
		category: 'RUN',
		calls: 100,
		settings: { rateLimits: limits('RUN', 10), rateLimiter: 'slidingWindow' },
		left: 10,
	},
	{
		name: 'RUN 10/s, 100 batches, fixed window, answers after 300 ms',
		category: 'RUN',
		calls: 100,
		settings: {
			rateLimits: limits('RUN', 10),
			rateLimiter: 'fixedWindow',
			retryAfter: 'date',
			latencyMs: 300,
		},
		left: 10,
	},
	{
		name: 'WRITE 10/s, 500 uploads, token bucket, Retry-After',
		category: 'WRITE',
		calls: 500,
		settings: { rateLimits: limits('WRITE', 10), retryAfter: 'seconds' },
		left: 10,
	},
	{
		name: 'WRITE 10/s, 500 uploads, sliding window, no Retry-After',
		category: 'WRITE',
		calls: 500,
		settings: { rateLimits: limits('WRITE', 10), rateLimiter: 'slidingWindow', latencyMs: 40 },
		left: 10,
	},
	{
		name: 'WRITE 10/s, then 25/s, 800 uploads',
		category: 'WRITE',
		calls: 800,
		settings: { rateLimits: limits('WRITE', 10), retryAfter: 'seconds' },
		left: 10,
		change: { afterCalls: 200, limits: limits('WRITE', 25), left: 25 },
	},
	{
		name: 'WRITE 25/s, then 10/s, 500 uploads',
		category: 'WRITE',
		calls: 500,
		settings: { rateLimits: limits('WRITE', 25), retryAfter: 'seconds' },
		left: 25,
		change: { afterCalls: 300, limits: limits('WRITE', 10), left: 10 },
	},
	{
		name: 'WRITE 20/s, of which another client takes 10/s, 400 uploads',
		category: 'WRITE',
		calls: 400,
		settings: {
			rateLimits: limits('WRITE', 20),
			retryAfter: 'seconds',
			otherClient: { WRITE: 10 },
		},
		left: 10,
	},
];

async function itemsFor({ category, calls }: Scenario): Promise<INodeExecutionData[]> {
	if (category === 'RUN') return urlItems(calls);
	return await Promise.all(
		Array.from({ length: calls }, async (_, index) =>
			binaryItem(Buffer.from(`document ${index}`), { fileName: `d${index}.txt` }),
		),
	);
}

async function measure(scenario: Scenario) {
	const { category, calls, settings, left, change } = scenario;
	const simulator = await startSimulator({ settings });
	const requests = () =>
		simulator.ledger.requests.filter((request) => request.category === category);
	const done = () => requests().filter(({ status }) => status === 200);
	let changedAt = Infinity;
	const watch = setInterval(() => {
		if (change !== undefined && changedAt === Infinity && done().length >= change.afterCalls) {
			changedAt = Date.now();
			simulator.settings.rateLimits = change.limits;
		}
	}, 20);
	try {
		const { status } = await runBatches(
			simulator,
			await itemsFor(scenario),
			category === 'RUN' ? { options: { batchSize: 1 } } : { source: 'binary' },
		);
		const times = done().map(({ at, durationMs }) => at + (durationMs ?? 0));
		const first = Math.min(...requests().map(({ at }) => at));
		const last = Math.max(...times);
		const possible =
			(left * (Math.min(changedAt, last) - first) +
				(change?.left ?? 0) * Math.max(0, last - changedAt)) /
			1000;
		return {
			name: scenario.name,
			status,
			done: times.length,
			expected: calls,
			seconds: (last - first) / 1000,
			used: calls / possible,
			refused: requests().filter((request) => request.status === 429).length,
		};
	} finally {
		clearInterval(watch);
		await simulator.close();
	}
}

it('uses what is left of the limits, and fails no item', async () => {
	const results: Array<Awaited<ReturnType<typeof measure>>> = [];
	// A few side by side: simulators and nodes share one process here.
	for (let start = 0; start < SCENARIOS.length; start += 3) {
		results.push(...(await Promise.all(SCENARIOS.slice(start, start + 3).map(measure))));
	}
	process.stdout.write(
		results
			.map(
				({ name, seconds, used, refused }) =>
					`${(used * 100).toFixed(0).padStart(4)} % used, ${seconds.toFixed(1).padStart(5)} s, ${String(refused).padStart(3)} refused: ${name}\n`,
			)
			.join(''),
	);
	expect(
		results.filter(({ status, done, expected }) => status !== 'success' || done !== expected),
	).toEqual([]);
	expect(results.filter(({ used }) => used < COLLAPSE)).toEqual([]);
}, 300_000);
