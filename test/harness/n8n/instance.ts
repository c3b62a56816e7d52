import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import axios from 'axios';

import { killOwned, startOwned, stopOwned } from './children';
import { N8nClient, type Owner } from './client';
import { instanceEnvironment } from './environment';
import type { N8nInstall } from './install';
import { packInto, unpackInto } from './packedPackage';
import { freePorts, requireFreePort } from './ports';
import { StartupError } from './startupError';

/** The account of every instance started here; it holds nothing but test data. */
export const OWNER: Owner = { email: 'demo@example.com', password: 'Extend-demo-1' };

/** What to start, and where. */
export interface InstanceRequest {
	install: N8nInstall;
	/** Where the instance keeps its data; made when it is not there. */
	userFolder: string;
	/** A packed package to load. */
	packageTarball?: string;
	/** Or a built package to pack and load. */
	packageDirectory?: string;
	/** The name the package is loaded under, when it is not this repository's. */
	packageName?: string;
	/** Without one, a free port is found. */
	port?: number;
	/** Environment variables beside, or in place of, the usual ones. */
	env?: NodeJS.ProcessEnv;
	/** Where n8n's log goes; by default into the user folder. */
	logFile?: string;
}

/** A running n8n. */
export interface N8nInstance {
	/** The address of its editor and of everything else it serves. */
	url: string;
	client: N8nClient;
	owner: Owner;
	logFile: string;
	/** Process id of n8n, to see how much memory it holds. */
	pid: number;
	/** From the start of the process to the signed-in client. */
	startMs: number;
	stop(): Promise<void>;
	/** Kills it, as a system does that is out of memory: it can save nothing. */
	kill(): Promise<void>;
}

const READY_MS = 180_000;
const POLL_MS = 250;
const LOG_LINES = 25;

/** Loads the package into an n8n of its own, starts it, and signs in. */
export async function startN8n(request: InstanceRequest): Promise<N8nInstance> {
	const { userFolder, packageName } = request;
	await mkdir(userFolder, { recursive: true });
	if (request.packageTarball) await unpackInto(userFolder, request.packageTarball, packageName);
	else if (request.packageDirectory) {
		await packInto(userFolder, request.packageDirectory, packageName);
	}
	if (request.port !== undefined) await requireFreePort(request.port);
	return await launch(request);
}

async function launch(request: InstanceRequest): Promise<N8nInstance> {
	const { started, ...running } = await startProcess('start', request);
	try {
		const client = new N8nClient(running.url);
		await client.signIn(OWNER);
		return { ...running, client, owner: OWNER, startMs: Date.now() - started };
	} catch (error) {
		await running.stop();
		throw await explain(error, request.install, running.logFile);
	}
}

/** A process of n8n that is ready. */
export interface N8nProcess {
	/** Where it listens. */
	url: string;
	logFile: string;
	pid: number;
	/** When it was started, in milliseconds since 1970. */
	started: number;
	stop(): Promise<void>;
	kill(): Promise<void>;
}

/** Starts one process of n8n: a whole instance, or in queue mode one that takes webhooks or executes. */
export async function startProcess(
	command: 'start' | 'webhook' | 'worker',
	request: Pick<InstanceRequest, 'install' | 'userFolder' | 'port' | 'env' | 'logFile'>,
): Promise<N8nProcess> {
	const { install, userFolder } = request;
	const logFile = request.logFile ?? join(userFolder, 'n8n.log');
	await mkdir(dirname(logFile), { recursive: true });
	const [freePort, brokerPort] = await freePorts(2);
	const port = request.port ?? freePort ?? 0;
	const url = `http://127.0.0.1:${port}`;

	const started = Date.now();
	const log = createWriteStream(logFile);
	const env = {
		// The isolates of n8n 1 need a binary that is not there for every Node.
		...(install.version.startsWith('1.') && { N8N_EXPRESSION_ENGINE: 'legacy' }),
		...(command === 'worker' && {
			QUEUE_HEALTH_CHECK_ACTIVE: 'true',
			QUEUE_HEALTH_CHECK_PORT: String(port),
		}),
		...request.env,
	};
	const child = startOwned(
		install.node,
		['--require', join(__dirname, 'parentWatch.cjs'), install.entry, command],
		{
			cwd: userFolder,
			env: instanceEnvironment({ userFolder, port, brokerPort: brokerPort ?? 0 }, env),
			stdio: ['ignore', 'pipe', 'pipe'],
		},
	);
	child.stdout?.pipe(log);
	child.stderr?.pipe(log);
	let end: string | undefined;
	child.once('error', (error) => (end = error.message));
	child.once('exit', (status, signal) => (end = `it ended with ${signal ?? `status ${status}`}`));

	const stop = async () => {
		await stopOwned(child);
	};
	const kill = async () => {
		await killOwned(child);
	};
	try {
		await untilReady(url, () => end);
		return { url, logFile, pid: child.pid ?? 0, started, stop, kill };
	} catch (error) {
		await stop();
		throw await explain(error, install, logFile);
	}
}

async function untilReady(url: string, ended: () => string | undefined): Promise<void> {
	const deadline = Date.now() + READY_MS;
	for (;;) {
		const end = ended();
		if (end !== undefined) throw new Error(end);
		if (Date.now() > deadline) throw new Error(`it was not ready after ${READY_MS / 1000} s`);
		if (await isReady(url)) return;
		await pause(POLL_MS);
	}
}

/** `/healthz` alone answers before the database is ready. */
async function isReady(url: string): Promise<boolean> {
	try {
		const { status } = await axios.get(`${url}/healthz/readiness`, {
			proxy: false,
			timeout: 5_000,
			validateStatus: () => true,
		});
		return status === 200;
	} catch {
		return false;
	}
}

async function explain(error: unknown, install: N8nInstall, logFile: string): Promise<Error> {
	const reason = error instanceof Error ? error.message : String(error);
	const lines = (await readFile(logFile, 'utf8').catch(() => '')).trimEnd().split('\n');
	return new StartupError(
		`n8n ${install.version} did not start: ${reason}. The last lines of its log:\n${lines
			.slice(-LOG_LINES)
			.map((line) => `  | ${line}`)
			.join('\n')}`,
		`The whole log is in ${logFile}. If the installation is damaged, remove ${install.directory} and start again.`,
		{ cause: error },
	);
}
