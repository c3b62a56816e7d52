/** Finished batches of which this process does not hear everything, or not at once. */
import { setTimeout as pause } from 'node:timers/promises';

import type { PlayedTrigger } from '../../harness/engine';
import { callExtend, endpointsOf, submitBatch, until } from './playedTrigger';
import { LIST, LISTS, MINUTE, jsonOf, TroubledBench, expectReported } from './finishedBatches';

const realNow = performance.now.bind(performance);
const bench = TroubledBench.use();

describe('batches of which events were lost', () => {
	const loseLast = async (trigger: PlayedTrigger, count: number): Promise<string[]> => {
		Object.assign(bench.simulator.settings, { deliveryAttempts: 1 });
		const slow = (index: number) => (index === 0 ? { simulate: 'slow' } : {});
		const batchIds: string[] = [];
		for (let index = 0; index < count; index++)
			batchIds.push(await submitBatch(bench.simulator, 2, slow));
		await until(() => bench.statuses().length === count, 'one event of each came');
		const [endpoint] = await endpointsOf(bench.simulator);
		const say = async (url: string) =>
			await callExtend(bench.simulator, 'POST', `/webhook_endpoints/${endpoint?.id}`, { url });
		await say('http://127.0.0.1:9/');
		await until(() => bench.statuses().length === 2 * count, 'the others were lost');
		await say(trigger.url);
		return batchIds;
	};

	it('are all reported, if need be with the deliveries of other batches', async () => {
		const trigger = await bench.publish();
		const lost = await loseLast(trigger, 7);
		await bench.hurry(() => trigger.executions.length === 5, 'five are reported');
		await until(() => trigger.underWay === 0, 'nobody is left');
		const next = await submitBatch(bench.simulator, 4);
		await expectReported(bench, trigger, [...lost, next]);
	}, 60_000);

	it('are looked after by few deliveries', async () => {
		bench.simulator.settings.slowFactor = 30;
		const trigger = await bench.publish();
		const slow = (index: number) => (index === 0 ? { simulate: 'slow' } : {});
		const batchIds: string[] = [];
		for (let index = 0; index < 12; index++)
			batchIds.push(await submitBatch(bench.simulator, 3, slow));
		await until(() => bench.statuses().length === 24, 'two events of each came');
		expect(trigger.underWay).toBe(5);
		await expectReported(bench, trigger, batchIds);
	}, 60_000);
});

describe('a batch without references', () => {
	it('is not finished by a list that shows no run under way, because more may be coming', async () => {
		Object.assign(bench.simulator.settings, {
			slowFactor: 10,
			jitter: 0,
			visibilitySpreadMs: 1_500,
		});
		const trigger = await bench.publish();
		const slow = (index: number) => (index === 1 ? { simulate: 'slow' } : {});
		const batchId = await submitBatch(bench.simulator, 2, slow, false);
		await until(() => bench.statuses().length === 1, 'one of two runs is at rest');
		bench.later(5_000);
		await until(() => bench.calls(LISTS).length === 1, 'Extend shows the one');
		await until(() => bench.statuses().length === 2, 'the other is at rest');
		expect(trigger.executions).toEqual([]);
		const askedBefore = bench.calls(LISTS).length;
		await pause(1_000);
		expect(bench.calls(LISTS).length - askedBefore).toBeLessThan(2);
		expect(trigger.executions).toEqual([]);
		bench.later(9_000);
		await expectReported(bench, trigger, [batchId]);
		expect(jsonOf(trigger)).toHaveLength(2);
	});
});

describe('n8n’s clock', () => {
	it('may be set back without anybody waiting longer', async () => {
		bench.simulator.settings.deliveryAttempts = 1;
		const trigger = await bench.publish();
		bench.simulator.faults.add({ kind: 'refuse', status: 403, times: 1, on: LIST });
		const batchId = await submitBatch(bench.simulator, 1);
		await until(() => bench.statuses().length > 0, 'the delivery is answered');
		const wallClock = Date.now.bind(Date);
		const clock = jest.spyOn(Date, 'now').mockImplementation(() => wallClock() - 60 * MINUTE);
		try {
			const started = realNow();
			while (trigger.executions.length === 0 && realNow() - started < 10_000) await pause(50);
		} finally {
			clock.mockRestore();
		}
		await expectReported(bench, trigger, [batchId]);
	});
});
