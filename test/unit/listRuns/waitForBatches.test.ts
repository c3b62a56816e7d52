/** Hours of waiting on a clock that runs as fast as the machine, against an Extend without a network. */
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';

import { ExtendClient } from '../../../nodes/extend/client/client';
import { waitForBatches } from '../../../nodes/ExtendListRunsByBatch/collect/waitForBatches';
import type { AwaitedBatch } from '../../../nodes/ExtendListRunsByBatch/collect/waitForBatches';

interface Run {
	id: string;
	/** What its status is after so many minutes. */
	timeline: Array<[minute: number, status: string]>;
	/** From which minute on it is listed. */
	visible: number;
	/** From which minute on it can be read; by default as soon as it is listed. */
	readable?: number;
	/** From which minute on it is gone. */
	gone?: number;
}

interface ClockOptions {
	/** Most runs on a page, whatever was asked for. */
	pageSize?: number;
	/** How long an answer takes, in minutes, after it was made. */
	answerTakes?: number;
	/** What every run carries. */
	metadata?: object;
	/** How far Extend's clock is ahead, in minutes. */
	clockAhead?: number;
	/** How it answers in that minute instead of doing what it is asked: with a status, or not at all. */
	trouble?: (minute: number, url: string) => number | Error | undefined;
	/** What it says then of trying again. */
	retryable?: boolean;
}

const MINUTE_MS = 60_000;

/** Lists runs whose future is known. */
class ExtendOnAClock {
	calls = 0;

	/** How many entries its lists have had in all. */
	listed = 0;

	private readonly start = performance.now();

	constructor(
		private readonly batches: Record<string, Run[]>,
		private readonly options: ClockOptions = {},
	) {}

	private get minute(): number {
		return (performance.now() - this.start) / MINUTE_MS;
	}

	answer({ url, qs = {} }: IHttpRequestOptions) {
		this.calls++;
		const { minute, options } = this;
		const trouble = options.trouble?.(minute, url);
		if (trouble instanceof Error) throw trouble;
		const { retryable } = options;
		if (trouble !== undefined) return answered(trouble, { code: 'X', message: 'No', retryable });
		if (url !== '/workflow_runs') return this.read(url.split('/').at(-1) ?? '');
		const { batchId, status, maxPageSize, nextPageToken } = qs as Record<string, string>;
		const statusOf = ({ timeline }: Run) =>
			timeline.findLast(([from]) => from <= minute)?.[1] ?? 'PENDING';
		const from = Number(nextPageToken ?? 0);
		const to = from + Math.min(options.pageSize ?? 1000, Number(maxPageSize));
		const all = (this.batches[batchId ?? ''] ?? [])
			.filter((run) => run.visible <= minute && minute < (run.gone ?? Infinity))
			.filter((run) => status === undefined || statusOf(run) === status);
		const created = Date.now() + ((options.clockAhead ?? 0) - minute) * MINUTE_MS;
		const data = all.slice(from, to).map((run) => ({
			id: run.id,
			status: statusOf(run),
			createdAt: new Date(created).toISOString(),
		}));
		this.listed += data.length;
		const token = to < all.length ? { nextPageToken: String(to) } : {};
		return answered(200, { object: 'list', data, ...token });
	}

	private read(id: string) {
		const { minute } = this;
		const run = Object.values(this.batches)
			.flat()
			.find((candidate) => candidate.id === id);
		const isThere =
			run !== undefined &&
			minute >= Math.max(run.visible, run.readable ?? 0) &&
			minute < (run.gone ?? Infinity);
		return isThere
			? answered(200, { id, metadata: this.options.metadata ?? null })
			: answered(404, { code: 'NOT_FOUND', message: 'Not found' });
	}

