/** What the clock reads of the settings: Extend's time less the real one, in milliseconds. */
interface ClockSettings {
	clockOffsetMs: number;
}

/** From when on Extend's clock was off by how much. */
interface Adjustment {
	/** Real time, milliseconds since 1970. */
	from: number;
	offsetMs: number;
}

/**
 * Two clocks: the real one, by which things happen, and Extend's, which everything is dated with and
 * which the setting `clockOffsetMs` puts off. A change of the setting counts from the next look at the
 * clock on, that is, from the next call or delivery: what happened before keeps its date, as in a
 * database. All times are milliseconds since 1970.
 */
export class Clock {
	private adjustments: Adjustment[] = [];
	private last = 0;

	constructor(private readonly settings: ClockSettings) {
		this.reset();
	}

	/** The real time; never goes backwards. */
	now(): number {
		this.last = Math.max(this.last, Date.now());
		const { clockOffsetMs } = this.settings;
		if (clockOffsetMs !== this.adjustments.at(-1)?.offsetMs) {
			// A moment of its own, so that nothing of before shares it.
			this.last += 1;
			this.adjustments.push({ from: this.last, offsetMs: clockOffsetMs });
		}
		return this.last;
	}

	/** What Extend's clock shows now. */
	extendNow(): number {
		return this.extendTime(this.now());
	}

	/** What Extend's clock showed at a real time that is over. */
	extendTime(at: number): number {
		const { adjustments } = this;
		let index = adjustments.length - 1;
		while (index > 0 && (adjustments[index] as Adjustment).from > at) index -= 1;
		return at + (adjustments[index] as Adjustment).offsetMs;
	}

	/** Forgets how the clock was off before. */
	reset(): void {
		this.adjustments = [{ from: -Infinity, offsetMs: this.settings.clockOffsetMs }];
	}
}
