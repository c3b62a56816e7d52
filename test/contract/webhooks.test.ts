import type { Extend } from 'extend-ai';

import { SEED_WORKFLOWS, startSimulator, tame, type Simulator } from '../simulator';
import { pause, raw, sdk, until, urlInputs } from './clients';
import { startReceiver, type Received, type Receiver } from './receiver';

const WORKFLOW_EVENTS: Extend.WebhookSubscriptionEventType[] = [
	'workflow_run.completed',
	'workflow_run.failed',
	'workflow_run.needs_review',
	'workflow_run.rejected',
	'workflow_run.cancelled',
];

let simulator: Simulator;
let receiver: Receiver;
let workflow: { id: string };

beforeAll(async () => {
	const settings = tame('Compares what is delivered with what can be read', 'readableDelayMs');
	simulator = await startSimulator({ settings });
});
afterAll(async () => {
	await simulator.close();
});
beforeEach(async () => {
	simulator.reset();
	Object.assign(simulator.settings, {
		queueMs: 10,
		processMs: 20,
		reviewMs: 20,
		deliveryBackoffMs: 20,
	});
	const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
	workflow = { id };
	receiver = await startReceiver();
});
afterEach(async () => {
	await receiver.close();
});

async function createEndpoint(changes: Partial<Extend.WebhookEndpointsCreateRequest> = {}) {
	return await sdk(simulator).webhookEndpoints.create({
		url: receiver.url,
		name: 'test',
		enabledEvents: [],
		apiVersion: '2026-02-09',
		...changes,
	});
}

async function subscribe(
	webhookEndpointId: string,
	enabledEvents: Extend.WebhookSubscriptionEventType[] = WORKFLOW_EVENTS,
) {
	return await sdk(simulator).webhookSubscriptions.create({
		webhookEndpointId,
		resourceType: 'workflow',
		resourceId: workflow.id,
		enabledEvents,
	});
}

/** A subscribed endpoint; gives its secret. */
async function listen(changes: Partial<Extend.WebhookEndpointsCreateRequest> = {}) {
	const endpoint = await createEndpoint(changes);
	await subscribe(endpoint.id);
	return endpoint;
}

async function submit(count = 1, simulate?: string) {
	const inputs = urlInputs(count).map((input) => ({
		...input,
		metadata: { ...input.metadata, ...(simulate !== undefined && { simulate }) },
	}));
	return await sdk(simulator).workflowRuns.createBatch({ workflow, inputs });
}

function typeOf({ body }: Received): string {
	return (JSON.parse(body) as { eventType: string }).eventType;
}

