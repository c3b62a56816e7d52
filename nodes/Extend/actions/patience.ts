import type { CallResult, ExtendClient } from '../../extend/client/client';
import { steadyNow } from '../../extend/client/clock';
import { pause } from '../../extend/client/waiting';

/** How long a thing may be there already and not be found yet, in milliseconds. */
export const PATIENCE = { lateMs: 3_000 };

const FIRST_PAUSE_MS = 250;
const PAUSE_GROWTH = 2;

/**
 * Makes a call about something that may be so new that Extend does not find it yet: after a 404 it is made
 * again for some seconds. The call must be one that may be made twice.
 */
export async function evenIfNew<T>(
	client: ExtendClient,
	call: () => Promise<CallResult<T>>,
): Promise<CallResult<T>> {
	const end = steadyNow() + PATIENCE.lateMs;
	for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= PAUSE_GROWTH) {
		const result = await call();
		if (result.ok || result.failure.status !== 404 || steadyNow() >= end) return result;
		const waitMs = Math.min(pauseMs, Math.max(0, end - steadyNow()));
		if (!(await pause(waitMs, client.signal))) return result;
	}
}
