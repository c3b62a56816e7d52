/** Finished batches whose results are hard to get, or hard to hand over. */
import type { INodeParameters } from 'n8n-workflow';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import type { PlayedTrigger } from '../../harness/engine';
import { tame } from '../../simulator';
import { callExtend, deliver, endpointsOf, submitBatch, until } from './playedTrigger';
import {
	LIST,
	LISTS,
	MINUTE,
	ONE_RUN,
	RUNS,
	jsonOf,
	TroubledBench,
	expectReported,
} from './finishedBatches';

const bench = TroubledBench.use();

describe('results that cannot be fetched', () => {
	/** A batch of three, of which two runs end before the trigger is published. */
	const publishLate = async (parameters: INodeParameters = {}) => {
		bench.simulator.settings.slowFactor = 10;
		const slow = (index: number) => (index === 2 ? { simulate: 'slow', row: 2 } : { row: index });
		const before = await bench.publish();
		const batchId = await submitBatch(bench.simulator, 3, slow);
		await until(() => bench.statuses().length === 2, 'two runs are at rest');
		await before.delete();
		const trigger = await bench.publish(
			{ output: 'simplified', ...parameters },
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
		await expectReported(bench, trigger, [batchId]);
		expect(rows(trigger).sort()).toEqual([0, 1, 2].map((row) => [row, 'PROCESSED', true]));
		expect(bench.calls(RUNS)).toHaveLength(2);
		for (const json of jsonOf(trigger)) expect(json).toHaveProperty(['classify.type']);
	}, 60_000);

	it('are waited for, and what could be fetched is not fetched again', async () => {
		bench.simulator.faults.add({ kind: 'refuse', status: 404, times: 3, on: ONE_RUN });
		const { trigger, batchId } = await publishLate();
		await expectReported(bench, trigger, [batchId]);
		expect(rows(trigger).sort()).toEqual([0, 1, 2].map((row) => [row, 'PROCESSED', true]));
		expect(bench.calls(RUNS)).toHaveLength(5);
	}, 60_000);

	it('do not hold the batch up for ever', async () => {
		const { trigger, batchId } = await publishLate();
		const gone = bench.simulator.ledger.runs.find(({ position }) => position === 1)!;
		bench.simulator.faults.add({
			kind: 'refuse',
			status: 404,
			on: { path: `/workflow_runs/${gone.id}`, method: 'GET' },
		});
		await bench.hurry(() => bench.calls(RUNS).length >= 4, 'it is tried again');
		expect(trigger.executions).toEqual([]);
		bench.later(5 * MINUTE);
		await expectReported(bench, trigger, [batchId]);
		expect(jsonOf(trigger)).toHaveLength(3);
		expect(jsonOf(trigger).filter(({ runId }) => runId === gone.id)).toMatchObject([
			{
				status: 'PROCESSED',
				failureReason: 'Extend lists this run, but does not return its results',
			},
		]);
	}, 60_000);

	it('of a run that was deleted are not waited for long', async () => {
		const reason = 'The run is deleted before anybody could read it';
		Object.assign(bench.simulator.settings, tame(reason, 'readableDelayMs'));
		const { trigger, batchId } = await publishLate();
		const deleted = bench.simulator.ledger.runs.find(({ position }) => position === 1)!;
		await callExtend(bench.simulator, 'DELETE', `/workflow_runs/${deleted.id}`);
		await until(() => bench.statuses().length === 3, 'the last event came');
		await pause(1_000);
		expect(trigger.executions).toEqual([]);
		bench.later(6 * MINUTE);
		await expectReported(bench, trigger, [batchId]);
		expect(
			rows(trigger)
				.map(([row]) => row)
				.sort(),
		).toEqual([0, 2]);
	}, 60_000);
});

describe('a delivery whose sender has gone', () => {
	it('reports the batch, and its copies do not', async () => {
		Object.assign(bench.simulator.settings, { deliveryTimeoutMs: 400, deliveryBackoffMs: 1_600 });
		bench.simulator.faults.add({ kind: 'delay', ms: 1_500, on: LIST });
		const trigger = await bench.publish();
		const batchId = await submitBatch(bench.simulator, 1);
		await until(() => bench.statuses().includes(0), 'the sender has gone');
		bench.simulator.faults.clear();
		await expectReported(bench, trigger, [batchId]);
	});

	it('starts the execution of its event, and its copies do not', async () => {
		const server = createServer((_request, response) => {
			setTimeout(() => response.end('{"object":"workflow_run","id":"r"}'), 1_000);
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const data = `http://127.0.0.1:${(server.address() as AddressInfo).port}/payload`;
		const trigger = await bench.publish({ events: ['workflow_run.completed'] });
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
			bench.simulator.settings.deliveryAttempts = 1;
			const trigger = await bench.publish({}, { refuseExecution });
			const batchId = await submitBatch(bench.simulator, 1);
			await until(() => starts === 1, 'n8n is starting it');
			const [run] = bench.simulator.ledger.runs;
			const payload = { object: 'workflow_run', id: run!.id, status: 'PROCESSED', batchId };
			const event = { eventId: 'another', eventType: 'workflow_run.completed', payload };
			await expect(deliver(trigger, event)).resolves.toBe(200);
			expect(starts).toBe(refuses ? 2 : 1);
			await expectReported(bench, trigger, [batchId]);
		},
	);
});

describe('a trigger that was published anew', () => {
	it('does not report what the other has yet to report', async () => {
		const trigger = await bench.publish();
		bench.simulator.faults.add({ kind: 'delay', ms: 800, times: 1, on: LIST });
		await submitBatch(bench.simulator, 1);
		await until(() => bench.calls(LISTS).length > 0, 'Extend is asked');
		// By another process of n8n, as far as this one can tell.
		const [endpoint] = await endpointsOf(bench.simulator);
		await callExtend(bench.simulator, 'DELETE', `/webhook_endpoints/${endpoint?.id}`);
		await until(
			() => bench.calls(/^\/webhook_endpoints\/wh_/).length > 0,
			'the endpoint is looked for',
		);
		await until(() => trigger.underWay === 0, 'nobody looks after it any more');
		expect(trigger.executions).toEqual([]);
		expect(trigger.failures).toEqual([]);
	});
});
