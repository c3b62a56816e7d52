import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';

import { cacheDirectory } from './cacheDirectory';
import { onInterrupt } from './children';
import { explainDriverTrouble, explainInstallTrouble } from './installTrouble';
import { withLock } from './lock';
import { lowestMajor, majorOf, nodePackage } from './nodePackage';
import { runNpm, type NpmCommand } from './npm';
import { elapsed, silent, type Progress } from './progress';
import { StartupError } from './startupError';

/** The version of n8n the suites are written against; `N8N_VERSION` chooses another. */
export const DEFAULT_N8N_VERSION = '2.40.7';

/** An n8n that can be started. */
export interface N8nInstall {
	version: string;
	directory: string;
	/** The Node binary that runs it. */
	node: string;
	/** The script that is n8n. */
	entry: string;
}

/** What to install, and what to tell meanwhile. */
export interface InstallRequest {
	version?: string;
	progress?: Progress;
	/** Replaces the cache directory. */
	cache?: string;
	/** Replaces npm. */
	npm?: NpmCommand;
	/** Replaces the version of the running Node, as in `v20.20.2`. */
	runningNode?: string;
}

/** Written last: an installation without it is not complete. */
interface Stamp {
	n8n: string;
	/** The Node binary installed beside n8n, relative to the directory; null when the running Node was new enough. */
	node: string | null;
	/** The lowest major version of Node this n8n runs on. */
	nodeMajor: number;
	installedAt: string;
}

const STAMP = '.complete.json';
const ENTRY = join('node_modules', 'n8n', 'bin', 'n8n');
const NEEDED_BYTES = 4.5e9;
const TICK_MS = 2_000;
const RECEIVED = /^npm http (?:fetch|cache)/gm;

/**
 * Gives back an installed n8n; installs it into the cache first when it is not there.
 *
 * The installation grows in a directory of its own and is renamed when it is complete, so what is
 * found under the final name is always whole: an interrupted installation leaves only rubbish that
 * the next one removes. A lock lets one process install while others wait for its result.
 */
export async function ensureN8n(request: InstallRequest = {}): Promise<N8nInstall> {
	const version = request.version ?? (process.env.N8N_VERSION || DEFAULT_N8N_VERSION);
	const progress = request.progress ?? silent;
	const cache = request.cache ?? cacheDirectory();
	const directory = join(cache, `n8n-${version}`);
	const runningMajor = majorOf(request.runningNode ?? process.version);

	const present = await findComplete(directory, version, runningMajor);
	if (present) return present;

	const logFile = `${directory}.log`;
	await makeCache(cache);
	let waiting = false;
	return await withLock(
		`${directory}.lock`,
		async () => {
			const meanwhile = await findComplete(directory, version, runningMajor);
			if (meanwhile) return meanwhile;
			await install({ ...request, version, progress, directory, runningMajor, logFile });
			const installed = await findComplete(directory, version, runningMajor);
			if (installed) return installed;
			throw new Error(`${directory} is not complete after the installation.`);
		},
		(holder) => {
			if (!waiting)
				progress.step(`Another start (process ${holder}) installs n8n; waiting for it.`);
			waiting = true;
		},
	).catch((error: unknown) => {
		// What the file system refuses: a cache that may not be written, a full disk.
		throw isSystemError(error) ? explainInstallTrouble(error, `n8n ${version}`, logFile) : error;
	});
}

function isSystemError(error: unknown): boolean {
	return error instanceof Error && 'syscall' in error;
}

interface Job {
	version: string;
	progress: Progress;
	directory: string;
	runningMajor: number;
	logFile: string;
	npm?: NpmCommand;
}

async function install(job: Job): Promise<void> {
	const { version, progress, directory, logFile } = job;
	const started = Date.now();
	await removeLeftovers(directory);
	const partial = `${directory}.partial-${process.pid}-${randomUUID().slice(0, 8)}`;
	await mkdir(partial, { recursive: true });
	const log = createWriteStream(logFile);
	const forget = onInterrupt(() => {
		progress.step(
			'Interrupted. The next start begins the installation again; packages that did arrive are kept in the cache of npm.',
		);
	});
	try {
		const nodeMajor = await neededNode(job, partial, log);
		await requireSpace(partial, job);
		const ownNode = job.runningMajor < nodeMajor ? nodePackage() : undefined;
		await installPackages(job, partial, ownNode && `${ownNode.name}@${nodeMajor}`, log);
		const node = ownNode ? join(partial, ownNode.binary) : process.execPath;
		await buildDriver(job, partial, node, log);

		const stamp: Stamp = {
			n8n: version,
			node: ownNode?.binary ?? null,
			nodeMajor,
			installedAt: new Date().toISOString(),
		};
		await writeFile(join(partial, STAMP), `${JSON.stringify(stamp, null, '\t')}\n`);
		await rename(partial, directory);
		progress.step(`n8n ${version} is installed (${elapsed(started)}).`);
	} finally {
		forget();
		await rm(partial, { recursive: true, force: true });
		log.end();
		await finished(log);
	}
}

