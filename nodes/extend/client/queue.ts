import { sleep } from 'n8n-workflow';

import { steadyNow } from './clock';
import type { LearnedPace, Pace } from './pace';
import { SLICE_MS } from './waiting';

type PacedCall = ReturnType<Pace['started']>;

/** How a call ended, as far as the rate limit is concerned. */
export type Ending = 'answered' | 'refused' | 'untold';

interface Waiter {
	admit: (call: PacedCall | undefined) => void;
	isOver: () => boolean;
}

/**
 * Lets calls through one after the other, as the pace allows; those that were refused for the rate limit
 * come first again. It adds to the pure `Pace` what waits: a queue, a clock and the stop of the execution.
 */
export class CallQueue {
	private waiters: Waiter[] = [];

	private isWaiting = false;

	constructor(
		private readonly pace: Pace,
		private readonly signal: AbortSignal | undefined,
	) {}

	/**
	 * Waits for a turn.
	 * @param isNew false for a call that was let through before; it goes to the head of the queue
	 * @param isOver asked while waiting and just before the turn: whether the call is too late or not wanted
	 * @returns what `leave` wants back, or `undefined` if it was over or the execution was stopped
	 */
	async enter(isNew: boolean, isOver: () => boolean): Promise<PacedCall | undefined> {
		return await new Promise((admit) => {
			if (isNew) this.waiters.push({ admit, isOver });
			else this.waiters.unshift({ admit, isOver });
			this.admitAll();
			void this.wait();
		});
	}

	/** Says how a call ended. Each call that entered must leave once. */
	leave(call: PacedCall, ending: Ending, retryAfterMs?: number): void {
		const now = steadyNow();
		if (ending === 'answered') this.pace.succeeded(call, now);
		else if (ending === 'refused') this.pace.refused(call, now, retryAfterMs);
		else this.pace.ended(call, now);
		this.admitAll();
	}

	/** What the pace has learned, for others. */
	learned(): LearnedPace {
		return this.pace.snapshot(steadyNow());
	}

	/** Lets through all that may start now. */
	private admitAll(): void {
		for (let [first] = this.waiters; first !== undefined; [first] = this.waiters) {
			const now = steadyNow();
			const isOver = this.signal?.aborted === true || first.isOver();
			if (!isOver && this.pace.waitMs(now) > 0) break;
			this.waiters.shift();
			first.admit(isOver ? undefined : this.pace.started(now));
		}
	}

	/** As long as calls wait, lets them through when it is time, and sends away those that are over. */
	private async wait(): Promise<void> {
		if (this.isWaiting) return;
		this.isWaiting = true;
		while (this.waiters.length > 0) {
			await sleep(Math.min(SLICE_MS, this.pace.waitMs(steadyNow())));
			this.waiters = this.waiters.filter(({ isOver, admit }) => {
				if (!isOver()) return true;
				admit(undefined);
				return false;
			});
			this.admitAll();
		}
		this.isWaiting = false;
	}
}
