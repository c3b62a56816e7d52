/** Extend Trigger at the full size of a batch: a thousand runs, each event delivered twice. */
import type { IDataObject } from 'n8n-workflow';

import type { PlayedTrigger } from '../harness/engine';
import { useSimulator } from '../harness/useSimulator';
import { FINISHED_BATCHES } from '../nodes/trigger/finishedBatches';
import { submitBatch, until, usePublishedTriggers } from '../nodes/trigger/playedTrigger';
import type { Simulator } from '../simulator';

let simulator: Simulator;

useSimulator(
	{
		queueMs: 20,
		processMs: 300,
		deliverTwice: true,
		deliveryConcurrency: 8,
		deliveryJitterMs: 0,
		deliveryAttempts: 5,
		visibilityDelayMs: 0,
		readableDelayMs: 0,
		pageTokens: 'reusable',
	},
	(started) => {
		simulator = started;
	},
);

const publish = usePublishedTriggers(() => simulator);

const jsonOf = (trigger: PlayedTrigger): IDataObject[] =>
	trigger.executions.flat().map(({ json }) => json);

const delivered = () => simulator.ledger.deliveries.every(({ outcome }) => outcome === 'delivered');

it.each([
	['summary', 'dashboardUrl'],
	['simplified', 'metadata.row'],
	['full', 'stepRuns'],
])(
	'a finished batch starts one execution with 1,000 items after fewer than 60 calls (%s), each event coming twice',
	async (output, field) => {
		const trigger = await publish({ ...FINISHED_BATCHES, output });
		const before = simulator.ledger.requests.length;
		const batchId = await submitBatch(simulator, 1_000, (index) =>
			index % 100 === 0 ? { simulate: 'FAILED' } : { row: index },
		);
		await until(() => trigger.executions.length > 0, 'the batch starts an execution', 100_000);
		await until(delivered, 'everything is delivered');
		expect(trigger.executions).toHaveLength(1);
		const items = jsonOf(trigger);
		expect(items).toHaveLength(1_000);
		expect(new Set(items.map((json) => json.runId ?? json.id)).size).toBe(1_000);
		expect(items[0]).toMatchObject({
			batchId,
			batch: { runCount: 1_000, statuses: { PROCESSED: 990, FAILED: 10 } },
		});
		expect(Object.keys(items[1] ?? {})).toContain(field);
		expect(items.filter((json) => 'error' in json)).toEqual([]);
		expect(simulator.ledger.requests.length - before).toBeLessThan(60);
		expect(trigger.failures).toEqual([]);
	},
	150_000,
);

it('1,000 executions are made for 1,000 runs that are each announced twice, 8 at a time', async () => {
	const trigger = await publish({ output: 'simplified' });
	await submitBatch(simulator, 1_000, (index) => ({ row: index }));
	await until(
		() =>
			simulator.ledger.deliveries.length === 2_000 &&
			simulator.ledger.deliveries.every(({ outcome }) => outcome === 'delivered'),
		'everything is delivered',
		100_000,
	);
	expect(trigger.executions).toHaveLength(1_000);
	expect(new Set(jsonOf(trigger).map(({ runId }) => runId)).size).toBe(1_000);
	expect(jsonOf(trigger)[0]).toMatchObject({
		eventType: 'workflow_run.completed',
		status: 'PROCESSED',
		'metadata.row': expect.any(Number),
	});
}, 150_000);
