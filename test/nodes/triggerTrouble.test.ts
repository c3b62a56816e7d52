/**
 * Finished batches while something goes wrong. A batch that may be finished is reported once, whatever Extend
 * does and whether or not it delivers an event again. Waits of minutes are cut short: `later` moves the clock
 * that the nodes go by, which is not that of the simulator.
 */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import type { PlayedTrigger, TriggerOptions } from '../engine';
import { startSimulator, tame, type Fault, type Simulator } from '../simulator';
import { credentialsFor } from './batchRun';
import { callExtend, deliver, endpointsOf, openTrigger, submitBatch, until } from './triggerBench';

const MINUTE = 60_000;

let simulator: Simulator;
const opened: PlayedTrigger[] = [];

const realNow = performance.now.bind(performance);
let ahead = 0;
const later = (ms: number) => {
	ahead += ms;
};

beforeAll(async () => {
	jest.spyOn(performance, 'now').mockImplementation(() => realNow() + ahead);
	simulator = await startSimulator();
});
beforeEach(() => {
	simulator.reset();
	Object.assign(simulator.settings, { queueMs: 20, processMs: 200, deliveryAttempts: 5 });
	Object.assign(simulator.settings, {
		deliveryTimeoutMs: 30_000,
		deliverTwice: false,
		jitter: 0.5,
		visibilitySpreadMs: 0,
		deliveryBackoffMs: 200,
		slowFactor: 20,
	});
});
afterEach(async () => {
	simulator.faults.clear();
	for (const trigger of opened.splice(0)) {
		await trigger.delete();
		await trigger.close();
	}
});
afterAll(async () => {
	await simulator.close();
	jest.restoreAllMocks();
});

async function publish(
	parameters: INodeParameters = {},
	more: Partial<TriggerOptions> = {},
): Promise<PlayedTrigger> {
	const trigger = await openTrigger(simulator, { emit: 'batch', ...parameters }, more);
	opened.push(trigger);
	await trigger.publish();
	return trigger;
}

const LIST = { path: '/workflow_runs', method: 'GET' };
const ONE_RUN = { path: '/workflow_runs/*', method: 'GET' };

const LISTS = /^\/workflow_runs\?/;
const RUNS = /^\/workflow_runs\/workflow_run_/;

const jsonOf = (trigger: PlayedTrigger): IDataObject[] =>
	trigger.executions.flat().map(({ json }) => json);
const statuses = () =>
	simulator.ledger.deliveries.flatMap(({ attempts }) => attempts.map(({ status }) => status));
const calls = (path: RegExp) =>
	simulator.ledger.requests.filter(
		(request) => request.method === 'GET' && path.test(request.path),
	);
const isSettled = () => simulator.ledger.deliveries.every(({ outcome }) => outcome !== 'pending');

/** Waits until something holds, while time goes by six times as fast. */
async function hurry(holds: () => boolean, what: string) {
	const looked = () => {
		later(100);
		return holds();
	};
	await until(looked, what);
}

/** Waits in a hurry until the batches were reported, and a little longer, in which nothing more must come. */
async function expectReported(trigger: PlayedTrigger, batchIds: string[], what = 'it is reported') {
	await hurry(() => trigger.executions.length >= batchIds.length, what);
	await until(isSettled, 'Extend has nothing more to deliver');
	later(10_000);
	await pause(500);
	expect(trigger.executions.map((items) => items[0]?.json.batchId).sort()).toEqual(
		[...batchIds].sort(),
	);
	expect(trigger.failures).toEqual([]);
	await until(() => trigger.underWay === 0, 'nobody looks after batches that are reported');
}

