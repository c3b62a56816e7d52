import fc from 'fast-check';
import { Pace, type PacedCall } from '../../../nodes/extend/client/pace';
import {
	idealMs,
	simulate,
	type LimiterKind,
	type LimiterOptions,
	type RetryAfter,
} from './limiters';

const KINDS = ['bucket', 'window', 'log'] as const;
const RETRY_AFTERS = ['none', 'seconds', 'exact'] as const;

const printed: string[] = [];
afterAll(() => process.stdout.write(`\n${printed.join('\n')}\n\n`));

const least = (values: number[]) => Math.min(...values);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number) => String(Math.round(100 * share)).padStart(4);
const limited = (perSecond: number): LimiterOptions['limits'] => [{ from: 0, perSecond }];

/** One line of a table: for each kind of Retry-After a column per latency. */
function line(
	title: string,
	latencies: number[],
	cell: (told: RetryAfter, ms: number) => string,
): void {
	const groups = RETRY_AFTERS.map((told) => latencies.map((ms) => cell(told, ms)).join(' '));
	printed.push(`${title.padEnd(14)}|${groups.join(' |')}`);
}

/** A table's head. */
function head(title: string, latencies: number[]): void {
	printed.push(
		'',
		`${title}; Retry-After none | seconds | exact; latencies ${latencies.join(', ')} ms`,
	);
}

/** Names the case in the message when something is less than it must be. */
function expectAtLeast(wanted: number, actual: number, what: string): void {
	if (actual < wanted) throw new Error(`${what}: ${actual.toFixed(3)} is less than ${wanted}`);
}

/** The share of the ideal that a client alone reached, in the worst of some seeds. */
function worstUse(limiter: LimiterOptions, calls: number, latencyMs: number, ideal: number) {
	const uses = [1, 2].map((seed) => {
		const [outcome] = simulate({ limiter, clients: [{ calls, latencyMs }], seed });
		expect(outcome?.startedTooEarly).toBe(0);
		expect(outcome?.mostInFlight).toBeLessThanOrEqual(32);
		return ideal / (outcome?.finishedAt ?? Infinity);
	});
	return least(uses);
}

/**
 * The ideal time with at most 32 calls in flight, of which the first goes alone and each success
 * allows one more: rounds of 1, 2, 4, 8, 16, then 32 calls, each as long as one call.
 */
function reachableMs(perSecond: number, calls: number, latencyMs: number): number {
	let left = calls;
	let ms = 0;
	for (let round = 1; left > 0; round = Math.min(32, 2 * round)) {
		ms += Math.min(1, left / round) * Math.max(latencyMs, (1000 * round) / perSecond);
		left -= round;
	}
	return ms;
}

