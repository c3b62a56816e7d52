import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** How long a server may take until it answers. */
const READY_MS = 30_000;

/** A server that was started here. */
export interface Server {
	/** Where it listens on the loopback address. */
	port: number;
	stop(): Promise<void>;
}

/** Where a program is, if it is on the path or where Debian keeps what only root runs. */
export async function which(program: string): Promise<string | undefined> {
	const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
	try {
		const { stdout } = await promisify(execFile)('which', [program], { env });
		return stdout.trim() || undefined;
	} catch {
		return undefined;
	}
}

/** Waits until an attempt does not fail any more. */
export async function untilReady(attempt: () => Promise<unknown>, what: string): Promise<void> {
	const deadline = Date.now() + READY_MS;
	for (;;) {
		try {
			await attempt();
			return;
		} catch (error) {
			if (Date.now() > deadline)
				throw new Error(`Waited in vain until ${what} is ready`, { cause: error });
			await pause(200);
		}
	}
}
