import { OPEN_STATUSES, REVIEW_STATUS } from '../api/runs';

/**
 * How a batch stands, by what Extend's list of its runs has shown. Extend has no status of a batch, its
 * runs may become listed one after the other, and nothing tells when the last one is.
 * - `unfinished`: Extend still works on some of its runs, or more may come into the list.
 * - `finished`: all of its runs are at rest, as far as anybody can tell.
 * - `unseen`: no run of it has ever been listed, for so long that there probably is no such batch.
 */
export type Standing = 'unfinished' | 'finished' | 'unseen';

/**
 * How long a list must have been at rest to count as whole: where nobody knows how long it should be, and
 * where it is shorter than it should be, because runs can be deleted.
 */
const SETTLE_MS = 10_000;
const SETTLE_WHEN_SHORT_MS = 5 * 60_000;

/** How long a batch may show no run at all. */
const UNSEEN_MS = 5 * 60_000;

/** How long a node may be told to wait for runs: thirty days. */
export const LONGEST_TIMEOUT_MINUTES = 30 * 24 * 60;

/** What was seen of a batch. */
export interface Sighting {
	/** The statuses of the runs in the last list. */
	statuses: readonly string[];
	/** How many runs the batch has, if that is known. */
	size: number | undefined;
	/** Whether any list showed a run. */
	isSeen: boolean;
	/** How long no list has shown a run that was open or had not been listed before, in milliseconds. */
	restingMs: number;
	/** Whether a run that waits for a person counts as finished. */
	reviewCountsAsFinished: boolean;
}

/** The statuses of runs that are not finished, in the order in which a batch gets rid of them. */
export function openStatuses(reviewCountsAsFinished: boolean): readonly string[] {
	const [queued, ...others] = OPEN_STATUSES;
	return reviewCountsAsFinished ? OPEN_STATUSES : [queued!, REVIEW_STATUS, ...others];
}

/** How a batch stands. Pure: how much time has passed is told, and Extend's own times do not matter. */
export function standingOf(sighting: Sighting): Standing {
	const { statuses, size, isSeen, restingMs, reviewCountsAsFinished } = sighting;
	const open = openStatuses(reviewCountsAsFinished);
	if (statuses.some((status) => open.includes(status))) return 'unfinished';
	if (!isSeen) return restingMs >= UNSEEN_MS ? 'unseen' : 'unfinished';
	if (statuses.length >= (size ?? Infinity)) return 'finished';
	const settleMs = size === undefined ? SETTLE_MS : SETTLE_WHEN_SHORT_MS;
	return restingMs >= settleMs ? 'finished' : 'unfinished';
}
