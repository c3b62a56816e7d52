/** How the node Extend waits for single runs and searches for lost ones, and how many calls that takes. */
import type { CallResult, ExtendClient } from '../../../nodes/extend/client/client';
import type { CallFailure } from '../../../nodes/extend/failures/failure';
import { evenIfNew } from '../../../nodes/Extend/waiting/patience';
import { RunWatch } from '../../../nodes/Extend/waiting/runWatch';
import { untilFinished } from '../../../nodes/Extend/waiting/untilFinished';
import type { WatchedList } from '../../../nodes/Extend/waiting/watched';
import { elapsing } from '../batchRun/extendInMemory';

const NOW = Date.UTC(2026, 1, 9, 12);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const OPEN = ['PENDING', 'PROCESSING'];
const DOWN: CallFailure = { kind: 'unknown', status: 503, message: 'Down' };
const FORBIDDEN: CallFailure = { kind: 'refused', status: 403, message: 'No' };
const MISSING: CallFailure = { kind: 'refused', status: 404, message: 'There is none' };

beforeEach(() => {
	jest.useFakeTimers({ now: NOW });
});
afterEach(() => {
	jest.useRealTimers();
});

/** A run; times in milliseconds after the beginning. */
interface Run {
	id: string;
	submission?: string;
	createdAt?: number;
	listedFrom?: number;
	endsAt?: number;
}

/** A list of runs, and what was asked of it. */
class ListedRuns {
	readonly stop = new AbortController();

	/** When it was asked, in seconds; and since when what it showed was created. */
	readonly looks: Array<{ at: number; since: number }> = [];

	readonly openLooks: number[] = [];

	fail: (at: number) => CallFailure | undefined = () => undefined;

	lookMs = 0;

	constructor(readonly runs: Run[]) {}

	get client(): ExtendClient {
		const client: Pick<ExtendClient, 'signal' | 'extendNow'> = {
			signal: this.stop.signal,
			extendNow: () => Date.now(),
		};
		return client as ExtendClient;
	}

	/** @param isSorted whether it has an order in which what is open can be looked for */
	watch(isSorted = true): RunWatch {
		const list: WatchedList = {
			since: async (time) => {
				const since = time();
				this.looks.push({ at: this.now / SECOND, since: (since - NOW) / SECOND });
				return await this.answer((run) => NOW + (run.createdAt ?? 0) >= since);
			},
		};
		if (!isSorted) {
			list.open = async () => {
				this.openLooks.push(this.now / SECOND);
				return await this.answer((run) => this.statusOf(run) !== 'PROCESSED');
			};
		}
		return new RunWatch(this.client, list);
	}

	/** Fetches a run. */
	fetch(id: string): () => Promise<CallResult<{ id: string; status: string }>> {
		return async () => {
			const failure = this.fail(this.now);
			if (failure !== undefined) return { ok: false, failure };
			const run = this.runs.find((candidate) => candidate.id === id);
			if (run === undefined) return { ok: false, failure: MISSING };
			return { ok: true, body: { id, status: this.statusOf(run) } };
		};
	}

	private get now(): number {
		return Date.now() - NOW;
	}

	private statusOf({ endsAt = Infinity }: Run): string {
		return endsAt <= this.now ? 'PROCESSED' : 'PROCESSING';
	}

	private async answer(isMeant: (run: Run) => boolean): Promise<CallResult<Listed[]>> {
		const failure = this.fail(this.now);
		const shown = this.runs
			.filter((run) => isMeant(run) && (run.listedFrom ?? 0) <= this.now)
			.map((run): Listed => ({
				id: run.id,
				status: this.statusOf(run),
				metadata: run.submission === undefined ? null : { n8n: { submission: run.submission } },
			}));
		await new Promise((done) => setTimeout(done, this.lookMs));
		return failure === undefined ? { ok: true, body: shown } : { ok: false, failure };
	}
}

interface Listed {
	id: string;
	status: string;
	metadata: Record<string, unknown> | null;
}

const sending = { sentAt: NOW, sentAtByExtend: NOW };

const awaited = (runId: string, withinMs = 60 * MINUTE, open = OPEN) => ({
	runId,
	sending,
	deadline: performance.timeOrigin + performance.now() + withinMs,
	open,
});

const many = (count: number, endsAt: number): Run[] =>
	Array.from({ length: count }, (_, index) => ({ id: `run_${index}`, endsAt }));

async function waitForAll(list: ListedRuns, isSorted = true, withinMs = 60 * MINUTE) {
	const watch = list.watch(isSorted);
	return await elapsing(
		Promise.all(list.runs.map(async ({ id }) => await watch.untilDue(awaited(id, withinMs)))),
	);
}

