import { sleep } from 'n8n-workflow';

const SLICE_MS = 200;

/**
 * Waits, in slices, so that a stopped execution is noticed at once (n8n's `sleep` cannot be ended early).
 * @returns whether the whole time has passed; false if the execution was stopped meanwhile
 */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
	const end = Date.now() + ms;
	for (;;) {
		if (signal?.aborted) return false;
		const left = end - Date.now();
		if (left <= 0) return true;
		await sleep(Math.min(SLICE_MS, left));
	}
}
