import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { startOwned, stopOwned } from './children';
import type { N8nInstall } from './install';
import { startN8n, startProcess, type N8nInstance, type N8nProcess } from './instance';
import { freePorts } from './ports';

/** An n8n in queue mode, on Postgres and Redis of its own. */
export interface QueueMode {
	/** The process with the editor. It takes no deliveries. */
	main: N8nInstance;
	/** Port of Postgres on the loopback address, where user and database are called `postgres`. */
	postgresPort: number;
	/** Address of the load balancer before the webhook processes. */
	webhookUrl: string;
	/** Deliveries that each webhook process was given. */
	readonly deliveries: readonly number[];
	/** The processes that execute; one at first. */
	readonly workers: readonly N8nProcess[];
	/** The processes that take deliveries. */
	readonly takers: readonly N8nProcess[];
	/** Starts one more of them. */
	startWorker(): Promise<N8nProcess>;
	stop(): Promise<void>;
}

/** What to start. */
export interface QueueModeRequest {
	install: N8nInstall;
	packageDirectory: string;
	webhookProcesses: number;
	/** Folder for the logs. */
	logs: string;
	/** Environment variables beside the usual ones, for all processes of n8n. */
	env?: NodeJS.ProcessEnv;
}

/** Ends what was started. */
type Ending = () => Promise<void>;

const READY_MS = 30_000;
const POSTGRES_HOMES = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/pgsql'];

/** Where Postgres and Redis are, or which of them is missing. */
export async function findServers(): Promise<
	{ postgres: string; redis: string } | { missing: string }
> {
	const redis = await which('redis-server');
	const initdb = (await which('initdb')) ?? (await newestPostgres());
	if (redis === undefined) return { missing: 'redis-server' };
	if (initdb === undefined) return { missing: 'postgresql' };
	return { redis, postgres: dirname(await realpath(initdb)) };
}

async function which(program: string): Promise<string | undefined> {
	try {
		const { stdout } = await promisify(execFile)('which', [program]);
		return stdout.trim() || undefined;
	} catch {
		return undefined;
	}
}

/** Debian keeps the programs of each version in a folder that is not on the path. */
async function newestPostgres(): Promise<string | undefined> {
	for (const home of POSTGRES_HOMES) {
		const versions = await readdir(home).catch(() => []);
		const newestFirst = versions.sort((one, other) =>
			other.localeCompare(one, 'en', { numeric: true }),
		);
		for (const version of newestFirst) {
			const path = join(home, version, 'bin', 'initdb');
			if (existsSync(path)) return path;
		}
	}
	return undefined;
}

