/**
 * Jobs of many hours in a real n8n that is killed meanwhile: the loop with the output Not Finished, and
 * Extend Polling Trigger. Minutes stand for the hours.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import {
	allItems,
	jobOfManyHours,
	polledBatches,
	POLLING,
	pollingWorkflow,
	polls,
	rowsOf,
	untilPolled,
} from '../harness/e2e/longJobs';
import { items, listRuns, node, NODES, pipeline } from '../harness/e2e/pipeline';
import { eventually } from '../harness/e2e/triggers';
import type { StoredCredential } from '../harness/n8n/client';
import { ensureN8n } from '../harness/n8n/install';
import { startN8n, type N8nInstance } from '../harness/n8n/instance';
import { REPOSITORY } from '../harness/n8n/packedPackage';
import { createProgress } from '../harness/n8n/progress';
import { submitBatch } from '../nodes/trigger/playedTrigger';
import { SEED_WORKFLOWS, startSimulator, TOKENS, type Simulator } from '../simulator';

let simulator: Simulator;
let n8n: N8nInstance;
let credential: StoredCredential;
let userFolder: string;

const invoices = () => simulator.workflow(SEED_WORKFLOWS.invoices).id;

/** Starts n8n, with the package as it would be published at first. */
async function start(packageDirectory?: string): Promise<void> {
	n8n = await startN8n({
		install: await ensureN8n({ progress: createProgress(process.stderr) }),
		userFolder,
		packageDirectory,
		logFile: join(REPOSITORY, 'test-output', 'e2e-long-jobs-n8n.log'),
	});
}

/** Ends n8n without a warning, and starts it again. */
async function kill(): Promise<void> {
	process.kill(-n8n.pid, 'SIGKILL');
	await n8n.stop();
	await start();
}

beforeAll(async () => {
	userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-extend-ai-long-jobs-'));
	simulator = await startSimulator();
	await start(REPOSITORY);
	credential = await n8n.client.createCredential('extendApi', 'Simulator', {
		apiToken: TOKENS.workspace,
		region: 'custom',
		baseUrl: simulator.url,
	});
});

afterEach(() => {
	simulator.reset();
});

afterAll(async () => {
	await n8n.stop();
	await simulator.close();
	await rm(userFolder, { recursive: true, force: true });
});

describe('the output Not Finished', () => {
	test('examples/job-of-many-hours.json: what is finished goes on, the rest comes back, although n8n was killed', async () => {
		const workflow = await jobOfManyHours(simulator, invoices(), credential);
		const id = await n8n.client.startWorkflow(await n8n.client.createWorkflow(workflow));
		const now = async () => await n8n.client.getExecution(id);
		await eventually(async () => (await now()).status === 'waiting', 'the execution sleeps');
		expect(allItems(await now(), 'Rows')).toHaveLength(50);
		const asked = simulator.ledger.requests.length;

		await kill();
		const execution = await n8n.client.waitForExecution(id, 150_000);
		expect(execution.error).toBeUndefined();
		expect(execution.runs('Extend List Runs by Batch')).toHaveLength(2);
		expect(allItems(execution, 'Rows')).toHaveLength(100);
		const runIds = simulator.ledger.runs.map((run) => run.id).sort();
		expect(rowsOf(execution)).toEqual({ runIds, batches: 2, wrong: [] });
		// The second turn lists the one batch, and fetches its runs.
		expect(simulator.ledger.requests.length - asked).toBeLessThan(60);
	});

	test('has its place between the runs and the errors', async () => {
		const stuck = await submitBatch(simulator, 2, () => ({ simulate: 'stuck' }));
		const finished = await submitBatch(simulator, 2);
		await pause(3_000);
		const list = {
			...listRuns({ timeoutMinutes: 0, options: { onTimeout: 'separate' } }),
			onError: 'continueErrorOutput' as const,
		};
		const named = [finished, stuck, 'bpr_wrong'].map((batchId) => ({ batchId, runCount: 2 }));
		const workflow = pipeline([items(named), list], credential);
		const ends = ['Runs', 'Not Finished', 'Errors'].map((name) =>
			node(name, 'n8n-nodes-base.noOp', 1),
		);
		const execution = await n8n.client.runWorkflow(
			await n8n.client.createWorkflow({
				...workflow,
				nodes: [...workflow.nodes, ...ends],
				connections: {
					...workflow.connections,
					[NODES.list]: { main: ends.map(({ name }) => [{ node: name, type: 'main', index: 0 }]) },
				},
			}),
		);
		const arrived = ends.map(({ name }) => execution.items(name).map(({ json }) => json));
		expect(arrived).toEqual([
			Array(2).fill(expect.objectContaining({ batchId: finished, status: 'PROCESSED' })),
			[named[1]],
			[expect.objectContaining({ error: expect.stringContaining('Batch ID') as string })],
		]);
	});
});

describe('Extend Polling Trigger', () => {
	const reportsOf = async (id: string) => await polledBatches(n8n.client, id);

	test('reports two batches once each, over publishing anew and a kill', async () => {
		await submitBatch(simulator, 3);
		await pause(2_000);
		const { id } = await n8n.client.createWorkflow(pollingWorkflow(credential));
		await n8n.client.publishWorkflow(id);
		await n8n.client.untilPublished(id);
		Object.assign(simulator.settings, { processMs: 4_000 });
		const expected = [];
		expected.push([await submitBatch(simulator, 120), 120], [await submitBatch(simulator, 30), 30]);
		await eventually(async () => (await reportsOf(id)).length === 2, 'both are reported');
		await untilPolled(simulator);
		expect(await reportsOf(id)).toEqual([...expected].sort());

		await n8n.client.unpublishWorkflow(id);
		expected.push([await submitBatch(simulator, 5), 5]);
		await pause(8_000);
		await n8n.client.publishWorkflow(id);
		await n8n.client.untilPublished(id);
		await untilPolled(simulator);
		expect(await reportsOf(id)).toEqual([...expected].sort());

		Object.assign(simulator.settings, { processMs: 20_000 });
		expected.push([await submitBatch(simulator, 200), 200]);
		await untilPolled(simulator);
		await kill();
		await eventually(async () => (await reportsOf(id)).length === 4, 'the last one is reported');
		await untilPolled(simulator);
		expect(await reportsOf(id)).toEqual([...expected].sort());
		await n8n.client.unpublishWorkflow(id);
	});

	test('a poll with nothing to report is one call', async () => {
		const { id } = await n8n.client.createWorkflow(pollingWorkflow(credential));
		await n8n.client.publishWorkflow(id);
		await n8n.client.untilPublished(id);
		await untilPolled(simulator);
		expect(simulator.ledger.requests).toHaveLength(polls(simulator));
		expect(await n8n.client.executions(id)).toEqual([]);
		await n8n.client.unpublishWorkflow(id);
	});

	test('a test in the editor gives the batch that finished last', async () => {
		await submitBatch(simulator, 2);
		await pause(2_000);
		const newest = await submitBatch(simulator, 3);
		await pause(3_000);
		await submitBatch(simulator, 2, () => ({ simulate: 'stuck' }));
		const stored = await n8n.client.createWorkflow(
			pollingWorkflow(credential, { output: 'simplified' }),
		);
		const execution = await n8n.client.runWorkflow(stored, { triggerName: POLLING });
		expect(execution.error).toBeUndefined();
		const found = execution.items(POLLING).map(({ json }) => json);
		expect(found.map(({ batchId, status }) => [batchId, status])).toEqual(
			Array(3).fill([newest, 'PROCESSED']),
		);
		expect(found[0]).toHaveProperty(['extract.total']);
	});
});