describe('endpoints', () => {
	it('show their secret once only', async () => {
		const client = sdk(simulator);
		const created = await createEndpoint({ advancedOptions: { headers: { 'X-Tenant': 'a' } } });
		expect(created).toMatchObject({
			object: 'webhook_endpoint',
			id: expect.stringMatching(/^wh_/),
			status: 'enabled',
			enabledEvents: [],
			signingSecret: expect.stringMatching(/^wss_/),
		});
		const rest = await client.webhookEndpoints.retrieve(created.id);
		expect(rest).not.toHaveProperty('signingSecret');
		expect(created).toEqual({ ...rest, signingSecret: created.signingSecret });
		expect((await client.webhookEndpoints.list()).data).toEqual([rest]);
		expect(await client.webhookEndpoints.update(created.id, { name: 'new name' })).toEqual({
			...rest,
			name: 'new name',
		});
	});

	it('can be listed by status', async () => {
		const client = sdk(simulator);
		await createEndpoint({ name: 'on' });
		await createEndpoint({ name: 'off', status: 'disabled' });
		const names = async (query: Extend.WebhookEndpointsListRequest) =>
			(await client.webhookEndpoints.list(query)).data.map(({ name }) => name);
		expect(await names({ sortDir: 'asc' })).toEqual(['on', 'off']);
		expect(await names({ status: 'disabled' })).toEqual(['off']);
	});

	it('take their subscriptions with them when they go', async () => {
		const client = sdk(simulator);
		const { id } = await listen();
		expect((await client.webhookSubscriptions.list()).data).toHaveLength(1);
		expect(await client.webhookEndpoints.delete(id)).toEqual({ id });
		expect((await client.webhookSubscriptions.list()).data).toEqual([]);
		await expect(client.webhookEndpoints.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
	});

	it.each([
		['an unknown key', { extra: 1 }],
		['a null', { status: null }],
		['a run event, which only subscriptions have', { enabledEvents: ['workflow_run.completed'] }],
		['a missing version', { apiVersion: undefined }],
		['an empty name', { name: '' }],
		['a bad URL', { url: 'not a url' }],
	])('refuse %s', async (_what, change) => {
		const body = { url: receiver.url, name: 'x', enabledEvents: [], apiVersion: '2026-02-09' };
		const answer = await raw(simulator).post('/webhook_endpoints', { ...body, ...change });
		expect(answer.status).toBe(400);
		expect(answer.data).toMatchObject({ code: 'INVALID_REQUEST', retryable: false });
	});

	it('cannot change their version', async () => {
		const { id } = await createEndpoint();
		const body = { apiVersion: '2026-02-09' };
		expect((await raw(simulator).post(`/webhook_endpoints/${id}`, body)).status).toBe(400);
	});
});

describe('subscriptions', () => {
	it('are replaced by another one for the same resource', async () => {
		const client = sdk(simulator);
		const endpoint = await createEndpoint();
		const first = await subscribe(endpoint.id);
		const second = await subscribe(endpoint.id, ['workflow_run.failed']);
		expect(second).toEqual({ ...first, enabledEvents: ['workflow_run.failed'] });
		expect(first.id).toMatch(/^whes_/);
		const query = { webhookEndpointId: endpoint.id, resourceId: workflow.id };
		expect((await client.webhookSubscriptions.list(query)).data).toEqual([second]);
		expect((await client.webhookSubscriptions.list({ resourceId: 'other' })).data).toEqual([]);
	});

	it('can be read, updated and deleted', async () => {
		const client = sdk(simulator);
		const { id } = await subscribe((await createEndpoint()).id);
		const changed = await client.webhookSubscriptions.update(id, {
			enabledEvents: ['workflow_run.step_run.processed'],
		});
		expect(await client.webhookSubscriptions.retrieve(id)).toEqual(changed);
		expect(await client.webhookSubscriptions.delete(id)).toEqual({ id });
		await expect(client.webhookSubscriptions.retrieve(id)).rejects.toMatchObject({
			statusCode: 404,
		});
	});

	it('need an existing endpoint and resource, and events that fit', async () => {
		const { id } = await createEndpoint();
		const attempt = async (change: object) => {
			const body = {
				webhookEndpointId: id,
				resourceType: 'workflow',
				resourceId: workflow.id,
				enabledEvents: ['workflow_run.completed'],
			};
			return (await raw(simulator).post('/webhook_subscriptions', { ...body, ...change })).status;
		};
		expect(await attempt({})).toBe(200);
		expect(await attempt({ webhookEndpointId: 'wh_unknown' })).toBe(404);
		expect(await attempt({ resourceId: 'workflow_unknown' })).toBe(404);
		expect(await attempt({ enabledEvents: ['extract_run.processed'] })).toBe(400);
		expect(await attempt({ enabledEvents: undefined })).toBe(400);
		expect(await attempt({ note: 'x' })).toBe(400);
	});

	it.each(['extractor', 'classifier', 'splitter'] as const)(
		'can be of a listed %s',
		async (kind) => {
			const client = sdk(simulator);
			const { data = [] } = await client[`${kind}s`].list();
			const [resource] = data;
			const created = await client.webhookSubscriptions.create({
				webhookEndpointId: (await createEndpoint()).id,
				resourceType: kind,
				resourceId: resource?.id ?? '',
				enabledEvents: ['batch_processor_run.processed'],
			});
			expect(created).toMatchObject({ resourceType: kind, resourceId: resource?.id });
		},
	);
});

describe('a delivery', () => {
	it('passes the SDK’s own verification and carries the full run', async () => {
		const client = sdk(simulator);
		const { signingSecret } = await listen({
			advancedOptions: { headers: { 'X-Tenant': 'acme' } },
		});
		const { batchId } = await submit();
		await until(() => receiver.received.length === 1);
		const [{ body, headers }] = receiver.received as [Received];
		const event = client.webhooks.verifyAndParse(body, headers, signingSecret);
		expect(event).toMatchObject({
			eventId: expect.stringMatching(/^event_/),
			eventType: 'workflow_run.completed',
			payload: { object: 'workflow_run', status: 'PROCESSED', batchId, metadata: { row: 0 } },
		});
		const { id } = event.payload as Extend.WorkflowRun;
		expect(event.payload).toEqual(await client.workflowRuns.retrieve(id));
		expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-tenant': 'acme' });
		expect(client.webhooks.verify(`${body} `, headers, signingSecret)).toBe(false);
		expect(client.webhooks.verify(body, headers, 'wss_wrong')).toBe(false);
	});

	it.each([
		['FAILED', ['workflow_run.failed']],
		['NEEDS_REVIEW', ['workflow_run.needs_review']],
		['REJECTED', ['workflow_run.needs_review', 'workflow_run.rejected']],
		['APPROVED', ['workflow_run.needs_review', 'workflow_run.completed']],
		['CANCELLED', ['workflow_run.cancelled']],
	])('tells of %s', async (simulate, types) => {
		await listen();
		await submit(1, simulate);
		await until(() => receiver.received.length === types.length);
		await pause(30);
		expect(receiver.received.map(typeOf)).toEqual(types);
	});

	it('tells of steps, without batch or metadata', async () => {
		await subscribe((await createEndpoint()).id, ['workflow_run.step_run.processed']);
		await submit();
		await until(() => receiver.received.length === 3);
		const payloads = receiver.received.map(
			({ body }) => (JSON.parse(body) as { payload: Extend.StepRun }).payload,
		);
		expect(payloads.map(({ stepType }) => stepType)).toEqual(['PARSE', 'CLASSIFY', 'EXTRACT']);
		expect(payloads[0]).not.toHaveProperty('metadata');
	});

	it('tells of a cancelled run and of a review’s end', async () => {
		await listen();
		await submit(1, 'stuck');
		await submit(1, 'NEEDS_REVIEW');
		await until(() => receiver.received.length === 1);
		const [stuck, inReview] = simulator.ledger.runs.map(({ id }) => id);
		await sdk(simulator).workflowRuns.cancel(stuck as string);
		simulator.review(inReview as string, 'approve');
		await until(() => receiver.received.length === 3);
		expect(receiver.received.map(typeOf).sort()).toEqual([
			'workflow_run.cancelled',
			'workflow_run.completed',
			'workflow_run.needs_review',
		]);
	});

	it('reaches an endpoint that was made after the runs were accepted', async () => {
		// Long enough for a busy machine to make the endpoint in the meantime.
		simulator.settings.processMs = 1_500;
		await submit(2);
		await listen();
		await until(() => receiver.received.length === 2);
	});

	it('goes to nobody for workflows without a subscription', async () => {
		await createEndpoint();
		await submit();
		await pause(80);
		expect(receiver.received).toEqual([]);
	});

	it('tells of created and deployed workflows', async () => {
		const client = sdk(simulator);
		await createEndpoint({ enabledEvents: ['workflow.created', 'workflow.deployed'] });
		const { id } = await client.workflows.create({ name: 'New' });
		await client.workflowVersions.create(id, {});
		await until(() => receiver.received.length === 2);
		expect(receiver.received.map(typeOf)).toEqual(['workflow.created', 'workflow.deployed']);
	});

	it('can be caused for any other event', async () => {
		await createEndpoint({ enabledEvents: ['extract_run.processed', 'parse_run.failed'] });
		simulator.emit({ eventType: 'extract_run.processed' });
		simulator.emit({ eventType: 'parse_run.failed' });
		await until(() => receiver.received.length === 2);
		expect(receiver.received.map(typeOf).sort()).toEqual([
			'extract_run.processed',
			'parse_run.failed',
		]);
	});
});

describe('a failing delivery', () => {
	it('is tried again under the same id with a fresh signature', async () => {
		const client = sdk(simulator);
		const { signingSecret } = await listen();
		simulator.settings.deliveryBackoffMs = 50;
		receiver.statuses.push(500, 404);
		await submit();
		await until(() => receiver.received.length === 3);
		const events = receiver.received.map(({ body, headers }) =>
			client.webhooks.verifyAndParse(body, headers, signingSecret),
		);
		expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(1);
		await until(() => simulator.ledger.deliveries[0]?.outcome === 'delivered');
		const [delivery] = simulator.ledger.deliveries;
		expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 404, 200]);
		const [first, second, third] = receiver.received.map(({ at }) => at) as [
			number,
			number,
			number,
		];
		expect(second - first).toBeGreaterThan(45);
		expect(third - second).toBeGreaterThan(90);
	});

	it('is given up after the last attempt', async () => {
		simulator.settings.deliveryAttempts = 2;
		await listen();
		receiver.statuses.push(500, 500);
		await submit();
		await until(() => simulator.ledger.deliveries[0]?.outcome === 'failed');
		expect(receiver.received).toHaveLength(2);
	});

	it('can be final at a client error', async () => {
		simulator.settings.deliveryRetriesClientErrors = false;
		await listen();
		receiver.statuses.push(404);
		await submit();
		await until(() => simulator.ledger.deliveries[0]?.outcome === 'failed');
		expect(receiver.received).toHaveLength(1);
	});

	it('notes a receiver that is not there', async () => {
		simulator.settings.deliveryAttempts = 1;
		await listen({ url: 'http://127.0.0.1:9/nobody' });
		await submit();
		await until(() => simulator.ledger.deliveries[0]?.outcome === 'failed');
		expect(simulator.ledger.deliveries[0]?.attempts[0]).toMatchObject({
			status: 0,
			error: expect.stringContaining('ECONNREFUSED'),
		});
	});
});