describe('waiting for many runs', () => {
	it.each([true, false])(
		'takes one look for all of them, which become rarer (sorted: %s)',
		async (isSorted) => {
			const list = new ListedRuns(many(20, 60 * SECOND));
			const { value, seconds } = await waitForAll(list, isSorted);
			expect(value.every(({ is }) => is === 'due')).toBe(true);
			expect(seconds).toBeGreaterThanOrEqual(60);
			expect(seconds).toBeLessThan(71);
			const looks = isSorted ? list.looks.map(({ at }) => at) : list.openLooks;
			expect(list.looks.length + list.openLooks.length).toBe(looks.length);
			expect(looks[0]).toBeCloseTo(0.5, 0);
			const pauses = looks.slice(1).map((at, index) => at - looks[index]!);
			expect(pauses[0]).toBeGreaterThanOrEqual(2);
			expect(pauses[0]).toBeLessThan(3);
			expect(pauses.at(-1)).toBeGreaterThan(9);
			expect(Math.max(...pauses)).toBeLessThan(10.5);
			// The list goes back to when the first of them can have been created.
			expect(list.looks.filter(({ since }) => since !== -60)).toEqual([]);
		},
	);

	it('looks soon again when something has come of it', async () => {
		const list = new ListedRuns([...many(10, 60 * SECOND), { id: 'late', endsAt: 66 * SECOND }]);
		const watch = list.watch();
		const waiting = Promise.all(list.runs.map(async ({ id }) => await watch.untilDue(awaited(id))));
		const others = many(10, 0).map(({ id }) => `other_${id}`);
		for (const id of others) list.runs.push({ id, endsAt: 90 * SECOND });
		const more = Promise.all(others.map(async (id) => await watch.untilDue(awaited(id))));
		await elapsing(Promise.all([waiting, more]));
		const after = list.looks.map(({ at }) => at).filter((at) => at > 60);
		expect(after[1]! - after[0]!).toBeLessThan(3);
	});

	it('looks seldom where a look takes long', async () => {
		const list = new ListedRuns(many(10, 120 * SECOND));
		list.lookMs = 4 * SECOND;
		await waitForAll(list);
		const pauses = list.looks.slice(1).map(({ at }, index) => at - list.looks[index]!.at);
		expect(Math.min(...pauses)).toBeGreaterThanOrEqual(23.5);
	});

	it.each([true, false])('ends in time (sorted: %s)', async (isSorted) => {
		const list = new ListedRuns(many(10, Infinity));
		const { value, seconds } = await waitForAll(list, isSorted, 45 * SECOND);
		expect(value.every(({ is }) => is === 'timeout')).toBe(true);
		expect(seconds).toBeGreaterThanOrEqual(45);
		expect(seconds).toBeLessThan(46.5);
	});

	it('takes a run that is not listed for a while for worth asking', async () => {
		const list = new ListedRuns(many(5, 90 * SECOND));
		list.runs[0]!.listedFrom = 80 * SECOND;
		const watch = list.watch();
		const rest = Promise.all(
			list.runs.slice(1).map(async ({ id }) => await watch.untilDue(awaited(id))),
		);
		const { value, seconds } = await elapsing(watch.untilDue(awaited('run_0')));
		expect(value).toEqual({ is: 'due' });
		expect(seconds).toBeGreaterThan(15);
		expect(seconds).toBeLessThan(26);
		await elapsing(rest);
	});

	it('does not take what a look shows for news that somebody just saw', async () => {
		const list = new ListedRuns(many(5, 0));
		const watch = list.watch();
		const rest = Promise.all(
			list.runs.slice(1).map(async ({ id }) => await watch.untilDue(awaited(id), 8 * SECOND)),
		);
		const { seconds } = await elapsing(watch.untilDue(awaited('run_0'), 8 * SECOND));
		expect(seconds).toBeGreaterThan(8);
		expect(seconds).toBeLessThan(13);
		await elapsing(rest);
	});

	it('goes on while Extend cannot be asked, for ten minutes', async () => {
		const list = new ListedRuns(many(5, 5 * MINUTE));
		list.fail = (at) => (at > MINUTE && at < 9 * MINUTE ? DOWN : undefined);
		expect((await waitForAll(list)).value.every(({ is }) => is === 'due')).toBe(true);

		const down = new ListedRuns(many(5, 50 * MINUTE));
		down.fail = () => DOWN;
		const { value, seconds } = await waitForAll(down);
		// What is not heard of is worth asking for by itself.
		expect(value.every(({ is }) => is === 'due')).toBe(true);
		expect(seconds).toBeLessThan(30);
	});

	it('ends at once where Extend refuses, and where the execution is stopped', async () => {
		const list = new ListedRuns(many(5, 5 * MINUTE));
		list.fail = (at) => (at > 10 * SECOND ? FORBIDDEN : undefined);
		const refused = await waitForAll(list);
		expect(refused.value[4]).toEqual({ is: 'failed', failure: FORBIDDEN });
		expect(refused.seconds).toBeLessThan(20);

		const stopped = new ListedRuns(many(5, 5 * MINUTE));
		setTimeout(() => {
			stopped.stop.abort();
		}, 30 * SECOND);
		const { value, seconds } = await waitForAll(stopped);
		expect(value[4]).toEqual({ is: 'failed', failure: { kind: 'cancelled', message: '' } });
		expect(seconds).toBeLessThan(31);
	});
});