	async client(signal?: AbortSignal): Promise<ExtendClient> {
		const context = {
			getNode: () => ({ name: 'List', type: 't', parameters: {} }),
			getContext: () => ({}),
			getCredentials: async () => ({ apiToken: 'sk_1', region: 'us' }),
			getExecutionCancelSignal: () => signal,
			helpers: {
				httpRequestWithAuthentication: async (_type: string, request: IHttpRequestOptions) => {
					const answer = this.answer(request);
					const { answerTakes = 0 } = this.options;
					if (answerTakes > 0) await new Promise((end) => setTimeout(end, answerTakes * MINUTE_MS));
					return answer;
				},
			},
		};
		return await ExtendClient.connect(context as unknown as IExecuteFunctions);
	}
}

function answered(statusCode: number, body: object) {
	return { statusCode, headers: {}, body };
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
	timeoutMs: 4 * 60 * MINUTE_MS,
	reviewCountsAsFinished: true,
	...more,
});

/** No test waits for longer; what would wait for ever shall be noticed soon. */
const LONGEST_MS = 5 * 60 * MINUTE_MS;

/** Waits on the quick clock; gives what came of it, and how many minutes it took. */
async function waitFor(extend: ExtendOnAClock, ...batches: AwaitedBatch[]) {
	const client = await extend.client();
	const start = performance.now();
	let isDone = false;
	const waiting = waitForBatches(client, batches).finally(() => (isDone = true));
	while (!isDone as boolean) {
		if (performance.now() - start > LONGEST_MS) throw new Error('This wait has no end.');
		await jest.advanceTimersByTimeAsync(1000);
	}
	return { results: await waiting, minutes: (performance.now() - start) / MINUTE_MS };
}

/** As `waitFor`, for waits that do not fail. */
async function wait(extend: ExtendOnAClock, ...batches: AwaitedBatch[]) {
	const { results, minutes } = await waitFor(extend, ...batches);
	const standings = results.map((result) => {
		if (!result.ok) throw new Error(result.failure.message);
		return result.body;
	});
	return { results: standings, minutes };
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
	expect(results[0]).toMatchObject({ state: 'finished' });
	expect(results[0]?.runs).toHaveLength(1000);
	expect(minutes).toBeGreaterThanOrEqual(60);
	expect(minutes).toBeLessThan(61);
	expect(extend.calls).toBeLessThan(150);
	// As long as runs are open, a look needs one of them.
	expect(extend.listed).toBeLessThan(5000);
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
	expect(results.every(({ state, runs }) => state === 'finished' && runs.length === 40)).toBe(true);
	expect(minutes).toBeLessThan(61);
	expect(extend.calls).toBeLessThan(200);
});

it('goes through short pages', async () => {
	const extend = new ExtendOnAClock({ a: runsUntil(1, 1000) }, { pageSize: 100 });
	const { results } = await wait(extend, awaited('a', { expectedRuns: 1000 }));
	expect(results[0]?.runs).toHaveLength(1000);
});

it('waits for runs that are visible late, also when the first ones are finished before', async () => {
	const runs = [...runsUntil(1, 10), ...runsUntil(1, 10, 3)].map((run, index) => ({
		...run,
		id: `run_${index}`,
	}));
	for (const [expectedRuns, metadata] of [
		[20, undefined],
		[undefined, { n8n: { item: 0, of: 20 } }],
	] as const) {
		const { results } = await wait(
			new ExtendOnAClock({ a: runs }, { metadata }),
			awaited('a', { expectedRuns }),
		);
		expect(results[0]).toMatchObject({ state: 'finished', expectedRuns: 20 });
		expect(results[0]?.runs).toHaveLength(20);
	}
});

it('waits a settling time for runs from elsewhere, of which nobody knows the number', async () => {
	const runs = runsUntil(0, 20).map((run, index) => ({ ...run, visible: 0.02 * index }));
	const { results, minutes } = await wait(new ExtendOnAClock({ a: runs }), awaited('a'));
	expect(results[0]?.runs).toHaveLength(20);
	expect(minutes).toBeLessThan(1.5);
});

