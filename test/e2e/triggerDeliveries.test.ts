import { setTimeout as pause } from 'node:timers/promises';

import { HOSTILE_DELIVERIES } from '../nodes/trigger/hostileDeliveries';
import {
	callExtend,
	deliver,
	endpointsOf,
	subscriptionsOf,
	type Deviations,
} from '../nodes/trigger/playedTrigger';
import { openBench, type Bench } from '../harness/e2e/workbench';
import { endpointOf, eventually, finishedRun, triggerWorkflow } from '../harness/e2e/triggers';

/** What n8n itself takes (`N8N_PAYLOAD_SIZE_MAX`). */
const MB = 1_000_000;

describe('deliveries to Extend Trigger', () => {
	let bench: Bench;
	let workflowId: string;
	let trigger: Parameters<typeof deliver>[0];

	beforeAll(async () => {
		bench = await openBench();
		const { client, credential } = bench;
		const parameters = { workflowScope: 'selected', workflows: [bench.workflowId] };
		workflowId = (await client.createWorkflow(triggerWorkflow(credential, parameters))).id;
		await client.publishWorkflow(workflowId);
		trigger = await endpointOf(bench.simulator, client, workflowId);
	});

	afterAll(async () => {
		await bench.client.unpublishWorkflow(workflowId);
		await bench.close();
	});

	const executions = async () => await bench.client.executions(workflowId);

	test('are refused at once when they are not genuine, and leave no execution', async () => {
		const outcomes: Record<string, number> = {};
		for (const [kind, hostile] of Object.entries(HOSTILE_DELIVERIES)) {
			const event = finishedRun();
			const { deviations, more } = hostile(JSON.stringify(event));
			Object.assign(event.payload, more);
			const started = Date.now();
			outcomes[kind] = await deliver(trigger, event, deviations);
			expect([kind, Date.now() - started < 5_000]).toEqual([kind, true]);
		}
		// What is no JSON, n8n itself refuses before the node is asked.
		const expected = Object.keys(HOSTILE_DELIVERIES).map((kind) => [
			kind,
			kind === 'with a truncated body' ? 422 : 401,
		]);
		expect(outcomes).toEqual(Object.fromEntries(expected));
		await pause(1_000);
		expect(await executions()).toEqual([]);
	});

	test('start one execution each when they are, also in upper case and with 15 MB', async () => {
		const upper: Deviations = {
			headers: (headers) => ({
				...headers,
				'x-extend-request-signature': headers['x-extend-request-signature']!.toUpperCase(),
			}),
		};
		const event = finishedRun();
		expect(await deliver(trigger, event, upper)).toBe(200);
		expect(await deliver(trigger, event)).toBe(200);
		expect(await deliver(trigger, finishedRun({ text: 'x'.repeat(15 * MB) }))).toBe(200);
		// Beyond n8n's own limit; Extend sends a link in place of such payloads.
		expect(await deliver(trigger, finishedRun({ text: 'x'.repeat(17 * MB) }))).toBeGreaterThan(299);
		await eventually(async () => (await executions()).length === 2, 'both have started');
		await pause(1_000);
		expect((await executions()).map(({ status }) => status)).toEqual(['success', 'success']);
	});
});

describe('Extend Trigger', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	afterAll(async () => {
		await bench.close();
	});

	test('follows all workflows, also those that are created later, without an execution', async () => {
		const { client, simulator, credential } = bench;
		const { id } = await client.createWorkflow(triggerWorkflow(credential, {}));
		await client.publishWorkflow(id);
		await endpointOf(simulator, client, id);
		const later = await callExtend<{ id: string }>(simulator, 'POST', '/workflows', {
			name: 'Later',
		});
		const subscribed = async () =>
			(await subscriptionsOf(simulator)).map(({ resourceId }) => resourceId);
		await eventually(
			async () => (await subscribed()).includes(later.id),
			'the new workflow is followed',
		);
		expect((await subscribed()).sort()).toEqual(
			simulator.workflows.map((entry) => entry.id).sort(),
		);
		await pause(1_000);
		expect(await client.executions(id)).toEqual([]);
		await client.unpublishWorkflow(id);
		await eventually(async () => (await endpointsOf(simulator)).length === 0, 'it is unpublished');
	});

	test('is not published under an address that Extend cannot reach, and says what to set', async () => {
		const { client } = bench;
		const elsewhere = await client.createCredential('extendApi', 'Elsewhere', {
			apiToken: 'sk_any',
			region: 'custom',
			baseUrl: 'https://extend.invalid',
		});
		const { id } = await client.createWorkflow(triggerWorkflow(elsewhere, {}));
		let said = await client.publishWorkflow(id).then(
			() => '',
			(error: unknown) => String(error),
		);
		await eventually(async () => {
			const { status, triggers } = await client.publication(id);
			said += triggers.map(({ errorMessage }) => errorMessage ?? '').join();
			return status === 'failed' || said !== '';
		}, 'the publication has failed');
		expect(said).toMatch(/cannot reach this n8n.*WEBHOOK_URL/);
		await client.unpublishWorkflow(id);
	});
});
