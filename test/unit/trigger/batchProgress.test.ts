import fc from 'fast-check';

import { Progress } from '../../../nodes/ExtendTrigger/batches/progress';

const MINUTE = 60_000;

const listOf = (...runs: Array<[id: string, status: string]>) =>
	runs.map(([id, status]) => ({ id, status }));

describe('a batch whose size is known', () => {
	it('is due when the last run was heard of, in any order, however often', () => {
		const progress = new Progress(true, 0);
		for (const id of ['c', 'a', 'a', 'c']) progress.hear(id, 3, 1_000);
		expect(progress.isDue).toBe(false);
		progress.hear('b', 3, 2_000);
		expect(progress.isDue).toBe(true);
		expect(progress.see(listOf(['b', 'PROCESSED'], ['a', 'FAILED'], ['c', 'X']), 2_100)).toBe(true);
	});

	it('is not finished while one run is under way, whatever the events said', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', 2, 0);
		progress.hear('b', 2, 0);
		for (const status of ['PENDING', 'PROCESSING', 'CANCELLING']) {
			expect(progress.see(listOf(['a', 'PROCESSED'], ['b', status]), 60 * MINUTE)).toBe(false);
		}
		expect(progress.isDue).toBe(true);
		expect(progress.see(listOf(['a', 'PROCESSED'], ['b', 'FAILED']), 60 * MINUTE)).toBe(true);
	});

	it('waits for runs that are not in the list, but not for ever', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', 2, 0);
		expect(progress.see(listOf(['a', 'PROCESSED']), 1 * MINUTE)).toBe(false);
		expect(progress.isDue).toBe(false);
		progress.hear('b', 2, 2 * MINUTE);
		expect(progress.isDue).toBe(true);
		expect(progress.see(listOf(['a', 'PROCESSED']), 6.9 * MINUTE)).toBe(false);
		expect(progress.see(listOf(['a', 'PROCESSED']), 7.1 * MINUTE)).toBe(true);
	});

	it('is due when the list shows the runs of which no event came', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', 3, 0);
		progress.see(listOf(['a', 'PROCESSED'], ['b', 'FAILED'], ['c', 'PROCESSING']), 100);
		expect(progress.isDue).toBe(false);
		progress.hear('c', 3, 200);
		expect(progress.isDue).toBe(true);
	});

	it('whose list is too short is asked about ever less often, and when patience ends', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', 2, 0);
		progress.see(listOf(['a', 'PROCESSED']), 0);
		expect(progress.nextLookAt).toBe(10_000);
		progress.see(listOf(['a', 'PROCESSED']), 299_000);
		expect(progress.nextLookAt).toBe(5 * MINUTE);
	});

	it('is as old as the question for its list: a slow answer is no sign of rest', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', undefined, 0);
		expect(progress.see(listOf(['a', 'PROCESSED']), 20_000, 1_000)).toBe(false);
		const again = progress.nextLookAt;
		expect(again).toBeLessThanOrEqual(20_000 + 9_000);
		expect(progress.see(listOf(['a', 'PROCESSED']), 30_000, again)).toBe(true);
	});

	it('has not been seen before its first list', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', 2, 0);
		progress.miss(100);
		expect(progress.isUnseen).toBe(true);
		progress.see([], 200);
		expect(progress.isUnseen).toBe(false);
	});

	it('is never finished by an empty list', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', 1, 0);
		expect(progress.see([], 600 * MINUTE)).toBe(false);
		expect(progress.isGivenUp(24 * 60 * MINUTE - 1)).toBe(false);
		expect(progress.isGivenUp(24 * 60 * MINUTE)).toBe(true);
	});

	it('is asked about again soon where the list lags, ever less often where it is quiet', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', 2, 0);
		const pauses: number[] = [];
		for (let look = 0, now = progress.nextLookAt; look < 12; look++, now = progress.nextLookAt) {
			progress.see(listOf(['a', 'PROCESSED'], ['b', 'PROCESSING']), now);
			pauses.push(progress.nextLookAt - now);
		}
		expect(pauses.slice(0, 3)).toEqual([10_000, 20_000, 40_000]);
		expect(Math.max(...pauses)).toBe(30 * MINUTE);
		const now = progress.nextLookAt;
		progress.hear('b', 2, now);
		expect(progress.isDue).toBe(true);
		progress.see(listOf(['a', 'PROCESSED'], ['b', 'PROCESSING']), now);
		expect(progress.nextLookAt - now).toBe(1_000);
	});

	it('is asked about within minutes while Extend fails', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', 1, 0);
		const pauses: number[] = [];
		for (let look = 0, now = 0; look < 20; look++, now = progress.nextLookAt) {
			progress.miss(now);
			pauses.push(progress.nextLookAt - now);
		}
		expect(pauses[0]).toBe(1_000);
		expect(Math.max(...pauses)).toBe(5 * MINUTE);
	});
});

