/** How far the list of changed runs has been looked through, to the millisecond. */
import {
	advance,
	begin,
	beginAgain,
	isNews,
	isOnlyTouched,
	OVERLAP_MS,
	timeOf,
} from '../../../nodes/ExtendPollingTrigger/watch/watermark';
import type { DatedRun, Watermark } from '../../../nodes/ExtendPollingTrigger/watch/watermark';

const MINUTE = 60_000;
const START = Date.UTC(2026, 3, 28);

const iso = (time: number) => new Date(time).toISOString();
const changed = (...times: number[]): DatedRun[] => times.map((time) => ({ updatedAt: iso(time) }));
const at = (since: number, more: Partial<Watermark> = {}): Watermark => ({
	start: START,
	since,
	look: null,
	...more,
});

test.each([
	['2026-04-28T00:00:00Z', START],
	['soon', undefined],
	['', undefined],
	[null, undefined],
	[undefined, undefined],
])('the time %s is %s', (text, time) => {
	expect(timeOf(text)).toBe(time);
});

describe('watching', () => {
	it('begins at the newest change, whatever has no date', () => {
		const newest = at(START);
		expect(begin([{}, ...changed(START - 5, START, START - 9), { updatedAt: null }])).toEqual(
			newest,
		);
	});

	it('begins at the beginning of time where there is nothing', () => {
		expect(begin([])).toEqual({ start: 0, since: 0, look: null });
	});
});

describe('a change', () => {
	const since = START + 60 * MINUTE;

	test.each([
		['of unknown time', at(since), [{}], true],
		['before watching began', at(START), changed(START - 1), false],
		['at the moment when it began', at(START), changed(START), true],
		['five minutes before the watermark', at(since), changed(since - 5 * MINUTE), true],
		['longer before the watermark', at(since), changed(since - 5 * MINUTE - 1), false],
	])('%s is news: %s', (_what, watermark, [run], expected) => {
		expect(isNews(watermark, run!)).toBe(expected);
	});

	test.each([
		['older than what was taken in', since + 9_999, true],
		['as old as the oldest', since + 10_000, true],
		['among it', since + 10_001, false],
		['so new that others may come between', since + 60_000 - OVERLAP_MS, false],
		['newer than that', since + 60_000 - OVERLAP_MS + 1, true],
	])('%s is news when the place in the list was lost: %s', (_what, time, expected) => {
		const look = {
			top: since,
			reached: 0,
			token: '',
			done: { from: since + 10_000, to: since + 60_000 },
		};
		expect(isNews(at(since, { look }), changed(time)[0]!)).toBe(expected);
	});
});

describe('a run at rest that changed', () => {
	const since = START + 120 * MINUTE;
	const hourBefore = since - 60 * MINUTE;

	test.each<[string, DatedRun, boolean]>([
		['whose end nobody knows', {}, false],
		['that ended an hour before the watermark', { endTime: iso(hourBefore) }, false],
		['that ended longer before', { endTime: iso(hourBefore - 1) }, true],
		[
			'that was reviewed since',
			{ endTime: iso(hourBefore - 1), reviewedAt: iso(hourBefore) },
			false,
		],
		['that was only reviewed, before', { reviewedAt: iso(hourBefore - 1) }, true],
	])('%s was only touched: %s', (_what, run, expected) => {
		expect(isOnlyTouched(at(since), run)).toBe(expected);
	});

	test('that ended a minute before watching began was only touched', () => {
		expect(isOnlyTouched(at(START), { endTime: iso(START - MINUTE - 1) })).toBe(true);
		expect(isOnlyTouched(at(START), { endTime: iso(START - MINUTE) })).toBe(false);
	});
});