/** Asks the registry, which also tells at once when the network is down or the version unknown. */
async function neededNode(job: Job, cwd: string, log: Writable): Promise<number> {
	const args = ['view', `n8n@${job.version}`, 'version', 'engines.node', '--json'];
	try {
		const { stdout } = await runNpm(
			[...args, '--fetch-retries=1', '--fetch-retry-mintimeout=1000'],
			{
				cwd,
				npm: job.npm,
				log,
			},
		);
		const answer = JSON.parse(stdout || '{}') as { 'engines.node'?: string };
		return lowestMajor(answer['engines.node']);
	} catch (error) {
		throw explainInstallTrouble(error, `n8n ${job.version}`, job.logFile);
	}
}

async function installPackages(
	job: Job,
	partial: string,
	node: string | undefined,
	log: Writable,
): Promise<void> {
	const { version, progress, logFile } = job;
	progress.step(
		`Installing n8n ${version}${node ? ` and ${node}` : ''} into ${job.directory} (once; about 3 GB, 5 to 10 minutes).`,
	);
	// n8n 1 takes xlsx from a host of its own; the registry has the same library.
	const overrides = version.startsWith('1.') ? { xlsx: '0.18.5' } : undefined;
	const manifest = JSON.stringify({ private: true, overrides });
	await writeFile(join(partial, 'package.json'), `${manifest}\n`);
	let answers = 0;
	const stop = tickWhile(progress, () =>
		answers === 0 ? 'asking the npm registry' : `${answers.toLocaleString('en')} files received`,
	);
	try {
		const packages = [`n8n@${version}`, ...(node ? [node] : [])];
		await runNpm(
			[
				'install',
				...packages,
				`--prefix=${partial}`,
				'--ignore-scripts',
				'--save-exact',
				'--no-audit',
				'--no-fund',
				// npm then reports every file it receives.
				'--loglevel=http',
			],
			{
				cwd: partial,
				npm: job.npm,
				log,
				onReport: (text) => {
					answers += text.match(RECEIVED)?.length ?? 0;
				},
			},
		);
	} catch (error) {
		throw explainInstallTrouble(error, `n8n ${version}`, logFile);
	} finally {
		stop();
	}
}

/** The one package that needs its install script; a Node-API addon, so one build serves every Node. */
async function buildDriver(job: Job, partial: string, node: string, log: Writable): Promise<void> {
	const { progress, logFile } = job;
	progress.step('Building the SQLite driver (about a minute).');
	const stop = tickWhile(progress, () => 'building');
	const headers = dirname(dirname(node));
	const hasHeaders = existsSync(join(headers, 'include', 'node', 'node_api.h'));
	try {
		await runNpm(
			[
				'rebuild',
				'sqlite3',
				`--prefix=${partial}`,
				'--ignore-scripts=false',
				'--foreground-scripts',
			],
			{
				cwd: partial,
				npm: job.npm,
				log,
				// The headers came with Node, so nothing has to be downloaded for a build.
				env: hasHeaders ? { npm_config_nodedir: headers } : {},
			},
		);
		await promisify(execFile)(node, ['-e', "require('sqlite3')"], { cwd: partial });
	} catch (error) {
		throw explainDriverTrouble(error, logFile);
	} finally {
		stop();
	}
}

async function findComplete(
	directory: string,
	version: string,
	runningMajor: number,
): Promise<N8nInstall | undefined> {
	let stamp: Stamp;
	try {
		stamp = JSON.parse(await readFile(join(directory, STAMP), 'utf8')) as Stamp;
	} catch {
		return undefined;
	}
	if (stamp.n8n !== version) return undefined;
	if (stamp.node === null && runningMajor < stamp.nodeMajor) return undefined;
	const node = stamp.node === null ? process.execPath : join(directory, stamp.node);
	const entry = join(directory, ENTRY);
	return existsSync(node) && existsSync(entry) ? { version, directory, node, entry } : undefined;
}

/** Removes what interrupted installations left, and an installation that is not usable (any more). */
async function removeLeftovers(directory: string): Promise<void> {
	const parent = dirname(directory);
	const prefix = `${basename(directory)}.partial-`;
	const leftovers = (await readdir(parent)).filter((name) => name.startsWith(prefix));
	await Promise.all(
		[...leftovers.map((name) => join(parent, name)), directory].map(async (path) => {
			await rm(path, { recursive: true, force: true });
		}),
	);
}

async function makeCache(cache: string): Promise<void> {
	try {
		await mkdir(cache, { recursive: true });
	} catch (error) {
		throw explainInstallTrouble(error, 'n8n', cache);
	}
}

async function requireSpace(path: string, job: Job): Promise<void> {
	if (job.npm) return;
	const free = await freeBytes(path);
	if (free >= NEEDED_BYTES) return;
	throw new StartupError(
		`The disk has ${gigabytes(free)} left; n8n ${job.version} needs about ${gigabytes(NEEDED_BYTES)}.`,
		'Free some space (or point N8N_NODES_EXTEND_AI_CACHE at a larger disk) and start again.',
	);
}

async function freeBytes(path: string): Promise<number> {
	const { bavail, bsize } = await statfs(path);
	return bavail * bsize;
}

function gigabytes(bytes: number): string {
	return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** npm is silent for minutes; the time and what it has done so far show that it is alive. */
function tickWhile(progress: Progress, doing: () => string): () => void {
	const started = Date.now();
	const timer = setInterval(() => {
		progress.tick(`${doing()} (${elapsed(started)})`);
	}, TICK_MS);
	return () => {
		clearInterval(timer);
		progress.settle();
	};
}
