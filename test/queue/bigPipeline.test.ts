/**
 * The big pipeline of the examples on a real Postgres, in queue mode with two workers, of which one is killed
 * in the middle: run again, it leaves exactly one run of each document, and every row has its result.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import axios from 'axios';

import { EXAMPLE_NODES, readExample } from '../../demo/exampleWorkflow';
import { referenceTo, type StoredCredential } from '../harness/n8n/client';
import { ensureN8n } from '../harness/n8n/install';
import { jsonText } from '../harness/n8n/jsonText';
import type { WorkflowData, WorkflowNode } from '../harness/n8n/n8nData';
import { REPOSITORY } from '../harness/n8n/packedPackage';
import { createProgress } from '../harness/n8n/progress';
import { findServers, startQueueMode, type QueueMode } from '../harness/n8n/queueMode';
import { SEED_WORKFLOWS, startSimulator, TOKENS, type Simulator } from '../simulator';
import { eventually } from '../harness/e2e/triggers';

const DOCUMENTS = 12_000;
/** Batches of 1,000 that Extend has when the worker is killed: in the middle of the second page. */
const BATCHES_BEFORE_THE_END = 7;
const MOST_MEMORY_MB = 700;
/** Webhooks that start what else a schedule or a person starts. */
const PAGES_PATH = 'big-pipeline';
const RESULTS_PATH = 'big-pipeline-results';

let queue: QueueMode;
let simulator: Simulator;
let extendApi: StoredCredential;
let postgres: StoredCredential;

async function sql(query: string): Promise<string> {
	const { postgresPort } = queue;
	const where = ['-h', '127.0.0.1', '-p', String(postgresPort), '-U', 'postgres'];
	const { stdout } = await promisify(execFile)('psql', [...where, '-qtAc', query]);
	return stdout.trim();
}

/** The most memory that a process has had, in MB. */
function peakOf(pid: number): number {
	const [, peak] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
	return Math.round(Number(peak) / 1_000);
}

/** An example with what its user fills in. */
async function filledIn(
	name: string,
	change: (node: WorkflowNode) => Partial<WorkflowNode> = () => ({}),
): Promise<WorkflowData> {
	const example = await readExample(name);
	const nodes = example.nodes.map((node): WorkflowNode => {
		const isExtend = node.type.startsWith('n8n-nodes-extend-ai.');
		const isPostgres = node.type === 'n8n-nodes-base.postgres';
		return {
			...node,
			...(isExtend && { credentials: referenceTo(extendApi) }),
			...(isPostgres && { credentials: referenceTo(postgres) }),
			...change(node),
		};
	});
	return { ...example, nodes };
}

/** A webhook in the place of another trigger. */
function startedBy(path: string): Partial<WorkflowNode> {
	const parameters = { httpMethod: 'POST', path, responseMode: 'onReceived', options: {} };
	return { type: 'n8n-nodes-base.webhook', typeVersion: 2, parameters, webhookId: path };
}

async function publish(workflow: WorkflowData): Promise<string> {
	const { client } = queue.main;
	const { id } = await client.createWorkflow(workflow);
	await client.publishWorkflow(id);
	await client.untilPublished(id);
	return id;
}

beforeAll(async () => {
	const servers = await findServers();
	if ('missing' in servers) {
		throw new Error(`${servers.missing} is missing; on Debian: apt-get install it, and run again.`);
	}
	const install = await ensureN8n({ progress: createProgress(process.stderr) });
	simulator = await startSimulator();
	queue = await startQueueMode(
		{
			install,
			packageDirectory: REPOSITORY,
			webhookProcesses: 1,
			logs: join(REPOSITORY, 'test-output'),
		},
		servers,
	);
	await queue.startWorker();
	const { client } = queue.main;
	extendApi = await client.createCredential('extendApi', 'Simulator', {
		apiToken: TOKENS.workspace,
		region: 'custom',
		baseUrl: simulator.url,
	});
	postgres = await client.createCredential('postgres', 'Documents', {
		host: '127.0.0.1',
		port: queue.postgresPort,
		database: 'postgres',
		user: 'postgres',
		password: 'none',
		ssl: 'disable',
	});
});

afterAll(async () => {
	await queue.stop();
	await simulator.close();
});

