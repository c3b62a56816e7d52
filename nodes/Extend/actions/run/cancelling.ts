import {
	CANCELLABLE_STATUSES,
	OPEN_STATUSES,
	REVIEW_STATUS,
	cancelRun,
	fetchRun,
} from '../../../extend/api/runs';
import type { ExtendClient } from '../../../extend/client/client';
import { steadyNow } from '../../../extend/client/clock';
import { pause } from '../../../extend/client/waiting';
import { endsJob, refusesThisCall } from '../../../extend/failures/failure';
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

/** How the cancelling of a run ended. */
export type Cancelling =
	| {
			ok: true;
			body: CancelledRun;
			/** Why the run could not be read after Extend agreed; its status is the last that is known. */
			unread?: CallFailure;
	  }
	/** `isAgreed`: Extend has agreed to cancel the run all the same. */
	| { ok: false; failure: CallFailure; isAgreed: boolean };

/** How often Extend is asked to cancel a run that it refuses to cancel, and that stays open. */
const MOST_REFUSALS = 4;

const FIRST_PAUSE_MS = 250;
const PAUSE_GROWTH = 1.5;
const LONGEST_PAUSE_MS = 5_000;

/** How long Extend may take to cancel a run that it has agreed to cancel, in milliseconds. */
const LONGEST_CANCELLING_MS = 60_000;

/**
 * Cancels a run, and waits until it is at rest, because it may still finish. Safe to do again: a run that is
 * at an end is no failure, nor is one that cannot be read any more once Extend has agreed.
 */
export async function cancelOne(client: ExtendClient, runId: string): Promise<Cancelling> {
	let known = 'CANCELLING';
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
				known = asked.body.status ?? known;
			} else if (isAboutStatus(asked.failure)) {
				refusal = asked.failure;
				refusals++;
			} else return { ...asked, isAgreed: false };
		}
		const isAgreed = agreedAt !== undefined;
		const read = async () => await fetchRun(client, runId);
		const found = isAgreed ? await evenIfNew(client, read) : await read();
		if (!found.ok) {
			const { failure } = found;
			if (!isAgreed || failure.kind === 'cancelled' || endsJob(failure)) {
				return { ok: false, failure, isAgreed };
			}
			return { ok: true, body: reportOf(known, wasOpen), unread: failure };
		}
		const current = found.body.status ?? '';
		known = current;
		const isOpen = OPEN_STATUSES.includes(current);
		wasOpen ||= isOpen;
		if (!isOpen) {
			return { ok: true, body: reportOf(current, wasOpen) };
		}
		// Somebody else has it cancelled already.
		if (!CANCELLABLE_STATUSES.includes(current)) agreedAt ??= steadyNow();
		if (agreedAt === undefined && refusal !== undefined && refusals >= MOST_REFUSALS) {
			return { ok: false, failure: refusal, isAgreed: false };
		}
		if (agreedAt !== undefined && steadyNow() - agreedAt > LONGEST_CANCELLING_MS) {
			return { ok: true, body: reportOf(current, wasOpen) };
		}
		if (!(await pause(pauseMs, client.signal))) {
			const failure: CallFailure = { kind: 'cancelled', message: '' };
			return { ok: false, failure, isAgreed: agreedAt !== undefined };
		}
	}
}

/** What became of a run that stands like this, as far as it is known. */
function reportOf(status: string, wasOpen: boolean): CancelledRun {
	const cancelled = status === 'CANCELLED' && wasOpen;
	const isOver = ![...OPEN_STATUSES, REVIEW_STATUS].includes(status);
	return { status, cancelled, finishedBefore: isOver && !cancelled };
}

/** Whether Extend refused because of how the run stands: it is not open any more, as a rule. */
function isAboutStatus(failure: CallFailure): boolean {
	return refusesThisCall(failure) && failure.status !== 404;
}
