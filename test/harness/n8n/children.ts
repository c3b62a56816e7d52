import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { constants } from 'node:os';

/**
 * The processes this program started. Each leads a process group of its own, so that ending it
 * ends what it started in turn (task runners, compilers) and nothing else on the machine.
 */
const owned = new Set<ChildProcess>();

type Cleanup = () => Promise<void> | void;

const cleanups = new Set<Cleanup>();
let watching = false;
let interruptedAt: number | undefined;

const SAME_SIGNAL_MS = 1_500;

/** Starts a process that never outlives this one, however this one ends. */
export function startOwned(
	command: string,
	args: readonly string[],
	options: SpawnOptions = {},
): ChildProcess {
	watchForTheEnd();
	const child = spawn(command, args, { ...options, detached: process.platform !== 'win32' });
	owned.add(child);
	child.once('exit', () => owned.delete(child));
	child.once('error', () => owned.delete(child));
	return child;
}

/** Asks a process to end, and makes it end when it has not done so after `graceMs`. */
export async function stopOwned(
	child: ChildProcess,
	graceMs = 10_000,
	signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
	if (hasEnded(child)) return;
	const ended = new Promise<void>((resolve) =>
		child.once('exit', () => {
			resolve();
		}),
	);
	signalGroup(child, signal);
	const timer = setTimeout(() => {
		signalGroup(child, 'SIGKILL');
	}, graceMs);
	await ended;
	clearTimeout(timer);
}

/** Ends a process at once, with all that it started, as when the memory is used up. */
export async function killOwned(child: ChildProcess): Promise<void> {
	await stopOwned(child, 0, 'SIGKILL');
}

/**
 * Runs `cleanup` when the program is interrupted, before its remaining processes are ended.
 * Gives back a function that takes the registration away again.
 */
export function onInterrupt(cleanup: Cleanup): () => void {
	watchForTheEnd();
	cleanups.add(cleanup);
	return () => cleanups.delete(cleanup);
}

function hasEnded(child: ChildProcess): boolean {
	return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
	if (hasEnded(child) || child.pid === undefined) return;
	try {
		if (process.platform === 'win32') child.kill(signal);
		else process.kill(-child.pid, signal);
	} catch {
		// It ended in the meantime.
	}
}

function killAll(): void {
	for (const child of owned) signalGroup(child, 'SIGKILL');
}

function watchForTheEnd(): void {
	if (watching) return;
	watching = true;
	process.on('exit', killAll);
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.on(signal, () => {
			const status = 128 + constants.signals[signal];
			if (interruptedAt !== undefined) {
				// A second signal means: now. But one Ctrl-C may arrive several times, because npm and
				// tsx pass on what the terminal has already sent to everybody.
				if (Date.now() - interruptedAt > SAME_SIGNAL_MS) process.exit(status);
				return;
			}
			interruptedAt = Date.now();
			void Promise.allSettled(
				[...cleanups].map(async (cleanup) => {
					await cleanup();
				}),
			).then(() => process.exit(status));
		});
	}
}