describe('special deliveries', () => {
	it('come twice with the same id when told to', async () => {
		simulator.settings.deliverTwice = true;
		await listen();
		await submit(3);
		await until(() => receiver.received.length === 6);
		const ids = receiver.received.map(
			({ body }) => (JSON.parse(body) as { eventId: string }).eventId,
		);
		expect(new Set(ids).size).toBe(3);
	});

	it('are dropped while the endpoint is disabled', async () => {
		const { id } = await listen();
		await sdk(simulator).webhookEndpoints.update(id, { status: 'disabled' });
		await submit();
		await until(() => simulator.ledger.deliveries.length === 1);
		await sdk(simulator).webhookEndpoints.update(id, { status: 'enabled' });
		await pause(30);
		expect(simulator.ledger.deliveries[0]?.outcome).toBe('dropped');
		expect(receiver.received).toEqual([]);
	});

	it('replace a large payload by a link that the SDK can fetch', async () => {
		const client = sdk(simulator);
		const { signingSecret } = await listen({
			advancedOptions: { payload: { format: 'url', urlThresholdBytes: 1000 } },
		});
		await submit();
		await until(() => receiver.received.length === 1);
		const [{ body, headers }] = receiver.received as [Received];
		expect(() => client.webhooks.verifyAndParse(body, headers, signingSecret)).toThrow(
			'signed URL',
		);
		const event = client.webhooks.verifyAndParse(body, headers, signingSecret, {
			allowSignedUrl: true,
		});
		if (!client.webhooks.isSignedUrlEvent(event)) throw new Error('Expected a link');
		const { id, metadata, data } = event.payload;
		expect(metadata).toEqual({ row: 0 });
		const whole = await client.webhooks.fetchSignedPayload(event);
		expect(whole.payload).toEqual(await client.workflowRuns.retrieve(id));
		expect((await raw(simulator).get(data.replace(/signature=./, 'signature=x'))).status).toBe(403);
	});

	it('keep a small payload inline', async () => {
		await listen({
			advancedOptions: { payload: { format: 'url', urlThresholdBytes: 1_000_000 } },
		});
		await submit();
		await until(() => receiver.received.length === 1);
		expect(simulator.ledger.deliveries[0]?.asUrl).toBe(false);
	});

	it('arrive for every run of a full batch', async () => {
		await listen();
		await submit(1000);
		await until(() => receiver.received.length === 1000, 50_000);
		const rows = receiver.received.map(
			({ body }) =>
				(JSON.parse(body) as { payload: { metadata: { row: number } } }).payload.metadata,
		);
		expect(new Set(rows.map(({ row }) => row)).size).toBe(1000);
	});
});
