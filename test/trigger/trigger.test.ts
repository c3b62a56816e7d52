import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { ensureN8n, type N8nInstall } from '../harness/n8n/install';
import { startN8n, type N8nInstance } from '../harness/n8n/instance';
import type { StoredCredential } from '../harness/n8n/client';
import type { Json, StoredWorkflow } from '../harness/n8n/n8nData';
import { REPOSITORY } from '../harness/n8n/packedPackage';
import { createProgress } from '../harness/n8n/progress';
import { callExtend, deliver, submitBatch, type Endpoint } from '../nodes/trigger/playedTrigger';
import { startSimulator, TOKENS, type Simulator } from '../simulator';
import {
	changeDatabase,
	endpointOf,
	eventually,
	finishedRun,
	publishChange,
	registered,
	triggerWorkflow,
	type Registered,
} from '../harness/e2e/triggers';

/**
 * The life of Extend Trigger in an n8n of its own, because n8n is restarted and killed here. After each
 * step exactly the right endpoints and subscriptions exist at Extend, and those of others are untouched.
 */
describe('Extend Trigger', () => {
	let simulator: Simulator;
	let install: N8nInstall;
	let n8n: N8nInstance;
	let credential: StoredCredential;
	let userFolder: string;
	let other: Endpoint;
	let stored: StoredWorkflow;

	const start = async (packageDirectory?: string, port?: number) => {
		install = await ensureN8n({ progress: createProgress(process.stderr) });
		n8n = await startN8n({
			install,
			userFolder,
			packageDirectory,
			port,
			logFile: join(REPOSITORY, 'test-output', 'e2e-trigger-n8n.log'),
			// A publication that a crash interrupted blocks others of its workflow until its lease is over.
			env: { N8N_WORKFLOW_PUBLICATION_OUTBOX_LEASE_SECONDS: '20' },
		});
	};
	const workflow = (name: string) => simulator.workflow(name).id;
	const selected = (...names: string[]): { [name: string]: Json } => ({
		workflowScope: 'selected',
		workflows: names.map(workflow),
	});
	const own = async () => {
		const { endpoints, subscriptions } = await registered(simulator);
		expect(endpoints).toContainEqual(other);
		return {
			endpoints: endpoints.filter(({ id }) => id !== other.id),
			subscriptions: subscriptions.filter((entry) => entry.webhookEndpointId !== other.id),
		};
	};
	const expectOne = async (events: string[], names: string[], nodeName = 'Extend Trigger') => {
		const { endpoints, subscriptions } = await own();
		expect(endpoints).toMatchObject([
			{ name: `n8n: Documents - ${nodeName}`, status: 'enabled', enabledEvents: [] },
		]);
		const found = subscriptions.map((entry) => [
			entry.webhookEndpointId,
			entry.resourceId,
			entry.enabledEvents,
		]);
		expect(found).toHaveLength(names.length);
		expect(found).toEqual(
			expect.arrayContaining(names.map((name) => [endpoints[0]?.id, workflow(name), events])),
		);
		return endpoints[0]!;
	};
	/** Deliveries that have arrived since there were so many. */
	const delivered = (since: number) =>
		simulator.ledger.deliveries.slice(since).filter(({ outcome }) => outcome === 'delivered')
			.length;
	const nothingLeft = async () => {
		expect(await own()).toEqual({ endpoints: [], subscriptions: [] });
	};
	const eventuallyOwn = async (count: number, subscriptions: number) => {
		let now: Registered | undefined;
		await eventually(
			async () => {
				now = await own();
				return now.endpoints.length === count && now.subscriptions.length === subscriptions;
			},
			() =>
				`there are ${count} endpoints and ${subscriptions} subscriptions, not ${JSON.stringify(now)}`,
		);
	};

	beforeAll(async () => {
		simulator = await startSimulator();
		userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-extend-ai-trigger-'));
		await start(REPOSITORY);
		credential = await n8n.client.createCredential('extendApi', 'Simulator', {
			apiToken: TOKENS.workspace,
			region: 'custom',
			baseUrl: simulator.url,
		});
		const made = await callExtend<Endpoint>(simulator, 'POST', '/webhook_endpoints', {
			url: 'https://n8n.example.com/webhook/somebody-else/webhook',
			name: 'n8n: Documents - Extend Trigger',
			enabledEvents: ['parse_run.failed'],
			apiVersion: '2026-02-09',
		});
		delete made.signingSecret;
		other = made;
	});

	afterAll(async () => {
		await n8n.stop();
		await simulator.close();
		await rm(userFolder, { recursive: true, force: true, maxRetries: 3 });
	});

	const DEFAULT = ['workflow_run.completed', 'workflow_run.failed'];

	test('registers when it is published', async () => {
		stored = await n8n.client.createWorkflow(
			triggerWorkflow(credential, selected('Invoice Processing')),
		);
		await nothingLeft();
		await n8n.client.publishWorkflow(stored.id);
		await eventuallyOwn(1, 1);
		const endpoint = await expectOne(DEFAULT, ['Invoice Processing']);
		expect(endpoint.url).toMatch(new RegExp(`^${n8n.url}/webhook/[-0-9a-f]{36}/webhook$`));
	});

	test('starts one execution per event, none for what it cannot verify', async () => {
		const before = (await n8n.client.executions(stored.id)).length;
		await submitBatch(simulator, 3);
		await eventually(
			async () => (await n8n.client.executions(stored.id)).length === before + 3,
			'three executions have started',
		);
		const [endpoint] = (await own()).endpoints;
		const statuses = await Promise.all(
			['{}', JSON.stringify({ eventId: '1', eventType: 'workflow_run.completed' })].map(
				async (body) =>
					(
						await fetch(endpoint!.url, {
							method: 'POST',
							headers: {
								'content-type': 'application/json',
								'x-extend-request-timestamp': String(Math.floor(Date.now() / 1000)),
								'x-extend-request-signature': '0'.repeat(64),
							},
							body,
						})
					).status,
			),
		);
		expect(statuses).toEqual([401, 401]);
		await pause(500);
		const executions = await n8n.client.executions(stored.id);
		expect(executions.map(({ status }) => status)).toEqual(
			Array(executions.length).fill('success'),
		);
		expect(executions).toHaveLength(before + 3);
	});

	test('follows a change of its events', async () => {
		await publishChange(n8n.client, stored.id, (node) => ({
			...node,
			parameters: {
				...selected('Invoice Processing', 'Receipt Intake'),
				events: ['workflow_run.rejected'],
			},
		}));
		await eventuallyOwn(1, 2);
		await expectOne(['workflow_run.rejected'], ['Invoice Processing', 'Receipt Intake']);
	});

	test('follows its name', async () => {
		await publishChange(n8n.client, stored.id, (node) => ({ ...node, name: 'On document' }));
		await eventually(
			async () => (await own()).endpoints[0]?.name.endsWith('On document') ?? false,
			'the endpoint has the new name',
		);
		await eventuallyOwn(1, 2);
		await expectOne(
			['workflow_run.rejected'],
			['Invoice Processing', 'Receipt Intake'],
			'On document',
		);
	});

	test('survives a restart of n8n', async () => {
		const { port } = new URL(n8n.url);
		await n8n.stop();
		await start(undefined, Number(port));
		await pause(3_000);
		await expectOne(
			['workflow_run.rejected'],
			['Invoice Processing', 'Receipt Intake'],
			'On document',
		);
		await submitBatch(simulator, 2, () => ({ simulate: 'REJECTED' }));
		const before = (await n8n.client.executions(stored.id)).length;
		await eventually(
			async () => (await n8n.client.executions(stored.id)).length >= before + 2,
			'the rejected runs start executions',
		);
	});

	test('is mended by publishing anew when its endpoint was deleted', async () => {
		const [endpoint] = (await own()).endpoints;
		await callExtend(simulator, 'DELETE', `/webhook_endpoints/${endpoint?.id}`);
		await n8n.client.unpublishWorkflow(stored.id);
		await eventuallyOwn(0, 0);
		await n8n.client.publishWorkflow(stored.id);
		await eventuallyOwn(1, 2);
	});

	test('has an endpoint of its own when the workflow is duplicated', async () => {
		const original = await n8n.client.workflow(stored.id);
		const copy = await n8n.client.createWorkflow({
			...triggerWorkflow(credential, selected('Mail Splitting'), 'Copy', 'On document'),
			staticData: original.staticData,
		});
		const before = (await own()).endpoints;
		await n8n.client.publishWorkflow(copy.id);
		await eventuallyOwn(2, 3);
		expect((await own()).endpoints).toEqual(expect.arrayContaining(before));
		await n8n.client.unpublishWorkflow(copy.id);
		await eventuallyOwn(1, 2);
		expect((await own()).endpoints).toEqual(before);
	});

	test('removes everything when it is unpublished', async () => {
		await n8n.client.unpublishWorkflow(stored.id);
		await eventuallyOwn(0, 0);
		await nothingLeft();
	});

	test('leaves nothing over from a crash between endpoint and subscription', async () => {
		const crashing = await n8n.client.createWorkflow(
			triggerWorkflow(credential, selected('Invoice Processing'), 'Crash'),
		);
		const fault = simulator.faults.add({
			kind: 'hangBefore',
			on: { path: '/webhook_subscriptions', method: 'POST' },
		});
		const publishing = n8n.client.publishWorkflow(crashing.id).catch(() => {});
		await eventually(() => fault.struck > 0, 'the subscription is under way');
		const [halfMade] = (await own()).endpoints;
		expect(halfMade?.name).toContain('Crash');
		const { port } = new URL(n8n.url);
		await n8n.stop();
		await publishing;
		simulator.faults.clear();
		await start(undefined, Number(port));
		// n8n takes the trigger for registered and asks it nothing; to publish anew is what mends it.
		await n8n.client.unpublishWorkflow(crashing.id);
		await eventuallyOwn(0, 0);
		await n8n.client.publishWorkflow(crashing.id);
		await eventuallyOwn(1, 1);
		expect((await own()).endpoints[0]?.id).not.toBe(halfMade?.id);
		await n8n.client.unpublishWorkflow(crashing.id);
		await eventuallyOwn(0, 0);
	});

	test('takes a test event and cleans up after itself', async () => {
		const listening = await n8n.client.createWorkflow(
			triggerWorkflow(credential, selected('Invoice Processing'), 'Test'),
		);
		await n8n.client.listenForTestEvent(listening, 'Extend Trigger');
		await eventuallyOwn(1, 1);
		expect((await own()).endpoints[0]?.url).toContain('/webhook-test/');
		await submitBatch(simulator, 1);
		await eventuallyOwn(0, 0);
		const [execution] = await n8n.client.executions(listening.id);
		const items = (await n8n.client.waitForExecution(execution!.id)).items('Extend Trigger');
		expect(items).toMatchObject([{ json: { eventType: 'workflow_run.completed' } }]);
		await nothingLeft();
	});

	test('hears nothing while its secret is lost, and is mended by publishing anew', async () => {
		const losing = await n8n.client.createWorkflow(
			triggerWorkflow(credential, selected('Invoice Processing'), 'Losing'),
		);
		await n8n.client.publishWorkflow(losing.id);
		await eventuallyOwn(1, 1);
		const before = await endpointOf(simulator, n8n.client, losing.id);
		await changeDatabase(install, userFolder, 'UPDATE workflow_entity SET staticData = NULL');
		expect(await deliver(before, finishedRun())).toBe(401);
		expect(await deliver(before, finishedRun(), { secret: '' })).toBe(401);
		expect(await n8n.client.executions(losing.id)).toEqual([]);

		await n8n.client.unpublishWorkflow(losing.id);
		await eventuallyOwn(0, 0);
		await n8n.client.publishWorkflow(losing.id);
		await eventuallyOwn(1, 1);
		const after = await endpointOf(simulator, n8n.client, losing.id);
		expect(after.staticData).not.toEqual(before.staticData);
		expect(await deliver(after, finishedRun())).toBe(200);
		await n8n.client.unpublishWorkflow(losing.id);
		await eventuallyOwn(0, 0);
	});

	test('reports a batch during which n8n was restarted, once', async () => {
		const batch = await n8n.client.createWorkflow(
			triggerWorkflow(
				credential,
				{ ...selected('Invoice Processing'), events: ['batch.finished'] },
				'Restarted',
			),
		);
		await n8n.client.publishWorkflow(batch.id);
		await eventuallyOwn(1, 1);
		const settings = { ...simulator.settings };
		// Deliveries to an n8n that is not there are repeated until it is back.
		Object.assign(simulator.settings, { processMs: 12_000, jitter: 0.9, deliveryAttempts: 10 });
		const deliveries = simulator.ledger.deliveries.length;
		const batchId = await submitBatch(simulator, 200);
		await eventually(() => delivered(deliveries) >= 50, 'a quarter is delivered');
		const { port } = new URL(n8n.url);
		await n8n.stop();
		const beforeRestart = delivered(deliveries);
		await start(undefined, Number(port));
		await eventually(() => delivered(deliveries) === 200, 'everything is delivered', 120_000);
		Object.assign(simulator.settings, settings);
		expect(beforeRestart).toBeLessThan(200);
		await eventually(
			async () => (await n8n.client.executions(batch.id)).length > 0,
			'the execution has started',
		);
		await pause(8_000);
		const executions = await n8n.client.executions(batch.id);
		expect(executions).toHaveLength(1);
		const execution = await n8n.client.waitForExecution(executions[0]!.id);
		const items = execution.items('Extend Trigger');
		expect(items).toHaveLength(200);
		expect(items[0]?.json).toMatchObject({
			batchId,
			batch: { runCount: 200, statuses: { PROCESSED: 200 } },
		});
		await n8n.client.unpublishWorkflow(batch.id);
		await eventuallyOwn(0, 0);
	});

	test('starts 1,000 executions for 1,000 events, each delivered twice, 8 at a time', async () => {
		Object.assign(simulator.settings, { deliverTwice: true, deliveryConcurrency: 8 });
		const each = await n8n.client.createWorkflow(
			triggerWorkflow(credential, selected('Invoice Processing'), 'Each'),
		);
		await n8n.client.publishWorkflow(each.id);
		await eventuallyOwn(1, 1);
		const deliveries = simulator.ledger.deliveries.length;
		await submitBatch(simulator, 1_000);
		await eventually(() => delivered(deliveries) === 2_000, 'everything is delivered', 300_000);
		await pause(2_000);
		expect(await n8n.client.executions(each.id)).toHaveLength(1_000);
		await n8n.client.unpublishWorkflow(each.id);
		await eventuallyOwn(0, 0);
	});

	test('starts one execution with 1,000 items for a batch, after fewer than 60 calls', async () => {
		const batch = await n8n.client.createWorkflow(
			triggerWorkflow(
				credential,
				{ ...selected('Invoice Processing'), events: ['batch.finished'] },
				'Finished',
			),
		);
		await n8n.client.publishWorkflow(batch.id);
		await eventuallyOwn(1, 1);
		const before = simulator.ledger.requests.length;
		const deliveries = simulator.ledger.deliveries.length;
		await submitBatch(simulator, 1_000);
		await eventually(() => delivered(deliveries) === 2_000, 'everything is delivered', 300_000);
		const calls = simulator.ledger.requests.length - before;
		await eventually(
			async () => (await n8n.client.executions(batch.id)).length > 0,
			'the execution has started',
		);
		const executions = await n8n.client.executions(batch.id);
		expect(executions).toHaveLength(1);
		const execution = await n8n.client.waitForExecution(executions[0]!.id);
		expect(execution.items('Extend Trigger')).toHaveLength(1_000);
		expect(execution.items('Extend Trigger')[0]?.json).toMatchObject({
			batch: { runCount: 1_000, statuses: { PROCESSED: 1_000 } },
		});
		expect(calls).toBeLessThan(60);
		await n8n.client.unpublishWorkflow(batch.id);
		await eventuallyOwn(0, 0);
	});
});