describe('a look', () => {
	const since = START + 60 * MINUTE;
	const now = since + 10 * MINUTE;

	it('is complete with the last page, and the newest change is the new watermark', () => {
		const page = changed(now - 1_000, since + 1);
		for (const token of [undefined, null, '']) {
			expect(advance(at(since), page, token, now)).toEqual(at(now - 1_000));
		}
		expect(advance(at(since), [], 'more', now)).toEqual(at(since, { isCalm: true }));
	});

	it('never goes back', () => {
		expect(advance(at(since), changed(since - 1), undefined, since)).toEqual(at(since));
	});

	it('goes on as long as the watermark and what may be listed late are not passed', () => {
		const page = (oldest: number) => advance(at(since), changed(now, oldest), 'more', now);
		expect(page(since - OVERLAP_MS)).toEqual(
			at(since, { look: { top: now, reached: since - OVERLAP_MS, token: 'more' } }),
		);
		expect(page(since - OVERLAP_MS - 1)).toEqual(at(now));
	});

	it('keeps its beginning over all pages', () => {
		const first = advance(at(since), changed(now, now - 1), 'two', now);
		const second = advance(first, changed(now + 5, now - 7), 'three', now + 20 * MINUTE);
		expect(second).toEqual(at(since, { look: { top: now, reached: now - 7, token: 'three' } }));
		const third = advance(second, changed(now - 3), 'four', now);
		expect(third.look).toEqual({ top: now, reached: now - 7, token: 'four' });
		expect(advance(third, changed(since - OVERLAP_MS - 1), 'five', now)).toEqual(at(now));
	});

	it('finds calm where nothing has changed for five minutes when it began', () => {
		const isCalm = (newest: number) => advance(at(since), changed(newest), undefined, now).isCalm;
		expect(isCalm(now - 5 * MINUTE)).toBe(true);
		expect(isCalm(now - 5 * MINUTE + 1)).toBeUndefined();
		const first = advance(at(since), changed(now - 5 * MINUTE), 'two', now);
		expect(first.look?.isCalm).toBe(true);
		expect(advance(first, changed(since + 1), undefined, now)).toEqual(
			at(now - 5 * MINUTE, { isCalm: true }),
		);
		const busy = advance(at(since), changed(now), 'two', now);
		expect(advance(busy, [], undefined, now + 60 * MINUTE)).toEqual(at(now));
	});

	it('after calm needs no overlap', () => {
		const calm = at(since, { isCalm: true });
		expect(advance(calm, changed(now, since), 'more', now)).toEqual(at(now));
		expect(advance(calm, changed(now, since + 1), 'more', now).look).toMatchObject({
			reached: since + 1,
		});
	});

	it('of undated runs goes on to the end', () => {
		expect(advance(at(since), [{}], 'more', now).look).toMatchObject({
			top: since,
			reached: since,
		});
	});
});

describe('a look that lost its place', () => {
	const since = START + 60 * MINUTE;
	const top = since + 60 * MINUTE;
	const again = (look: Watermark['look']) => beginAgain(at(since, { look })).look;

	it('begins again, without what it has taken in', () => {
		expect(again({ top, reached: top - 500, token: 'x' })).toEqual({
			top: since,
			reached: Number.MAX_SAFE_INTEGER,
			token: '',
			done: { from: top - 500, to: top },
		});
	});

	it('remembers what was taken in before that, if it goes together', () => {
		const done = { from: top - 900, to: top - 500 };
		expect(again({ top, reached: top - 500, token: 'x', done })?.done).toEqual({
			from: top - 900,
			to: top,
		});
		expect(again({ top, reached: top - 950, token: 'x', done })?.done).toEqual({
			from: top - 950,
			to: top,
		});
		// Between the two, something may be missing.
		expect(again({ top, reached: top - 499, token: 'x', done })?.done).toEqual(done);
	});

	it('is nothing where there is no look', () => {
		expect(beginAgain(at(since))).toEqual(at(since));
	});

	it('takes its first page for a first page, and keeps what it has taken in', () => {
		const lost = beginAgain(at(since, { look: { top, reached: top - 500, token: 'x' } }));
		const next = advance(lost, changed(top + 9, top - 3), 'y', top + 9);
		expect(next.look).toEqual({
			top: top + 9,
			reached: top - 3,
			token: 'y',
			done: { from: top - 500, to: top },
		});
	});
});
