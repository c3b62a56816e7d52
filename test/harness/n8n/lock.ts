import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const HEARTBEAT_MS = 5_000;
/** Without a heartbeat for this long, the holder is gone, even if its process id has been given to another. */
const SILENT_MS = 60_000;
const RETRY_MS = 500;

/**
 * Takes a lock file, so that one process at a time does what it guards. Waits while another
 * living process holds it; takes it over from one that was ended in the middle.
 */
export async function withLock<T>(
	path: string,
	work: () => Promise<T>,
	onWait: (holder: number) => void = () => {},
): Promise<T> {
	await acquire(path, onWait);
	const heartbeat = setInterval(() => {
		const now = new Date();
		utimes(path, now, now).catch(() => {});
	}, HEARTBEAT_MS);
	try {
		return await work();
	} finally {
		clearInterval(heartbeat);
		await rm(path, { force: true });
	}
}

async function acquire(path: string, onWait: (holder: number) => void): Promise<void> {
	const mine = `${path}.${process.pid}-${randomUUID().slice(0, 8)}`;
	await writeFile(mine, `${process.pid}\n`);
	try {
		// A hard link appears whole or not at all: nobody ever reads a lock without its pid.
		while (!(await linked(mine, path))) {
			const holder = await holderOf(path);
			if (holder === undefined) continue;
			if (holder.gone) {
				await takeAway(path, holder.text);
			} else {
				onWait(holder.pid);
				await pause(RETRY_MS);
			}
		}
	} finally {
		await rm(mine, { force: true });
	}
}

async function linked(from: string, to: string): Promise<boolean> {
	try {
		await link(from, to);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	}
}

async function holderOf(
	path: string,
): Promise<{ pid: number; text: string; gone: boolean } | undefined> {
	try {
		const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
		const pid = Number.parseInt(text, 10);
		return { pid, text, gone: !isAlive(pid) || Date.now() - mtimeMs > SILENT_MS };
	} catch {
		return undefined;
	}
}

/** Removes an abandoned lock, but puts it back when another process has just taken it over. */
async function takeAway(path: string, abandoned: string): Promise<void> {
	const aside = `${path}.abandoned-${process.pid}-${randomUUID().slice(0, 8)}`;
	try {
		await rename(path, aside);
	} catch {
		return;
	}
	if ((await readFile(aside, 'utf8')) !== abandoned) await linked(aside, path);
	await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
	if (!Number.isInteger(pid) || pid <= 0) return false;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