it('takes a list for as old as the question, when the answer takes longer than a batch settles', async () => {
	const runs = [...runsUntil(0, 1), { ...runsUntil(0, 1, 0.55)[0]!, id: 'late' }];
	const extend = new ExtendOnAClock({ a: runs }, { answerTakes: 0.5 });
	const { results } = await wait(extend, awaited('a'));
	expect(results[0]?.state).toBe('finished');
	expect(results[0]?.runs.map(({ id }) => id)).toEqual(['run_0', 'late']);
});

it('waits for the first run of a batch, but gives up after some minutes without any', async () => {
	const late = await wait(new ExtendOnAClock({ a: runsUntil(1, 5, 4) }), awaited('a'));
	expect(late.results[0]?.runs).toHaveLength(5);
	for (const expectedRuns of [undefined, 1000]) {
		const never = await wait(new ExtendOnAClock({}), awaited('a', { expectedRuns }));
		expect(never.results[0]).toMatchObject({ state: 'unseen', runs: [] });
		expect(never.minutes).toBeGreaterThan(4.9);
		expect(never.minutes).toBeLessThan(6.5);
	}
	const many = Array.from({ length: 20 }, (_, index) => awaited(`a${index}`));
	const neverMany = await wait(new ExtendOnAClock({}), ...many);
	expect(neverMany.results.every(({ state }) => state === 'unseen')).toBe(true);
	expect(neverMany.minutes).toBeLessThan(6.5);
	const soon = await wait(new ExtendOnAClock({}), awaited('a', { timeoutMs: 2 * MINUTE_MS }));
	expect(soon.results[0]?.state).toBe('unfinished');
});

it('gives the first run of a batch the same time when it is looked at hours later', async () => {
	const extend = new ExtendOnAClock({ a: runsUntil(120, 10), b: runsUntil(1, 10, 123) });
	const { results } = await wait(extend, awaited('a'), awaited('b'));
	expect(results.map(({ runs }) => runs.length)).toEqual([10, 10]);
});

describe('as long as the list grows and the number is known', () => {
	// All of them finished as soon as they are visible, one every four minutes, for more than an hour.
	const slowly = runsUntil(0, 20).map((run, index) => ({ ...run, visible: 4 * index }));

	it.each([
		['told', 0, 20, undefined],
		['told, on a clock hours behind', -300, 20, undefined],
		['told, on a clock hours ahead', 300, 20, undefined],
		['in the references', 0, undefined, { n8n: { item: 0, of: 20 } }],
		['in the references, on a clock a day behind', -1440, undefined, { n8n: { item: 0, of: 20 } }],
	])('is not over: %s', async (_how, clockAhead, expectedRuns, metadata) => {
		const extend = new ExtendOnAClock({ a: slowly }, { clockAhead, metadata });
		const { results, minutes } = await wait(extend, awaited('a', { expectedRuns }));
		expect(results[0]?.runs).toHaveLength(20);
		expect(minutes).toBeGreaterThan(75);
		expect(minutes).toBeLessThan(78);
	});

	it('may also get shorter, and ends some minutes after the last new run', async () => {
		const deleting = slowly.map((run, index) => (index === 0 ? { ...run, gone: 74 } : run));
		const shrinking = deleting.map((run) => (run.id === 'run_19' ? { ...run, visible: 76 } : run));
		const { results, minutes } = await wait(
			new ExtendOnAClock({ a: shrinking }),
			awaited('a', { expectedRuns: 20 }),
		);
		expect(results[0]?.runs).toHaveLength(19);
		expect(minutes).toBeGreaterThan(81);
		expect(minutes).toBeLessThan(83);
	});
});

it('goes on for some minutes after the last open run, because others may have waited behind it', async () => {
	const extend = new ExtendOnAClock({
		a: [...runsUntil(30, 5), ...runsUntil(30, 5, 33).map((run) => ({ ...run, id: `b${run.id}` }))],
	});
	const { results } = await wait(extend, awaited('a', { expectedRuns: 10 }));
	expect(results[0]?.runs).toHaveLength(10);
});

