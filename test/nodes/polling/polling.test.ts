import { openTrigger, until } from '../trigger/playedTrigger';
import { submitBatch } from '../listRuns/listRuns';
import { MINUTE, PolledExtend, reportedBatches } from './polledExtend';

const extend = PolledExtend.use();

/** Runs take between nothing and ten minutes. */
function takeTenMinutes() {
	Object.assign(extend.simulator.settings, { queueMs: 0, processMs: 5 * MINUTE, jitter: 1 });
}

async function submit(count: number, size: number): Promise<string[]> {
	const batchIds: string[] = [];
	for (let index = 0; index < count; index++) {
		batchIds.push(await submitBatch(extend.simulator, size));
	}
	return batchIds;
}

const each = (batchIds: string[], size: number) =>
	batchIds.map((batchId): [string, number] => [batchId, size]).sort();

describe('finished batches', () => {
	test.each(['simplified', 'summary', 'full'])(
		'each is reported once, with all its runs, whenever it finishes (%s)',
		async (output) => {
			takeTenMinutes();
			const trigger = extend.trigger({ output });
			await trigger.activate();
			const batchIds = await submit(6, 20);
			for (let poll = 0; poll < 13; poll++) {
				extend.later(MINUTE);
				await trigger.poll();
			}
			expect(reportedBatches(trigger).sort()).toEqual(each(batchIds, 20));
			expect(trigger.failures).toEqual([]);
		},
	);

	test('one whose beginning was never seen is reported whole, one that was over is not', async () => {
		takeTenMinutes();
		const [over] = await submit(1, 5);
		extend.later(20 * MINUTE);
		const [begun] = await submit(1, 30);
		extend.later(4 * MINUTE);
		const trigger = extend.trigger();
		await trigger.activate();
		for (let poll = 0; poll < 9; poll++) {
			extend.later(MINUTE);
			await trigger.poll();
		}
		expect(reportedBatches(trigger)).toEqual([[begun, 30]]);
		expect(begun).not.toBe(over);
	});

	test('nothing is missed or doubled when n8n is killed in between, or down for a day', async () => {
		takeTenMinutes();
		const trigger = extend.trigger({ output: 'summary' });
		await trigger.activate();
		const batchIds = await submit(8, 10);
		for (let poll = 0; poll < 8; poll++) {
			extend.later(MINUTE);
			await trigger.poll();
			if (poll % 3 !== 2) continue;
			trigger.kill();
			await trigger.activate('init');
		}
		batchIds.push(...(await submit(3, 10)));
		trigger.kill();
		extend.later(24 * 60 * MINUTE);
		await trigger.activate('init');
		extend.later(MINUTE);
		await trigger.poll();
		expect(reportedBatches(trigger).sort()).toEqual(each(batchIds, 10));
	});

	test('what n8n did not save is reported again under the same key, never missed', async () => {
		const trigger = extend.trigger({ output: 'summary' });
		await trigger.activate();
		const batchIds = await submit(1, 4);
		extend.later(MINUTE);
		trigger.loseNextSave();
		await trigger.poll();
		trigger.kill();
		await trigger.activate('init');
		expect(reportedBatches(trigger)).toEqual([...each(batchIds, 4), ...each(batchIds, 4)]);
	});

	test('one is not reported again after its reviews, but waits for them where they do not count', async () => {
		const { simulator } = extend;
		Object.assign(simulator.settings, { outcomeShares: { NEEDS_REVIEW: 1 } });
		const counting = extend.trigger({ output: 'summary' });
		const waiting = extend.trigger({
			output: 'summary',
			options: { reviewCountsAsFinished: false },
		});
		await counting.activate();
		await waiting.activate();
		const batchIds = await submit(1, 3);
		const pollBoth = async () => {
			extend.later(MINUTE);
			await counting.poll();
			await waiting.poll();
		};
		await pollBoth();
		expect(reportedBatches(counting)).toEqual(each(batchIds, 3));
		expect(reportedBatches(waiting)).toEqual([]);
		extend.later(48 * 60 * MINUTE);
		for (const { id } of simulator.ledger.runs) simulator.review(id, 'approve');
		await pollBoth();
		await pollBoth();
		expect(reportedBatches(counting)).toHaveLength(1);
		expect(reportedBatches(waiting)).toEqual(each(batchIds, 3));
	});

	test('a batch that needs longer than a poll is reported by a later one, and what was fetched is kept', async () => {
		const { simulator } = extend;
		const trigger = extend.trigger({}, { budgetMs: 1_500 });
		await trigger.activate();
		const batchIds = await submit(1, 120);
		simulator.settings.rateLimits.GET = 40;
		extend.later(MINUTE);
		const from = simulator.ledger.requests.length;
		let polls = 0;
		for (; polls < 50 && trigger.executions.length === 0; polls++) {
			extend.later(MINUTE);
			await trigger.poll();
		}
		expect(polls).toBeGreaterThan(1);
		expect(reportedBatches(trigger)).toEqual(each(batchIds, 120));
		const fetched = simulator.ledger.requests
			.slice(from)
			.filter(({ path, status }) => status === 200 && /workflow_runs\/workflow_run_/.test(path));
		expect(new Set(fetched.map(({ path }) => path)).size).toBe(120);
		// What is under way when the time is over is asked for again.
		expect(fetched.length).toBeLessThan(120 + 20 * polls);
	}, 120_000);

	test.each(['simplified', 'summary', 'full'])(
		'the items are those of Extend Trigger (%s)',
		async (output) => {
			const { simulator } = extend;
			const webhook = await openTrigger(simulator, { events: ['batch.finished'], output });
			const polling = extend.trigger({ output });
			try {
				await webhook.publish();
				await polling.activate();
				await submitBatch(simulator, 5);
				await until(() => webhook.executions.length === 1, 'the webhook has come');
				extend.later(MINUTE);
				await polling.poll();
				const sorted = (items: Array<{ json: object }> | undefined) =>
					items?.map(({ json }) => JSON.stringify(json)).sort();
				expect(sorted(polling.executions[0])).toEqual(sorted(webhook.executions[0]));
				expect(polling.executions[0]).toHaveLength(5);
			} finally {
				await webhook.delete();
				await webhook.close();
			}
		},
	);
});

