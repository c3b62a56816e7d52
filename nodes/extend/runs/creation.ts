import type { ExtendClient } from '../client/client';

/** How much earlier than we think a request may have reached Extend, by Extend's clock, in milliseconds. */
const CLOCK_MARGIN_MS = 60_000;

/** The same as long as no answer of Extend has told its time: the clocks may be hours apart. */
const UNKNOWN_CLOCK_MARGIN_MS = 26 * 3_600_000;

/** When a request was sent that may have started runs. */
export interface Sending {
	/** In milliseconds of n8n's clock. */
	sentAt: number;
	/** The same by Extend's clock, if that was known. */
	sentAtByExtend?: number;
}

/** From when on, by Extend's clock, a run that a request started can have been created. */
export function earliestCreation(
	client: Pick<ExtendClient, 'extendNow'>,
	{ sentAt, sentAtByExtend }: Sending,
): number {
	if (sentAtByExtend !== undefined) return sentAtByExtend - CLOCK_MARGIN_MS;
	const now = client.extendNow();
	if (now === undefined) return sentAt - UNKNOWN_CLOCK_MARGIN_MS;
	return sentAt + (now - Date.now()) - CLOCK_MARGIN_MS;
}
