import type { IDataObject } from 'n8n-workflow';

import type { CallResult, ExtendClient } from '../../../nodes/extend/client/client';
import type { CallFailure } from '../../../nodes/extend/failures/failure';
import type { WorkflowRunSummary } from '../../../nodes/extend/api/types';
import { createdAtOf } from '../../../nodes/extend/api/runs';
import { earliestCreation } from '../../../nodes/extend/runs/creation';
import { SubmissionLookup } from '../../../nodes/submit/lookup';
import type { LookupResult, LostSubmission } from '../../../nodes/submit/lookup';

const SENT = Date.UTC(2026, 4, 1, 12);
const MINUTE = 60_000;

/** A batch that Extend shows, from some time on. */
interface Shown {
	batchId: string | null;
	submission?: string;
	workflowId?: string;
	runIds?: string[];
	/** Milliseconds after the first look. */
	from?: number;
	createdAt?: number;
}

const UNREACHABLE: CallFailure = { kind: 'unknown', message: 'gone' };
const FORBIDDEN: CallFailure = { kind: 'refused', status: 403, message: 'no' };
const MISSING: CallFailure = { kind: 'refused', status: 404, message: 'no run' };

/** An Extend that lists runs newest first, and tells what was asked of it and when. */
class ListedExtend {
	readonly lists: Array<{ query: IDataObject; at: number }> = [];

	readonly fetched: string[] = [];

	readonly stop = new AbortController();

	failList: (workflowId: string, at: number) => CallFailure | undefined = () => undefined;

	failRun: (runId: string) => CallFailure | undefined = () => undefined;

	/** How long reading a run takes, in milliseconds. */
	readMs = 0;

	private readonly startedAt = Date.now();

	constructor(readonly shown: Shown[] = []) {}

	get client(): ExtendClient {
		const client: Pick<ExtendClient, 'list' | 'attempt' | 'signal' | 'extendNow'> = {
			signal: this.stop.signal,
			extendNow: () => Date.now(),
			list: async <T extends { id: string }>(
				path: string,
				query: IDataObject,
				isEnough: (entry: T) => boolean,
			) => {
				const at = Date.now() - this.startedAt;
				this.lists.push({ query: { path, ...query }, at });
				const workflowId = query.workflowId as string;
				const failure = this.failList(workflowId, at);
				if (failure !== undefined) return { ok: false as const, failure };
				const entries = this.entries(workflowId, at) as unknown as T[];
				const end = entries.findIndex(isEnough);
				return { ok: true as const, body: end < 0 ? entries : entries.slice(0, end) };
			},
			attempt: async <T>({ path }: { path: string }): Promise<CallResult<T>> => {
				const runId = decodeURIComponent(path.replace('/workflow_runs/', ''));
				this.fetched.push(runId);
				await new Promise((done) => setTimeout(done, this.readMs));
				const failure = this.failRun(runId);
				if (failure !== undefined) return { ok: false, failure };
				const batch = this.shown.find((candidate) => runIdsOf(candidate).includes(runId));
				const submission = batch?.submission;
				const n8n = { submission, item: 0, of: 1, workflow: 'w', execution: 'e' };
				const body = { id: runId, metadata: submission === undefined ? {} : { n8n } };
				return { ok: true, body: body as T };
			},
		};
		return client as ExtendClient;
	}

	private entries(workflowId: string, at: number): Array<Partial<WorkflowRunSummary>> {
		return this.shown
			.filter((batch) => (batch.workflowId ?? 'wf') === workflowId && at >= (batch.from ?? 0))
			.flatMap((batch) =>
				runIdsOf(batch).map((id) => ({
					id,
					batchId: batch.batchId,
					createdAt: new Date(batch.createdAt ?? SENT).toISOString(),
				})),
			);
	}
}

const runIdsOf = ({ batchId, runIds }: Shown) => runIds ?? [`run-of-${batchId}`];

