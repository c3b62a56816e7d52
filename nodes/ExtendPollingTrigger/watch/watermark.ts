/**
 * How far the list of changed runs has been looked through. The list has no filter by date, so each look goes
 * through it from the newest change down to where the last complete look began. Pure; all times are those that
 * Extend itself puts on its runs, in milliseconds since 1970.
 */

/** Changes may become listed a little late, so each look goes on beyond the watermark by so much. */
export const OVERLAP_MS = 15_000;

/** After so long without a change there is none that could become listed late. */
const CALM_MS = 5 * 60_000;

/** What is on a page in any case is taken in up to this far beyond the watermark. */
const READ_ANYWAY_MS = 5 * 60_000;

/** How late the end of a run may show: while watching goes on, and where it ended before that began. */
const LATEST_SIGN_MS = 60 * 60_000;
const LATEST_SIGN_AT_START_MS = 60_000;

/** What a page tells of the times of a run. */
export interface DatedRun {
	updatedAt?: string | null;
	endTime?: string | null;
	reviewedAt?: string | null;
}

/** A look that is not over: it goes on in the next poll. */
export interface Look {
	/** The newest change when it began; from there on the next look is needed. */
	top: number;
	/** The oldest change so far. */
	reached: number;
	/** Where the list goes on. */
	token: string;
	/** Whether there had been no change for long when it began. */
	isCalm?: boolean;
	/** What an earlier look took in whose place in the list was lost. */
	done?: { from: number; to: number };
}

/** The watermark. */
export interface Watermark {
	/** When watching began; older changes do not count. */
	start: number;
	/** The newest change when the last complete look began. */
	since: number;
	look: Look | null;
	/** Whether that change was so long ago that nothing beyond the watermark is to come: no overlap is needed. */
	isCalm?: boolean;
}

/** A time of Extend's in milliseconds since 1970; `undefined` if there is none. */
export function timeOf(text: string | null | undefined): number | undefined {
	const time = typeof text === 'string' ? Date.parse(text) : NaN;
	return Number.isNaN(time) ? undefined : time;
}

function timesOf(page: readonly DatedRun[]): number[] {
	return page.map(({ updatedAt }) => timeOf(updatedAt)).filter((time) => time !== undefined);
}

/** Begins at the newest change that there is now. */
export function begin(page: readonly DatedRun[]): Watermark {
	const newest = Math.max(0, ...timesOf(page));
	return { start: newest, since: newest, look: null };
}

/** Whether a change may be news: it happened since the watermark, or so little before that it may have been listed late. */
export function isNews({ start, since, look }: Watermark, { updatedAt }: DatedRun): boolean {
	const time = timeOf(updatedAt);
	if (time === undefined) return true;
	if (time < start || time < since - READ_ANYWAY_MS) return false;
	const done = look?.done;
	return done === undefined || time <= done.from || time > done.to - OVERLAP_MS;
}

/**
 * Whether a run at rest that changed came to its end so long ago, or so long before watching began, that only
 * something about it was changed, such as its metadata.
 */
export function isOnlyTouched(
	{ start, since }: Watermark,
	{ endTime, reviewedAt }: DatedRun,
): boolean {
	const end = Math.max(timeOf(endTime) ?? 0, timeOf(reviewedAt) ?? 0);
	return end > 0 && end < Math.max(since - LATEST_SIGN_MS, start - LATEST_SIGN_AT_START_MS);
}

/**
 * Takes note of a page.
 * @param token where the list goes on; none after the last page
 * @param now Extend's time
 * @returns the watermark, without a look if that one was complete
 */
export function advance(
	watermark: Watermark,
	page: readonly DatedRun[],
	token: string | null | undefined,
	now: number,
): Watermark {
	const { start, since, look } = watermark;
	const times = timesOf(page);
	// Only the first page tells how new the newest change was when the look began.
	const isFirst = look === null || look.token === '';
	const top = isFirst ? Math.max(since, ...times) : look.top;
	const isCalm = isFirst ? now - top >= CALM_MS : look.isCalm === true;
	const calm = isCalm ? { isCalm } : {};
	const reached = Math.min(look?.reached ?? Infinity, top, ...times);
	const isBeyond = watermark.isCalm ? reached <= since : reached < since - OVERLAP_MS;
	if (!token || page.length === 0 || isBeyond) return { start, since: top, look: null, ...calm };
	const done = look?.done === undefined ? {} : { done: look.done };
	return { ...watermark, look: { top, reached, token, ...calm, ...done } };
}

/** Begins a look again whose place in the list was lost, and leaves out what it has taken in. */
export function beginAgain(watermark: Watermark): Watermark {
	const { since, look } = watermark;
	if (look === null) return watermark;
	const { top, reached, done } = look;
	const isApart = done !== undefined && reached > done.to;
	const taken = isApart ? done : { from: Math.min(reached, done?.from ?? Infinity), to: top };
	return {
		...watermark,
		look: { top: since, reached: Number.MAX_SAFE_INTEGER, token: '', done: taken },
	};
}
