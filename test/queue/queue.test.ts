import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { EXAMPLE_NODES, triggerExample } from '../../demo/exampleWorkflow';
import { KilledJob, killMoment } from '../harness/e2e/killedJob';
import {
	jobOfManyHours,
	polledBatches,
	pollingWorkflow,
	rowsOf,
	untilPolled,
} from '../harness/e2e/longJobs';
import type { StoredCredential } from '../harness/n8n/client';
import type { Execution } from '../harness/n8n/execution';
import { ensureN8n } from '../harness/n8n/install';
import type { Item } from '../harness/n8n/n8nData';
import { REPOSITORY } from '../harness/n8n/packedPackage';
import { createProgress } from '../harness/n8n/progress';
import { findServers, startQueueMode, type QueueMode } from '../harness/n8n/queueMode';
import { endpointsOf, submitBatch } from '../nodes/trigger/playedTrigger';
import { SEED_WORKFLOWS, startSimulator, TOKENS, type Simulator } from '../simulator';
import { seededRandom } from '../simulator/world/random';
import { extend, items, NODES, pipeline } from '../harness/e2e/pipeline';
import { eventually, triggerWorkflow } from '../harness/e2e/triggers';

const WEBHOOK_PROCESSES = 2;

/** How often a worker is killed, and the seed with which its moments can be had again. */
const KILLS = Number(process.env.KILLS ?? 2);
const SEED = Number(process.env.KILL_SEED ?? Date.now() % 100_000);

