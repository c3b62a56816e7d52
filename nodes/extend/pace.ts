/** What was learned about one category of calls; plain JSON, so that nodes can hand it on. */
export type LearnedPace = {
	/** Calls that may be in flight at once. */
	concurrent: number;
	/** Calls per second that are sent at most; null as long as no call was refused. */
	perSecond: number | null;
	/** No call may start before this time (milliseconds). */
	pausedUntil: number;
};

/** A call that is under way, as handed out by `started`. */
export type PacedCall = { readonly startedAt: number };

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * Finds out how many calls per second a service takes, from nothing but its answers.
 *
 * Pure: it is told the time, and it tells how long to wait. One instance serves one category of
 * calls whose limit is counted separately.
 */
export class Pace {
	private readonly maxConcurrent: number;
	private concurrent = 1;
	private perSecond: number | null = null;
	private pausedUntil: number;
	private nextStart: number;
	private inFlight = 0;
	private refusedAt = -Infinity;
	private refusals = 0;
	private successes: number[] = [];

	constructor(options: { maxConcurrent: number; learned?: LearnedPace; now: number }) {
		this.maxConcurrent = Math.max(1, options.maxConcurrent);
		this.pausedUntil = options.now;
		this.nextStart = options.now;
		if (options.learned) {
			this.concurrent = Math.min(this.maxConcurrent, Math.max(1, options.learned.concurrent));
			this.perSecond = options.learned.perSecond;
			this.pausedUntil = Math.max(options.now, options.learned.pausedUntil);
		}
	}

	/** Milliseconds until the next call may start; 0: now; Infinity: not before a call has ended. */
	waitMs(now: number): number {
		if (this.inFlight >= Math.floor(this.concurrent)) return Infinity;
		return Math.max(0, this.pausedUntil - now, this.nextStart - now);
	}

	/** A call starts. Hand the result to exactly one of `succeeded`, `refused`, `ended`. */
	started(now: number): PacedCall {
		this.inFlight++;
		if (this.perSecond !== null) {
			this.nextStart = Math.max(now, this.nextStart) + 1000 / this.perSecond;
		}
		return { startedAt: now };
	}

	/** The service answered the call with anything other than 429. */
	succeeded(_call: PacedCall, now: number): void {
		this.inFlight--;
		this.refusals = 0;
		this.concurrent = Math.min(this.maxConcurrent, this.concurrent + 1);
		this.successes.push(now);
		while ((this.successes[0] ?? now) <= now - 1000) this.successes.shift();
		if (this.perSecond !== null) this.perSecond += 0.02;
	}

	/** The service refused the call with 429; the caller will send it again. */
	refused(call: PacedCall, now: number, retryAfterMs: number | undefined): void {
		this.inFlight--;
		if (call.startedAt > this.refusedAt) {
			this.refusedAt = now;
			this.refusals++;
			this.perSecond = Math.max(0.5, 0.95 * this.successes.length);
			this.successes = [];
			const backoff = FIRST_BACKOFF_MS * 2 ** (this.refusals - 1);
			if (retryAfterMs === undefined) this.pause(now + Math.min(LONGEST_BACKOFF_MS, backoff));
		}
		if (retryAfterMs !== undefined) this.pause(now + retryAfterMs);
	}

	/** The call ended without telling anything about the limit: a network fault, a cancellation. */
	ended(_call: PacedCall, _now: number): void {
		this.inFlight--;
	}

	/** What another instance for the same calls can start with. */
	snapshot(_now: number): LearnedPace {
		return {
			concurrent: this.concurrent,
			perSecond: this.perSecond,
			pausedUntil: this.pausedUntil,
		};
	}

	private pause(until: number): void {
		this.pausedUntil = Math.max(this.pausedUntil, until);
		this.nextStart = Math.max(this.nextStart, this.pausedUntil);
	}
}
