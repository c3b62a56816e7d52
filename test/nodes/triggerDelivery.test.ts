import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { PlayedTrigger, TriggerOptions } from '../engine';
import { startSimulator, type Simulator } from '../simulator';
import { HOSTILE_DELIVERIES } from './hostileDeliveries';
import {
	callExtend,
	deliver,
	openTrigger,
	submitBatch,
	subscriptionsOf,
	until,
	type Deviations,
} from './triggerBench';

let simulator: Simulator;
const opened: PlayedTrigger[] = [];

beforeAll(async () => {
	simulator = await startSimulator({ settings: { queueMs: 10, processMs: 30 } });
});
beforeEach(() => {
	simulator.reset();
	simulator.faults.clear();
});
afterEach(async () => {
	for (const trigger of opened.splice(0)) {
		await trigger.delete();
		await trigger.close();
	}
});
afterAll(async () => {
	await simulator.close();
});

async function publish(
	parameters: INodeParameters = {},
	more: Partial<TriggerOptions> = {},
): Promise<PlayedTrigger> {
	const trigger = await openTrigger(simulator, parameters, more);
	opened.push(trigger);
	await trigger.publish();
	return trigger;
}

let events = 0;

function completed(run: object = {}, eventType = 'workflow_run.completed') {
	events++;
	const payload = {
		object: 'workflow_run',
		id: `workflow_run_${events}`,
		status: 'PROCESSED',
		batchId: null,
		...run,
	};
	return { eventId: `event_${events}`, eventType, payload };
}

const jsonOf = (trigger: PlayedTrigger): IDataObject[] =>
	trigger.executions.flat().map(({ json }) => json);

describe('verification', () => {
	it('lets a right delivery start one execution with the whole event', async () => {
		const trigger = await publish();
		const event = completed({ metadata: { text: 'ü – 😀' } });
		await expect(deliver(trigger, event)).resolves.toBe(200);
		expect(jsonOf(trigger)).toEqual([event]);
		expect(trigger.logs).toEqual([]);
	});

	it('accepts upper-case hex, and clocks that differ a little', async () => {
		const trigger = await publish();
		const now = Math.floor(Date.now() / 1000);
		const upper: Deviations = {
			headers: (headers) => ({
				...headers,
				'x-extend-request-signature': headers['x-extend-request-signature']!.toUpperCase(),
			}),
		};
		await expect(deliver(trigger, completed(), upper)).resolves.toBe(200);
		await expect(deliver(trigger, completed(), { timestamp: now - 298 })).resolves.toBe(200);
		await expect(deliver(trigger, completed(), { timestamp: now + 58 })).resolves.toBe(200);
		expect(trigger.executions).toHaveLength(3);
	});

	it.each(Object.keys(HOSTILE_DELIVERIES))(
		'refuses a delivery %s with 401, quietly',
		async (kind) => {
			const trigger = await publish();
			const event = completed();
			const { deviations, more } = HOSTILE_DELIVERIES[kind]!(JSON.stringify(event));
			Object.assign(event.payload, more);
			await expect(deliver(trigger, event, deviations)).resolves.toBe(401);
			expect(trigger.executions).toEqual([]);
			expect(trigger.failures).toEqual([]);
			expect(trigger.logs).toHaveLength(1);
			expect(trigger.logs[0]).toMatch(/^warn: Extend Trigger refused a delivery: /);
			expect(trigger.logs[0]?.length).toBeLessThan(200);
		},
	);

	it('refuses everything while no secret is known', async () => {
		const trigger = await publish();
		const { staticData } = trigger;
		for (const lost of [{}, { registration: { endpointId: 'wh_1', signingSecret: '' } }]) {
			trigger.staticData = lost;
			await expect(deliver(trigger, completed(), { secret: '' })).resolves.toBe(401);
			await expect(deliver(trigger, completed(), { secret: 'undefined' })).resolves.toBe(401);
		}
		trigger.staticData = staticData;
		expect(trigger.executions).toEqual([]);
		expect(trigger.failures).toEqual([]);
	});

	it('takes a genuine delivery of 15 MB, and survives a genuine one that holds no event', async () => {
		const trigger = await publish();
		const large = completed({ text: 'x'.repeat(15_000_000) });
		await expect(deliver(trigger, large)).resolves.toBe(200);
		for (const body of ['[]', '"text"', 'null', '{"eventId":1}', 'no JSON']) {
			await expect(deliver(trigger, body)).resolves.toBe(200);
		}
		expect(trigger.executions).toHaveLength(1);
		expect(trigger.failures).toEqual([]);
	});
});