const lost = (submission: string, more: Partial<LostSubmission> = {}): LostSubmission => ({
	submission,
	workflowId: 'wf',
	sentAt: SENT,
	sentAtByExtend: SENT,
	...more,
});

beforeEach(() => {
	jest.useFakeTimers({ now: SENT });
});
afterEach(() => {
	jest.useRealTimers();
});

/** Looks, while time passes, and tells how long it took. */
async function look(
	extend: ListedExtend,
	submissions: LostSubmission[],
	settleMs: number,
	wanted: 'one' | 'all' = 'all',
	lookup = new SubmissionLookup(extend.client),
): Promise<{ result: LookupResult; tookMs: number; lookup: SubmissionLookup }> {
	const startedAt = Date.now();
	let ended: { result: LookupResult; tookMs: number } | undefined;
	void lookup.look(submissions, settleMs, wanted).then((result) => {
		ended = { result, tookMs: Date.now() - startedAt };
	});
	for (let i = 0; ended === undefined && i < 20_000; i++) await jest.advanceTimersByTimeAsync(50);
	return { ...ended!, lookup };
}

/** Rounds times to the 50 ms in which time passes here. */
const timesOf = ({ lists }: ListedExtend) => lists.map(({ at }) => Math.round(at / 100) * 100);

describe('a look for lost submissions', () => {
	it('finds one at once, newest runs of the workflow first', async () => {
		const extend = new ListedExtend([{ batchId: 'b1' }, { batchId: 'b2', submission: 's' }]);
		const { result, tookMs, lookup } = await look(extend, [lost('s')], MINUTE);
		expect(result).toEqual({ outcome: 'found' });
		expect(tookMs).toBeLessThan(100);
		expect(lookup.batchOf('s')).toBe('b2');
		expect(lookup.batchOf('other')).toBeUndefined();
		expect(extend.lists.map(({ query }) => query)).toEqual([
			{ path: '/workflow_runs', workflowId: 'wf', sortBy: 'createdAt', sortDir: 'desc' },
		]);
	});

	it('is repeated with growing pauses, and once more at the very end', async () => {
		const extend = new ListedExtend();
		const { result } = await look(extend, [lost('s')], 10_000);
		expect(result).toEqual({ outcome: 'notFound' });
		const expected = [0, 500, 1_350, 2_795, 5_252, 9_428, 10_000];
		expect(extend.lists).toHaveLength(expected.length);
		extend.lists.forEach(({ at }, index) => {
			expect(Math.abs(at - expected[index]!)).toBeLessThan(300);
		});
	});

	it('pauses for 10 s at most', async () => {
		const extend = new ListedExtend();
		await look(extend, [lost('s')], MINUTE);
		const times = timesOf(extend);
		const pauses = times.slice(1).map((at, index) => at - times[index]!);
		expect(Math.max(...pauses)).toBeGreaterThan(9_900);
		expect(Math.max(...pauses)).toBeLessThan(10_300);
	});

	it('is made once if there is no time to settle', async () => {
		const extend = new ListedExtend();
		const { result, tookMs } = await look(extend, [lost('s')], 0);
		expect(result).toEqual({ outcome: 'notFound' });
		expect(extend.lists).toHaveLength(1);
		expect(tookMs).toBeLessThan(100);
	});

	it.each([1_000, 10_000, 70_000])(
		'shows what is there when it begins, so that one of %d ms is not the last',
		async (readMs) => {
			const extend = new ListedExtend([
				{ batchId: 'other' },
				{ batchId: 'b', submission: 's', from: 500 },
			]);
			extend.readMs = readMs;
			const { result } = await look(extend, [lost('s')], 900);
			expect(result).toEqual({ outcome: 'found' });
		},
	);

	it('ends with the first that is found, if one is enough', async () => {
		const extend = new ListedExtend([{ batchId: 'b', submission: 'two', from: 3_000 }]);
		const { result, tookMs } = await look(extend, [lost('one'), lost('two')], MINUTE, 'one');
		expect(result).toEqual({ outcome: 'found' });
		expect(tookMs).toBeGreaterThan(2_900);
		expect(tookMs).toBeLessThan(8_000);
	});

	it('goes on for the others to the end, if all are wanted', async () => {
		const extend = new ListedExtend([{ batchId: 'b', submission: 'two' }]);
		const { result, tookMs } = await look(extend, [lost('one'), lost('two')], 20_000);
		expect(result).toEqual({ outcome: 'found' });
		expect(tookMs).toBeGreaterThan(19_900);
	});

	it('ends as soon as all are found', async () => {
		const extend = new ListedExtend([
			{ batchId: 'b1', submission: 'one' },
			{ batchId: 'b2', submission: 'two', from: 1_000 },
		]);
		const { result, tookMs } = await look(extend, [lost('one'), lost('two')], MINUTE);
		expect(result).toEqual({ outcome: 'found' });
		expect(tookMs).toBeLessThan(3_000);
	});

	it('looks at each workflow once, and no longer at one of which all are found', async () => {
		const extend = new ListedExtend([{ batchId: 'b', submission: 'one', workflowId: 'A' }]);
		const submissions = [
			lost('one', { workflowId: 'A' }),
			lost('two', { workflowId: 'B' }),
			lost('three', { workflowId: 'B' }),
		];
		await look(extend, submissions, 500);
		expect(extend.lists.map(({ query }) => query.workflowId)).toEqual(['A', 'B', 'B']);
	});

	it('goes on with the next workflow when one cannot be listed', async () => {
		const extend = new ListedExtend([{ batchId: 'b', submission: 'two', workflowId: 'B' }]);
		extend.failList = (workflowId) => (workflowId === 'A' ? UNREACHABLE : undefined);
		const submissions = [lost('one', { workflowId: 'A' }), lost('two', { workflowId: 'B' })];
		const { result, lookup } = await look(extend, submissions, MINUTE, 'one');
		expect(result).toEqual({ outcome: 'found' });
		expect(lookup.batchOf('two')).toBe('b');
	});
});

