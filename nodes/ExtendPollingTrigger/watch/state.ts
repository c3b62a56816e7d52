import { isObject } from '../../parameters/checks';
import type { OpenBatch } from './openBatches';
import type { Watermark } from './watermark';

/** A run that came to rest, and whose results have not been fetched. */
export interface OwedRun {
	id: string;
	status: string;
	/** Since when, by Extend's clock. */
	since: number;
}

/** What n8n keeps of a trigger from poll to poll; all times are Extend's, in milliseconds since 1970. */
export interface PollState {
	watermark: Watermark;
	/** See `Reported`. */
	reported: string;
	/** How many runs at rest the last complete look took in, and the one that is not over. The next one may meet them again. */
	met?: { before: number; now: number };
	batches: OpenBatch[];
	owed: OwedRun[];
	/** Batches that were created before may have been reported and forgotten. */
	begun: number;
}

/** Where the state is in the static data of the node. */
const KEY = 'polling';

/** What was saved; `undefined` in a trigger that has not polled yet. */
export function readState(staticData: Record<string, unknown>): PollState | undefined {
	const saved = staticData[KEY];
	return isSaved(saved) ? saved : undefined;
}

function isSaved(value: unknown): value is PollState {
	return isObject(value) && isObject(value.watermark);
}

/** Saves the state; n8n notices only what is assigned whole. */
export function writeState(staticData: Record<string, unknown>, state: PollState): void {
	staticData[KEY] = state;
}