describe('a client alone under an unknown limit', () => {
	const CASES = [
		[2, 100],
		[5, 100],
		[10, 100],
		[10, 500],
		[25, 1000],
		[75, 1000],
		[300, 1000],
	] as const;
	const LATENCIES = [1, 30, 300, 2000];

	/**
	 * What is reached of a bucket of one token, by latency, whatever Retry-After says, less a tenth. It wants each
	 * call at least 1/L after the one before it. Calls that start evenly arrive up to 0.3 latencies closer: at
	 * 75/s and 30 ms that is 9 of 13 ms, and each refusal costs a pause in which nothing is saved up, a whole
	 * second if rounded up. The clock here is simulated, so a machine's load changes nothing.
	 */
	const BUCKET1_USE: Record<string, number[]> = {
		'2/s, 100': [0.76, 0.76, 0.48, 0.4],
		'5/s, 100': [0.52, 0.52, 0.48, 0.31],
		'10/s, 100': [0.39, 0.41, 0.3, 0.25],
		'10/s, 500': [0.51, 0.56, 0.39, 0.19],
		'25/s, 1000': [0.54, 0.52, 0.25, 0.16],
		'75/s, 1000': [0.39, 0.28, 0.11, 0.29],
		'300/s, 1000': [0.16, 0.1, 0.1, 0.46],
	};

	/** The share of the limit that must be used; where it is less than 90 %, the reason. */
	function wantedUse(
		kind: LimiterKind,
		told: RetryAfter,
		[perSecond, calls]: readonly [number, number],
		ms: number,
	): number {
		if (kind === 'bucket1') return BUCKET1_USE[`${perSecond}/s, ${calls}`]![LATENCIES.indexOf(ms)]!;
		// What a pause held back is let through afterwards: only latency itself is lost.
		if (kind === 'bucket') return ms < 2000 ? 0.9 : told === 'seconds' ? 0.7 : 0.8;
		// Two calls L apart arrive up to 0.3 latencies closer than they started. With 300 ms that is
		// 90 ms in each second, so an even 0.91 L is the most that is never refused; to learn this
		// takes refusals, and each costs the pause and a round trip: 1.3 s of the 10 s that 100 calls
		// take at 10/s if Retry-After is rounded up, 13 % for each. With 2 s it is 600 ms in each
		// second, and whether a call is let through is mostly chance.
		if (ms === 2000) return told === 'seconds' ? 0.5 : 0.6;
		if (ms === 300) return told === 'seconds' ? 0.65 : 0.77;
		// 1000 calls at 300/s take 3.3 s. The burst that finds the limit takes 0.3 to 0.6 s, then a
		// pause of one second must pass: (0.5 + 1 + 700 / 285) s = 4 s, 84 %.
		if (perSecond === 300) return 0.8;
		// 1000 calls at 75/s take 13.3 s. The first probe for more fails after 11.5 s and costs a
		// second: 1 + 925 / 71.25 + 1 = 15 s, 89 %. Without it, a raised limit would not be noticed.
		if (perSecond === 75 && told === 'seconds') return 0.87;
		// Of two calls a second, one in 500 ms: pauses shorter than that are refused again.
		if (perSecond === 2 && told !== 'seconds') return 0.85;
		return 0.9;
	}

	it.each([...KINDS, 'bucket1'] as const)('uses what a %s limiter allows', (kind) => {
		head(`% of the limit, ${kind}`, LATENCIES);
		for (const [perSecond, calls] of CASES) {
			line(`${perSecond}/s, ${calls}`, LATENCIES, (retryAfter, ms) => {
				const limiter = { kind, retryAfter, limits: limited(perSecond) };
				const use = worstUse(limiter, calls, ms, reachableMs(perSecond, calls, ms));
				const what = `${kind} ${retryAfter} ${perSecond}/s ${calls} calls ${ms} ms`;
				expectAtLeast(wantedUse(kind, retryAfter, [perSecond, calls], ms), use, what);
				return percent(use);
			});
		}
	});

	it.each(KINDS)('needs no more than 11.1 s for 100 calls at 10/s (%s)', (kind) => {
		for (const retryAfter of RETRY_AFTERS) {
			for (const latencyMs of [1, 10, 30, 60]) {
				const limiter = { kind, retryAfter, limits: limited(10) };
				const use = worstUse(limiter, 100, latencyMs, 10_000);
				expectAtLeast(0.9, use, `${retryAfter} ${latencyMs} ms`);
			}
		}
	});

	it.each(['bucket', 'log'] as const)('gets on when refused calls count, too (%s)', (kind) => {
		head(`% of the limit, ${kind}, refused calls counting`, LATENCIES);
		for (const [perSecond, calls] of CASES.slice(2, 5)) {
			line(`${perSecond}/s, ${calls}`, LATENCIES, (retryAfter, ms) => {
				const limits = limited(perSecond);
				const limiter = { kind, retryAfter, limits, countRefused: true };
				const use = worstUse(limiter, calls, ms, reachableMs(perSecond, calls, ms));
				// The burst that finds the limit is paid for with one token or log entry for each of
				// its refused calls, as many as are in flight: about L x latency, so 3 to 30 of them.
				expectAtLeast(ms <= 30 ? 0.8 : ms === 300 ? 0.65 : 0.35, use, `${retryAfter} ${ms} ms`);
				return percent(use);
			});
		}
	});

	it.each(KINDS)('starts at the rate that another node learned (%s)', (kind) => {
		const limiter = { kind, retryAfter: 'seconds', limits: limited(10) } as const;
		const [first] = simulate({ limiter, clients: [{ calls: 100, latencyMs: 30 }] });
		const { concurrent = 0, perSecond = 0 } = first?.learned ?? {};
		const learned = { concurrent, perSecond, pausedUntil: 0, at: 0 };
		const [second] = simulate({ limiter, clients: [{ calls: 25, latencyMs: 30, learned }] });
		expect(second?.refused).toBe(0);
		expect(second?.finishedAt).toBeLessThan(2500 / 0.9);
	});
});

