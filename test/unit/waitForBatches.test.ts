/** Hours of waiting on a clock that runs as fast as the machine, against an Extend without a network. */
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';

import { ExtendClient } from '../../nodes/extend/client';
import { waitForBatches } from '../../nodes/extend/waitForBatches';
import type { AwaitedBatch } from '../../nodes/extend/waitForBatches';

interface Run {
	id: string;
	/** What its status is after so many minutes. */
	timeline: Array<[minute: number, status: string]>;
	/** From which minute on it is listed. */
	visible: number;
}

const MINUTE_MS = 60_000;

/** Lists runs whose future is known; gives short pages, as Extend may. */
class ExtendOnAClock {
	calls = 0;

	private readonly start = Date.now();

	/** @param pageSize most runs on a page, whatever was asked for */
	constructor(
		private readonly batches: Record<string, Run[]>,
		private readonly pageSize = 1000,
		private readonly metadata: object | null = null,
	) {}

	private get minute(): number {
		return (Date.now() - this.start) / MINUTE_MS;
	}

	answer({ url, qs = {} }: IHttpRequestOptions) {
		this.calls++;
		const { minute } = this;
		if (url !== '/workflow_runs') return { id: url.split('/').at(-1), metadata: this.metadata };
		const { batchId, status, maxPageSize, nextPageToken } = qs as Record<string, string>;
		const statusOf = ({ timeline }: Run) =>
			timeline.findLast(([from]) => from <= minute)?.[1] ?? 'PENDING';
		const from = Number(nextPageToken ?? 0);
		const to = from + Math.min(this.pageSize, Number(maxPageSize));
		const all = (this.batches[batchId ?? ''] ?? [])
			.filter((run) => run.visible <= minute)
			.filter((run) => status === undefined || statusOf(run) === status);
		const data = all.slice(from, to).map((run) => ({
			id: run.id,
			status: statusOf(run),
			createdAt: new Date(this.start).toISOString(),
		}));
		return { object: 'list', data, ...(to < all.length ? { nextPageToken: String(to) } : {}) };
	}

	async client(): Promise<ExtendClient> {
		const context = {
			getNode: () => ({ name: 'List', type: 't', parameters: {} }),
			getContext: () => ({}),
			getCredentials: async () => ({ apiToken: 'sk_1', region: 'us' }),
			getExecutionCancelSignal: () => undefined,
			helpers: {
				httpRequestWithAuthentication: async (_type: string, request: IHttpRequestOptions) => ({
					statusCode: 200,
					headers: {},
					body: this.answer(request),
				}),
			},
		};
		return await ExtendClient.connect(context as unknown as IExecuteFunctions);
	}
}

/** Runs that are worked on one after the other until the last is finished. */
function runsUntil(minutes: number, count: number, visible = 0): Run[] {
	return Array.from({ length: count }, (_, index) => {
		const end = (minutes * (index + 1)) / count;
		return {
			id: `run_${index}`,
			visible,
			timeline: [
				[0, 'PENDING'],
				[Math.max(0, end - 2), 'PROCESSING'],
				[end, 'PROCESSED'],
			],
		};
	});
}

const awaited = (batchId: string, more: Partial<AwaitedBatch> = {}): AwaitedBatch => ({
	batchId,
	expectedRuns: undefined,
	timeoutMs: 24 * 60 * MINUTE_MS,
	reviewCountsAsFinished: true,
	...more,
});

/** Waits on the quick clock; gives the standings, and how many minutes it took. */
async function wait(extend: ExtendOnAClock, ...batches: AwaitedBatch[]) {
	const client = await extend.client();
	const start = Date.now();
	let isDone = false;
	const waiting = waitForBatches(client, batches).finally(() => (isDone = true));
	while (!isDone as boolean) await jest.advanceTimersByTimeAsync(1000);
	const results = (await waiting).map((result) => {
		if (!result.ok) throw new Error(result.failure.message);
		return result.body;
	});
	return { results, minutes: (Date.now() - start) / MINUTE_MS };
}

beforeEach(() => {
	jest.useFakeTimers();
});
afterEach(() => {
	jest.useRealTimers();
});

it('waits an hour for 1,000 runs with fewer than 250 calls', async () => {
	const extend = new ExtendOnAClock({ a: runsUntil(60, 1000) });
	const { results, minutes } = await wait(extend, awaited('a', { expectedRuns: 1000 }));
	expect(results[0]).toMatchObject({ isFinished: true });
	expect(results[0]?.runs).toHaveLength(1000);
	expect(minutes).toBeGreaterThanOrEqual(60);
	expect(minutes).toBeLessThan(61);
	expect(extend.calls).toBeLessThan(150);
});