it('reads the number of runs from another one, or later, if a run cannot be read yet', async () => {
	const metadata = { n8n: { item: 0, of: 20 } };
	const late = [...runsUntil(0, 10), ...runsUntil(0, 10, 2)].map((run, index) => ({
		...run,
		id: `run_${index}`,
	}));
	for (const readable of [
		(index: number) => (index === 0 ? Infinity : 0),
		(index: number) => (index < 10 ? 0.3 : 0),
	]) {
		const runs = late.map((run, index) => ({ ...run, readable: readable(index) }));
		const { results } = await wait(new ExtendOnAClock({ a: runs }, { metadata }), awaited('a'));
		expect(results[0]?.runs).toHaveLength(20);
	}
	const unreadable = runsUntil(0, 3).map((run) => ({ ...run, readable: Infinity }));
	const { results, minutes } = await wait(new ExtendOnAClock({ a: unreadable }), awaited('a'));
	expect(results[0]).toMatchObject({ state: 'finished', expectedRuns: undefined });
	expect(minutes).toBeLessThan(2);
});

describe('when Extend cannot answer', () => {
	const one = { expectedRuns: 10 };

	it('goes on for minutes, again and again, and asks about one batch only', async () => {
		let failed = 0;
		const isDown = (minute: number) => (minute > 2 && minute < 10) || (minute > 14 && minute < 22);
		const trouble = (minute: number) => (isDown(minute) && ++failed > 0 ? 503 : undefined);
		const names = Array.from({ length: 20 }, (_, index) => `batch_${index}`);
		const batches = Object.fromEntries(names.map((name) => [name, runsUntil(30, 10)]));
		const extend = new ExtendOnAClock(batches, { trouble });
		const { results } = await wait(extend, ...names.map((name) => awaited(name, one)));
		expect(results.every(({ state, runs }) => state === 'finished' && runs.length === 10)).toBe(
			true,
		);
		const settling = new ExtendOnAClock({ a: runsUntil(0, 9), b: runsUntil(0, 9) }, { trouble });
		failed = 0;
		await wait(settling, awaited('a', one), awaited('b', one));
		const failedForTwo = failed;
		failed = 0;
		await wait(new ExtendOnAClock({ a: runsUntil(0, 9) }, { trouble }), awaited('a', one));
		expect(failedForTwo).toBeLessThan(1.5 * failed);
	});

	it('takes no silence for rest', async () => {
		const trouble = (minute: number) => (minute > 1 && minute < 9 ? 503 : undefined);
		const runs = [
			...runsUntil(0, 5),
			...runsUntil(0, 5, 11).map((run) => ({ ...run, id: `b${run.id}` })),
		];
		const { results } = await wait(new ExtendOnAClock({ a: runs }, { trouble }), awaited('a', one));
		expect(results[0]?.runs).toHaveLength(10);
		const first = runsUntil(0, 5, 11);
		const late = await wait(new ExtendOnAClock({ a: first }, { trouble }), awaited('a'));
		expect(late.results[0]?.runs).toHaveLength(5);
	});

	it('gives up in the end', async () => {
		const trouble = (minute: number) => (minute > 2 ? 503 : undefined);
		const extend = new ExtendOnAClock({ a: runsUntil(50, 10) }, { trouble });
		const { results, minutes } = await waitFor(extend, awaited('a', one));
		expect(results[0]).toMatchObject({ ok: false, failure: { status: 503 } });
		expect(minutes).toBeGreaterThan(12);
		expect(minutes).toBeLessThan(14);
	});

	it.each([
		[400, 3],
		[401, 1],
		[403, 1],
	])('gives up at once when it refuses with %d, after %d calls', async (status, refusals) => {
		let refused = 0;
		const trouble = (minute: number) => (minute > 2 && ++refused > 0 ? status : undefined);
		const batches = { a: runsUntil(50, 10), b: runsUntil(50, 10), c: runsUntil(50, 10) };
		const extend = new ExtendOnAClock(batches, { trouble });
		const three = ['a', 'b', 'c'].map((batchId) => awaited(batchId, one));
		const { results, minutes } = await waitFor(extend, ...three);
		expect(results).toHaveLength(3);
		for (const result of results) expect(result).toMatchObject({ ok: false, failure: { status } });
		expect(refused).toBe(refusals);
		expect(minutes).toBeLessThan(3);
	});
});