describe('batches of others', () => {
	it('are looked into once, in all looks together', async () => {
		const extend = new ListedExtend([{ batchId: 'b1' }, { batchId: 'b2', submission: 'other' }]);
		const lookup = new SubmissionLookup(extend.client);
		await look(extend, [lost('s')], 5_000, 'all', lookup);
		await look(extend, [lost('t')], 5_000, 'all', lookup);
		expect(extend.fetched).toEqual(['run-of-b1', 'run-of-b2']);
	});

	it('are not looked into if they are accounted for', async () => {
		const extend = new ListedExtend([{ batchId: 'b1' }, { batchId: 'b2' }, { batchId: null }]);
		const lookup = new SubmissionLookup(extend.client);
		lookup.ruleOut('b1');
		await look(extend, [lost('s')], 0, 'all', lookup);
		expect(extend.fetched).toEqual(['run-of-b2']);
	});

	it('are not looked into if they are older than the request', async () => {
		const extend = new ListedExtend([
			{ batchId: 'new', createdAt: SENT - MINUTE },
			{ batchId: 'old', createdAt: SENT - MINUTE - 1 },
		]);
		await look(extend, [lost('s')], 0);
		expect(extend.fetched).toEqual(['run-of-new']);
	});

	it('are looked into back to the oldest of several requests', async () => {
		const extend = new ListedExtend([{ batchId: 'b', createdAt: SENT - 10 * MINUTE }]);
		const older = lost('t', { sentAtByExtend: SENT - 10 * MINUTE });
		await look(extend, [lost('s'), older], 0);
		expect(extend.fetched).toEqual(['run-of-b']);
	});
});

