import fc from 'fast-check';

import { ServerClock, steadyNow } from '../../../nodes/extend/client/clock';
import { pause } from '../../../nodes/extend/client/waiting';

const HOUR = 3_600_000;

/** A `Date` header as a server whose clock shows `time` sends it. */
const header = (time: number) => new Date(time).toUTCString();

describe('ServerClock', () => {
	test('knows nothing before an answer with a date', () => {
		const clock = new ServerClock();
		expect(clock.timeAt(0)).toBeUndefined();
		expect(clock.earliestAt(0)).toBeUndefined();
		for (const useless of [undefined, null, '', 'soon', '7', 12, {}, ['x']]) {
			clock.learn(useless, 0, 10);
		}
		expect(clock.timeAt(0)).toBeUndefined();
	});

	test('is right to half a second and half of the time that the quickest answer took', () => {
		const call = fc.record({
			pauseMs: fc.integer({ min: 0, max: 100_000 }),
			outMs: fc.integer({ min: 0, max: 60_000 }),
			backMs: fc.integer({ min: 0, max: 60_000 }),
		});
		fc.assert(
			fc.property(
				fc.array(call, { minLength: 1, maxLength: 20 }),
				fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
				fc.integer({ min: 0, max: 999 }),
				(calls, offset, startMs) => {
					const clock = new ServerClock();
					let now = Date.UTC(2026, 10, 25) + startMs;
					let quickest = Infinity;
					for (const { pauseMs, outMs, backMs } of calls) {
						const sentAt = now + pauseMs;
						const madeAt = sentAt + outMs;
						now = madeAt + backMs;
						clock.learn(header(madeAt + offset), sentAt, now);
						quickest = Math.min(quickest, outMs + backMs);
						const error = Math.abs((clock.timeAt(now) ?? NaN) - (now + offset));
						expect(error).toBeLessThanOrEqual(500 + quickest / 2);
						expect(clock.earliestAt(now)).toBeLessThanOrEqual(now + offset);
					}
				},
			),
		);
	});

	test('follows when the clock of the server is set', () => {
		const clock = new ServerClock();
		const start = Date.UTC(2026, 10, 25);
		clock.learn(header(start), start, start + 20);
		clock.learn(header(start - HOUR + 1000), start + 1000, start + 1020);
		expect(Math.abs((clock.timeAt(start + 2000) ?? NaN) - (start - HOUR + 2000))).toBeLessThan(600);
	});
});

describe('the clock of a server', () => {
	const start = Date.UTC(2026, 10, 25);
	const told = (ms: number) => new Date(ms).toUTCString();

	test('is followed when it is set forward too', () => {
		const clock = new ServerClock();
		clock.learn(told(start), start, start + 20);
		clock.learn(told(start + HOUR), start + 1000, start + 1020);
		expect(Math.abs((clock.timeAt(start + 1000) ?? NaN) - (start + HOUR))).toBeLessThan(1100);
	});

	test.each(['no date at all', '', '2026', 12345, [told(start + HOUR)], null, undefined])(
		'is told by a date only, not by %j',
		(header) => {
			const clock = new ServerClock();
			clock.learn(header, start, start + 20);
			expect([clock.timeAt(start), clock.earliestAt(start)]).toEqual([undefined, undefined]);
			clock.learn(told(start), start, start + 20);
			const before = clock.timeAt(start);
			clock.learn(header, start + 1000, start + 1020);
			expect(clock.timeAt(start)).toBe(before);
		},
	);
});

describe('the steady clock', () => {
	beforeEach(() => {
		jest.useFakeTimers();
	});

	afterEach(() => {
		jest.useRealTimers();
	});

	test.each([-HOUR, HOUR])("does not move when n8n's clock is set by %d ms", async (change) => {
		const before = steadyNow();
		let isOver = false;
		const waited = pause(5000, undefined).then((whole) => {
			isOver = true;
			return whole;
		});
		jest.setSystemTime(Date.now() + change);
		await jest.advanceTimersByTimeAsync(4900);
		expect(isOver).toBe(false);
		await jest.advanceTimersByTimeAsync(200);
		expect(isOver).toBe(true);
		expect(await waited).toBe(true);
		expect(steadyNow() - before).toBe(5100);
	});
});
