/** What was learned about one category of calls; plain JSON, so that nodes can hand it on. */
export type LearnedPace = {
	/** Calls that may be in flight at once. */
	concurrent: number;
	/** Calls per second that may start; null as long as nothing limits them. */
	perSecond: number | null;
	/** No call may start before this time (milliseconds). */
	pausedUntil: number;
	/** When this was written down; a clock that was set since then must not make the pause longer. */
	at: number;
};

/** A call that is under way, as handed out by `started`. */
export type PacedCall = { readonly startedAt: number };

/** The first pause after a 429 that does not tell how long to wait, and how pauses grow. */
const FIRST_BACKOFF_MS = 100;
const BACKOFF_GROWTH = 1.4;
const LONGEST_BACKOFF_MS = 30_000;

/** The steady rate is kept for this many times the pause that a failed probe costs, but not less. */
const FIRST_PATIENCE = 10;
const MOST_PATIENCE = 30;
const SHORTEST_HOLD_MS = 3000;
const LONGEST_HOLD_MS = 30_000;
const EAGER_HOLD_MS = 1000;

/** A probe starts gently: an unchanged limit shows at once, and cheaply. Then it accelerates. */
const GENTLE_PROBE = 1.12;
const GENTLE_PROBE_MS = 1500;
const PROBE_ACCELERATION_MS = 2000;

/** How far below the measured limit the steady rate stays; clocks and networks are not exact. */
const FIRST_MARGIN = 0.95;
const LEAST_MARGIN = 0.85;

/** Successes remembered to measure the limit; the older ones are dropped when there are many. */
const MOST_REMEMBERED = 5000;
const REMEMBERED_MS = 10_000;

/** The steady rate is never less than this, so that a streak of bad luck does not last. */
const LEAST_PER_SECOND = 0.2;

/**
 * How late a call may start without the ones after it being put off: on a busy machine wake-ups are late.
 * Within the first margin, so that catching up does not put too many calls into one second.
 */
const LATENESS_MS = 40;

/**
 * Finds out how many calls per second a service takes, from nothing but its answers.
 *
 * Until the first 429 only concurrency is bounded; it begins at one and grows with each success.
 * A 429 ends an epoch: after the pause it asks for, the rate at which calls got through is kept
 * (a little below it), calls starting evenly. When that has held for a while the rate is probed
 * upwards, first gently, then ever faster, until the next 429. A probe that fails costs a pause, so
 * the next one waits in proportion to that pause, and longer each time nothing has changed.
 *
 * Pure: it is told the time, and it tells how long to wait. One instance serves one category of
 * calls whose limit is counted separately.
 */
export class Pace {
	private readonly maxConcurrent: number;
	private concurrent = 1;
	private readonly inFlight = new Set<PacedCall>();
	private nextStart: number;
	private pausedUntil: number;

	/** Calls per second when not probing; null: not limited so far. */
	private steady: number | null = null;
	private margin = FIRST_MARGIN;
	private patience = FIRST_PATIENCE;
	private holdMs = SHORTEST_HOLD_MS;
	/** The steady rate before the latest probe raised it; undefined once another 429 has judged. */
	private fallback: number | undefined;

	/** The epoch: since the last pause. Its age counts only time in which calls were waiting. */
	private resumedAt: number;
	private ageMs = 0;
	private succeededCount = 0;
	/** When the epoch's latest successful calls started. */
	private successes: number[] = [];

	/** The epoch's end: its first refusal, by start and answer of that call. */
	private refusedStart = -Infinity;
	private refusedAt = -Infinity;
	private previousRefusedAt: number;
	private refusalsInARow = 0;
	private isMeasured = true;

	/**
	 * @param options.maxConcurrent calls that may be in flight at once, whatever the service takes
	 * @param options.learned what another instance found out
	 */
	constructor(options: { maxConcurrent: number; learned?: LearnedPace; now: number }) {
		const { learned, now } = options;
		this.maxConcurrent = Math.max(1, Math.floor(options.maxConcurrent));
		this.nextStart = this.pausedUntil = now;
		this.resumedAt = this.previousRefusedAt = now;
		if (learned) {
			this.concurrent = Math.min(this.maxConcurrent, Math.max(1, learned.concurrent));
			const { perSecond } = learned;
			this.steady = perSecond === null ? null : Math.max(LEAST_PER_SECOND, perSecond);
			const { pausedUntil, at } = learned;
			this.pausedUntil = Math.max(now, Math.min(pausedUntil, now + pausedUntil - at));
		}
	}

	/** Milliseconds until the next call may start; 0: now; Infinity: not before a call has ended. */
	waitMs(now: number): number {
		if (this.inFlight.size >= this.concurrent) return Infinity;
		return Math.max(0, this.pausedUntil - now, this.nextStart - now);
	}

	/** A call starts. Hand the result to exactly one of `succeeded`, `refused`, `ended`. */
	started(now: number): PacedCall {
		// Not before now: of the calls in flight when the refusal came, many were let through.
		if (!this.isMeasured) this.learn(now);
		const rate = this.rate();
		if (rate !== null) {
			const gap = 1000 / rate;
			this.ageMs += gap;
			this.nextStart = Math.max(now - LATENESS_MS, this.nextStart) + gap;
		}
		const call = { startedAt: now };
		this.inFlight.add(call);
		return call;
	}

	/** The service answered the call with anything other than 429. */
	succeeded(call: PacedCall, now: number): void {
		this.leave(call, now);
		this.concurrent = Math.min(this.maxConcurrent, this.concurrent + 1);
		if (call.startedAt > this.refusedAt) this.refusalsInARow = 0;
		this.succeededCount++;
		if (call.startedAt < this.resumedAt) return;
		this.successes.push(call.startedAt);
	}