/** n8n in queue mode on Postgres: a main process, a worker, and two processes that share the deliveries. */
describe('queue mode', () => {
	let queue!: QueueMode;
	let simulator: Simulator;
	let credential: StoredCredential;
	const published: string[] = [];

	beforeAll(async () => {
		const servers = await findServers();
		if ('missing' in servers) {
			throw new Error(
				`${servers.missing} is missing; on Debian: apt-get install it, and run again.`,
			);
		}
		const install = await ensureN8n({ progress: createProgress(process.stderr) });
		simulator = await startSimulator();
		queue = await startQueueMode(
			{
				install,
				packageDirectory: REPOSITORY,
				webhookProcesses: WEBHOOK_PROCESSES,
				logs: join(REPOSITORY, 'test-output'),
			},
			servers,
		);
		credential = await queue.main.client.createCredential('extendApi', 'Simulator', {
			apiToken: TOKENS.workspace,
			region: 'custom',
			baseUrl: simulator.url,
		});
	});

	afterEach(async () => {
		for (const id of published.splice(0)) await queue.main.client.unpublishWorkflow(id);
		await eventually(async () => (await endpointsOf(simulator)).length === 0, 'nothing is left');
		simulator.reset();
	});

	afterAll(async () => {
		await queue.stop();
		await simulator.close();
	});

	const delivered = () =>
		simulator.ledger.deliveries.every(({ outcome }) => outcome === 'delivered');
	const allOf = async (workflowId: string): Promise<Execution[]> => {
		const { client } = queue.main;
		const started = await client.executions(workflowId);
		return await Promise.all(started.map(async ({ id }) => await client.waitForExecution(id)));
	};
	const publish = async (workflow: Parameters<typeof queue.main.client.createWorkflow>[0]) => {
		const { client } = queue.main;
		const { id } = await client.createWorkflow(workflow);
		await client.publishWorkflow(id);
		await client.untilPublished(id);
		published.push(id);
		expect(await endpointsOf(simulator)).toMatchObject([
			{ url: expect.stringContaining(queue.webhookUrl) as string },
		]);
		return id;
	};
	const chosen = () => ({
		workflowScope: 'selected',
		workflows: [simulator.workflow(SEED_WORKFLOWS.invoices).id],
	});

	/** The workers that have worked on an execution; which these are, their logs tell. */
	const workersOf = async (executionId: string) => {
		const logs = await Promise.all(
			queue.workers.map(async ({ logFile }) => await readFile(logFile, 'utf8')),
		);
		return queue.workers.filter((_, index) =>
			logs[index]?.includes(`started execution ${executionId} `),
		);
	};
	const workerOf = async (executionId: string) => {
		const [worker] = await workersOf(executionId);
		if (worker === undefined) throw new Error(`No worker has started execution ${executionId}`);
		return worker;
	};

	test('a worker submits documents', async () => {
		const { client } = queue.main;
		const documents = Array.from({ length: 1_200 }, (_, index) => ({
			url: `${simulator.url}/documents/${index}.pdf`,
		}));
		const execution = await client.runWorkflow(
			await client.createWorkflow(
				pipeline(
					[items(documents), extend(simulator.workflow(SEED_WORKFLOWS.invoices).id)],
					credential,
				),
			),
		);
		expect(execution.error).toBeUndefined();
		expect(await workerOf(execution.id)).toBe(queue.workers[0]);
		expect(execution.items(NODES.extend).map(({ json }) => json.runCount)).toEqual([1_000, 200]);
		expect(simulator.ledger.account(documents.map(({ url }) => url))).toMatchObject({
			runs: 1_200,
			doubled: [],
			lost: [],
		});
	});

	describe(`a job with a Job Key, whose worker is killed (KILL_SEED=${SEED})`, () => {
		const random = seededRandom(SEED);
		const moments = Array.from({ length: KILLS }, () => killMoment(random));

		test.each(moments)(
			'is run again at once by another one: at submit $submit + $afterMs ms',
			async (moment) => {
				const { client } = queue.main;
				await queue.startWorker();
				// Extend shows nothing before the job is run again.
				const kind = { shownAfterMs: 2_500, settleSeconds: 6 };
				const job = new KilledJob(
					simulator,
					credential,
					{ source: 'url', rowsChange: true, losesAnswers: true, ...kind },
					random,
				);
				const worker = await workerOf(await job.startUntil(client, moment));
				await worker.kill();
				const execution = await job.finish(client);
				expect(execution.error).toBeUndefined();
				expect(execution.status).toBe('success');
				expect(job.account(execution)).toEqual({ doubled: [], lost: [], forgotten: [] });
			},
		);
	});

	test('a job that sleeps is finished by another worker than the one it began on, which was killed', async () => {
		const { client } = queue.main;
		const workflowId = simulator.workflow(SEED_WORKFLOWS.invoices).id;
		const job = await jobOfManyHours(simulator, workflowId, credential);
		const id = await client.startWorkflow(await client.createWorkflow(job));
		await eventually(
			async () => (await client.getExecution(id)).status === 'waiting',
			'the execution sleeps',
		);
		const worker = await workerOf(id);
		await worker.kill();
		await queue.startWorker();
		const execution = await client.waitForExecution(id);
		expect(execution.error).toBeUndefined();
		expect(execution.status).toBe('success');
		expect(execution.runs('Extend List Runs by Batch')).toHaveLength(2);
		const runIds = simulator.ledger.runs.map((run) => run.id).sort();
		expect(runIds).toHaveLength(100);
		expect(rowsOf(execution)).toEqual({ runIds, batches: 2, wrong: [] });
		expect(await workersOf(id)).toHaveLength(2);
	});

	test('the main process polls, with or without workers; each batch is reported once', async () => {
		const { client } = queue.main;
		const { id } = await client.createWorkflow(pollingWorkflow(credential));
		await client.publishWorkflow(id);
		await client.untilPublished(id);
		published.push(id);
		const expected = [];
		for (const size of [120, 30]) expected.push([await submitBatch(simulator, size), size]);
		const reports = async () => await polledBatches(client, id);
		await eventually(async () => (await reports()).length === 2, 'both are reported');
		for (const worker of queue.workers) await worker.kill();
		expected.push([await submitBatch(simulator, 5), 5]);
		await untilPolled(simulator);
		await queue.startWorker();
		await eventually(async () => (await reports()).length >= 3, 'the third is reported');
		await untilPolled(simulator);
		expect(await reports()).toEqual(expected.sort());
	});

	test('each event starts one execution, whichever process it reaches', async () => {
		const id = await publish(triggerWorkflow(credential, chosen()));
		await submitBatch(simulator, 100);
		await eventually(
			async () => (await queue.main.client.executions(id)).length >= 100,
			'100 executions have started',
		);
		const executions = await allOf(id);
		const eventIds = executions.map(
			(execution) => execution.items('Extend Trigger')[0]?.json.eventId,
		);
		expect(new Set(eventIds).size).toBe(100);
		expect(executions.map(({ status }) => status)).toEqual(Array(100).fill('success'));
		for (const count of queue.deliveries) expect(count).toBeGreaterThan(30);
	});

	test('a finished batch is reported by each process at most once, and Remove Duplicates lets one through', async () => {
		const id = await publish(await triggerExample('react-to-finished-batches', credential));
		const batchId = await submitBatch(simulator, 300);
		await eventually(delivered, 'everything is delivered');
		await eventually(
			async () => (await queue.main.client.executions(id)).length > 0,
			'the batch is reported',
		);
		// The other process looks when it has been quiet for a while.
		await pause(15_000);
		const executions = await allOf(id);
		expect(executions.length).toBeLessThanOrEqual(WEBHOOK_PROCESSES);
		for (const execution of executions) {
			const reported = execution.items(EXAMPLE_NODES.trigger);
			expect(reported).toHaveLength(300);
			expect(reported[0]?.json).toMatchObject({ batchId, batch: { runCount: 300 } });
		}
		const rows = executions.flatMap((execution): Item[] => execution.items('Rows'));
		expect(rows).toHaveLength(300);
	});
});
