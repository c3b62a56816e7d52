/** Tells the person at the terminal how far a long start is. */
export interface Progress {
	/** A step that stays on the screen. */
	step(text: string): void;
	/** How the current step goes on; replaced by the next call where the terminal can do that. */
	tick(text: string): void;
	/** Ends the line of the last tick, so that other output starts on its own line. */
	settle(): void;
}

/** Where progress is written: a terminal, or a file or pipe where lines cannot be replaced. */
export interface ProgressOutput {
	isTTY?: boolean;
	write(text: string): unknown;
}

/** Ticks are at least this far apart where they cannot replace each other. */
const QUIET_MS = 20_000;

const CLEAR_LINE = '\r\u001b[2K';

/** Progress on a terminal (ticks replace each other) or in a log (ticks are thinned out). */
export function createProgress(output: ProgressOutput = process.stdout): Progress {
	const live = output.isTTY === true;
	let open = false;
	let lastTick = Date.now();

	function settle(): void {
		if (open) output.write('\n');
		open = false;
	}

	return {
		settle,
		step(text) {
			settle();
			output.write(`${text}\n`);
			lastTick = Date.now();
		},
		tick(text) {
			if (live) {
				output.write(`${CLEAR_LINE}  ${text}`);
				open = true;
			} else if (Date.now() - lastTick >= QUIET_MS) {
				output.write(`  ${text}\n`);
				lastTick = Date.now();
			}
		},
	};
}

/** Progress nobody wants to see. */
export const silent: Progress = { step: () => {}, tick: () => {}, settle: () => {} };

/** `95` seconds as `1 min 35 s`. */
export function elapsed(sinceMs: number, nowMs = Date.now()): string {
	const seconds = Math.round((nowMs - sinceMs) / 1000);
	return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