describe('a look that fails', () => {
	it('is no proof, and is repeated for two minutes more', async () => {
		const extend = new ListedExtend();
		extend.failList = () => UNREACHABLE;
		const { result, tookMs } = await look(extend, [lost('s')], 5_000);
		expect(result).toEqual({ outcome: 'cannotTell', failure: UNREACHABLE });
		expect(tookMs).toBeGreaterThanOrEqual(125_000);
		expect(tookMs).toBeLessThan(137_000);
	});

	it('and then works, counts', async () => {
		const extend = new ListedExtend();
		extend.failList = (_workflowId, at) => (at < 30_000 ? UNREACHABLE : undefined);
		const { result, tookMs } = await look(extend, [lost('s')], 5_000);
		expect(result).toEqual({ outcome: 'notFound' });
		expect(tookMs).toBeLessThan(45_000);
	});

	it('is the last if Extend refuses it', async () => {
		const extend = new ListedExtend();
		extend.failList = () => FORBIDDEN;
		const { result, tookMs } = await look(extend, [lost('s')], MINUTE);
		expect(result).toEqual({ outcome: 'cannotTell', failure: FORBIDDEN });
		expect(tookMs).toBeLessThan(100);
	});

	it('is the last if Extend refuses to show a run', async () => {
		const extend = new ListedExtend([{ batchId: 'b' }]);
		extend.failRun = () => FORBIDDEN;
		const { result } = await look(extend, [lost('s')], MINUTE);
		expect(result).toEqual({ outcome: 'cannotTell', failure: FORBIDDEN });
	});

	it('ends when the execution is stopped', async () => {
		const extend = new ListedExtend();
		setTimeout(() => {
			extend.stop.abort();
		}, 1_000);
		const { result, tookMs } = await look(extend, [lost('s')], MINUTE);
		expect(result).toEqual({
			outcome: 'cannotTell',
			failure: { kind: 'interrupted', message: '' },
		});
		expect(tookMs).toBeLessThan(1_500);
		expect(extend.lists).toHaveLength(2);
	});
});

describe('a run that is listed but cannot be read', () => {
	const runIds = Array.from({ length: 12 }, (_, index) => `r${index}`);

	it('leaves the look incomplete, and another run of its batch is tried next', async () => {
		const extend = new ListedExtend([{ batchId: 'b', submission: 's', runIds }]);
		extend.failRun = (runId) => (['r1', 'r2'].includes(runId) ? MISSING : undefined);
		const { result } = await look(extend, [lost('s')], 5_000);
		expect(result).toEqual({ outcome: 'found' });
		expect(extend.fetched).toEqual(['r1', 'r2', 'r3']);
	});

	it('is no reason to say that nothing was found', async () => {
		const extend = new ListedExtend([{ batchId: 'b', submission: 's', runIds }]);
		extend.failRun = () => MISSING;
		const { result, tookMs } = await look(extend, [lost('s')], 5_000);
		expect(result).toEqual({ outcome: 'cannotTell', failure: { ...MISSING, kind: 'unknown' } });
		expect(tookMs).toBeGreaterThanOrEqual(125_000);
		expect(new Set(extend.fetched)).toEqual(new Set(runIds.slice(0, 10)));
	});
});

describe('the time of a run', () => {
	const at = '2026-05-01T12:00:00.000Z';

	it.each<[object, number]>([
		[{ createdAt: at, initialRunAt: '2020-01-01T00:00:00Z' }, SENT],
		[{ createdAt: null, initialRunAt: at }, SENT],
		[{ initialRunAt: at }, SENT],
		[{}, NaN],
	])('%j', (run, expected) => {
		expect(createdAtOf(run)).toBe(expected);
	});

	it.each<[string, { sentAt: number; sentAtByExtend?: number }, number | undefined, number]>([
		['by Extend when it was sent', { sentAt: 5, sentAtByExtend: SENT }, SENT + 1, SENT - MINUTE],
		['by what Extend shows now', { sentAt: SENT - 5 }, SENT + 7_000, SENT + 6_995 - MINUTE],
		['by nothing', { sentAt: SENT }, undefined, SENT - 26 * 60 * MINUTE],
	])('is looked for from a minute before the request on: %s', (_how, sending, now, expected) => {
		expect(earliestCreation({ extendNow: () => now }, sending)).toBe(expected);
	});
});