describe('a limit that changes in the middle', () => {
	const LATENCIES = [1, 30, 300];

	it.each([
		[10, 25],
		[25, 10],
	])('%d/s, after 30 s %d/s', (before, after) => {
		head(`% of the limits, ${before}/s for 30 s, then ${after}/s for 30 s`, LATENCIES);
		const limits = [...limited(before), { from: 30_000, perSecond: after }];
		for (const kind of KINDS) {
			line(kind, LATENCIES, (retryAfter, ms) => {
				const calls = 30 * (before + after);
				const use = worstUse({ kind, retryAfter, limits }, calls, ms, idealMs(limits, calls));
				// Seconds rounded up, window and log: each refusal loses a second, because what the pause
				// held back is not let through later. A minute has 6.7 s to lose at 90 %. Spent are 3 s on
				// the margin, 1 s on finding the first limit, 1 s on each failed probe (at 12, 33 and 45
				// s), and, raised, 0.6 of each second until a probe asks (up to 20 s: 30 s are too short
				// for fewer probes and for more), or, lowered, 2 s to measure the new limit: 9 to 15 s.
				const isLossy = retryAfter === 'seconds' && kind !== 'bucket';
				const wanted = kind === 'bucket' ? 0.87 : isLossy ? 0.7 : 0.85;
				expectAtLeast(ms === 300 ? wanted - 0.1 : wanted, use, `${kind} ${retryAfter} ${ms} ms`);
				return percent(use);
			});
		}
	});

	it('gets through a storm of 429 and finds its rate again', () => {
		head('% of the limit, 10/s, a storm of 20 s left out', LATENCIES);
		for (const kind of KINDS) {
			line(kind, LATENCIES, (retryAfter, ms) => {
				const storm = { from: 3000, until: 23_000 };
				const limiter = { kind, retryAfter, limits: limited(10), storm };
				const use = worstUse(limiter, 300, ms, 50_000);
				// Without Retry-After the last pause is up to 40 % of 20 s, and may end 8 s too late.
				expectAtLeast(retryAfter === 'none' ? 0.8 : 0.72, use, `${kind} ${retryAfter} ${ms} ms`);
				return percent(use);
			});
		}
	});
});