describe('a batch whose size is not known', () => {
	it('is finished when its list shows nothing under way and it has been quiet for a while', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', undefined, 0);
		expect(progress.isDue).toBe(false);
		expect(progress.nextLookAt).toBe(5_000);
		expect(progress.see(listOf(['a', 'PROCESSED']), 5_000)).toBe(false);
		expect(progress.nextLookAt).toBe(9_000);
		expect(progress.see(listOf(['a', 'PROCESSED']), 9_000)).toBe(true);
	});

	it('is not finished while its list grows', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', undefined, 0);
		expect(progress.see(listOf(['a', 'PROCESSED']), 5_000)).toBe(false);
		expect(progress.see(listOf(['a', 'PROCESSED'], ['b', 'PROCESSED']), 9_500)).toBe(false);
		expect(progress.nextLookAt).toBe(18_500);
		expect(progress.see(listOf(['a', 'PROCESSED'], ['b', 'PROCESSED']), 18_500)).toBe(true);
	});

	it('is due when nothing is known to be under way any more', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', undefined, 0);
		progress.see(listOf(['a', 'PROCESSED'], ['b', 'PROCESSING']), 100);
		expect(progress.isDue).toBe(false);
		progress.hear('b', undefined, 200);
		expect(progress.isDue).toBe(true);
	});

	it('waits for a run that was heard of', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', undefined, 0);
		progress.hear('b', undefined, 0);
		expect(progress.see(listOf(['a', 'PROCESSED']), 0)).toBe(false);
		expect(progress.nextLookAt).toBe(1_000);
		expect(progress.see(listOf(['a', 'PROCESSED']), 20_000)).toBe(false);
		expect(progress.see(listOf(['a', 'PROCESSED']), 5 * MINUTE)).toBe(true);
	});

	it('is one with more runs than its references say', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', 1, 0);
		progress.hear('b', 1, 0);
		expect(progress.isDue).toBe(false);
		expect(progress.see(listOf(['a', 'PROCESSED'], ['b', 'PROCESSED']), 5_000)).toBe(false);
		expect(progress.see(listOf(['a', 'PROCESSED'], ['b', 'PROCESSED']), 9_000)).toBe(true);
	});
});

describe('a review', () => {
	const list = [
		{ id: 'a', status: 'NEEDS_REVIEW' },
		{ id: 'b', status: 'PROCESSING', reviewedAt: '2026-04-28T18:00:00.000Z' },
	];

	it('counts as an end, also when the run goes on after it', () => {
		const progress = new Progress(true, 0);
		progress.hear('a', 2, 0);
		progress.hear('b', 2, 0);
		expect(progress.see(list, 100)).toBe(true);
	});

	it('is waited for on request', () => {
		const progress = new Progress(false, 0);
		progress.hear('a', 2, 0);
		progress.hear('b', 2, 0);
		expect(progress.see(list, 100)).toBe(false);
		expect(progress.see(listOf(['a', 'NEEDS_REVIEW'], ['b', 'PROCESSED']), 200)).toBe(false);
	});
});

describe('whatever comes in whatever order', () => {
	/** A run: when it ends, when its event comes (if ever, and perhaps twice), when lists know of both. */
	const run = fc.record({
		endsAt: fc.integer({ min: 0, max: 40_000 }),
		delays: fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 2 }),
		visibleAt: fc.integer({ min: 0, max: 20_000 }),
		listLagMs: fc.integer({ min: 0, max: 8_000 }),
		status: fc.constantFrom('PROCESSED', 'FAILED', 'CANCELLED', 'REJECTED', 'NEW_STATUS'),
		rank: fc.integer(),
	});
	const world = fc.record({
		runs: fc.array(run, { minLength: 1, maxLength: 8 }),
		isSizeKnown: fc.boolean(),
		/** Times in which Extend cannot be asked. */
		outageFrom: fc.integer({ min: 0, max: 60_000 }),
		outageMs: fc.integer({ min: 0, max: 120_000 }),
	});

	it('the batch is finished once, with all of its runs, and soon', () => {
		fc.assert(
			fc.property(world, ({ runs, isSizeKnown, outageFrom, outageMs }) => {
				const events = runs
					.flatMap(({ endsAt, delays }, id) => delays.map((delay) => ({ at: endsAt + delay, id })))
					.sort((one, other) => one.at - other.at);
				// Without any event this process knows nothing of the batch.
				fc.pre(events.length > 0);
				const listAt = (now: number) =>
					runs
						.map((entry, id) => ({ ...entry, id }))
						// Where nobody knows how many there are, some patience must be enough.
						.filter(({ visibleAt }) => (isSizeKnown ? visibleAt : visibleAt % 8_000) <= now)
						.sort((one, other) => one.rank - other.rank)
						.map(({ id, endsAt, listLagMs, status }) => ({
							id: String(id),
							status: endsAt + listLagMs <= now ? status : 'PROCESSING',
						}));
				const progress = new Progress(true, events[0]!.at);
				let now = 0;
				let finishedAt: number | undefined;
				const look = () => {
					const isDown = now >= outageFrom && now < outageFrom + outageMs;
					if (isDown) progress.miss(now);
					else if (progress.see(listAt(now), now)) finishedAt = now;
				};
				while (finishedAt === undefined && now < 2 * 3_600_000) {
					const [event] = events;
					if (event !== undefined && event.at <= progress.nextLookAt) {
						events.shift();
						now = Math.max(now, event.at);
						progress.hear(String(event.id), isSizeKnown ? runs.length : undefined, now);
						if (progress.isDue) look();
					} else {
						now = Math.max(now, progress.nextLookAt);
						look();
					}
				}
				const lastEnd = Math.max(...runs.map(({ endsAt }) => endsAt));
				expect(finishedAt).toBeGreaterThanOrEqual(lastEnd);
				const missing = isSizeKnown ? runs.length - listAt(finishedAt!).length : 0;
				expect(missing).toBe(0);
				// Twice the time in which nothing could be known, and some patience.
				expect(finishedAt).toBeLessThan(2 * (100_000 + outageFrom + outageMs) + 60_000);
			}),
			{ numRuns: 2_000 },
		);
	});
});
