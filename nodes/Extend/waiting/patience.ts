import type { CallResult, ExtendClient } from '../../extend/client/client';
import { READABLE_WITHIN_MS } from '../../extend/api/runs';
import { steadyNow } from '../../extend/client/clock';
import { pause } from '../../extend/client/waiting';

/** How long a thing may be there already and not be found yet, in milliseconds. */
export const PATIENCE = {
	/** As a rule. */
	lateMs: 3_000,
	/** At the very most, where a false “there is none” does harm. */
	youngestMs: READABLE_WITHIN_MS,
	/** How long a list must have shown nothing new to count as whole, where nobody knows how long it is. */
	settleMs: 10_000,
};

const FIRST_PAUSE_MS = 250;
const PAUSE_GROWTH = 2;
const LONGEST_PAUSE_MS = 4_000;

/**
 * Makes a call about something that may be so new that Extend does not find it yet: after a 404 it is made
 * again for some seconds. The call must be one that may be made twice.
 * @param end until when it is made again, on the steady clock
 */
export async function evenIfNew<T>(
	client: ExtendClient,
	call: () => Promise<CallResult<T>>,
	end = steadyNow() + PATIENCE.lateMs,
): Promise<CallResult<T>> {
	for (
		let pauseMs = FIRST_PAUSE_MS;
		;
		pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH)
	) {
		const result = await call();
		if (result.ok || result.failure.status !== 404 || steadyNow() >= end) return result;
		const waitMs = Math.min(pauseMs, Math.max(0, end - steadyNow()));
		if (!(await pause(waitMs, client.signal))) {
			return { ok: false, failure: { kind: 'cancelled', message: '' } };
		}
	}
}

/** What a 404 means of something that was to be deleted, for the hint above the output. */
export function goneHint(noun: 'run' | 'file'): string {
	return `Extend could not find every ${noun}; goneBefore shows which. Each was deleted already, or its ID, the region or the workspace is wrong.`;
}