test('exactly one run of each document, and a result in each row, though a worker is killed', async () => {
	const { client } = queue.main;
	await sql(
		'CREATE TABLE documents (id bigint PRIMARY KEY, url text NOT NULL, batch_id text, status text, total numeric)',
	);
	await sql(
		`INSERT INTO documents SELECT n, 'https://files.example.com/' || n || '.pdf' FROM generate_series(1, ${DOCUMENTS}) AS n`,
	);
	const urls = Array.from(
		{ length: DOCUMENTS },
		(_, n) => `https://files.example.com/${n + 1}.pdf`,
	);

	const results = await publish(
		await filledIn('big-pipeline-results', ({ type }) =>
			// Otherwise the test would wait for an hour.
			type === 'n8n-nodes-base.scheduleTrigger' ? startedBy(RESULTS_PATH) : {},
		),
	);
	const workflow = {
		__rl: true,
		mode: 'id',
		value: simulator.workflow(SEED_WORKFLOWS.invoices).id,
	};
	const page = await publish(
		await filledIn('big-pipeline-page', ({ name, parameters }) =>
			name === EXAMPLE_NODES.extend ? { parameters: { ...parameters, workflow } } : {},
		),
	);
	const pipeline = await publish(
		await filledIn('big-pipeline', ({ type, name, parameters }) => {
			// In production a schedule starts it; a test cannot wait for one.
			if (type === 'n8n-nodes-base.manualTrigger') return startedBy(PAGES_PATH);
			if (name === 'List Pages') {
				const query = jsonText(parameters.query).replace('LIMIT 3', `LIMIT ${DOCUMENTS}`);
				return { parameters: { ...parameters, query } };
			}
			if (name !== 'Submit Page') return {};
			return { parameters: { ...parameters, workflowId: { __rl: true, mode: 'id', value: page } } };
		}),
	);
	const start = async (path = PAGES_PATH) => {
		await axios.post(`${queue.webhookUrl}/webhook/${path}`, {}, { proxy: false });
	};
	const running = async (workflowId = pipeline) =>
		(await client.executions(workflowId)).filter(({ status }) =>
			['new', 'running', 'waiting'].includes(status),
		);

	// Slow enough to be killed in the middle.
	simulator.faults.add({
		kind: 'delay',
		ms: 1_500,
		on: { method: 'POST', path: '/workflow_runs/batch' },
	});
	await start();
	await eventually(
		async () => simulator.ledger.batches.length >= BATCHES_BEFORE_THE_END,
		'the second page is being submitted',
		120_000,
	);
	const peaks = queue.workers.map(({ pid }) => peakOf(pid));
	const busy = queue.workers.find(({ logFile }) =>
		readFileSync(logFile, 'utf8').includes('started execution'),
	);
	await busy!.kill();
	simulator.faults.clear();
	await pause(5_000);
	const killedAt = simulator.ledger.batches.length;
	expect(killedAt).toBeLessThan(DOCUMENTS / 1_000);

	// n8n takes the job up by itself, or marks its execution as crashed.
	await eventually(
		async () => (await running()).length === 0,
		'the first execution has ended',
		300_000,
	);
	await start();
	await eventually(
		async () => (await client.executions(pipeline)).length > 1 && (await running()).length === 0,
		'the second execution has ended',
		300_000,
	);

	const { doubled, lost, unexpected } = simulator.ledger.account(urls);
	expect({ doubled, lost, unexpected }).toEqual({ doubled: [], lost: [], unexpected: [] });
	expect(await sql('SELECT count(*) FROM documents WHERE batch_id IS NULL')).toBe('0');
	// What the worker was writing back when it was killed is found by the hourly look.
	const withoutResult = async () =>
		Number(await sql('SELECT count(*) FROM documents WHERE status IS NULL'));
	await eventually(
		async () => (await running(results)).length === 0,
		'the results of finished batches are written',
		120_000,
	);
	const missed = await withoutResult();
	await start(RESULTS_PATH);
	await eventually(async () => (await withoutResult()) === 0, 'every row has its result', 180_000);
	const wrong = await sql(
		`SELECT count(*) FROM documents WHERE status <> 'PROCESSED' OR total IS NULL`,
	);
	expect(wrong).toBe('0');

	const left = queue.workers.filter((worker) => worker !== busy);
	const all = [...peaks, ...[...left, queue.main].map(({ pid }) => peakOf(pid))];
	process.stdout.write(
		`Batches at the kill: ${killedAt}. Rows left to the hourly look: ${missed}. Peaks of n8n's processes: ${all.join(', ')} MB.\n`,
	);
	expect(Math.max(...all)).toBeLessThan(MOST_MEMORY_MB);
}, 900_000);