	/** The service refused the call with 429; the caller will send it again. */
	refused(call: PacedCall, now: number, retryAfterMs: number | undefined): void {
		this.leave(call, now);
		const isTold = retryAfterMs !== undefined && retryAfterMs > 0;
		if (isTold) this.pausedUntil = Math.max(this.pausedUntil, now + retryAfterMs);
		// Calls that were already under way tell nothing that the first refusal has not told.
		if (call.startedAt <= this.refusedAt) return;
		this.refusalsInARow++;
		this.refusedAt = now;
		this.isMeasured = false;
		if (this.refusalsInARow === 1) this.refusedStart = call.startedAt;
		else this.concurrent = 1;
		if (isTold) return;
		const backoff = FIRST_BACKOFF_MS * BACKOFF_GROWTH ** (this.refusalsInARow - 1);
		this.pausedUntil = Math.max(this.pausedUntil, now + Math.min(LONGEST_BACKOFF_MS, backoff));
	}

	/** The call ended without telling anything about the limit: a network fault, a cancellation. */
	ended(call: PacedCall, now: number): void {
		this.leave(call, now);
	}

	/** What another instance for the same calls can start with. */
	snapshot(now: number): LearnedPace {
		return {
			concurrent: this.concurrent,
			perSecond: this.steady,
			pausedUntil: Math.max(now, this.pausedUntil),
			at: now,
		};
	}

	/** A call is over. What is known of calls long past tells nothing any more. */
	private leave(call: PacedCall, now: number): void {
		this.inFlight.delete(call);
		if (this.successes.length <= MOST_REMEMBERED) return;
		this.successes = this.successes.filter((at) => at > now - REMEMBERED_MS);
	}

	/** Calls per second that may start now. */
	private rate(): number | null {
		const probingMs = this.ageMs - this.holdMs;
		if (this.steady === null || probingMs <= 0) return this.steady;
		const fast = Math.max(0, probingMs - GENTLE_PROBE_MS) / PROBE_ACCELERATION_MS;
		return this.steady * GENTLE_PROBE * Math.exp(fast * fast);
	}

	/** The pause after an epoch is over: draws the conclusions and begins the next one. */
	private learn(now: number): void {
		this.isMeasured = true;
		this.nextStart = now;
		const peak = this.peak();
		// Refusals with no success in between tell of an outage, not of the limit.
		if (this.refusalsInARow > 1 || peak === 0) return;
		const pauseMs = this.pausedUntil - this.refusedAt;
		if (this.steady === null) {
			this.steady = this.margin * peak;
			this.hold(this.patience * pauseMs);
		} else if (this.ageMs > this.holdMs) {
			this.judgeProbe(this.steady, peak, pauseMs);
		} else {
			this.steady = Math.max(LEAST_PER_SECOND, this.judgeSteadyRate(this.steady, peak));
			this.hold(this.patience * pauseMs);
		}
		this.previousRefusedAt = this.refusedAt;
		this.resumedAt = now;
		this.ageMs = 0;
		this.succeededCount = 0;
		this.successes = [];
	}

	/** Refused above the steady rate: is the limit higher now, and what did it cost to ask? */
	private judgeProbe(steady: number, peak: number, pauseMs: number): void {
		const measured = this.margin * peak;
		const wasGentle = this.ageMs <= this.holdMs + GENTLE_PROBE_MS;
		const isRaised = !wasGentle && measured > 1.15 * steady;
		this.fallback = isRaised ? steady : undefined;
		if (isRaised) this.steady = measured;
		// A token bucket gives back what a pause held back: then asking costs nothing.
		const cycleMs = this.refusedAt - this.previousRefusedAt;
		const isFree = this.succeededCount > (steady * (cycleMs - 0.75 * pauseMs)) / 1000;
		if (isRaised || isFree) {
			this.patience = FIRST_PATIENCE;
			this.hold(0);
		} else {
			this.patience = Math.min(MOST_PATIENCE, 2 * this.patience);
			this.hold(this.patience * pauseMs);
		}
	}

	/**
	 * Refused at the steady rate: too little margin, a lower limit, or others take their part.
	 * Returns the new steady rate.
	 */
	private judgeSteadyRate(steady: number, peak: number): number {
		const cycleMs = this.refusedAt - this.previousRefusedAt;
		const average = Math.min(steady, (1000 * this.succeededCount) / cycleMs);
		const { fallback } = this;
		this.fallback = undefined;
		if (cycleMs < 1000) return Math.max(average, 0.8 * steady);
		if (this.ageMs > 1500 && peak > 0.9 * steady && fallback === undefined) {
			this.margin = Math.max(LEAST_MARGIN, this.margin - 0.03);
			return 0.9 * steady;
		}
		this.patience = FIRST_PATIENCE;
		const lowered = Math.min(this.margin * peak, 0.8 * steady);
		return Math.max(average, lowered, 0.25 * steady, fallback ?? 0);
	}

	/** Sets how long the steady rate is kept before it is probed. */
	private hold(wantedMs: number): void {
		const ms = Math.min(LONGEST_HOLD_MS, Math.max(SHORTEST_HOLD_MS, wantedMs));
		// About one call per second is no finding: another client may have had all the rest.
		this.holdMs = (this.steady ?? 0) < 1.5 ? EAGER_HOLD_MS : ms;
	}

	/** Most calls let through within one second, of those shortly before the refusal. */
	private peak(): number {
		const times = this.successes
			.filter((at) => at > this.refusedStart - 1000 && at <= this.refusedAt)
			.sort((a, b) => a - b);
		let first = 0;
		let peak = 0;
		times.forEach((at, index) => {
			while ((times[first] ?? at) <= at - 1000) first++;
			peak = Math.max(peak, index - first + 1);
		});
		return peak;
	}
}
