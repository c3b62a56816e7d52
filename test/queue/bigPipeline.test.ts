/**
 * The big pipeline of the examples on a real Postgres, in queue mode with two workers. One of them is killed in
 * the middle of a page; another execution takes that page, and in the end there is exactly one run of each
 * document, and a result in each row. `DOCUMENTS` and `PAGE` make it larger.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { EXAMPLE_NODES, readExample } from '../../demo/exampleWorkflow';
import { eventually } from '../harness/e2e/triggers';
import { referenceTo, type StoredCredential } from '../harness/n8n/client';
import { ensureN8n } from '../harness/n8n/install';
import type { N8nProcess } from '../harness/n8n/instance';
import { jsonText } from '../harness/n8n/jsonText';
import { MemoryWatch } from '../harness/n8n/memory';
import type { StoredWorkflow, WorkflowNode } from '../harness/n8n/n8nData';
import { REPOSITORY } from '../harness/n8n/packedPackage';
import { createProgress } from '../harness/n8n/progress';
import { findServers, startQueueMode, type QueueMode } from '../harness/n8n/queueMode';
import { SEED_WORKFLOWS, startSimulator, TOKENS, type Simulator } from '../simulator';

const DOCUMENTS = Number(process.env.DOCUMENTS ?? 4_000);
const PAGE = Number(process.env.PAGE ?? 2_000);
/** When nothing is delivered and nothing written for so long, the rest is taken for lost. */
const QUIET_MS = 30_000;
/** What the page of the example says to set. */
const SETTINGS = { N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' };
/** Pages under way at the same time. */
const AT_ONCE = 2;
/** Above the 700 MB that docs/speed.md promises, because when garbage is collected is up to the machine. */
const MOST_MEMORY_MB = 900;
/** Time for the results, and twice that for everything: about five times what two busy cores took. */
const RESULTS_MS = Math.max(600_000, DOCUMENTS * 60);
const LOGS = join(REPOSITORY, 'test-output');

type Parameters = WorkflowNode['parameters'];

let queue: QueueMode;
let simulator: Simulator;
let extendApi: StoredCredential;
let postgres: StoredCredential;
let memory: MemoryWatch;
let began = 0;

const sql = async (query: string): Promise<string> => await queue.postgres.sql(query);

/** Stores an example with what its user fills in. */
async function store(
	name: string,
	fillIn: (node: WorkflowNode) => Parameters | undefined = () => undefined,
): Promise<StoredWorkflow> {
	const example = await readExample(name);
	const nodes = example.nodes.map((node): WorkflowNode => {
		const isExtend = node.type.startsWith('n8n-nodes-extend-ai.');
		const isPostgres = node.type === 'n8n-nodes-base.postgres';
		return {
			...node,
			...(isExtend && { credentials: referenceTo(extendApi) }),
			...(isPostgres && { credentials: referenceTo(postgres) }),
			parameters: { ...node.parameters, ...fillIn(node) },
		};
	});
	return await queue.main.client.createWorkflow({ ...example, nodes });
}

async function publish({ id }: StoredWorkflow): Promise<void> {
	const { client } = queue.main;
	await client.publishWorkflow(id);
	await client.untilPublished(id);
}

/** A number that the database tells. */
async function count(query: string): Promise<number> {
	return Number(await sql(`SELECT count(*) FROM ${query}`));
}

/** The worker that an execution runs on, as its log tells. */
async function workerOf(executionId: string): Promise<N8nProcess> {
	const find = () =>
		queue.workers.find(({ logFile }) =>
			readFileSync(logFile, 'utf8').includes(`started execution ${executionId} `),
		);
	await eventually(() => find() !== undefined, `a worker has started execution ${executionId}`);
	return find()!;
}

/** The query of a node, for pages of another size. */
function pagesOf({ query }: Parameters): string {
	return jsonText(query).replace('LIMIT 3', `LIMIT ${PAGE}`).replace('5000', String(PAGE));
}

/** Tells how far it is. @returns seconds since the servers were ready */
function say(text: string): number {
	const seconds = Math.round((Date.now() - began) / 1_000);
	process.stdout.write(`${seconds} s: ${text}\n`);
	return seconds;
}

beforeAll(async () => {
	const servers = await findServers();
	if ('missing' in servers) {
		throw new Error(`${servers.missing} is missing; on Debian: apt-get install it, and run again.`);
	}
	const install = await ensureN8n({ progress: createProgress(process.stderr) });
	simulator = await startSimulator();
	queue = await startQueueMode(
		{ install, packageDirectory: REPOSITORY, webhookProcesses: 1, logs: LOGS, env: SETTINGS },
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
		...queue.postgres.credential,
	});
	began = Date.now();
	const timeline = process.env.MEMORY_TIMELINE;
	memory = new MemoryWatch((megabytes) => {
		if (timeline === undefined) return;
		const facts = { s: (Date.now() - began) / 1_000, batches: simulator.ledger.batches.length };
		appendFileSync(timeline, `${JSON.stringify({ ...facts, ...megabytes })}\n`);
	});
	memory.add('main', queue.main.pid);
	for (const [index, { pid }] of queue.workers.entries()) memory.add(`worker ${index + 1}`, pid);
	for (const { pid } of queue.takers) memory.add('webhook', pid);
});

afterAll(async () => {
	memory.end();
	await queue.stop();
	await simulator.close();
});