describe('filters', () => {
	it('start no execution for events, statuses and batches that are not wanted', async () => {
		const trigger = await publish({
			events: ['workflow_run.completed', 'workflow_run.failed', 'batch_processor_run.processed'],
			options: { batchIds: 'batch_1, bpr_1', statuses: ['PROCESSED'] },
		});
		const cases: Array<[object, boolean]> = [
			[completed({ batchId: 'batch_1' }), true],
			[completed({ batchId: 'batch_2' }), false],
			[completed(), false],
			[completed({ batchId: 'batch_1', status: 'FAILED' }, 'workflow_run.failed'), false],
			[completed({ batchId: 'batch_1' }, 'workflow_run.rejected'), false],
			[
				{
					...completed({}, 'batch_processor_run.processed'),
					payload: { object: 'batch_run', id: 'bpr_1', status: 'PROCESSED' },
				},
				true,
			],
			[completed({}, 'workflow.created'), false],
		];
		for (const [event] of cases) await expect(deliver(trigger, event)).resolves.toBe(200);
		expect(jsonOf(trigger)).toEqual(cases.filter(([, starts]) => starts).map(([event]) => event));
	});
});

describe('events that come again', () => {
	it('start no second execution, also when both copies come at once', async () => {
		const trigger = await publish();
		const list = Array.from({ length: 50 }, () => completed());
		await Promise.all([...list, ...list].map(async (event) => await deliver(trigger, event)));
		for (const event of list) await expect(deliver(trigger, event)).resolves.toBe(200);
		expect(new Set(jsonOf(trigger).map(({ eventId }) => eventId)).size).toBe(50);
		expect(trigger.executions).toHaveLength(50);
	});

	it('count when n8n could not start the execution before', async () => {
		let refuse = true;
		const trigger = await publish({}, { refuseExecution: () => refuse });
		const event = completed();
		await expect(deliver(trigger, event)).resolves.toBe(500);
		refuse = false;
		await expect(deliver(trigger, event)).resolves.toBe(200);
		await expect(deliver(trigger, event)).resolves.toBe(200);
		expect(jsonOf(trigger)).toEqual([event]);
	});

	it('make 1,000 executions for 1,000 runs that are each announced twice, 8 at a time', async () => {
		Object.assign(simulator.settings, { deliverTwice: true, deliveryConcurrency: 8 });
		try {
			const trigger = await publish({ simplify: true });
			await submitBatch(simulator, 1_000, (index) => ({ row: index }));
			await until(
				() =>
					simulator.ledger.deliveries.length === 2_000 &&
					simulator.ledger.deliveries.every(({ outcome }) => outcome === 'delivered'),
				'everything is delivered',
			);
			expect(trigger.executions).toHaveLength(1_000);
			expect(new Set(jsonOf(trigger).map(({ runId }) => runId)).size).toBe(1_000);
			expect(jsonOf(trigger)[0]).toMatchObject({
				eventType: 'workflow_run.completed',
				status: 'PROCESSED',
				'metadata.row': expect.any(Number),
			});
		} finally {
			Object.assign(simulator.settings, { deliverTwice: false, deliveryConcurrency: 50 });
		}
	});
});

