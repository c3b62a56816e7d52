/**
 * A small world on a virtual clock: rate limiters as services build them, and clients that call
 * through a `Pace`. Nothing here waits; seconds of calls take milliseconds.
 */
import { Pace, type LearnedPace, type PacedCall } from '../../../nodes/extend/client/pace';

/** How a limiter counts. */
export type LimiterKind = 'bucket' | 'bucket1' | 'window' | 'log';

/** What a 429 answer tells: nothing, whole seconds (rounded up), or the exact time. */
export type RetryAfter = 'none' | 'seconds' | 'exact';

/** What a service's rate limiter does. */
export type LimiterOptions = {
	kind: LimiterKind;
	retryAfter: RetryAfter;
	/** Refused calls count against the limit, too. */
	countRefused?: boolean;
	/** Calls per second, and since when; the first entry holds from the beginning. */
	limits: Array<{ from: number; perSecond: number }>;
	/** Between these times every call is refused. */
	storm?: { from: number; until: number };
};

/** A rate limiter: `take` answers undefined when it lets the call through. */
export class Limiter {
	private tokens: number;
	private refilledAt = 0;
	private windowStart = -Infinity;
	private used = 0;
	private log: number[] = [];

	constructor(private readonly options: LimiterOptions) {
		this.tokens = this.capacity(0);
	}

	/** The limit at a time, in calls per second. */
	limit(now: number): number {
		let current = 0;
		for (const { from, perSecond } of this.options.limits) if (from <= now) current = perSecond;
		return current;
	}

	/** Lets a call through (undefined), or tells when to come again. */
	take(now: number): { retryAfterMs: number | undefined } | undefined {
		const { storm, kind } = this.options;
		if (storm && now >= storm.from && now < storm.until) return this.refusal(1000);
		const freeInMs =
			kind === 'window'
				? this.takeFromWindow(now)
				: kind === 'log'
					? this.takeFromLog(now)
					: this.takeFromBucket(now);
		return freeInMs === undefined ? undefined : this.refusal(freeInMs);
	}

	private refusal(freeInMs: number): { retryAfterMs: number | undefined } {
		const { retryAfter } = this.options;
		if (retryAfter === 'none') return { retryAfterMs: undefined };
		if (retryAfter === 'exact') return { retryAfterMs: Math.ceil(freeInMs) };
		return { retryAfterMs: Math.max(1, Math.ceil(freeInMs / 1000)) * 1000 };
	}

	private capacity(now: number): number {
		return this.options.kind === 'bucket1' ? 1 : this.limit(now);
	}

	private takeFromBucket(now: number): number | undefined {
		const perMs = this.limit(now) / 1000;
		const refilled = this.tokens + (now - this.refilledAt) * perMs;
		this.tokens = Math.min(this.capacity(now), refilled);
		this.refilledAt = now;
		// Sums of thousandths do not add up to whole tokens exactly.
		if (this.tokens >= 1 - 1e-6) {
			this.tokens -= 1;
			return undefined;
		}
		if (this.options.countRefused) this.tokens = Math.max(-this.capacity(now), this.tokens - 1);
		return (1 - this.tokens) / perMs;
	}

	private takeFromWindow(now: number): number | undefined {
		const start = Math.floor(now / 1000) * 1000;
		if (start !== this.windowStart) this.used = 0;
		this.windowStart = start;
		if (this.used < this.limit(now)) {
			this.used += 1;
			return undefined;
		}
		return start + 1000 - now;
	}

	private takeFromLog(now: number): number | undefined {
		while (this.log.length > 0 && (this.log[0] ?? now) <= now - 1000) this.log.shift();
		const limit = this.limit(now);
		if (this.log.length < limit) {
			this.log.push(now);
			return undefined;
		}
		if (this.options.countRefused) this.log.push(now);
		return (this.log[this.log.length - limit] ?? now) + 1000 - now;
	}
}

/** A client with work to do. */
export type ClientOptions = {
	/** Calls to make; Infinity: until the world ends. */
	calls: number;
	latencyMs: number;
	/** Most calls in flight; 32 unless told. */
	maxConcurrent?: number;
	/** Makes calls at this fixed rate, caring for nothing, instead of following a `Pace`. */
	constantPerSecond?: number;
	/** When it begins. */
	from?: number;
	learned?: LearnedPace;
};

/** What became of a client. */
export type Outcome = {
	/** When its last call succeeded. */
	finishedAt: number;
	succeeded: number;
	refused: number;
	mostInFlight: number;
	/** A call began before the end of a told Retry-After. */
	startedTooEarly: number;
	successTimes: number[];
	learned: LearnedPace | undefined;
};

/** Numbers between 0 and 1, the same for the same seed. */
export function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	};
}

/** Things that happen at a time, earliest first (a binary heap). */
class Agenda {
	private readonly heap: Array<{ at: number; order: number; act: () => void }> = [];
	private order = 0;

