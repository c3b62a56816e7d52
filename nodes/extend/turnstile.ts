import type { LearnedPace, Pace } from './pace';
import { pause } from './waiting';

type PacedCall = ReturnType<Pace['started']>;

/** How a call ended, as far as the rate limit is concerned. */
export type Ending = 'answered' | 'refused' | 'untold';

interface Waiter {
	admit: (call: PacedCall | undefined) => void;
}

/**
 * Lets calls through one after the other, as the pace allows; those that were refused for the rate limit
 * come first again. It adds to the pure `Pace` what waits: a queue, a clock and the stop of the execution.
 */
export class Turnstile {
	private readonly queue: Waiter[] = [];

	private isPumping = false;

	constructor(
		private readonly pace: Pace,
		private readonly signal: AbortSignal | undefined,
	) {}

	/**
	 * Waits for a turn.
	 * @param isNew false for a call that was let through before; it goes to the head of the queue
	 * @returns what `leave` wants back, or `undefined` if the execution was stopped
	 */
	async enter(isNew: boolean): Promise<PacedCall | undefined> {
		return await new Promise((admit) => {
			if (isNew) this.queue.push({ admit });
			else this.queue.unshift({ admit });
			void this.pump();
		});
	}

	/** Says how a call ended. Each call that entered must leave once. */
	leave(call: PacedCall, ending: Ending, retryAfterMs?: number): void {
		const now = Date.now();
		if (ending === 'answered') this.pace.succeeded(call, now);
		else if (ending === 'refused') this.pace.refused(call, now, retryAfterMs);
		else this.pace.ended(call, now);
		void this.pump();
	}

	/** What the pace has learned, for others. */
	learned(): LearnedPace {
		return this.pace.snapshot(Date.now());
	}

	private async pump(): Promise<void> {
		if (this.isPumping) return;
		this.isPumping = true;
		while (this.queue.length > 0) {
			if (this.signal?.aborted) {
				for (const waiter of this.queue.splice(0)) waiter.admit(undefined);
				break;
			}
			const now = Date.now();
			const waitMs = this.pace.waitMs(now);
			if (waitMs === 0) this.queue.shift()?.admit(this.pace.started(now));
			// A call in flight will end and pump again; when the execution is stopped, its request is aborted.
			else if (waitMs === Infinity) break;
			else await pause(waitMs, this.signal);
		}
		this.isPumping = false;
	}
}