describe('all workflows', () => {
	it('subscribes a workflow that is created later, and starts nothing because of it', async () => {
		const trigger = await publish();
		const created = await callExtend<{ id: string }>(simulator, 'POST', '/workflows', {
			name: 'Later',
		});
		await until(
			() => simulator.ledger.deliveries.some(({ outcome }) => outcome === 'delivered'),
			'the event is delivered',
		);
		expect((await subscriptionsOf(simulator)).map(({ resourceId }) => resourceId)).toContain(
			created.id,
		);
		expect(trigger.executions).toEqual([]);
		await expect(trigger.checkExists()).resolves.toBe(true);
	});

	it('has the event sent again when subscribing did not work', async () => {
		const trigger = await publish({ events: ['workflow_run.completed', 'workflow.created'] });
		simulator.faults.add({
			kind: 'refuse',
			status: 400,
			times: 1,
			on: { path: '/webhook_subscriptions', method: 'POST' },
		});
		await callExtend(simulator, 'POST', '/workflows', { name: 'Later' });
		await until(() => trigger.executions.length > 0, 'the event starts an execution');
		expect(simulator.ledger.deliveries[0]?.attempts.map(({ status }) => status)).toEqual([
			503, 200,
		]);
		expect(trigger.executions).toHaveLength(1);
		await expect(trigger.checkExists()).resolves.toBe(true);
	});
});

describe('large payloads', () => {
	const small = { options: { largePayloadBytes: 1_000 } };

	it('are fetched, so that the item looks like any other', async () => {
		const trigger = await publish(small);
		await submitBatch(simulator, 1, () => ({ row: 7 }));
		await until(() => trigger.executions.length > 0, 'an execution starts');
		expect(simulator.ledger.deliveries[0]).toMatchObject({ asUrl: true });
		expect(jsonOf(trigger)[0]).toMatchObject({
			eventId: simulator.ledger.deliveries[0]?.eventId,
			payload: { object: 'workflow_run', metadata: { row: 7 }, stepRuns: expect.any(Array) },
		});
	});

	it('stay a link on request', async () => {
		const trigger = await publish({
			options: { largePayloadBytes: 1_000, downloadLargePayloads: false },
		});
		await submitBatch(simulator, 1);
		await until(() => trigger.executions.length > 0, 'an execution starts');
		expect(jsonOf(trigger)[0]).toMatchObject({ payload: { object: 'signed_data_url' } });
	});

	it('are delivered again when the link does not work, and leave no failed execution', async () => {
		const seen: string[] = [];
		const server = createServer((request, response) => {
			seen.push(String(request.headers.authorization));
			const number = seen.length;
			if (number === 1) response.writeHead(403).end();
			else if (number === 2) response.writeHead(302, { location: '/elsewhere' }).end();
			else if (number === 3) response.writeHead(200).end('no JSON');
			else if (number === 4) response.writeHead(200, { 'content-length': '100' }).destroy();
			else response.writeHead(200).end('{"object":"workflow_run","id":"r"}');
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const data = `http://127.0.0.1:${(server.address() as AddressInfo).port}/payload?secret=1`;
		const trigger = await publish();
		const event = { ...completed(), payload: { object: 'signed_data_url', id: 'r', data } };
		for (let attempt = 0; attempt < 4; attempt++) {
			await expect(deliver(trigger, event)).resolves.toBe(503);
		}
		await expect(deliver(trigger, event)).resolves.toBe(200);
		server.close();
		expect(jsonOf(trigger)).toMatchObject([{ payload: { object: 'workflow_run', id: 'r' } }]);
		expect(seen).toEqual(Array<string>(5).fill('undefined'));
		expect(trigger.failures).toEqual([]);
		expect(trigger.logs.join()).not.toContain('secret=1');
	});

	it('are delivered again when the link stalls half-way', async () => {
		const server = createServer((_request, response) => {
			response.writeHead(200).write('{"object":');
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const data = `http://127.0.0.1:${(server.address() as AddressInfo).port}/payload`;
		const trigger = await publish();
		const event = { ...completed(), payload: { object: 'signed_data_url', id: 'r', data } };
		const started = Date.now();
		await expect(deliver(trigger, event)).resolves.toBe(503);
		// Extend waits for 30 s.
		expect(Date.now() - started).toBeLessThan(25_000);
		server.closeAllConnections();
		server.close();
		expect(trigger.executions).toEqual([]);
	});

	it('are not fetched from an address without encryption', async () => {
		const trigger = await publish();
		const payload = { object: 'signed_data_url', id: 'r', data: 'http://example.com/payload' };
		await expect(deliver(trigger, { ...completed(), payload })).resolves.toBe(503);
		expect(trigger.executions).toEqual([]);
	});
});