	add(at: number, act: () => void): void {
		const entry = { at, order: this.order++, act };
		let index = this.heap.push(entry) - 1;
		while (index > 0) {
			const parent = (index - 1) >> 1;
			if (this.before(parent, index)) break;
			this.swap(parent, index);
			index = parent;
		}
	}

	next(): { at: number; act: () => void } | undefined {
		const first = this.heap[0];
		const last = this.heap.pop();
		if (first === undefined || last === undefined || this.heap.length === 0) return first;
		this.heap[0] = last;
		for (let index = 0; ;) {
			let child = 2 * index + 1;
			if (child >= this.heap.length) return first;
			if (child + 1 < this.heap.length && this.before(child + 1, child)) child++;
			if (this.before(index, child)) return first;
			this.swap(child, index);
			index = child;
		}
	}

	private before(a: number, b: number): boolean {
		const [x, y] = [this.heap[a], this.heap[b]];
		if (!x || !y) return true;
		return x.at < y.at || (x.at === y.at && x.order < y.order);
	}

	private swap(a: number, b: number): void {
		const [x, y] = [this.heap[a], this.heap[b]];
		if (x && y) [this.heap[a], this.heap[b]] = [y, x];
	}
}

/** Lets clients call through one limiter until all finite work is done, or until a time. */
export function simulate(world: {
	limiter: LimiterOptions;
	clients: ClientOptions[];
	seed?: number;
	until?: number;
}): Outcome[] {
	const random = randomFrom(world.seed ?? 1);
	const limiter = new Limiter(world.limiter);
	const agenda = new Agenda();
	const until = world.until ?? 3_600_000;
	let now = 0;
	let unfinished = world.clients.filter((client) => client.calls !== Infinity).length;

	const outcomes = world.clients.map((client): Outcome => {
		const outcome: Outcome = {
			finishedAt: Infinity,
			succeeded: 0,
			refused: 0,
			mostInFlight: 0,
			startedTooEarly: 0,
			successTimes: [],
			learned: undefined,
		};
		// A call and its answer each take about half the latency, give or take 30 %.
		const half = () => (client.latencyMs / 2) * (0.7 + 0.6 * random());
		const send = (answered: (refusal: ReturnType<Limiter['take']>) => void) => {
			agenda.add(now + half(), () => {
				const refusal = limiter.take(now);
				if (refusal) outcome.refused++;
				agenda.add(now + half(), () => {
					if (!refusal) {
						outcome.succeeded++;
						outcome.successTimes.push(now);
						if (outcome.succeeded === client.calls) {
							outcome.finishedAt = now;
							unfinished--;
						}
					}
					answered(refusal);
				});
			});
		};

		if (client.constantPerSecond !== undefined) {
			const gap = 1000 / client.constantPerSecond;
			const tick = () => {
				send(() => undefined);
				agenda.add(now + gap, tick);
			};
			agenda.add((client.from ?? 0) + gap * random(), tick);
			return outcome;
		}

		let pace: Pace | undefined;
		let waiting = client.calls;
		let inFlight = 0;
		let notBefore = 0;
		let wakeAt = Infinity;
		const pump = () => {
			pace ??= new Pace({
				maxConcurrent: client.maxConcurrent ?? 32,
				learned: client.learned,
				now,
			});
			for (const current = pace; waiting > 0;) {
				const wait = current.waitMs(now);
				if (wait > 0) {
					// Real timers fire on whole milliseconds, and late rather than early.
					const wake = Math.ceil(now + wait) + Math.floor(2 * random());
					if (wake < wakeAt) {
						wakeAt = wake;
						agenda.add(wake, () => {
							if (wakeAt === wake) wakeAt = Infinity;
							pump();
						});
					}
					break;
				}
				waiting--;
				inFlight++;
				outcome.mostInFlight = Math.max(outcome.mostInFlight, inFlight);
				if (now < notBefore) outcome.startedTooEarly++;
				const call: PacedCall = current.started(now);
				send((refusal) => {
					inFlight--;
					if (refusal) {
						waiting++;
						const { retryAfterMs } = refusal;
						if (retryAfterMs !== undefined) notBefore = Math.max(notBefore, now + retryAfterMs);
						current.refused(call, now, retryAfterMs);
					} else {
						current.succeeded(call, now);
					}
					pump();
				});
			}
			outcome.learned = pace.snapshot(now);
		};
		agenda.add(client.from ?? 0, pump);
		return outcome;
	});

	for (let event = agenda.next(); event && event.at <= until; event = agenda.next()) {
		now = event.at;
		event.act();
		if (unfinished === 0 && world.until === undefined) break;
	}
	return outcomes;
}

/** The time in which a client alone could make the calls at exactly the limit, in milliseconds. */
export function idealMs(limits: LimiterOptions['limits'], calls: number, share = 1): number {
	let left = calls;
	for (const [index, { from, perSecond }] of limits.entries()) {
		const until = limits[index + 1]?.from ?? Infinity;
		const here = ((until - from) / 1000) * perSecond * share;
		if (here >= left) return from + (left / (perSecond * share)) * 1000;
		left -= here;
	}
	return Infinity;
}