describe('other clients under the same limit', () => {
	const LATENCIES = [1, 30, 300];
	const SEEDS = [1, 2, 3];

	it.each([
		[10, 250],
		[25, 500],
	])('takes what is left when another takes half of %d/s', (perSecond, calls) => {
		head(`% of what is left of ${perSecond}/s (% that the other one gets)`, LATENCIES);
		for (const kind of KINDS) {
			line(kind, LATENCIES, (retryAfter, latencyMs) => {
				const outcomes = SEEDS.map((seed) =>
					simulate({
						limiter: { kind, retryAfter, limits: limited(perSecond) },
						clients: [
							{ calls, latencyMs },
							{ calls: Infinity, latencyMs, constantPerSecond: perSecond / 2 },
						],
						seed,
					}),
				);
				const ideal = (1000 * calls) / (perSecond / 2);
				const use = mean(outcomes.map(([mine]) => ideal / (mine?.finishedAt ?? Infinity)));
				const theirs = mean(
					outcomes.map(([, other]) => {
						const { succeeded = 0, refused = 0 } = other ?? {};
						return succeeded / (succeeded + refused);
					}),
				);
				const what = `${kind} ${retryAfter} ${latencyMs} ms`;
				// The other one's calls come with jitter, so what it leaves wavers by a call or two in
				// each second: 1 of 5 at 10/s. With a log or window, and seconds rounded up, each wave
				// that spills over costs a second.
				const isLossy = retryAfter === 'seconds' && kind !== 'bucket';
				const wanted = isLossy ? 0.8 : latencyMs === 300 ? 0.83 : 0.9;
				expectAtLeast(isLossy && latencyMs === 300 ? 0.65 : wanted, use, what);
				// With a log, whoever comes when it is full is refused; one call of 5 is 20 %.
				expectAtLeast(perSecond === 10 && kind === 'log' ? 0.82 : 0.88, theirs, `other, ${what}`);
				return `${percent(use)}(${percent(theirs).trim()})`;
			});
		}
	});

	it.each([
		['at once', 0, [10, 25], 0.4],
		['10 s later', 10_000, [10], 0.25],
	])('shares with another adaptive client that begins %s', (when, from, limits, wanted) => {
		head(`% that the smaller of two gets in 2 minutes, the second begins ${when}`, LATENCIES);
		for (const perSecond of limits) {
			for (const kind of KINDS) {
				const all: number[] = [];
				line(`${kind} ${perSecond}/s`, LATENCIES, (retryAfter, latencyMs) => {
					const shares = SEEDS.map((seed) => {
						const outcomes = simulate({
							limiter: { kind, retryAfter, limits: limited(perSecond) },
							clients: [
								{ calls: Infinity, latencyMs },
								{ calls: Infinity, latencyMs, from },
							],
							until: from + 120_000,
							seed,
						});
						const counts = outcomes.map((outcome) => {
							return outcome.successTimes.filter((at) => at >= from).length;
						});
						return least(counts) / counts.reduce((sum, count) => sum + count, 0);
					});
					// Who comes later finds a full log: of its few calls some are refused, each for a second
					// when rounded up, while the other one, 10 times as fast, meets a refusal as seldom.
					const what = `${kind} ${retryAfter} ${latencyMs} ms`;
					expectAtLeast(wanted - 0.1, mean(shares), what);
					all.push(mean(shares));
					return percent(mean(shares));
				});
				expectAtLeast(wanted, mean(all), kind);
			}
		}
	});
});

describe('what always holds', () => {
	const events = fc.array(
		fc.record({
			kind: fc.constantFrom('start', 'succeed', 'refuse', 'refuseUntold', 'end'),
			afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })),
			retryAfterMs: fc.integer({ min: 0, max: 5000 }),
			which: fc.nat(40),
		}),
		{ maxLength: 200 },
	);

	it('waits a time that is no number below 0, within its bounds, and gets on', () => {
		fc.assert(
			fc.property(events, fc.integer({ min: 1, max: 32 }), (steps, maxConcurrent) => {
				let now = 1_000_000;
				let notBefore = 0;
				const pace = new Pace({ maxConcurrent, now });
				const inFlight: PacedCall[] = [];
				for (const { kind, afterMs, retryAfterMs, which } of steps) {
					now += afterMs;
					const wait = pace.waitMs(now);
					expect(wait).toBeGreaterThanOrEqual(0);
					expect(wait < Infinity || inFlight.length > 0).toBe(true);
					expect(wait === Infinity || inFlight.length < maxConcurrent).toBe(true);
					expect(wait).toBeGreaterThanOrEqual(notBefore - now);
					if (kind === 'start') {
						if (wait === 0) inFlight.push(pace.started(now));
						continue;
					}
					const [call] = inFlight.splice(which % Math.max(1, inFlight.length), 1);
					if (!call) continue;
					if (kind === 'succeed') pace.succeeded(call, now);
					else if (kind === 'end') pace.ended(call, now);
					else if (kind === 'refuseUntold') pace.refused(call, now, undefined);
					else {
						pace.refused(call, now, retryAfterMs);
						notBefore = Math.max(notBefore, now + retryAfterMs);
					}
				}
				for (const call of inFlight) pace.ended(call, now);
				// Whatever happened, calls get through again, each after a wait that ends.
				for (let calls = 0; calls < 20; calls++) {
					const wait = pace.waitMs(now);
					expect(wait).toBeLessThanOrEqual(60_000);
					now += wait;
					expect(pace.waitMs(now)).toBe(0);
					pace.succeeded(pace.started(now), now);
				}
			}),
		);
	});

	it('finishes its work whatever the limiter is', () => {
		const limiter = fc.record({
			kind: fc.constantFrom(...KINDS, 'bucket1' as const),
			retryAfter: fc.constantFrom(...RETRY_AFTERS),
			countRefused: fc.boolean(),
			limits: fc.integer({ min: 1, max: 100 }).map(limited),
		});
		fc.assert(
			fc.property(limiter, fc.integer({ min: 1, max: 2500 }), fc.nat(), (options, ms, seed) => {
				const clients = [{ calls: 60, latencyMs: ms }];
				const [outcome] = simulate({ limiter: options, clients, seed });
				expect(outcome?.succeeded).toBe(60);
				expect(outcome?.startedTooEarly).toBe(0);
			}),
		);
	});
});