describe('a batch that comes back', () => {
	const turn = { expectedRuns: 10, timeoutMs: MINUTE_MS, comesBack: true };

	it('goes round once more where Extend fails at the end of a turn, and is an error if that lasts', async () => {
		const extend = new ExtendOnAClock({ a: runsUntil(50, 10) }, { trouble: () => 503 });
		const first = await wait(extend, awaited('a', turn));
		const { state, look } = first.results[0]!;
		expect(state).toBe('unfinished');
		expect(look?.failingMs).toBeGreaterThanOrEqual(MINUTE_MS);
		expect(look?.failingMs).toBeLessThan(2 * MINUTE_MS);
		const lastLook = { ...look!, failingMs: look!.failingMs! + 10 * MINUTE_MS };
		const { results } = await waitFor(extend, awaited('a', { ...turn, lastLook }));
		expect(results[0]).toMatchObject({ ok: false, failure: { status: 503 } });
		const alone = await waitFor(extend, awaited('a', { ...turn, comesBack: false }));
		expect(alone.results[0]).toMatchObject({ ok: false, failure: { status: 503 } });
		expect(alone.minutes).toBeLessThan(2);
	});

	it('has been at rest since an earlier turn', async () => {
		const extend = new ExtendOnAClock({ a: runsUntil(0, 3) });
		const first = await wait(extend, awaited('a', { ...turn, timeoutMs: 3 * MINUTE_MS }));
		const { state, look } = first.results[0]!;
		expect(state).toBe('unfinished');
		expect(look).toMatchObject({ runs: 3 });
		expect(look!.restingMs / MINUTE_MS).toBeCloseTo(3, 0);
		const again = { ...turn, timeoutMs: 20 * MINUTE_MS, lastLook: look };
		const { results, minutes } = await wait(extend, awaited('a', again));
		expect(results[0]).toMatchObject({ state: 'finished' });
		expect(results[0]).not.toHaveProperty('look');
		expect(minutes).toBeGreaterThan(1.5);
		expect(minutes).toBeLessThan(2.7);
	});

	it('is looked at for the last time when its time is over, and tells nothing to who does not come back', async () => {
		const extend = new ExtendOnAClock({ a: runsUntil(50, 10) });
		const timeoutMs = 100_000;
		const { results, minutes } = await wait(extend, awaited('a', { expectedRuns: 10, timeoutMs }));
		expect(results[0]).toMatchObject({ state: 'unfinished' });
		expect(results[0]).not.toHaveProperty('look');
		expect(minutes).toBeGreaterThanOrEqual(timeoutMs / MINUTE_MS);
		expect(minutes).toBeLessThan(timeoutMs / MINUTE_MS + 0.05);
	});

	it('is at rest only since Extend answers again', async () => {
		const lastLook = { runs: 3, restingMs: 9 * MINUTE_MS, failingMs: MINUTE_MS };
		const three = runsUntil(0, 3);
		const { results } = await wait(
			new ExtendOnAClock({ a: three }),
			awaited('a', { ...turn, timeoutMs: 0, lastLook: { ...lastLook, restingMs: 0 } }),
		);
		expect(results[0]).toMatchObject({ state: 'unfinished', look: { runs: 3 } });
		expect(results[0]?.look).not.toHaveProperty('failingMs');
	});
});

