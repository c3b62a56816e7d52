import type { IDataObject } from 'n8n-workflow';

import type { PlayedTrigger } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import type { Simulator } from '../../simulator';
import { FINISHED_BATCHES } from './finishedBatches';
import { callExtend, submitBatch, until, usePublishedTriggers } from './playedTrigger';

let simulator: Simulator;

useSimulator(
	{
		queueMs: 20,
		processMs: 300,
		deliverTwice: false,
		deliveryConcurrency: 50,
		deliveryJitterMs: 0,
		deliveryAttempts: 5,
		visibilityDelayMs: 0,
		readableDelayMs: 0,
		listOrder: 'input',
		pageTokens: 'reusable',
	},
	(started) => {
		simulator = started;
	},
);

const publish = usePublishedTriggers(() => simulator, FINISHED_BATCHES);

const delivered = () => simulator.ledger.deliveries.every(({ outcome }) => outcome === 'delivered');
const calls = (since: number) => simulator.ledger.requests.length - since;
const jsonOf = (trigger: PlayedTrigger): IDataObject[] =>
	(trigger.executions[0] ?? []).map(({ json }) => json);

describe('a batch of 100 runs', () => {
	it.each([
		['summary', 'dashboardUrl'],
		['simplified', 'metadata.row'],
		['full', 'stepRuns'],
	])(
		'starts one execution with 100 items after fewer than 60 calls (%s), each event coming twice',
		async (output, field) => {
			Object.assign(simulator.settings, { deliverTwice: true, deliveryConcurrency: 8 });
			const trigger = await publish({ output });
			const before = simulator.ledger.requests.length;
			const batchId = await submitBatch(simulator, 100, (index) =>
				index % 10 === 0 ? { simulate: 'FAILED' } : { row: index },
			);
			await until(() => trigger.executions.length > 0, 'the batch starts an execution');
			await until(delivered, 'everything is delivered');
			expect(trigger.executions).toHaveLength(1);
			const items = jsonOf(trigger);
			expect(items).toHaveLength(100);
			expect(new Set(items.map((json) => json.runId ?? json.id)).size).toBe(100);
			expect(items[0]).toMatchObject({
				batchId,
				batch: { runCount: 100, statuses: { PROCESSED: 90, FAILED: 10 } },
			});
			expect(Object.keys(items[1] ?? {})).toContain(field);
			expect(items.filter((json) => 'error' in json)).toEqual([]);
			expect(calls(before)).toBeLessThan(60);
			expect(trigger.failures).toEqual([]);
		},
	);
});

describe('when a batch is finished', () => {
	it('counts only its own runs, and leaves out those without a batch', async () => {
		const trigger = await publish();
		const first = await submitBatch(simulator, 5);
		const second = await submitBatch(simulator, 3);
		await callExtend(simulator, 'POST', '/workflow_runs', {
			workflow: { id: simulator.workflow('Invoice Processing').id },
			file: { url: 'https://files.example.com/single.pdf' },
		});
		await until(() => trigger.executions.length === 2, 'two executions start');
		await until(delivered, 'everything is delivered');
		expect(trigger.executions).toHaveLength(2);
		const sizes = trigger.executions.map((items) => [items[0]?.json.batchId, items.length]);
		expect(sizes).toEqual(
			expect.arrayContaining([
				[first, 5],
				[second, 3],
			]),
		);
	});

	it('includes runs that were cancelled or rejected, though nobody chose these events', async () => {
		const trigger = await publish();
		const outcomes = ['CANCELLED', 'REJECTED', 'FAILED', 'NEEDS_REVIEW', 'PROCESSED'];
		await submitBatch(simulator, 5, (index) => ({ simulate: outcomes[index] }));
		await until(() => trigger.executions.length > 0, 'the batch starts an execution');
		expect(jsonOf(trigger)).toHaveLength(5);
	});

	it('keeps only items with the wanted statuses', async () => {
		const trigger = await publish({ options: { statuses: ['FAILED'] } });
		await submitBatch(simulator, 6, (index) => (index < 2 ? { simulate: 'FAILED' } : {}));
		await until(() => trigger.executions.length > 0, 'the batch starts an execution');
		expect(jsonOf(trigger).map(({ status }) => status)).toEqual(['FAILED', 'FAILED']);
		expect(jsonOf(trigger)[0]?.batch).toEqual({
			runCount: 6,
			statuses: { FAILED: 2, PROCESSED: 4 },
		});
	});

	it('does not wait for reviews, and is not finished a second time by them', async () => {
		const trigger = await publish();
		const batchId = await submitBatch(simulator, 3, (index) =>
			index === 0 ? { simulate: 'NEEDS_REVIEW' } : {},
		);
		await until(() => trigger.executions.length > 0, 'the batch starts an execution');
		const inReview = simulator.ledger.runs.find(({ position }) => position === 0);
		simulator.review(inReview!.id, 'approve');
		const reviewed = () =>
			simulator.ledger.deliveries.filter(({ subjectId }) => subjectId === inReview!.id);
		await until(() => reviewed().length === 2 && delivered(), 'the decision is delivered');
		expect(trigger.executions).toHaveLength(1);
		expect(jsonOf(trigger)[0]?.batchId).toBe(batchId);
	});

	it('waits for reviews on request', async () => {
		const trigger = await publish({ options: { reviewCountsAsFinished: false } });
		await submitBatch(simulator, 3, (index) => (index === 0 ? { simulate: 'NEEDS_REVIEW' } : {}));
		await until(() => simulator.ledger.deliveries.length === 2 && delivered(), 'two are done');
		expect(trigger.executions).toEqual([]);
		simulator.review(simulator.ledger.runs.find(({ position }) => position === 0)!.id, 'approve');
		await until(() => trigger.executions.length > 0, 'the batch starts an execution');
		expect(jsonOf(trigger).map(({ status }) => status)).toEqual(Array(3).fill('PROCESSED'));
	});
});