/** Starts Postgres, Redis, the main process, one worker, the webhook processes and what is before them. */
export async function startQueueMode(
	{ install, packageDirectory, webhookProcesses, logs, env: more }: QueueModeRequest,
	servers: { postgres: string; redis: string },
): Promise<QueueMode> {
	const folder = await mkdtemp(join(tmpdir(), 'n8n-nodes-extend-ai-queue-'));
	const endings: Ending[] = [
		async () => {
			await rm(folder, { recursive: true, force: true, maxRetries: 3 });
		},
	];
	const stop = async () => {
		for (const end of endings.splice(0).reverse()) await end();
	};
	try {
		const [postgresPort = 0, redisPort = 0] = await freePorts(2);
		await startPostgres(servers.postgres, folder, postgresPort, endings);
		startRedis(servers.redis, folder, redisPort, endings);

		const targets: string[] = [];
		const deliveries: number[] = [];
		const balancer = await startBalancer(targets, deliveries);
		endings.push(async () => {
			balancer.closeAllConnections();
			await new Promise((resolve) => balancer.close(resolve));
		});
		const webhookUrl = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
		const env = {
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(postgresPort),
			DB_POSTGRESDB_USER: 'postgres',
			DB_POSTGRESDB_DATABASE: 'postgres',
			EXECUTIONS_MODE: 'queue',
			// Else the main process executes what is started by hand.
			OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
			QUEUE_BULL_REDIS_HOST: '127.0.0.1',
			QUEUE_BULL_REDIS_PORT: String(redisPort),
			N8N_ENCRYPTION_KEY: 'only-for-this-test',
			N8N_DISABLE_PRODUCTION_MAIN_PROCESS: 'true',
			WEBHOOK_URL: `${webhookUrl}/`,
			...more,
		};
		const userFolder = join(folder, 'main');
		const main = await startN8n({
			install,
			userFolder,
			packageDirectory,
			env,
			logFile: join(logs, 'queue-main.log'),
		});
		endings.push(async () => {
			await main.stop();
		});
		const workers: N8nProcess[] = [];
		const startWorker = async () => {
			const logFile = join(logs, `queue-worker-${workers.length + 1}.log`);
			const worker = await startProcess('worker', { install, userFolder, env, logFile });
			workers.push(worker);
			endings.push(async () => {
				await worker.stop();
			});
			return worker;
		};
		await startWorker();
		const takers: N8nProcess[] = [];
		for (let number = 1; number <= webhookProcesses; number++) {
			const logFile = join(logs, `queue-webhook-${number}.log`);
			const taker = await startProcess('webhook', { install, userFolder, env, logFile });
			endings.push(async () => {
				await taker.stop();
			});
			takers.push(taker);
			targets.push(taker.url);
			deliveries.push(0);
		}
		return {
			main,
			postgresPort,
			webhookUrl,
			deliveries,
			workers,
			takers,
			startWorker,
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

/** Postgres refuses to run as root, so root hands it to the user that its Debian package makes. */
async function startPostgres(
	bin: string,
	folder: string,
	port: number,
	endings: Ending[],
): Promise<void> {
	const data = join(folder, 'postgres');
	await mkdir(data);
	const isRoot = userInfo().uid === 0;
	const as = isRoot ? ['runuser', '-u', 'postgres', '--'] : [];
	if (isRoot) {
		await chmod(folder, 0o755);
		await promisify(execFile)('chown', ['postgres', data]);
	}
	const call = (program: string, args: string[]): [string, string[]] => {
		const [command = '', ...rest] = [...as, join(bin, program), ...args];
		return [command, rest];
	};
	const [initdb, initArgs] = call('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres']);
	await promisify(execFile)(initdb, initArgs, { cwd: data });
	const [command, args] = call('postgres', [
		...['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', data],
		...['-c', 'fsync=off', '-c', 'max_connections=200'],
	]);
	const child = startOwned(command, args, { cwd: data, stdio: 'ignore' });
	endings.push(async () => {
		await stopOwned(child);
	});
	const [ready, readyArgs] = call('pg_isready', ['-h', '127.0.0.1', '-p', String(port)]);
	await until(async () => {
		await promisify(execFile)(ready, readyArgs);
	}, 'Postgres is ready');
}

/** n8n itself waits until Redis answers. */
function startRedis(program: string, folder: string, port: number, endings: Ending[]): void {
	const child = startOwned(
		program,
		['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
		{ stdio: 'ignore' },
	);
	endings.push(async () => {
		await stopOwned(child);
	});
}

/** Hands each request to the next target, as a load balancer does. */
async function startBalancer(targets: readonly string[], counts: number[]): Promise<Server> {
	let next = 0;
	const server = createServer((incoming, answer) => {
		const index = next++ % Math.max(1, targets.length);
		const target = targets[index];
		if (target === undefined) {
			answer.writeHead(503).end();
			return;
		}
		counts[index] = (counts[index] ?? 0) + 1;
		const { method, headers } = incoming;
		const outgoing = request(`${target}${incoming.url ?? ''}`, { method, headers }, (response) => {
			answer.writeHead(response.statusCode ?? 502, response.headers);
			response.pipe(answer);
		});
		outgoing.once('error', () => {
			if (!answer.headersSent) answer.writeHead(502);
			answer.end();
		});
		incoming.pipe(outgoing);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return server;
}

async function until(attempt: () => Promise<void>, what: string): Promise<void> {
	const deadline = Date.now() + READY_MS;
	for (;;) {
		try {
			await attempt();
			return;
		} catch (error) {
			if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`, { cause: error });
			await pause(200);
		}
	}
}
