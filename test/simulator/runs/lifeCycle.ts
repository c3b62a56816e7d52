import { Heap } from '../world/heap';
import type { Random } from '../world/random';
import type { Period, RunFailure, RunReview, RunStatus, Transition } from './runs';
import type { SimulatorSettings, SteeredOutcome } from '../world/settings';

/** How an input wants its run to go; read from its metadata key `simulate`. */
export interface Steering {
	outcome: SteeredOutcome | 'PROCESSED';
	/** Processing takes `slowFactor` times as long. */
	slow: boolean;
	/** The run never leaves `PROCESSING`. */
	stuck: boolean;
}

const OUTCOMES: readonly SteeredOutcome[] = [
	'FAILED',
	'NEEDS_REVIEW',
	'APPROVED',
	'REJECTED',
	'CANCELLED',
];

const REVIEWER = 'jane.doe@example.com';

/** The failure of an input that cannot be used (Extend's reason for failed downloads). */
export const UNUSABLE_FILE: RunFailure = {
	reason: 'FAILED_TO_PROCESS_FILE',
	message: 'The file could not be downloaded',
};

const STEERED_FAILURE: RunFailure = {
	reason: 'DOCUMENT_PROCESSOR_ERROR',
	message: 'The document could not be processed',
};

/** The future of a run. */
export interface RunPlan {
	processing: Period;
	timeline: [Transition, ...Transition[]];
}

/** Lays down the future of runs as they are accepted. */
export class LifeCycle {
	/** When each processing slot becomes free; only used while `concurrency` is set. */
	private readonly slots = new Heap<number>((freeAt) => freeAt);

	constructor(
		private readonly settings: SimulatorSettings,
		private readonly random: () => Random,
	) {}

	/** The future of a run that is accepted at `now` (milliseconds since 1970). */
	plan(steering: Steering, failure: RunFailure | undefined, now: number): RunPlan {
		const duration = this.vary(this.settings.processMs) * this.slowness(steering);
		const start = this.start(now + this.vary(this.settings.queueMs), duration);
		const end = steering.stuck ? Infinity : start + duration;
		const ending = steering.stuck ? [] : this.ending(steering.outcome, failure, start, end);
		return {
			processing: { start, end },
			timeline: [{ at: now, status: 'PENDING' }, { at: start, status: 'PROCESSING' }, ...ending],
		};
	}

	/** Forgets who occupies the processing slots. */
	reset(): void {
		this.slots.clear();
	}

	private ending(
		outcome: Steering['outcome'],
		failure: RunFailure | undefined,
		start: number,
		end: number,
	): Transition[] {
		if (failure) return [{ at: end, status: 'FAILED', failure }];
		const { reviewMs, cancelMs } = this.settings;
		switch (outcome) {
			case 'PROCESSED':
			case 'NEEDS_REVIEW':
				return [{ at: end, status: outcome }];
			case 'FAILED':
				return [{ at: end, status: outcome, failure: STEERED_FAILURE }];
			case 'CANCELLED':
				return cancellation((start + end) / 2, cancelMs);
			case 'APPROVED':
			case 'REJECTED':
				return [
					{ at: end, status: 'NEEDS_REVIEW' },
					...review(outcome === 'APPROVED', end + reviewMs),
				];
		}
	}

	private start(ready: number, duration: number): number {
		const { concurrency } = this.settings;
		if (concurrency === null) return ready;
		const freeAt = this.slots.size < concurrency ? ready : (this.slots.pop() ?? ready);
		const start = Math.max(ready, freeAt);
		this.slots.push(start + duration);
		return start;
	}

	private slowness(steering: Steering): number {
		return steering.slow ? this.settings.slowFactor : 1;
	}

	private vary(ms: number): number {
		return Math.round(ms * (1 + this.settings.jitter * (2 * this.random()() - 1)));
	}
}

/** Reads how an input wants its run to go; unknown values mean nothing. */
export function steering(
	wish: unknown,
	shares: SimulatorSettings['outcomeShares'],
	random: Random,
): Steering {
	const chosen = OUTCOMES.find((outcome) => outcome === wish);
	const outcome = chosen ?? (wish === undefined ? drawOutcome(shares, random) : 'PROCESSED');
	return { outcome, slow: wish === 'slow', stuck: wish === 'stuck' };
}

/** The way from a cancel call to `CANCELLED`. */
export function cancellation(at: number, cancelMs: number): Transition[] {
	return [
		{ at, status: 'CANCELLING' },
		{ at: at + cancelMs, status: 'CANCELLED' },
	];
}

/** What follows a decision in review. */
export function review(approved: boolean, at: number): Transition[] {
	const status: RunStatus = approved ? 'PROCESSED' : 'REJECTED';
	const decision: RunReview = { by: REVIEWER, note: approved ? null : 'Invalid document format' };
	return [{ at, status, review: decision }];
}

function drawOutcome(
	shares: SimulatorSettings['outcomeShares'],
	random: Random,
): Steering['outcome'] {
	let drawn: number | undefined;
	let reached = 0;
	for (const outcome of OUTCOMES) {
		const share = shares[outcome];
		if (!share) continue;
		drawn ??= random();
		reached += share;
		if (drawn < reached) return outcome;
	}
	return 'PROCESSED';
}