it('waits for 25 batches with hardly more calls', async () => {
	const names = Array.from({ length: 25 }, (_, index) => `batch_${index}`);
	const batches = Object.fromEntries(
		names.map((name, index) => [name, runsUntil(60 - 2 * index, 40)]),
	);
	const extend = new ExtendOnAClock(batches);
	const { results, minutes } = await wait(
		extend,
		...names.map((name) => awaited(name, { expectedRuns: 40 })),
	);
	expect(results.every(({ isFinished, runs }) => isFinished && runs.length === 40)).toBe(true);
	expect(minutes).toBeLessThan(61);
	expect(extend.calls).toBeLessThan(200);
});

it('goes through short pages', async () => {
	const extend = new ExtendOnAClock({ a: runsUntil(1, 1000) }, 100);
	const { results } = await wait(extend, awaited('a', { expectedRuns: 1000 }));
	expect(results[0]?.runs).toHaveLength(1000);
});

it('waits for runs that are visible late, also when the first ones are finished before', async () => {
	const runs = [...runsUntil(1, 10), ...runsUntil(1, 10, 3)].map((run, index) => ({
		...run,
		id: `run_${index}`,
	}));
	for (const [expectedRuns, metadata] of [
		[20, null],
		[undefined, { n8n: { item: 0, of: 20 } }],
	] as const) {
		const { results } = await wait(
			new ExtendOnAClock({ a: runs }, 1000, metadata),
			awaited('a', { expectedRuns }),
		);
		expect(results[0]).toMatchObject({ isFinished: true, expectedRuns: 20 });
		expect(results[0]?.runs).toHaveLength(20);
	}
});

it('waits a settling time for runs from elsewhere, of which nobody knows the number', async () => {
	const runs = runsUntil(0, 20).map((run, index) => ({ ...run, visible: 0.02 * index }));
	const { results, minutes } = await wait(new ExtendOnAClock({ a: runs }), awaited('a'));
	expect(results[0]?.runs).toHaveLength(20);
	expect(minutes).toBeLessThan(1.5);
});

it('does not take an empty list for finished at once, nor for ever', async () => {
	const late = await wait(new ExtendOnAClock({ a: runsUntil(1, 5, 0.7) }), awaited('a'));
	expect(late.results[0]?.runs).toHaveLength(5);
	const never = await wait(new ExtendOnAClock({}), awaited('a'));
	expect(never.results[0]).toMatchObject({ isFinished: true, runs: [] });
	expect(never.minutes).toBeLessThan(2);
});

it('does not wait for ever for runs that were deleted', async () => {
	const extend = new ExtendOnAClock({ a: runsUntil(1, 9) });
	const { results, minutes } = await wait(extend, awaited('a', { expectedRuns: 10 }));
	expect(results[0]).toMatchObject({ isFinished: true, expectedRuns: 10 });
	expect(minutes).toBeLessThan(8);
});

it('gives each batch its own time, the shorter first', async () => {
	const extend = new ExtendOnAClock({ a: runsUntil(30, 10), b: runsUntil(90, 10) });
	const { results, minutes } = await wait(
		extend,
		awaited('a', { expectedRuns: 10 }),
		awaited('b', { expectedRuns: 10, timeoutMs: 5 * MINUTE_MS }),
	);
	expect(results.map(({ isFinished }) => isFinished)).toEqual([true, false]);
	expect(results[1]?.runs).toHaveLength(10);
	expect(minutes).toBeLessThan(31);
});

it('waits for reviews only when it is told to, and knows no status too few', async () => {
	const reviewed: Run = {
		id: 'run_r',
		visible: 0,
		timeline: [
			[0, 'PENDING'],
			[1, 'PROCESSING'],
			[2, 'NEEDS_REVIEW'],
			[20, 'PROCESSING'],
			[21, 'SOME_NEW_END'],
		],
	};
	const extend = new ExtendOnAClock({ a: [reviewed] });
	const one = { expectedRuns: 1 };
	const soon = await wait(extend, awaited('a', one));
	expect(soon.results[0]?.runs[0]?.status).toBe('NEEDS_REVIEW');
	const late = await wait(extend, awaited('a', { ...one, reviewCountsAsFinished: false }));
	expect(late.results[0]?.runs[0]?.status).toBe('SOME_NEW_END');
});