describe('one step at a time', () => {
	const pace = (maxConcurrent = 32) => new Pace({ maxConcurrent, now: 0 });

	/** Starts calls as long as that is allowed now. */
	function startAll(of: Pace, now: number): PacedCall[] {
		const calls: PacedCall[] = [];
		while (of.waitMs(now) === 0) calls.push(of.started(now));
		return calls;
	}

	it('lets the first call go alone, and one more with each success', () => {
		const mine = pace(4);
		const sizes = [0, 10, 20, 30].map((now) => {
			const calls = startAll(mine, now);
			for (const call of calls) mine.succeeded(call, now + 5);
			return calls.length;
		});
		expect(sizes).toEqual([1, 2, 4, 4]);
		expect(mine.snapshot(40)).toEqual({ concurrent: 4, perSecond: null, pausedUntil: 40, at: 40 });
	});

	it('takes the refusals of one burst for one, and waits as long as the longest says', () => {
		const mine = new Pace({
			maxConcurrent: 32,
			learned: { concurrent: 20, perSecond: null, pausedUntil: 0, at: 0 },
			now: 0,
		});
		const calls = startAll(mine, 0);
		for (const call of calls.slice(0, 10)) mine.succeeded(call, 40);
		for (const call of calls.slice(10, 19)) mine.refused(call, 50, 1000);
		for (const call of calls.slice(19)) mine.refused(call, 60, 1500);
		expect(mine.waitMs(60)).toBe(1500);
		mine.started(1560);
		expect(mine.snapshot(1560).perSecond).toBeCloseTo(9.5);
		expect(mine.waitMs(1560)).toBeCloseTo(1000 / 9.5);
	});

	it('backs off longer and longer, up to 30 s, when no time is told and nothing gets through', () => {
		const mine = pace();
		const waits: number[] = [];
		for (let now = 0; waits.length < 25; now += mine.waitMs(now)) {
			mine.refused(mine.started(now), now, undefined);
			waits.push(Math.round(mine.waitMs(now)));
		}
		expect(waits.slice(0, 3)).toEqual([100, 140, 196]);
		expect(waits.at(-1)).toBe(30_000);
		expect(waits).toEqual([...waits].sort((a, b) => a - b));
	});

	it('learns nothing about the limit from a call that just ended', () => {
		const mine = pace();
		mine.ended(mine.started(0), 10);
		expect(mine.waitMs(10)).toBe(0);
		expect(mine.snapshot(10)).toEqual({ concurrent: 1, perSecond: null, pausedUntil: 10, at: 10 });
	});
});