test(
	'exactly one run of each document, and a result in each row, though a worker is killed',
	async () => {
		const { client } = queue.main;
		const { ledger } = simulator;
		const address = (n: number | string) => `https://files.example.com/${n}.pdf`;
		const { parameters } = (await readExample('big-pipeline')).nodes[0]!;
		const [, create] = /`(CREATE TABLE [^`]*)`/.exec(jsonText(parameters.content)) ?? [];
		await sql(String(create));
		await sql(
			`INSERT INTO documents (id, url) SELECT n, '${address(`' || n || '`)}' FROM generate_series(1, ${DOCUMENTS}) AS n`,
		);

		const page = await store(
			'big-pipeline-page',
			({ name, parameters: given }): Parameters | undefined => {
				if (name === 'Read Page') return { query: pagesOf(given) };
				if (name !== EXAMPLE_NODES.extend) return undefined;
				const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
				// Extend shows here at once what it has.
				const options = { ...(given.options as Parameters), settleSeconds: 10 };
				return { workflow: { __rl: true, mode: 'id', value: id }, options };
			},
		);
		const pipeline = await store(
			'big-pipeline',
			({ name, parameters: given }): Parameters | undefined => {
				if (name === 'Claim Page') return { query: pagesOf(given) };
				if (name !== 'Submit Page') return undefined;
				return { workflowId: { __rl: true, mode: 'id', value: page.id } };
			},
		);
		const results = await store('big-pipeline-results');
		await publish(page);
		await publish(results);
		const takePage = async () => await client.startWorkflow(pipeline, 'Every Minute');

		// The first page stays in the middle: Extend has a part of it, and another part is on its way.
		const hanging = simulator.faults.add({
			kind: 'hangBefore',
			nth: 2,
			on: { method: 'POST', path: '/workflow_runs/batch' },
		});
		say('the first pages are taken');
		const first = await takePage();
		await eventually(
			() => ledger.batches.length > 0 && hanging.struck > 0,
			'the first page is half submitted',
			120_000,
		);
		const second = await takePage();
		const killed = await workerOf(first);
		const dead = [first, ...((await workerOf(second)) === killed ? [second] : [])];
		await killed.kill();
		say(`a worker is killed; Extend has ${ledger.batches.length} batches`);
		expect(ledger.runs.length).toBeLessThan(DOCUMENTS);
		if (!dead.includes(second)) await client.waitForExecution(second);

		// An hour later.
		await sql(
			`UPDATE documents SET claimed_at = claimed_at - interval '61 minutes' WHERE claimed_by IN ('${dead.join("', '")}')`,
		);
		while ((await count('documents WHERE batch_id IS NULL')) > 0) {
			const taken = await Promise.all(Array.from({ length: AT_ONCE }, takePage));
			const ended = await Promise.all(taken.map(async (id) => await client.waitForExecution(id)));
			expect(ended.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill('success'));
		}
		const submitted = say('all is submitted');
		const urls = Array.from({ length: DOCUMENTS }, (_, index) => address(index + 1));
		const { doubled, lost, unexpected } = ledger.account(urls);
		expect({ doubled, lost, unexpected }).toEqual({ doubled: [], lost: [], unexpected: [] });

		// What was being written back on the worker that was killed is missing, and nothing else.
		const withoutResult = async () => await count('documents WHERE status IS NULL');
		let missing = -1;
		let quietSince = Date.now();
		await eventually(
			async () => {
				const now = await withoutResult();
				const isComing = ledger.deliveries.some(({ outcome }) => outcome === 'pending');
				if (now !== missing || isComing) quietSince = Date.now();
				if (now !== missing) say(`${now} rows without result`);
				missing = now;
				await pause(1_000);
				return now === 0 || Date.now() - quietSince > QUIET_MS;
			},
			'the results of finished batches are written',
			RESULTS_MS,
		);
		const undelivered = ledger.deliveries.filter(({ outcome }) => outcome !== 'delivered');
		const batchOf = new Map(ledger.runs.map(({ id, batchId }) => [id, batchId]));
		const unheard = new Set(undelivered.map(({ subjectId }) => batchOf.get(subjectId)));
		say(`${undelivered.length} of ${ledger.deliveries.length} events were not delivered`);
		const batches = await count(
			'(SELECT DISTINCT batch_id FROM documents WHERE status IS NULL) AS b',
		);
		// Executions that succeed are not kept.
		const died = await count(
			`execution_entity WHERE "workflowId" = '${results.id}' AND "deletedAt" IS NULL`,
		);
		say(`${batches} batches without results, ${died} executions that did not end well`);
		expect(batches).toBeLessThanOrEqual(died + unheard.size);
		while ((await withoutResult()) > 0) {
			const look = await client.startWorkflow(results, 'Every 10 Minutes');
			expect((await client.waitForExecution(look)).status).toBe('success');
		}
		const whole = say('all rows have their results');
		expect(await count(`documents WHERE status <> 'PROCESSED' OR total IS NULL`)).toBe(0);

		const peaks = memory.end();
		process.stdout.write(
			`${JSON.stringify({ documents: DOCUMENTS, submitted, whole, foundByLook: missing, peaks })}\n`,
		);
		expect(Math.max(...Object.values(peaks))).toBeLessThan(MOST_MEMORY_MB);
	},
	2 * RESULTS_MS,
);