describe('a batch that may be finished while Extend cannot be asked', () => {
	const TROUBLES: Array<[string, Fault]> = [
		[
			'a Retry-After of an hour',
			{ kind: 'rateLimited', retryAfter: 'seconds', seconds: 3_600, times: 2 },
		],
		['refusals', { kind: 'refuse', status: 403, times: 3 }],
		['a token that is not known for a while', { kind: 'refuse', status: 401, times: 3 }],
		['answers that are no lists', { kind: 'truncatedAfter', times: 1 }],
		['a server error', { kind: 'serverErrorBefore', status: 503, body: 'html', times: 2 }],
	];

	it.each(TROUBLES)(
		'is reported once after %s, though each event is sent once only',
		async (_what, fault) => {
			simulator.settings.deliveryAttempts = 1;
			const trigger = await publish();
			const struck = simulator.faults.add({ ...fault, on: LIST });
			const batchId = await submitBatch(simulator, 1);
			await expectReported(trigger, [batchId]);
			expect(struck.struck).toBe(fault.times);
		},
	);

	it.each(TROUBLES)(
		'is reported once after %s, though events are sent again',
		async (_what, fault) => {
			simulator.settings.deliverTwice = true;
			const trigger = await publish();
			simulator.faults.add({ ...fault, on: LIST });
			const batchIds = [await submitBatch(simulator, 1), await submitBatch(simulator, 3)];
			await expectReported(trigger, batchIds);
		},
	);

	it('has its event refused quickly, and waits itself for as long as it was told', async () => {
		Object.assign(simulator.settings, { deliveryAttempts: 3, deliveryBackoffMs: 1_500 });
		const trigger = await publish();
		simulator.faults.add({
			kind: 'rateLimited',
			retryAfter: 'seconds',
			seconds: 120,
			times: 1,
			on: LIST,
		});
		const batchId = await submitBatch(simulator, 1);
		await until(() => statuses().length > 0, 'the delivery is answered', 5_000);
		await pause(3_000);
		expect(statuses()).toEqual([503, 503]);
		expect(trigger.executions).toEqual([]);
		expect(calls(LISTS)).toHaveLength(1);
		later(2 * MINUTE);
		await expectReported(trigger, [batchId]);
		expect(statuses()).toEqual([503, 503, 200]);
		expect(trigger.logs.join('\n')).toContain('could not ask Extend');
	}, 30_000);

	it('is answered in time, whatever hangs', async () => {
		simulator.settings.deliveryAttempts = 1;
		const trigger = await publish();
		simulator.faults.add({ kind: 'hangBefore', times: 1, on: LIST });
		const batchId = await submitBatch(simulator, 1);
		await until(() => calls(LISTS).length > 0, 'Extend is asked');
		await pause(200);
		later(24_000);
		await until(() => statuses().length > 0, 'the delivery is answered', 3_000);
		expect(statuses()).toEqual([503]);
		await expectReported(trigger, [batchId]);
	});

	it('is reported when the credential is there again', async () => {
		simulator.settings.deliveryAttempts = 1;
		const credentials = credentialsFor(simulator)!;
		const { extendApi } = credentials;
		const trigger = await publish({}, { credentials });
		credentials.extendApi = undefined as never;
		const batchId = await submitBatch(simulator, 2);
		await until(() => statuses().includes(503), 'it cannot be asked about');
		expect(trigger.logs.join('\n')).toContain('its credential cannot be used');
		credentials.extendApi = extendApi!;
		await expectReported(trigger, [batchId]);
	});

	it('is reported though other batches take all the places of those that wait', async () => {
		simulator.settings.deliveryAttempts = 1;
		const trigger = await publish();
		const slow = (index: number) => (index === 0 ? { simulate: 'slow' } : {});
		const others: string[] = [];
		for (let index = 0; index < 8; index++) others.push(await submitBatch(simulator, 2, slow));
		await until(() => trigger.underWay === 5, 'five deliveries stay');
		simulator.faults.add({ kind: 'refuse', status: 403, times: 3, on: LIST });
		const batchIds = [await submitBatch(simulator, 1), await submitBatch(simulator, 1)];
		await expectReported(trigger, [...batchIds, ...others]);
	}, 30_000);
});

describe('many batches that may be finished while Extend cannot be asked', () => {
	it('are all reported, though each event is sent once only', async () => {
		simulator.settings.deliveryAttempts = 1;
		const trigger = await publish();
		const { id } = simulator.faults.add({ kind: 'refuse', status: 403, on: LIST });
		const batchIds: string[] = [];
		for (let index = 0; index < 12; index++) batchIds.push(await submitBatch(simulator, 1));
		await until(() => statuses().length === 12, 'all are delivered');
		expect(new Set(statuses())).toEqual(new Set([503]));
		simulator.faults.clear(id);
		await expectReported(trigger, batchIds);
	});
});

