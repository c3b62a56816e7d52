import {
	CANCELLABLE_STATUSES,
	OPEN_STATUSES,
	REVIEW_STATUS,
	cancelRun,
	fetchRun,
} from '../../../extend/api/runs';
import type { CallResult, ExtendClient } from '../../../extend/client/client';
import { steadyNow } from '../../../extend/client/clock';
import { pause } from '../../../extend/client/waiting';
import { refusesThisCall } from '../../../extend/failures/failure';
import type { CallFailure } from '../../../extend/failures/failure';
import { evenIfNew } from '../../waiting/patience';

/** What became of a run that was to be cancelled. */
export interface CancelledRun {
	status: string;
	/** Open when it was found, and cancelled now. */
	cancelled: boolean;
	/** At an end before it could be cancelled, well or not. */
	finishedBefore: boolean;
}

/** How often Extend is asked to cancel a run that it refuses to cancel, and that stays open. */
const MOST_REFUSALS = 4;

const FIRST_PAUSE_MS = 250;
const PAUSE_GROWTH = 1.5;
const LONGEST_PAUSE_MS = 5_000;

/** How long Extend may take to cancel a run that it has agreed to cancel, in milliseconds. */
const LONGEST_CANCELLING_MS = 60_000;

/**
 * Cancels a run, and waits until it is at rest, because it may still finish. Safe to do again: a run that is
 * at an end is no failure.
 */
export async function cancelOne(
	client: ExtendClient,
	runId: string,
): Promise<CallResult<CancelledRun>> {
	let refusal: CallFailure | undefined;
	let refusals = 0;
	let wasOpen = false;
	let agreedAt: number | undefined;
	for (
		let pauseMs = FIRST_PAUSE_MS;
		;
		pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH)
	) {
		if (agreedAt === undefined) {
			const asked = await evenIfNew(client, async () => await cancelRun(client, runId));
			if (asked.ok) {
				agreedAt = steadyNow();
				wasOpen = true;
			} else if (isAboutStatus(asked.failure)) {
				refusal = asked.failure;
				refusals++;
			} else return asked;
		}
		const found = await fetchRun(client, runId);
		if (!found.ok) return found;
		const { status } = found.body;
		const current = status ?? '';
		const isOpen = OPEN_STATUSES.includes(current);
		wasOpen ||= isOpen;
		if (!isOpen) {
			const cancelled = current === 'CANCELLED' && wasOpen;
			const finishedBefore = !cancelled && current !== REVIEW_STATUS;
			return { ok: true, body: { status: current, cancelled, finishedBefore } };
		}
		// Somebody else has it cancelled already.
		if (!CANCELLABLE_STATUSES.includes(current)) agreedAt ??= steadyNow();
		if (agreedAt === undefined && refusal !== undefined && refusals >= MOST_REFUSALS) {
			return { ok: false, failure: refusal };
		}
		if (agreedAt !== undefined && steadyNow() - agreedAt > LONGEST_CANCELLING_MS) {
			return { ok: true, body: { status: current, cancelled: false, finishedBefore: false } };
		}
		if (!(await pause(pauseMs, client.signal))) {
			return { ok: false, failure: { kind: 'cancelled', message: '' } };
		}
	}
}

/** Whether Extend refused because of how the run stands: it is not open any more, as a rule. */
function isAboutStatus(failure: CallFailure): boolean {
	return refusesThisCall(failure) && failure.status !== 404;
}