describe('a look that fails', () => {
	const forbidden = new Error('The network of this n8n does not allow it');
	const unreachable = Object.assign(new Error('connect ECONNREFUSED'), {
		code: 'ECONNREFUSED',
		syscall: 'connect',
	});

	it.each([
		['this n8n forbids it', forbidden, undefined, 'notSent'],
		['Extend says that it is no use', 400, false, 'refused'],
		['Extend says nothing of trying again', 404, undefined, 'refused'],
	])('is the last one if %s', async (_why, trouble, retryable, kind) => {
		const extend = new ExtendOnAClock(
			{ a: runsUntil(50, 10) },
			{ trouble: (minute) => (minute > 2 ? trouble : undefined), retryable },
		);
		const { results, minutes } = await waitFor(extend, awaited('a', { expectedRuns: 10 }));
		expect(results[0]).toMatchObject({ ok: false, failure: { kind } });
		expect(minutes).toBeLessThan(3);
	});

	it.each([
		['Extend cannot be reached', unreachable, undefined],
		['Extend says that it may be tried again', 409, true],
	])('is not the last one if %s', async (_why, trouble, retryable) => {
		const extend = new ExtendOnAClock(
			{ a: runsUntil(20, 10) },
			{ trouble: (minute) => (minute > 2 && minute < 8 ? trouble : undefined), retryable },
		);
		const { results } = await wait(extend, awaited('a', { expectedRuns: 10 }));
		expect(results[0]).toMatchObject({ state: 'finished' });
	});

	it('is one of a run too, if Extend refuses it for another reason than that it is not there', async () => {
		const trouble = (_minute: number, url: string) =>
			url.endsWith('/workflow_runs') ? undefined : 403;
		const extend = new ExtendOnAClock({ a: runsUntil(0, 10) }, { trouble });
		const { results } = await waitFor(extend, awaited('a'));
		expect(results[0]).toMatchObject({ ok: false, failure: { status: 403 } });
	});

	it('ends all waiting when the execution is stopped', async () => {
		const stop = new AbortController();
		const extend = new ExtendOnAClock({ a: runsUntil(20, 10), b: runsUntil(20, 10) });
		const waiting = waitForBatches(await extend.client(stop.signal), [awaited('a'), awaited('b')]);
		await jest.advanceTimersByTimeAsync(5 * MINUTE_MS);
		stop.abort();
		await jest.advanceTimersByTimeAsync(1000);
		const stopped = { ok: false, failure: { kind: 'cancelled', message: '' } };
		expect(await waiting).toEqual([stopped, stopped]);
	});

	it('ends all waiting also when a request is under way then', async () => {
		const stop = new AbortController();
		const trouble = (minute: number) => {
			if (minute < 5) return undefined;
			stop.abort();
			return Object.assign(new Error('canceled'), { code: 'ERR_CANCELED' });
		};
		const extend = new ExtendOnAClock({ a: runsUntil(20, 10) }, { trouble });
		const waiting = waitForBatches(await extend.client(stop.signal), [awaited('a')]);
		await jest.advanceTimersByTimeAsync(7 * MINUTE_MS);
		expect(await waiting).toMatchObject([{ ok: false, failure: { kind: 'interrupted' } }]);
	});
});

it('takes no notice of n8n’s clock being set back', async () => {
	const extend = new ExtendOnAClock({ a: runsUntil(5, 9) });
	setTimeout(() => {
		jest.setSystemTime(Date.now() - 60 * MINUTE_MS);
	}, 4 * MINUTE_MS);
	const { results, minutes } = await wait(extend, awaited('a', { expectedRuns: 10 }));
	expect(results[0]).toMatchObject({ state: 'finished' });
	expect(minutes).toBeLessThan(12);
});

it('does not wait for ever for runs that were deleted', async () => {
	const extend = new ExtendOnAClock({ a: runsUntil(1, 9) });
	const { results, minutes } = await wait(extend, awaited('a', { expectedRuns: 10 }));
	expect(results[0]).toMatchObject({ state: 'finished', expectedRuns: 10 });
	expect(minutes).toBeLessThan(8);
});

it('gives each batch its own time, the shorter first', async () => {
	const extend = new ExtendOnAClock({ a: runsUntil(30, 10), b: runsUntil(20, 10) });
	const { results, minutes } = await wait(
		extend,
		awaited('a', { expectedRuns: 10 }),
		awaited('b', { expectedRuns: 10, timeoutMs: 5 * MINUTE_MS }),
	);
	expect(results.map(({ state }) => state)).toEqual(['finished', 'unfinished']);
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