describe('waiting for few runs', () => {
	it.each([true, false])(
		'is worth asking each of them at once, without a list (sorted: %s)',
		async (isSorted) => {
			const list = new ListedRuns(many(3, 60 * SECOND));
			const { value, seconds } = await waitForAll(list, isSorted);
			expect(value).toEqual([{ is: 'due' }, { is: 'due' }, { is: 'due' }]);
			expect(seconds).toBeLessThan(1);
			expect(list.looks).toEqual([]);
			expect(list.openLooks).toEqual([]);
		},
	);

	it('asks not before it is worth while', async () => {
		const watch = new ListedRuns([]).watch();
		const { seconds } = await elapsing(watch.untilDue(awaited('a'), 5 * SECOND));
		expect(seconds).toBeGreaterThanOrEqual(5);
		expect(seconds).toBeLessThan(8);
	});
});

describe('searching for a lost run', () => {
	const request = { submission: 's1', ...sending };
	const lost: Run = { id: 'run_lost', submission: 's1', listedFrom: 5 * SECOND };
	const unheard = () => {
		throw new Error('Nothing turns up late.');
	};

	it.each([true, false])('finds it as soon as it is listed (sorted: %s)', async (isSorted) => {
		const list = new ListedRuns([{ id: 'other', submission: 's0' }, { id: 'none' }, lost]);
		const watch = list.watch(isSorted);
		const { value, seconds } = await elapsing(watch.find([request], 60 * SECOND, unheard));
		expect(value).toEqual({ is: 'found', runId: 'run_lost', submission: 's1' });
		expect(seconds).toBeGreaterThanOrEqual(5);
		expect(seconds).toBeLessThan(9);
		expect(list.looks.every(({ since }) => since === -60)).toBe(true);
	});

	it('ends when the settle time is over, with a look that began then', async () => {
		const list = new ListedRuns([]);
		const { value, seconds } = await elapsing(list.watch().find([request], 20 * SECOND, unheard));
		expect(value).toEqual({ is: 'notFound' });
		expect(list.looks.at(-1)!.at).toBeGreaterThanOrEqual(20);
		expect(seconds).toBeLessThan(31);
	});

	it('goes on while looking fails, for two minutes more, and then cannot tell', async () => {
		const list = new ListedRuns([{ ...lost, listedFrom: 0 }]);
		list.fail = (at) => (at < 100 * SECOND ? DOWN : undefined);
		const found = await elapsing(list.watch().find([request], 10 * SECOND, unheard));
		expect(found.value).toEqual({ is: 'found', runId: 'run_lost', submission: 's1' });

		const down = new ListedRuns([]);
		down.fail = () => DOWN;
		const { value, seconds } = await elapsing(down.watch().find([request], 10 * SECOND, unheard));
		expect(value).toEqual({ is: 'failed', failure: DOWN });
		expect(seconds).toBeGreaterThanOrEqual(130);
		expect(seconds).toBeLessThan(142);
	});

	it('cannot tell where Extend refuses, or where the execution is stopped', async () => {
		const refusing = new ListedRuns([]);
		refusing.fail = () => FORBIDDEN;
		const refused = await elapsing(refusing.watch().find([request], MINUTE, unheard));
		expect(refused.value).toEqual({ is: 'failed', failure: FORBIDDEN });
		expect(refused.seconds).toBeLessThan(2);

		const stopped = new ListedRuns([]);
		stopped.stop.abort();
		const { value } = await elapsing(stopped.watch().find([request], MINUTE, unheard));
		expect(value).toEqual({ is: 'failed', failure: { kind: 'cancelled', message: '' } });
	});

	it('gives up after ten minutes of failures, however long the settle time is', async () => {
		const down = new ListedRuns([]);
		down.fail = () => DOWN;
		const { value, seconds } = await elapsing(down.watch().find([request], 30 * MINUTE, unheard));
		expect(value).toEqual({ is: 'failed', failure: DOWN });
		expect(seconds / 60).toBeGreaterThan(10);
		expect(seconds / 60).toBeLessThan(10.5);
	});

	it('is over as soon as one of several requests is found, and tells of the others late', async () => {
		const list = new ListedRuns([
			{ id: 'second', submission: 's2', listedFrom: 5 * SECOND },
			{ id: 'first', submission: 's1', listedFrom: 20 * SECOND },
			...many(5, 60 * SECOND),
		]);
		const watch = list.watch();
		const late: string[] = [];
		const waiting = Promise.all(
			many(5, 0).map(async ({ id }) => await watch.untilDue(awaited(id))),
		);
		const earlier = { ...request, sentAtByExtend: NOW - 5 * MINUTE };
		const { value } = await elapsing(
			watch.find([earlier, { ...request, submission: 's2' }], MINUTE, (runId, submission) => {
				late.push(`${runId} of ${submission}`);
			}),
		);
		expect(value).toEqual({ is: 'found', runId: 'second', submission: 's2' });
		expect(list.looks.at(-1)!.since).toBe(-6 * 60);
		await elapsing(waiting);
		expect(late).toEqual(['first of s1']);
	});

	it('is told no more of what was missed once it is searched for again', async () => {
		const list = new ListedRuns([{ ...lost, listedFrom: 30 * SECOND }, ...many(5, 90 * SECOND)]);
		const watch = list.watch();
		const waiting = Promise.all(
			many(5, 0).map(async ({ id }) => await watch.untilDue(awaited(id))),
		);
		const missed = await elapsing(watch.find([request], 5 * SECOND, unheard));
		expect(missed.value).toEqual({ is: 'notFound' });
		const { value } = await elapsing(watch.find([request], MINUTE, unheard));
		expect(value).toMatchObject({ is: 'found', runId: 'run_lost' });
		await elapsing(waiting);
	});

	it('tells what turns up late, once, as long as somebody looks', async () => {
		const list = new ListedRuns([{ ...lost, listedFrom: 30 * SECOND }, ...many(5, 90 * SECOND)]);
		const watch = list.watch();
		const late: string[] = [];
		const waiting = Promise.all(
			many(5, 0).map(async ({ id }) => await watch.untilDue(awaited(id))),
		);
		const { value } = await elapsing(
			watch.find([request], 5 * SECOND, (runId) => {
				late.push(runId);
			}),
		);
		expect(value).toEqual({ is: 'notFound' });
		expect(late).toEqual([]);
		await elapsing(waiting);
		expect(late).toEqual(['run_lost']);
	});
});

