import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findPostgres, startPostgres, type Postgres } from '../servers/postgres';
import { which } from '../servers/programs';

import { startOwned, stopOwned } from './children';
import type { N8nInstall } from './install';
import { startN8n, startProcess, type N8nInstance, type N8nProcess } from './instance';
import { freePorts } from './ports';

/** An n8n in queue mode, on Postgres and Redis of its own. */
export interface QueueMode {
	/** The process with the editor. It takes no deliveries. */
	main: N8nInstance;
	/** Its database. */
	postgres: Postgres;
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

/** Where Postgres and Redis are, or which of them is missing. */
export async function findServers(): Promise<
	{ postgres: string; redis: string } | { missing: string }
> {
	const redis = await which('redis-server');
	const postgres = await findPostgres();
	if (redis === undefined) return { missing: 'redis-server' };
	if (postgres === undefined) return { missing: 'postgresql' };
	return { redis, postgres };
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
		const postgres = await startPostgres(servers.postgres, folder);
		endings.push(async () => {
			await postgres.stop();
		});
		const [redisPort = 0] = await freePorts(1);
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
			DB_POSTGRESDB_PORT: String(postgres.port),
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
			postgres,
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