describe('finished batches and single documents', () => {
	it('start executions of their own where both were chosen, each once', async () => {
		Object.assign(simulator.settings, { deliverTwice: true, deliveryBackoffMs: 200 });
		const trigger = await publish({
			events: ['batch.finished', 'workflow_run.completed', 'workflow_run.failed'],
			output: 'simplified',
		});
		const batchIds = [await submitBatch(simulator, 20), await submitBatch(simulator, 1)];
		await until(() => trigger.executions.length >= 23, 'everything starts an execution', 30_000);
		await until(delivered, 'everything is delivered');
		const started = trigger.executions.map((items) => [
			items[0]?.json.eventType,
			items[0]?.json.batchId,
			items.length,
		]);
		const of = (type: string) => started.filter(([eventType]) => eventType === type);
		expect(of('batch.finished').sort()).toEqual(
			[
				['batch.finished', batchIds[0], 20],
				['batch.finished', batchIds[1], 1],
			].sort(),
		);
		expect(of('workflow_run.completed')).toHaveLength(21);
		const single = trigger.executions.flat().filter(({ json }) => json.eventId !== undefined);
		expect(new Set(single.map(({ json }) => json.runId)).size).toBe(21);
	}, 60_000);
});

describe('an Extend that is slow to show what it has', () => {
	it('is understood: runs in no order, listed late, read later, pages that are good once', async () => {
		Object.assign(simulator.settings, {
			listOrder: 'shuffled',
			visibilityDelayMs: 500,
			readableDelayMs: 500,
			pageTokens: 'singleUseStrict',
		});
		const trigger = await publish({ output: 'simplified' });
		const batchIds = [
			await submitBatch(simulator, 1_000, (row) => ({ row })),
			await submitBatch(simulator, 300, (row) => ({ row })),
		];
		await until(() => trigger.executions.length === 2, 'both are reported', 40_000);
		await until(delivered, 'everything is delivered');
		for (const items of trigger.executions) {
			const rows = items.map(({ json }) => [json.itemIndex, json['metadata.row'], json.fileName]);
			const count = items[0]?.json.batchId === batchIds[0] ? 1_000 : 300;
			const expected = Array.from({ length: count }, (_, row) => [row, row, `invoice-${row}.pdf`]);
			expect(rows.sort(([one], [other]) => Number(one) - Number(other))).toEqual(expected);
		}
		expect(trigger.executions).toHaveLength(2);
	}, 60_000);
});

describe('when something goes wrong', () => {
	it('has the last event sent again while Extend cannot be asked', async () => {
		const trigger = await publish();
		simulator.faults.add({
			kind: 'refuse',
			status: 403,
			times: 2,
			on: { path: '/workflow_runs', method: 'GET' },
		});
		await submitBatch(simulator, 4);
		await until(() => trigger.executions.length > 0, 'the batch starts an execution');
		await until(delivered, 'everything is delivered');
		expect(trigger.executions).toHaveLength(1);
		expect(jsonOf(trigger)).toHaveLength(4);
	});

	it('starts the execution when n8n could not do so at first', async () => {
		let refusals = 1;
		const trigger = await publish({}, { refuseExecution: () => refusals-- > 0 });
		await submitBatch(simulator, 4);
		await until(() => trigger.executions.length > 0, 'the batch starts an execution');
		expect(jsonOf(trigger)).toHaveLength(4);
	});

	it('is not finished while runs are still to appear in the list', async () => {
		simulator.settings.visibilityDelayMs = 1_500;
		const trigger = await publish();
		await submitBatch(simulator, 6);
		await until(() => trigger.executions.length > 0, 'the batch starts an execution', 30_000);
		expect(jsonOf(trigger)).toHaveLength(6);
	}, 60_000);

	it('sees the end of each of many batches that were half done when it was published', async () => {
		Object.assign(simulator.settings, { queueMs: 10, processMs: 4_000, jitter: 0.9 });
		const before = await publish();
		const batchIds = await Promise.all(
			Array.from({ length: 40 }, async () => await submitBatch(simulator, 10)),
		);
		await until(() => simulator.ledger.deliveries.length > 120, 'some runs of each are done');
		await before.delete();
		const trigger = await publish({}, { webhookId: 'published-later' });
		await until(() => trigger.executions.length >= 40, 'each batch starts an execution', 30_000);
		const reported = trigger.executions.map((items) => items[0]?.json.batchId);
		expect(new Set(reported)).toEqual(new Set(batchIds));
		expect(trigger.executions.map((items) => items.length)).toEqual(Array(40).fill(10));
	}, 60_000);

	it('starts nothing after it was unpublished', async () => {
		Object.assign(simulator.settings, { queueMs: 10, processMs: 2_000 });
		const trigger = await publish();
		await submitBatch(simulator, 40);
		await until(() => simulator.ledger.deliveries.length > 3, 'some runs are done');
		await trigger.delete();
		await new Promise((resolve) => setTimeout(resolve, 7_000));
		expect(trigger.executions).toEqual([]);
		expect(trigger.failures).toEqual([]);
	}, 60_000);
});
