import type { RateCategory, RateLimiterKind, SimulatorSettings } from '../world/settings';

const WINDOW_MS = 1000;

/** What a limit of zero tells callers to wait. */
const CLOSED_WAIT_MS = 60_000;

/** A verdict on one call: let through, or how many milliseconds until a call may pass again. */
export type Verdict = { allowed: true } | { allowed: false; waitMs: number };

/** What the other client of the organization got, by category. */
export interface OtherClientCounts {
	succeeded: number;
	rejected: number;
}

/** Counts one category of calls. Times are milliseconds and must not go backwards. */
interface Meter {
	take(limit: number, now: number): Verdict;
}

/** Starts full with one second's worth of calls and refills evenly. */
class TokenBucket implements Meter {
	private tokens: number | undefined;
	private filledAt = 0;

	take(limit: number, now: number): Verdict {
		const refill = ((now - this.filledAt) * limit) / WINDOW_MS;
		const capacity = Math.max(1, limit);
		this.tokens = Math.min(capacity, (this.tokens ?? capacity) + refill);
		this.filledAt = now;
		if (this.tokens >= 1) {
			this.tokens -= 1;
			return { allowed: true };
		}
		return { allowed: false, waitMs: ((1 - this.tokens) * WINDOW_MS) / limit };
	}
}

/** No second, wherever it starts, holds more calls than the limit. */
class SlidingWindow implements Meter {
	private readonly taken: number[] = [];

	take(limit: number, now: number): Verdict {
		while (this.taken.length > 0 && (this.taken[0] as number) <= now - WINDOW_MS) {
			this.taken.shift();
		}
		if (this.taken.length < limit) {
			this.taken.push(now);
			return { allowed: true };
		}
		const blocking = this.taken[this.taken.length - Math.floor(limit)] ?? now;
		return { allowed: false, waitMs: blocking + WINDOW_MS - now };
	}
}

/** No second of the clock holds more calls than the limit. */
class FixedWindow implements Meter {
	private window = -1;
	private taken = 0;

	take(limit: number, now: number): Verdict {
		const window = Math.floor(now / WINDOW_MS);
		if (window !== this.window) {
			this.window = window;
			this.taken = 0;
		}
		if (this.taken < limit) {
			this.taken += 1;
			return { allowed: true };
		}
		return { allowed: false, waitMs: (window + 1) * WINDOW_MS - now };
	}
}

const METERS: Record<RateLimiterKind, new () => Meter> = {
	tokenBucket: TokenBucket,
	slidingWindow: SlidingWindow,
	fixedWindow: FixedWindow,
};

const CATEGORIES: readonly RateCategory[] = ['GET', 'WRITE', 'RUN'];

/**
 * The rate limits of one organization. Limits and algorithm are read from the settings on every
 * call. A steady other client takes its share first; its calls are worked out from the time that
 * has passed, without a timer.
 */
export class RateLimiter {
	/** What the other client got so far; call `advance` first for the state of the moment. */
	readonly otherClient: Record<RateCategory, OtherClientCounts> = emptyCounts();
	private readonly meters = new Map<RateCategory, { kind: RateLimiterKind; meter: Meter }>();
	private readonly nextOther = new Map<RateCategory, number>();

	constructor(private readonly settings: SimulatorSettings) {}

	/** Decides on one call at time `now` (milliseconds). */
	take(category: RateCategory, now: number): Verdict {
		this.advanceCategory(category, now);
		return this.meter(category, now);
	}

	/** Brings the other client up to time `now` (milliseconds). */
	advance(now: number): void {
		for (const category of CATEGORIES) this.advanceCategory(category, now);
	}

	private advanceCategory(category: RateCategory, now: number): void {
		const rate = this.settings.otherClient[category] ?? 0;
		if (rate <= 0) {
			this.nextOther.delete(category);
			return;
		}
		let at = this.nextOther.get(category) ?? now;
		for (; at <= now; at += WINDOW_MS / rate) {
			const counts = this.otherClient[category];
			if (this.meter(category, at).allowed) counts.succeeded += 1;
			else counts.rejected += 1;
		}
		this.nextOther.set(category, at);
	}

	private meter(category: RateCategory, now: number): Verdict {
		const limit = this.settings.rateLimits[category];
		if (limit === null) return { allowed: true };
		if (limit <= 0) return { allowed: false, waitMs: CLOSED_WAIT_MS };
		const kind = this.settings.rateLimiter;
		let current = this.meters.get(category);
		if (current?.kind !== kind) {
			current = { kind, meter: new METERS[kind]() };
			this.meters.set(category, current);
		}
		return current.meter.take(limit, now);
	}
}

function emptyCounts(): Record<RateCategory, OtherClientCounts> {
	const none = (): OtherClientCounts => ({ succeeded: 0, rejected: 0 });
	return { GET: none(), WRITE: none(), RUN: none() };
}