describe('finished runs', () => {
	test('each starts once, and again after its review', async () => {
		const { simulator } = extend;
		Object.assign(simulator.settings, { outcomeShares: { NEEDS_REVIEW: 1 } });
		const trigger = extend.trigger({ event: 'run.finished' });
		await trigger.activate();
		await submitBatch(simulator, 3);
		for (let poll = 0; poll < 3; poll++) {
			extend.later(MINUTE);
			await trigger.poll();
		}
		const [run] = simulator.ledger.runs;
		simulator.review(run!.id, 'approve');
		extend.later(MINUTE);
		await trigger.poll();
		await trigger.poll();
		const eventIds = trigger.executions.flat().map(({ json }) => json.eventId);
		const ids = simulator.ledger.runs.map(({ id }) => `${id}:NEEDS_REVIEW`);
		expect(eventIds.slice(0, 3).sort()).toEqual(ids.sort());
		expect(eventIds.slice(3)).toEqual([`${run!.id}:PROCESSED`]);
	});

	test('a look that is longer than a poll goes on in the next, also when its place is lost', async () => {
		const { simulator } = extend;
		const trigger = extend.trigger({ event: 'run.finished', output: 'summary' }, { budgetMs: 900 });
		await trigger.activate();
		for (let batch = 0; batch < 5; batch++) await submitBatch(simulator, 1000);
		extend.later(MINUTE);
		simulator.settings.latencyMs = 200;
		simulator.faults.add({
			kind: 'refuse',
			on: { method: 'GET', path: '/workflow_runs' },
			nth: 4,
		});
		const reported = () => trigger.executions.flat().map(({ json }) => json.eventId);
		for (let polls = 0; polls < 20 && reported().length < 5000; polls++) {
			await trigger.poll();
			extend.later(100);
		}
		simulator.settings.latencyMs = 0;
		await trigger.poll();
		const eventIds = reported();
		expect(eventIds).toHaveLength(5000);
		expect(new Set(eventIds).size).toBe(5000);
		expect(trigger.executions.length).toBeGreaterThan(1);
	}, 60_000);
});

describe('polls', () => {
	test('an idle one is one call', async () => {
		await submit(2, 10);
		extend.later(MINUTE);
		const trigger = extend.trigger();
		await trigger.activate();
		extend.later(MINUTE);
		expect(
			await extend.callsOf(async () => {
				await trigger.poll();
			}),
		).toBe(1);
		expect(trigger.executions).toEqual([]);
	});

	test('a failure is raised where there is nothing to report, and what it hid comes later', async () => {
		const { simulator } = extend;
		const trigger = extend.trigger({ output: 'summary' });
		await trigger.activate();
		const batchIds = await submit(1, 3);
		extend.later(MINUTE);
		const fault = simulator.faults.add({ kind: 'refuse', status: 401 });
		await trigger.poll();
		expect(trigger.failures).toEqual([expect.objectContaining({ httpCode: '401' })]);
		simulator.faults.clear(fault.id);
		await trigger.poll();
		expect(reportedBatches(trigger)).toEqual(each(batchIds, 3));
	});

	test('a test in the editor gets the newest that is finished', async () => {
		await submit(1, 3);
		extend.later(10 * MINUTE);
		const [newest] = await submit(1, 4);
		extend.later(MINUTE);
		const batch = await extend.trigger().test();
		expect(batch?.[0]).toHaveLength(4);
		expect(batch?.[0]?.[0]?.json.batchId).toBe(newest);
		const run = await extend.trigger({ event: 'run.finished', output: 'full' }).test();
		expect(run?.[0]?.[0]?.json).toMatchObject({ eventType: 'workflow_run.completed' });
	});
});
