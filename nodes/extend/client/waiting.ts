import { sleep } from 'n8n-workflow';

import { steadyNow } from './clock';

/** n8n's `sleep` cannot be ended early; so what is waited for is looked at this often. */
export const SLICE_MS = 200;

/**
 * Waits, in slices, so that a stopped execution is noticed at once.
 * @returns whether the whole time has passed; false if the execution was stopped meanwhile
 */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
	const end = steadyNow() + ms;
	for (;;) {
		if (signal?.aborted) return false;
		const left = end - steadyNow();
		if (left <= 0) return true;
		await sleep(Math.min(SLICE_MS, left));
	}
}

/**
 * Does some work for each entry in turn, for at most `most` of them side by side. Other work gets a turn
 * between the starts, so that the first call leaves before all of them are prepared.
 */
export async function eachAtOnce<T>(
	entries: Iterable<T>,
	most: number,
	work: (entry: T) => Promise<void>,
): Promise<void> {
	const rest = entries[Symbol.iterator]();
	const begin = async (free: number): Promise<void> => {
		let next = rest.next();
		if (next.done === true) return;
		const goOn = async () => {
			for (; next.done !== true; next = rest.next()) await work(next.value);
		};
		const beginNext = async () => {
			if (free === 0) return;
			await sleep(0);
			await begin(free - 1);
		};
		await Promise.all([goOn(), beginNext()]);
	};
	await begin(most - 1);
}

/**
 * Waits for a promise, but no longer than `ms`.
 * @returns what came of it in time, or `undefined`; what comes of it later is dropped
 */
export async function inTime<T>(
	promise: Promise<T>,
	ms: number,
): Promise<{ value: T } | undefined> {
	let isSettled = false;
	const settled = promise
		.then((value) => ({ value }))
		.finally(() => {
			isSettled = true;
		});
	const end = steadyNow() + ms;
	const over = async () => {
		for (let left = ms; left > 0 && !isSettled; left = end - steadyNow()) {
			await sleep(Math.min(SLICE_MS, left));
		}
		return undefined;
	};
	settled.catch(() => undefined);
	return await Promise.race([settled, over()]);
}