describe('batches of which events were lost', () => {
	const loseLast = async (trigger: PlayedTrigger, count: number): Promise<string[]> => {
		Object.assign(simulator.settings, { deliveryAttempts: 1 });
		const slow = (index: number) => (index === 0 ? { simulate: 'slow' } : {});
		const batchIds: string[] = [];
		for (let index = 0; index < count; index++)
			batchIds.push(await submitBatch(simulator, 2, slow));
		await until(() => statuses().length === count, 'one event of each came');
		const [endpoint] = await endpointsOf(simulator);
		const say = async (url: string) =>
			await callExtend(simulator, 'POST', `/webhook_endpoints/${endpoint?.id}`, { url });
		await say('http://127.0.0.1:9/');
		await until(() => statuses().length === 2 * count, 'the others were lost');
		await say(trigger.url);
		return batchIds;
	};

	it('are all reported, if need be with the deliveries of other batches', async () => {
		const trigger = await publish();
		const lost = await loseLast(trigger, 7);
		await hurry(() => trigger.executions.length === 5, 'five are reported');
		await until(() => trigger.underWay === 0, 'nobody is left');
		const next = await submitBatch(simulator, 4);
		await expectReported(trigger, [...lost, next]);
	}, 60_000);

	it('are looked after by few deliveries', async () => {
		simulator.settings.slowFactor = 30;
		const trigger = await publish();
		const slow = (index: number) => (index === 0 ? { simulate: 'slow' } : {});
		const batchIds: string[] = [];
		for (let index = 0; index < 12; index++) batchIds.push(await submitBatch(simulator, 3, slow));
		await until(() => statuses().length === 24, 'two events of each came');
		expect(trigger.underWay).toBe(5);
		await expectReported(trigger, batchIds);
	}, 30_000);
});

describe('a batch without references', () => {
	it('is not finished by a list that shows no run under way, because more may be coming', async () => {
		Object.assign(simulator.settings, { slowFactor: 10, jitter: 0, visibilitySpreadMs: 1_500 });
		const trigger = await publish();
		const slow = (index: number) => (index === 1 ? { simulate: 'slow' } : {});
		const batchId = await submitBatch(simulator, 2, slow, false);
		await until(() => statuses().length === 1, 'one of two runs is at rest');
		later(5_000);
		await until(() => calls(LISTS).length === 1, 'Extend shows the one');
		await until(() => statuses().length === 2, 'the other is at rest');
		expect(trigger.executions).toEqual([]);
		const askedBefore = calls(LISTS).length;
		await pause(1_000);
		expect(calls(LISTS).length - askedBefore).toBeLessThan(2);
		expect(trigger.executions).toEqual([]);
		later(9_000);
		await expectReported(trigger, [batchId]);
		expect(jsonOf(trigger)).toHaveLength(2);
	});
});

describe('results that cannot be fetched', () => {
	/** A batch of three, of which two runs end before the trigger is published. */
	const publishLate = async (parameters: INodeParameters = {}) => {
		simulator.settings.slowFactor = 10;
		const slow = (index: number) => (index === 2 ? { simulate: 'slow', row: 2 } : { row: index });
		const before = await publish();
		const batchId = await submitBatch(simulator, 3, slow);
		await until(() => statuses().length === 2, 'two runs are at rest');
		await before.delete();
		const trigger = await publish(
			{ options: { output: 'simplified' }, ...parameters },
			{ webhookId: 'published-later' },
		);
		return { trigger, batchId };
	};
	const rows = (trigger: PlayedTrigger) =>
		jsonOf(trigger).map((json) => [
			json['metadata.row'],
			json.status,
			json['extract.total'] !== null,
		]);

	it('are fetched where this process heard nothing of the runs', async () => {
		const { trigger, batchId } = await publishLate();
		await expectReported(trigger, [batchId]);
		expect(rows(trigger).sort()).toEqual([0, 1, 2].map((row) => [row, 'PROCESSED', true]));
		expect(calls(RUNS)).toHaveLength(2);
		for (const json of jsonOf(trigger)) expect(json).toHaveProperty(['classify.type']);
	}, 30_000);

	it('are waited for, and what could be fetched is not fetched again', async () => {
		simulator.faults.add({ kind: 'refuse', status: 404, times: 3, on: ONE_RUN });
		const { trigger, batchId } = await publishLate();
		await expectReported(trigger, [batchId]);
		expect(rows(trigger).sort()).toEqual([0, 1, 2].map((row) => [row, 'PROCESSED', true]));
		expect(calls(RUNS)).toHaveLength(5);
	}, 30_000);

	it('do not hold the batch up for ever', async () => {
		const { trigger, batchId } = await publishLate();
		const gone = simulator.ledger.runs.find(({ position }) => position === 1)!;
		simulator.faults.add({
			kind: 'refuse',
			status: 404,
			on: { path: `/workflow_runs/${gone.id}`, method: 'GET' },
		});
		await hurry(() => calls(RUNS).length >= 4, 'it is tried again');
		expect(trigger.executions).toEqual([]);
		later(5 * MINUTE);
		await expectReported(trigger, [batchId]);
		expect(jsonOf(trigger)).toHaveLength(3);
		expect(jsonOf(trigger).filter(({ runId }) => runId === gone.id)).toMatchObject([
			{
				status: 'PROCESSED',
				failureReason: 'Extend lists this run, but does not give its results',
			},
		]);
	}, 30_000);

	it('of a run that was deleted are not waited for long', async () => {
		const reason = 'The run is deleted before anybody could read it';
		Object.assign(simulator.settings, tame(reason, 'readableDelayMs'));
		const { trigger, batchId } = await publishLate();
		const deleted = simulator.ledger.runs.find(({ position }) => position === 1)!;
		await callExtend(simulator, 'DELETE', `/workflow_runs/${deleted.id}`);
		await until(() => statuses().length === 3, 'the last event came');
		await pause(1_000);
		expect(trigger.executions).toEqual([]);
		later(6 * MINUTE);
		await expectReported(trigger, [batchId]);
		expect(
			rows(trigger)
				.map(([row]) => row)
				.sort(),
		).toEqual([0, 2]);
	}, 30_000);
});

