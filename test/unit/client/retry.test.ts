import fc from 'fast-check';

import type { CallFailure } from '../../../nodes/extend/failures/failure';
import {
	MOST_ATTEMPTS,
	mayRepeat,
	pauseAfter,
	readRetryAfter,
} from '../../../nodes/extend/client/retry';

describe('mayRepeat', () => {
	const failures: Array<[string, Omit<CallFailure, 'message'>, boolean, boolean]> = [
		['not sent', { kind: 'notSent' }, true, true],
		['not sent, forbidden here', { kind: 'notSent', retryable: false }, false, false],
		['refused', { kind: 'refused', status: 400 }, false, false],
		['refused for now', { kind: 'refused', status: 409, retryable: true }, true, true],
		['refused for good', { kind: 'refused', status: 422, retryable: false }, false, false],
		['unknown', { kind: 'unknown', status: 502 }, true, false],
		['unknown, "retryable"', { kind: 'unknown', status: 500, retryable: true }, true, false],
		['cancelled', { kind: 'cancelled' }, false, false],
		['interrupted', { kind: 'interrupted' }, false, false],
	];

	test.each(failures)('after %s', (_case, facts, whenHarmless, whenHarmful) => {
		const failure: CallFailure = { ...facts, message: '' };
		expect(mayRepeat(failure, 'repeat', 1)).toBe(whenHarmless);
		expect(mayRepeat(failure, 'once', 1)).toBe(whenHarmful);
	});

	test('comes to an end', () => {
		const failure: CallFailure = { kind: 'notSent', message: '' };
		expect(mayRepeat(failure, 'repeat', MOST_ATTEMPTS - 1)).toBe(true);
		expect(mayRepeat(failure, 'repeat', MOST_ATTEMPTS)).toBe(false);
	});
});

describe('pauseAfter', () => {
	test('doubles from half a second to 15 seconds, varied by a quarter', () => {
		const middle = [1, 2, 3, 4, 5, 6, 7].map((attempt) => pauseAfter(attempt, 0.5));
		expect(middle).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
		expect(pauseAfter(1, 0)).toBe(375);
		expect(pauseAfter(1, 1)).toBe(625);
	});

	test('stays within its bounds and never shrinks', () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 10_000 }),
				fc.double({ min: 0, max: 1, noNaN: true }),
				(attempt, random) => {
					const pause = pauseAfter(attempt, random);
					expect(pause).toBeGreaterThanOrEqual(375);
					expect(pause).toBeLessThanOrEqual(18_750);
					expect(pauseAfter(attempt + 1, random)).toBeGreaterThanOrEqual(pause);
				},
			),
		);
	});
});

describe('readRetryAfter', () => {
	const now = Date.UTC(2026, 1, 9, 12);

	test.each<[unknown, number]>([
		['7', 7000],
		[' 7 ', 7000],
		[7, 7000],
		['0', 0],
		['0.25', 250],
		[['2', '9'], 2000],
		['Mon, 09 Feb 2026 12:00:30 GMT', 30_000],
		['Monday, 09-Feb-26 12:00:30 GMT', 30_000],
		['Mon, 09 Feb 2026 11:59:00 GMT', 0],
	])('reads %p', (header, ms) => {
		expect(readRetryAfter(header, now)).toBe(ms);
	});

	test.each([
		undefined,
		null,
		'',
		' ',
		'soon',
		'-5',
		'5 s',
		'1e3',
		'0x10',
		true,
		{},
		[],
		NaN,
		[['7']],
		new Date(now),
		'2026-02-09',
	])('finds nothing usable in %p', (header) => {
		expect(readRetryAfter(header, now)).toBeUndefined();
	});

	test('reads back every date and every whole number of seconds', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 1_000_000 }), (seconds) => {
				const date = new Date(now + seconds * 1000).toUTCString();
				expect(readRetryAfter(date, now)).toBe(seconds * 1000);
				expect(readRetryAfter(String(seconds), now)).toBe(seconds * 1000);
			}),
		);
	});

	test('never tells to wait a negative time, whatever the header', () => {
		fc.assert(
			fc.property(fc.anything(), (header) => {
				const ms = readRetryAfter(header, now);
				expect(ms === undefined || ms >= 0).toBe(true);
			}),
		);
	});
});

test('never tells to wait forever', () => {
	expect(readRetryAfter('9'.repeat(400), 0)).toBeUndefined();
	fc.assert(
		fc.property(fc.stringMatching(/^\d+$/), (header) => {
			expect(readRetryAfter(header, 0)).not.toBe(Infinity);
		}),
	);
});
