import type { CallFailure } from '../failures/failure';

/**
 * What may be done when a call did not succeed:
 * - `repeat`: carrying it out twice does no harm (reads, deletes, uploads, updates with whole values).
 * - `once`: carrying it out twice does harm (starting runs, creating webhook endpoints), so it is sent
 *   again only if it is certain that nothing was done.
 */
export type Repeatable = 'repeat' | 'once';

/** How often a call is sent at most when it keeps failing for another reason than the rate limit. */
export const MOST_ATTEMPTS = 6;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** Whether a failed call may be sent again. 429 is not decided here: the rate control waits for its turn. */
export function mayRepeat(failure: CallFailure, repeatable: Repeatable, attempt: number): boolean {
	if (attempt >= MOST_ATTEMPTS) return false;
	switch (failure.kind) {
		case 'notSent':
			return failure.retryable !== false;
		case 'refused':
			return failure.retryable === true;
		case 'unknown':
			return repeatable === 'repeat';
		default:
			return false;
	}
}

/**
 * Milliseconds to wait before the next attempt: doubling from half a second to 15 seconds, varied by a
 * quarter so that many clients do not come back at the same moment.
 * @param attempt how many attempts were made, from 1
 * @param random a number from 0 to 1
 */
export function pauseAfter(attempt: number, random: number): number {
	const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
	return Math.round(pause * (0.75 + 0.5 * random));
}

/**
 * Reads a `Retry-After` header (RFC 9110, section 10.2.3) in both of its forms, seconds and date.
 * @returns milliseconds from `now`, or `undefined` if the header is missing or says nothing usable
 */
export function readRetryAfter(header: unknown, now: number): number | undefined {
	const value = Array.isArray(header) ? (header[0] as unknown) : header;
	if (typeof value !== 'string' && typeof value !== 'number') return undefined;
	const text = String(value).trim();
	if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
	const date = Date.parse(text);
	return Number.isNaN(date) || !/[a-z]/i.test(text) ? undefined : Math.max(0, date - now);
}