describe('a run that is waited for until it is finished', () => {
	it('is asked for again and again, less and less often', async () => {
		const list = new ListedRuns([{ id: 'a', endsAt: 2 * MINUTE }]);
		let fetches = 0;
		const fetch = list.fetch('a');
		const { value, seconds } = await elapsing(
			untilFinished(list.watch(), awaited('a'), async () => {
				fetches++;
				return await fetch();
			}),
		);
		expect(value).toEqual({ is: 'finished', run: { id: 'a', status: 'PROCESSED' } });
		expect(seconds).toBeGreaterThanOrEqual(120);
		expect(seconds).toBeLessThan(133);
		expect(fetches).toBeGreaterThan(12);
		expect(fetches).toBeLessThan(25);
	});

	it('or until the time is over, with the run as it is then', async () => {
		const list = new ListedRuns([{ id: 'a' }]);
		const { value, seconds } = await elapsing(
			untilFinished(list.watch(), awaited('a', 30 * SECOND), list.fetch('a')),
		);
		expect(value).toEqual({ is: 'timeout', run: { id: 'a', status: 'PROCESSING' } });
		expect(seconds).toBeLessThan(32);
	});

	it('or nobody can read it for half a minute', async () => {
		const list = new ListedRuns([]);
		const { value, seconds } = await elapsing(
			untilFinished(list.watch(), awaited('a'), list.fetch('a')),
		);
		expect(value).toEqual({ is: 'failed', failure: MISSING, isGone: true });
		expect(seconds).toBeGreaterThan(30);
		expect(seconds).toBeLessThan(36);
		const short = await elapsing(
			untilFinished(list.watch(), awaited('a', 5 * SECOND), list.fetch('a')),
		);
		expect(short.value).toEqual({ is: 'timeout', run: undefined });
	});

	it('or fetching it fails for ten minutes, or for good', async () => {
		const list = new ListedRuns([{ id: 'a', endsAt: 0 }]);
		list.fail = () => DOWN;
		const { value, seconds } = await elapsing(
			untilFinished(list.watch(), awaited('a'), list.fetch('a')),
		);
		expect(value).toEqual({ is: 'failed', failure: DOWN, isGone: false });
		expect(seconds / 60).toBeGreaterThan(10);
		expect(seconds / 60).toBeLessThan(10.3);
		list.fail = () => FORBIDDEN;
		const refused = await elapsing(untilFinished(list.watch(), awaited('a'), list.fetch('a')));
		expect(refused.value).toEqual({ is: 'failed', failure: FORBIDDEN, isGone: false });
		expect(refused.seconds).toBeLessThan(2);
	});

	it('counts failures from the last success on', async () => {
		const list = new ListedRuns([{ id: 'a', endsAt: 40 * MINUTE }]);
		list.fail = (at) => {
			const minute = at / MINUTE;
			if (minute % 10 < 1) return undefined;
			return minute < 20 ? DOWN : undefined;
		};
		const { value } = await elapsing(untilFinished(list.watch(), awaited('a'), list.fetch('a')));
		expect(value.is).toBe('finished');
		const flickering = new ListedRuns([{ id: 'a', endsAt: 3 * MINUTE }]);
		const fetch = flickering.fetch('a');
		const seen = await elapsing(
			untilFinished(flickering.watch(), awaited('a'), async () =>
				Date.now() % (40 * SECOND) < 15 * SECOND ? await fetch() : { ok: false, failure: MISSING },
			),
		);
		expect(seen.value.is).toBe('finished');
	});

	it('or whoever looks for it cannot', async () => {
		const list = new ListedRuns([{ id: 'a' }]);
		list.stop.abort();
		const { value } = await elapsing(untilFinished(list.watch(), awaited('a'), list.fetch('a')));
		expect(value).toEqual({
			is: 'failed',
			failure: { kind: 'cancelled', message: '' },
			isGone: false,
		});
	});

	it('a status that nobody has told is an end', async () => {
		const list = new ListedRuns([{ id: 'a' }]);
		const { value } = await elapsing(
			untilFinished(list.watch(), awaited('a'), async () => ({
				ok: true,
				body: { status: undefined },
			})),
		);
		expect(value).toEqual({ is: 'finished', run: { status: undefined } });
	});
});

