import { READABLE_WITHIN_MS } from '../../extend/api/runs';
import type { CallResult } from '../../extend/client/client';
import { steadyNow } from '../../extend/client/clock';
import { isFinal } from '../../extend/failures/failure';
import type { CallFailure } from '../../extend/failures/failure';
import { WAITING_FAILS_LIMIT_MS } from './runWatch';
import type { RunWatch } from './runWatch';
import type { AwaitedRun } from './watched';

/**
 * How long not to look for a run that could not be read, or was just seen to be open, in milliseconds. The
 * latter grows.
 */
const AGAIN_AFTER_MS = { unread: 500, open: 1_000, longestOpen: 10_000 };
const PAUSE_GROWTH = 1.3;

/** How waiting for a run ended; out of time with the run as it was then, if Extend told. */
export type Ended<Run> =
	| { is: 'finished'; run: Run }
	| { is: 'timeout'; run: Run | undefined }
	| { is: 'failed'; failure: CallFailure; isGone: boolean };

/** Waits until a run is finished, the time is over, or Extend does not have it or cannot be asked. */
export async function untilFinished<Run extends { status?: string | null }>(
	watch: RunWatch,
	awaited: AwaitedRun,
	fetch: () => Promise<CallResult<Run>>,
): Promise<Ended<Run>> {
	let missingSince: number | undefined;
	let failingSince: number | undefined;
	let openMs = AGAIN_AFTER_MS.open;
	let afterMs = 0;
	for (;;) {
		const waited = await watch.untilDue(awaited, afterMs);
		if (waited.is === 'failed') return { ...waited, isGone: false };
		const fetched = await fetch();
		if (fetched.ok) {
			const run = fetched.body;
			if (!awaited.open.includes(run.status ?? '')) return { is: 'finished', run };
			if (waited.is === 'timeout') return { is: 'timeout', run };
			missingSince = failingSince = undefined;
			afterMs = openMs;
			openMs = Math.min(AGAIN_AFTER_MS.longestOpen, openMs * PAUSE_GROWTH);
			continue;
		}
		const { failure } = fetched;
		if (failure.status === 404) {
			missingSince ??= steadyNow();
			const isGone = steadyNow() - missingSince > READABLE_WITHIN_MS;
			if (isGone) return { is: 'failed', failure, isGone };
			failingSince = undefined;
		} else {
			failingSince ??= steadyNow();
			const isLong = steadyNow() - failingSince > WAITING_FAILS_LIMIT_MS;
			if (isFinal(failure) || isLong) return { is: 'failed', failure, isGone: false };
		}
		if (waited.is === 'timeout') return { is: 'timeout', run: undefined };
		afterMs = AGAIN_AFTER_MS.unread;
	}
}
