/**
 * Milliseconds of a clock that only goes forward: n8n's time when its process started, and what has passed
 * since. Setting n8n's clock does not move it. Times of two processes can be compared only roughly.
 */
export function steadyNow(): number {
	return performance.timeOrigin + performance.now();
}

/** A `Date` header names a second; the answer was made somewhere within it. */
const RESOLUTION_MS = 1000;

/**
 * Learns from the `Date` headers of its answers (RFC 9110, section 6.6.1) what a server's clock shows. Each
 * answer was made between sending and receiving, so it bounds the offset of the two clocks; what several
 * answers say is combined. Pure: it is told the times.
 */
export class ServerClock {
	private leastOffset = -Infinity;

	private mostOffset = Infinity;

	/**
	 * Takes in one answer; a header that is no date tells nothing.
	 * @param sentAt when the request was sent, in milliseconds of a clock that only goes forward
	 * @param receivedAt when its answer had come, on the same clock
	 */
	learn(date: unknown, sentAt: number, receivedAt: number): void {
		const told = typeof date === 'string' && /[a-z]/i.test(date) ? Date.parse(date) : NaN;
		if (Number.isNaN(told)) return;
		const least = told - receivedAt;
		const most = told + RESOLUTION_MS - sentAt;
		// Bounds that exclude each other: a clock was set since, and the newest answer knows.
		const isSameClock = least <= this.mostOffset && most >= this.leastOffset;
		this.leastOffset = isSameClock ? Math.max(this.leastOffset, least) : least;
		this.mostOffset = isSameClock ? Math.min(this.mostOffset, most) : most;
	}

	/**
	 * What the server's clock shows when ours shows `now`, in milliseconds since 1970; as exact as the quickest
	 * answer so far, that is within half a second and half of the time it took. `undefined` before the first.
	 */
	timeAt(now: number): number | undefined {
		const offset = (this.leastOffset + this.mostOffset) / 2;
		return Number.isFinite(offset) ? now + offset : undefined;
	}

	/** The earliest time that the server's clock may show when ours shows `now`; else as `timeAt`. */
	earliestAt(now: number): number | undefined {
		return Number.isFinite(this.leastOffset) ? now + this.leastOffset : undefined;
	}
}