describe('a call about something new', () => {
	const client = new ListedRuns([]).client;

	it('is made again for three seconds while Extend does not find it', async () => {
		const at: number[] = [];
		const { value } = await elapsing(
			evenIfNew(client, async () => {
				at.push(Date.now() - NOW);
				return { ok: false, failure: MISSING };
			}),
		);
		expect(value).toEqual({ ok: false, failure: MISSING });
		expect(at).toHaveLength(5);
		expect(at.at(-1)).toBeGreaterThanOrEqual(3 * SECOND);
		expect(at.at(-1)).toBeLessThan(3.5 * SECOND);
		expect(at[1]).toBeLessThan(500);
	});

	it('is made as long as it is told, with longer pauses', async () => {
		let calls = 0;
		const end = performance.timeOrigin + performance.now() + 30 * SECOND;
		const { seconds } = await elapsing(
			evenIfNew(
				client,
				async () => {
					calls++;
					return { ok: false, failure: MISSING };
				},
				end,
			),
		);
		expect(seconds).toBeCloseTo(30, 0);
		expect(calls).toBeGreaterThan(9);
		expect(calls).toBeLessThan(14);
	});

	it('ends with what comes of it', async () => {
		let calls = 0;
		const found = await elapsing(
			evenIfNew(client, async () =>
				++calls < 3 ? { ok: false, failure: MISSING } : { ok: true, body: 'it' },
			),
		);
		expect(found.value).toEqual({ ok: true, body: 'it' });
		const refused = await elapsing(
			evenIfNew(client, async () => ({ ok: false, failure: FORBIDDEN })),
		);
		expect(refused.value).toEqual({ ok: false, failure: FORBIDDEN });
		expect(refused.seconds).toBeLessThan(0.3);
	});

	it('is not made again after the execution was stopped', async () => {
		const list = new ListedRuns([]);
		list.stop.abort();
		const { value } = await elapsing(
			evenIfNew(list.client, async () => ({ ok: false, failure: MISSING })),
		);
		expect(value).toEqual({ ok: false, failure: { kind: 'cancelled', message: '' } });
	});
});
