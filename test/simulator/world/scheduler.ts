import { Heap } from './heap';

/** Something to do at a time. */
interface Planned {
	/** Milliseconds since 1970. */
	at: number;
	action: () => void;
}

/** Runs any number of planned actions with a single timer. */
export class Scheduler {
	private readonly planned = new Heap<Planned>(({ at }) => at);
	private timer: NodeJS.Timeout | undefined;
	private wakesAt = Infinity;

	constructor(private readonly now: () => number) {}

	/** Plans an action for a time in milliseconds since 1970. */
	at(at: number, action: () => void): void {
		this.planned.push({ at, action });
		this.arm();
	}

	/** Does everything that is due by now, in order of time. */
	runDue(): void {
		const now = this.now();
		for (let next = this.planned.peek(); next && next.at <= now; next = this.planned.peek()) {
			this.planned.pop();
			next.action();
		}
	}

	/** Drops everything that is planned. */
	clear(): void {
		this.planned.clear();
		this.disarm();
	}

	private arm(): void {
		const next = this.planned.peek();
		if (!next || next.at >= this.wakesAt) return;
		this.disarm();
		this.wakesAt = next.at;
		this.timer = setTimeout(
			() => {
				this.wake();
			},
			Math.max(0, next.at - this.now()),
		);
	}

	private wake(): void {
		this.disarm();
		this.runDue();
		this.arm();
	}

	private disarm(): void {
		clearTimeout(this.timer);
		this.timer = undefined;
		this.wakesAt = Infinity;
	}
}
