import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

const SAMPLE_MS = 500;

/** How much memory a process and those that it started have held, from sample to sample. */
interface Watched {
	name: string;
	pid: number;
	/** The most of one process, in MB, by the process's role: n8n itself, or its task runner. */
	peaks: { own: number; started: number };
}

/** Watches how much memory processes hold; Linux only, as it reads `/proc`. */
export class MemoryWatch {
	private readonly watched: Watched[] = [];

	private readonly timer = setInterval(() => {
		this.sample();
	}, SAMPLE_MS);

	/** @param onSample told now and then of what all processes hold, in MB */
	constructor(private readonly onSample?: (megabytes: Record<string, number>) => void) {
		this.timer.unref();
	}

	/** Adds a process, under the name that the result shows. What it held before does not count. */
	add(name: string, pid: number): void {
		// The kernel then counts the most memory anew (`man proc_pid_clear_refs`).
		writeFileSync(`/proc/${pid}/clear_refs`, '5');
		this.watched.push({ name, pid, peaks: { own: 0, started: 0 } });
		this.sample();
	}

	/** Ends, and tells the most memory of each process in MB; a child of it, such as its task runner, is one, too. */
	end(): Record<string, number> {
		clearInterval(this.timer);
		this.sample();
		const peaks: Record<string, number> = {};
		for (const { name, peaks: of } of this.watched) {
			peaks[name] = of.own;
			if (of.started > 0) peaks[`${name}, task runner`] = of.started;
		}
		return peaks;
	}

	private sample(): void {
		const now: Record<string, number> = {};
		const children = families();
		for (const { name, pid, peaks } of this.watched) {
			peaks.own = Math.max(peaks.own, megabytes(pid, 'VmHWM'));
			for (const child of children.get(pid) ?? []) {
				peaks.started = Math.max(peaks.started, megabytes(child, 'VmHWM'));
			}
			now[name] = megabytes(pid, 'VmRSS');
		}
		this.onSample?.(now);
	}
}

/** What the kernel counts of a process, in MB; 0 when it has ended. */
function megabytes(pid: number, field: 'VmHWM' | 'VmRSS'): number {
	const status = read(`/proc/${pid}/status`);
	const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status) ?? [];
	return Math.round(Number(kilobytes ?? 0) / 1_000);
}

/** The children of each process. */
function families(): Map<number, number[]> {
	const families = new Map<number, number[]>();
	for (const entry of readdirSync('/proc')) {
		if (!/^\d+$/.test(entry)) continue;
		// The name of the program, in brackets, may hold anything.
		const [, parent] = /\) \S (\d+) [^)]*$/.exec(read(`/proc/${entry}/stat`)) ?? [];
		const children = families.get(Number(parent)) ?? [];
		children.push(Number(entry));
		families.set(Number(parent), children);
	}
	return families;
}

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		// The process has ended.
		return '';
	}
}
