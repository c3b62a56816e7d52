/**
 * Finished batches while Extend cannot be asked. A batch is reported once, whatever Extend does and whether or
 * not it delivers an event again.
 */
import { setTimeout as pause } from 'node:timers/promises';

import { type Fault } from '../../simulator';
import { credentialsFor } from '../batchRun/batchRun';
import { submitBatch, until } from './playedTrigger';
import { LIST, LISTS, MINUTE, TroubledBench, expectReported } from './finishedBatches';

const bench = TroubledBench.use();

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
			bench.simulator.settings.deliveryAttempts = 1;
			const trigger = await bench.publish();
			const struck = bench.simulator.faults.add({ ...fault, on: LIST });
			const batchId = await submitBatch(bench.simulator, 1);
			await expectReported(bench, trigger, [batchId]);
			expect(struck.struck).toBe(fault.times);
		},
	);

	it.each(TROUBLES)(
		'is reported once after %s, though events are sent again',
		async (_what, fault) => {
			bench.simulator.settings.deliverTwice = true;
			const trigger = await bench.publish();
			bench.simulator.faults.add({ ...fault, on: LIST });
			const batchIds = [
				await submitBatch(bench.simulator, 1),
				await submitBatch(bench.simulator, 3),
			];
			await expectReported(bench, trigger, batchIds);
		},
	);

	it('has its event refused quickly, and waits itself for as long as it was told', async () => {
		Object.assign(bench.simulator.settings, { deliveryAttempts: 3, deliveryBackoffMs: 1_500 });
		const trigger = await bench.publish();
		bench.simulator.faults.add({
			kind: 'rateLimited',
			retryAfter: 'seconds',
			seconds: 120,
			times: 1,
			on: LIST,
		});
		const batchId = await submitBatch(bench.simulator, 1);
		await until(() => bench.statuses().length > 0, 'the delivery is answered', 5_000);
		await pause(3_000);
		expect(bench.statuses()).toEqual([503, 503]);
		expect(trigger.executions).toEqual([]);
		expect(bench.calls(LISTS)).toHaveLength(1);
		bench.later(2 * MINUTE);
		await expectReported(bench, trigger, [batchId]);
		expect(bench.statuses()).toEqual([503, 503, 200]);
		expect(trigger.logs.join('\n')).toContain('could not ask Extend');
	}, 60_000);

	it('is answered in time, whatever hangs', async () => {
		bench.simulator.settings.deliveryAttempts = 1;
		const trigger = await bench.publish();
		bench.simulator.faults.add({ kind: 'hangBefore', times: 1, on: LIST });
		const batchId = await submitBatch(bench.simulator, 1);
		await until(() => bench.calls(LISTS).length > 0, 'Extend is asked');
		await pause(200);
		bench.later(24_000);
		await until(() => bench.statuses().length > 0, 'the delivery is answered', 3_000);
		expect(bench.statuses()).toEqual([503]);
		await expectReported(bench, trigger, [batchId]);
	});

	it('is reported when the credential is there again', async () => {
		bench.simulator.settings.deliveryAttempts = 1;
		const credentials = credentialsFor(bench.simulator)!;
		const { extendApi } = credentials;
		const trigger = await bench.publish({}, { credentials });
		credentials.extendApi = undefined as never;
		const batchId = await submitBatch(bench.simulator, 2);
		await until(() => bench.statuses().includes(503), 'it cannot be asked about');
		expect(trigger.logs.join('\n')).toContain('its credential cannot be used');
		credentials.extendApi = extendApi!;
		await expectReported(bench, trigger, [batchId]);
	});

	it('is reported though other batches take all the places of those that wait', async () => {
		bench.simulator.settings.deliveryAttempts = 1;
		const trigger = await bench.publish();
		const slow = (index: number) => (index === 0 ? { simulate: 'slow' } : {});
		const others: string[] = [];
		for (let index = 0; index < 8; index++)
			others.push(await submitBatch(bench.simulator, 2, slow));
		await until(() => trigger.underWay === 5, 'five deliveries stay');
		bench.simulator.faults.add({ kind: 'refuse', status: 403, times: 3, on: LIST });
		const batchIds = [await submitBatch(bench.simulator, 1), await submitBatch(bench.simulator, 1)];
		await expectReported(bench, trigger, [...batchIds, ...others]);
	}, 60_000);
});

describe('many batches that may be finished while Extend cannot be asked', () => {
	it('are all reported, though each event is sent once only', async () => {
		bench.simulator.settings.deliveryAttempts = 1;
		const trigger = await bench.publish();
		const { id } = bench.simulator.faults.add({ kind: 'refuse', status: 403, on: LIST });
		const batchIds: string[] = [];
		for (let index = 0; index < 12; index++) batchIds.push(await submitBatch(bench.simulator, 1));
		await until(() => bench.statuses().length === 12, 'all are delivered');
		expect(new Set(bench.statuses())).toEqual(new Set([503]));
		bench.simulator.faults.clear(id);
		await expectReported(bench, trigger, batchIds);
	});
});
