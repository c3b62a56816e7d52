import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { PlayedTrigger } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import type { Simulator } from '../../simulator';
import { credentialsFor } from '../batchRun/batchRun';
import { HOSTILE_DELIVERIES } from './hostileDeliveries';
import {
	callExtend,
	deliver,
	submitBatch,
	subscriptionsOf,
	until,
	usePublishedTriggers,
	type Deviations,
} from './playedTrigger';

let simulator: Simulator;

useSimulator({ queueMs: 10, processMs: 30 }, (started) => {
	simulator = started;
});

const publish = usePublishedTriggers(() => simulator);

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
	// Each event that is not wanted differs from one that is in one thing only.
	it('start no execution for events, statuses and batches that are not wanted', async () => {
		const trigger = await publish({
			events: ['workflow_run.completed', 'workflow_run.failed', 'batch_processor_run.processed'],
			options: { batchIds: 'batch_1, bpr_1', statuses: ['PROCESSED'] },
		});
		const batchRun = (id: string) => ({
			...completed({}, 'batch_processor_run.processed'),
			payload: { object: 'batch_run', id, status: 'PROCESSED' },
		});
		const cases: Array<[object, boolean]> = [
			[completed({ batchId: 'batch_1' }), true],
			[completed({ batchId: 'batch_2' }), false],
			[completed(), false],
			[completed({ batchId: 'batch_1', status: 'FAILED' }, 'workflow_run.failed'), false],
			[completed({ batchId: 'batch_1' }, 'extract_run.processed'), false],
			[batchRun('bpr_1'), true],
			[batchRun('bpr_2'), false],
		];
		for (const [event] of cases) await expect(deliver(trigger, event)).resolves.toBe(200);
		expect(jsonOf(trigger)).toEqual(cases.filter(([, starts]) => starts).map(([event]) => event));
	});

	it.each<[string, INodeParameters, string[]]>([
		['nothing', {}, ['a', 'b', 'c']],
		['statuses', { options: { statuses: ['FAILED'] } }, ['b']],
		['batches', { options: { batchIds: 'batch_1' } }, ['a', 'b']],
		['both', { options: { statuses: ['PROCESSED'], batchIds: 'batch_1' } }, ['a']],
	])('work alone and together: %s', async (_which, parameters, ids) => {
		const trigger = await publish(parameters);
		await deliver(trigger, completed({ id: 'a', batchId: 'batch_1' }));
		const failed = { id: 'b', batchId: 'batch_1', status: 'FAILED' };
		await deliver(trigger, completed(failed, 'workflow_run.failed'));
		await deliver(trigger, completed({ id: 'c', batchId: 'batch_2' }));
		const payloads = jsonOf(trigger).map(({ payload }) => payload as IDataObject);
		expect(payloads.map(({ id }) => id)).toEqual(ids);
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

	it('make 100 executions for 100 runs that are each announced twice, 8 at a time', async () => {
		Object.assign(simulator.settings, { deliverTwice: true, deliveryConcurrency: 8 });
		try {
			const trigger = await publish({ output: 'simplified' });
			await submitBatch(simulator, 100, (index) => ({ row: index }));
			await until(
				() =>
					simulator.ledger.deliveries.length === 200 &&
					simulator.ledger.deliveries.every(({ outcome }) => outcome === 'delivered'),
				'everything is delivered',
			);
			expect(trigger.executions).toHaveLength(100);
			expect(new Set(jsonOf(trigger).map(({ runId }) => runId)).size).toBe(100);
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

describe('an item', () => {
	const payload = {
		object: 'workflow_run',
		id: 'workflow_run_1',
		status: 'PROCESSED',
		batchId: 'batch_1',
		error: 'of old',
		stepRuns: [],
	};

	it('is one flat row by default, with the event behind the values', async () => {
		const trigger = await publish({ output: 'simplified' });
		await deliver(trigger, { eventId: 'e', eventType: 'workflow_run.completed', payload });
		const [json] = jsonOf(trigger);
		expect(json).toMatchObject({ status: 'PROCESSED', runId: 'workflow_run_1' });
		expect(Object.keys(json!).slice(-2)).toEqual(['eventType', 'eventId']);
	});

	it('holds ids and status in a summary', async () => {
		const trigger = await publish({ output: 'summary' });
		await deliver(trigger, { eventId: 'e', eventType: 'workflow_run.completed', payload });
		expect(jsonOf(trigger)).toEqual([
			{
				runId: 'workflow_run_1',
				status: 'PROCESSED',
				batchId: 'batch_1',
				workflowId: null,
				eventType: 'workflow_run.completed',
				eventId: 'e',
			},
		]);
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
		await until(() => simulator.ledger.deliveries[0]?.outcome === 'delivered', 'it is delivered');
		expect(simulator.ledger.deliveries[0]?.attempts.map(({ status }) => status)).toEqual([
			503, 200,
		]);
		expect(trigger.executions).toHaveLength(1);
		await expect(trigger.checkExists()).resolves.toBe(true);
	});

	it('has the event sent again while the credential is gone, and leaves no failed execution', async () => {
		const credentials = credentialsFor(simulator)!;
		const { extendApi } = credentials;
		const trigger = await publish({}, { credentials });
		credentials.extendApi = undefined as never;
		const created = await callExtend<{ id: string }>(simulator, 'POST', '/workflows', {
			name: 'Later',
		});
		const attempts = () => simulator.ledger.deliveries[0]?.attempts ?? [];
		await until(() => attempts().length > 0, 'the event is delivered');
		expect(attempts()[0]?.status).toBe(503);
		expect(trigger.logs[0]).toContain('cannot use its credential');
		credentials.extendApi = extendApi!;
		await until(() => attempts().at(-1)?.status === 200, 'the event is delivered');
		expect((await subscriptionsOf(simulator)).map(({ resourceId }) => resourceId)).toContain(
			created.id,
		);
		expect(trigger.executions).toEqual([]);
		expect(trigger.failures).toEqual([]);
	});

	it('answers in time when Extend lets no call through', async () => {
		const trigger = await publish();
		simulator.faults.add({
			kind: 'rateLimited',
			retryAfter: 'seconds',
			seconds: 120,
			times: 1,
			on: { path: '/webhook_subscriptions', method: 'POST' },
		});
		await callExtend(simulator, 'POST', '/workflows', { name: 'Later' });
		await until(
			() => simulator.ledger.deliveries[0]?.outcome === 'delivered',
			'the event is delivered',
		);
		expect(simulator.ledger.deliveries[0]?.attempts.map(({ status }) => status)).toEqual([
			503, 200,
		]);
		await expect(trigger.checkExists()).resolves.toBe(true);
	});
});

describe('an event that cannot be handled', () => {
	it.each<[string, INodeParameters, string]>([
		['a wrong parameter', { output: 'sometimes' }, '“Output”'],
		['a wrong option', { options: { largePayloadBytes: 'many' } }, '“Large Payload Size (Bytes)”'],
		['an expression that fails', { events: '={{ 1 + }}' }, 'could not handle'],
	])('is logged and comes again, without a failed execution: %s', async (_what, wrong, words) => {
		const trigger = await publish();
		const right = trigger.parameters;
		trigger.parameters = { ...right, ...wrong };
		const event = completed();
		await expect(deliver(trigger, event)).resolves.toBe(503);
		expect(trigger.logs.join('\n')).toContain(words);
		expect(trigger.failures).toEqual([]);
		trigger.parameters = right;
		await expect(deliver(trigger, event)).resolves.toBe(200);
		expect(jsonOf(trigger)).toEqual([event]);
	});

	it.each(['"text"', '5', '[]', 'null'])('is none with the payload %s', async (payload) => {
		const trigger = await publish();
		const body = `{"eventId":"odd","eventType":"workflow_run.completed","payload":${payload}}`;
		await expect(deliver(trigger, body)).resolves.toBe(200);
		expect(trigger.failures).toEqual([]);
	});
});

describe('clocks that differ', () => {
	const HOUR = 3_600;
	const inSeconds = (ms: number) => Math.floor(ms / 1000);

	it.each([
		[-6 * HOUR, 0, 200],
		[-6 * HOUR, -301, 401],
		[6 * HOUR, 30, 200],
		[6 * HOUR, 70, 401],
		[240, 0, 200],
		[240, 70, 401],
		[-240, -61, 401],
		[-301, -100, 200],
	])("by %d s do not matter; %d s off Extend's own clock get %d", async (offset, off, status) => {
		simulator.settings.clockOffsetMs = offset * 1000;
		const trigger = await publish();
		const before = simulator.ledger.requests.length;
		const timestamp = inSeconds(Date.now()) + offset + off;
		const event = completed();
		await expect(deliver(trigger, event, { timestamp })).resolves.toBe(status);
		await expect(deliver(trigger, event, { timestamp })).resolves.toBe(status);
		expect(jsonOf(trigger)).toHaveLength(status === 200 ? 1 : 0);
		expect(simulator.ledger.requests.length - before).toBe(1);
	});

	it('cost one call, however many deliveries come at once', async () => {
		simulator.settings.clockOffsetMs = 6 * HOUR * 1000;
		const trigger = await publish();
		const before = simulator.ledger.requests.length;
		const timestamp = inSeconds(Date.now()) + 6 * HOUR;
		const answers = [1, 2, 3].map(async () => await deliver(trigger, completed(), { timestamp }));
		await expect(Promise.all(answers)).resolves.toEqual([200, 200, 200]);
		expect(simulator.ledger.requests.length - before).toBe(1);
	});

	it('do not matter any more half a minute after Extend could not be asked', async () => {
		simulator.settings.clockOffsetMs = 6 * HOUR * 1000;
		const trigger = await publish();
		simulator.faults.add({ kind: 'resetBefore', on: { path: '/workflows' } });
		const timestamp = inSeconds(Date.now()) + 6 * HOUR;
		const event = completed();
		const now = performance.now.bind(performance);
		await expect(deliver(trigger, event, { timestamp })).resolves.toBe(401);
		await expect(deliver(trigger, event, { timestamp })).resolves.toBe(401);
		simulator.faults.clear();
		const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + 31_000);
		try {
			await expect(deliver(trigger, event, { timestamp })).resolves.toBe(200);
		} finally {
			clock.mockRestore();
		}
		expect(jsonOf(trigger)).toHaveLength(1);
	});

	it.each([
		[-600, 'too old, signed 10 minutes ago'],
		[3_600, '60 minutes in the future'],
	])('by %d s are named in the log if Extend cannot be asked', async (seconds, words) => {
		const trigger = await publish();
		simulator.faults.add({ kind: 'resetBefore', on: { path: '/workflows' } });
		const timestamp = inSeconds(Date.now()) + seconds;
		await expect(deliver(trigger, completed(), { timestamp })).resolves.toBe(401);
		expect(trigger.logs[0]).toContain(words);
		expect(trigger.logs[0]).toContain('the clock of this machine is wrong');
		await expect(deliver(trigger, completed(), { timestamp, secret: 'x' })).resolves.toBe(401);
		expect(trigger.logs[1]).toContain('its signature does not match');
	});
});