describe('a delivery whose sender has gone', () => {
	it('reports the batch, and its copies do not', async () => {
		Object.assign(simulator.settings, { deliveryTimeoutMs: 400, deliveryBackoffMs: 1_600 });
		simulator.faults.add({ kind: 'delay', ms: 1_500, times: 1, on: LIST });
		const trigger = await publish();
		const batchId = await submitBatch(simulator, 1);
		await expectReported(trigger, [batchId]);
		expect(statuses()).toContain(0);
	});

	it('starts the execution of its event, and its copies do not', async () => {
		const server = createServer((_request, response) => {
			setTimeout(() => response.end('{"object":"workflow_run","id":"r"}'), 1_000);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const data = `http://127.0.0.1:${(server.address() as AddressInfo).port}/payload`;
		const trigger = await publish({ emit: 'event' });
		const payload = { object: 'signed_data_url', id: 'r', data };
		const event = { eventId: 'late', eventType: 'workflow_run.completed', payload };
		await expect(deliver(trigger, event, { giveUpAfterMs: 300 })).rejects.toThrow('timeout');
		const copies = [1, 2].map(async () => await deliver(trigger, event));
		await expect(Promise.all(copies)).resolves.toEqual([200, 200]);
		server.close();
		expect(trigger.executions).toHaveLength(1);
	});
});

describe('a batch whose execution n8n takes long to start', () => {
	it.each([
		['does', false],
		['cannot', true],
	])(
		'is not reported by another event in the meantime; it is when n8n %s start it',
		async (_what, refuses) => {
			let starts = 0;
			const refuseExecution = async () => {
				starts++;
				const isRefused = refuses && starts === 1;
				await pause(1_000);
				return isRefused;
			};
			simulator.settings.deliveryAttempts = 1;
			const trigger = await publish({}, { refuseExecution });
			const batchId = await submitBatch(simulator, 1);
			await until(() => starts === 1, 'n8n is starting it');
			const [run] = simulator.ledger.runs;
			const payload = { object: 'workflow_run', id: run!.id, status: 'PROCESSED', batchId };
			const event = { eventId: 'another', eventType: 'workflow_run.completed', payload };
			await expect(deliver(trigger, event)).resolves.toBe(200);
			expect(starts).toBe(refuses ? 2 : 1);
			await expectReported(trigger, [batchId]);
		},
	);
});

describe('a trigger that was published anew', () => {
	it('does not report what the other has yet to report', async () => {
		const trigger = await publish();
		simulator.faults.add({ kind: 'delay', ms: 800, times: 1, on: LIST });
		await submitBatch(simulator, 1);
		await until(() => calls(LISTS).length > 0, 'Extend is asked');
		// By another process of n8n, as far as this one can tell.
		const [endpoint] = await endpointsOf(simulator);
		await callExtend(simulator, 'DELETE', `/webhook_endpoints/${endpoint?.id}`);
		await until(() => calls(/^\/webhook_endpoints\/wh_/).length > 0, 'the endpoint is looked for');
		await until(() => trigger.underWay === 0, 'nobody looks after it any more');
		expect(trigger.executions).toEqual([]);
		expect(trigger.failures).toEqual([]);
	});
});

describe('n8n’s clock', () => {
	it('may be set back without anybody waiting longer', async () => {
		simulator.settings.deliveryAttempts = 1;
		const trigger = await publish();
		simulator.faults.add({ kind: 'refuse', status: 403, times: 1, on: LIST });
		const batchId = await submitBatch(simulator, 1);
		await until(() => statuses().length > 0, 'the delivery is answered');
		const wallClock = Date.now.bind(Date);
		const clock = jest.spyOn(Date, 'now').mockImplementation(() => wallClock() - 60 * MINUTE);
		try {
			const started = realNow();
			while (trigger.executions.length === 0 && realNow() - started < 10_000) await pause(50);
		} finally {
			clock.mockRestore();
		}
		await expectReported(trigger, [batchId]);
	});
});
