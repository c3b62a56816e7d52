import { steadyNow } from './clock';
import { OUT_OF_TIME } from '../failures/failure';
import type { CallFailure } from '../failures/failure';

/** What bounds calls, for one of them or for all of a client; see `ExtendClient.within`. */
export interface CallLimits {
	/**
	 * Milliseconds from now in which the call must have ended, its waits for a turn and all attempts included.
	 * A call that was not sent by then fails as `cancelled` with the code `OUT_OF_TIME`.
	 */
	withinMs?: number;
	/** Asked while waiting and just before each attempt; a call that is no longer wanted fails as `cancelled`. */
	isWanted?: () => boolean;
	/** Told of a final failure before any other call gets its turn, so that it can make these unwanted. */
	onFailure?: (failure: CallFailure) => void;
}

/** What bounds a call, all limits that hold for it taken together. */
export interface Bounds {
	/** On the steady clock; Infinity: none. */
	deadline: number;
	isWanted: () => boolean;
	onFailure: (failure: CallFailure) => void;
}

/** Bounded by nothing. */
export const UNBOUNDED: Bounds = {
	deadline: Infinity,
	isWanted: () => true,
	onFailure: () => undefined,
};

/** Bounds that hold in addition to others, from now on. */
export function narrow(
	bounds: Bounds,
	{ withinMs = Infinity, isWanted, onFailure }: CallLimits,
): Bounds {
	return {
		deadline: Math.min(bounds.deadline, steadyNow() + withinMs),
		isWanted: () => bounds.isWanted() && isWanted?.() !== false,
		onFailure: (failure) => {
			bounds.onFailure(failure);
			onFailure?.(failure);
		},
	};
}

/**
 * How a call ends that is no longer wanted, or whose time is over.
 * @param leftMs of its time
 */
export function cancelled(leftMs: number): { ok: false; failure: CallFailure } {
	const code = leftMs <= 0 ? { code: OUT_OF_TIME } : {};
	return { ok: false, failure: { kind: 'cancelled', ...code, message: '' } };
}
