/** 20,000 runs of 20 batches that finish over ten minutes, polled, with n8n killed in between. */
import type { WorkflowRunSummary } from '../../nodes/extend/api/types';
import { callExtend, submitBatch } from '../nodes/listRuns/listRuns';
import { MINUTE, PolledExtend, reportedBatches } from '../nodes/polling/polledExtend';

const extend = PolledExtend.use();

const BATCHES = 20;
const SIZE = 1_000;
const POLLS = 13;

/** All runs that Extend has. */
async function allRuns(): Promise<WorkflowRunSummary[]> {
	const { simulator } = extend;
	const lists = await Promise.all(
		simulator.ledger.batches.map(
			async ({ batchId }) =>
				await callExtend<{ data: WorkflowRunSummary[] }>(
					simulator,
					'GET',
					`/workflow_runs?batchId=${batchId}&maxPageSize=1000`,
				),
		),
	);
	return lists.flatMap(({ data }) => data);
}

/** The fewest pages that show all runs which changed between polls, at least one for each poll. */
function fewestPages(runs: WorkflowRunSummary[], polledAt: number[]): number {
	const times = runs.map(({ createdAt, startTime, endTime }) =>
		[createdAt, startTime, endTime].map((time) => Date.parse(time ?? '')),
	);
	let pages = 0;
	for (const [index, end] of polledAt.entries()) {
		const start = polledAt[index - 1] ?? 0;
		const changed = times.filter((ofRun) => ofRun.some((time) => time > start && time <= end));
		pages += Math.max(1, Math.ceil(changed.length / 1000));
	}
	return pages;
}

async function play(killsAfter: readonly number[]) {
	const { simulator } = extend;
	Object.assign(simulator.settings, { queueMs: 0, processMs: 5 * MINUTE, jitter: 1 });
	const trigger = extend.trigger({ output: 'summary' }, { budgetMs: 300_000 });
	await trigger.activate();
	const batchIds: string[] = [];
	for (let index = 0; index < BATCHES; index++) {
		batchIds.push(await submitBatch(simulator, SIZE));
	}
	const polledAt: number[] = [];
	let calls = 0;
	for (let poll = 0; poll < POLLS; poll++) {
		extend.later(MINUTE);
		polledAt.push(Date.now() + simulator.settings.clockOffsetMs);
		calls += await extend.callsOf(async () => {
			await trigger.poll();
		});
		if (!killsAfter.includes(poll)) continue;
		trigger.kill();
		await trigger.activate('init');
	}
	expect(trigger.failures).toEqual([]);
	const whole = batchIds.map((batchId): [string, number] => [batchId, SIZE]).sort();
	return { calls, polledAt, whole, reported: reportedBatches(trigger).sort() };
}

test('each batch is reported exactly once with all its runs, with at most 1.3 of the fewest calls', async () => {
	const { calls, polledAt, whole, reported } = await play([]);
	expect(reported).toEqual(whole);
	// Each batch has to be listed once, and one of its runs tells how many there are.
	const fewest = fewestPages(await allRuns(), polledAt) + 2 * BATCHES;
	expect(calls / fewest).toBeLessThanOrEqual(1.3);
}, 600_000);

test('the same where n8n is killed twice', async () => {
	const { whole, reported } = await play([3, 9]);
	expect(reported).toEqual(whole);
}, 600_000);

test('100,000 changed runs are taken in by several short polls, each within its time', async () => {
	const { simulator } = extend;
	Object.assign(simulator.settings, { queueMs: 0, processMs: 100, jitter: 0 });
	const trigger = extend.trigger(
		{ event: 'run.finished', output: 'summary' },
		{ budgetMs: 20_000 },
	);
	await trigger.activate();
	for (let index = 0; index < 100; index++) await submitBatch(simulator, SIZE);
	extend.later(MINUTE);
	const longest = { ms: 0 };
	for (let poll = 0; poll < 40; poll++) {
		const begun = performance.now();
		await trigger.poll();
		longest.ms = Math.max(longest.ms, performance.now() - begun);
		extend.later(MINUTE);
	}
	const eventIds = trigger.executions.flat().map(({ json }) => json.eventId);
	expect(eventIds).toHaveLength(100_000);
	expect(new Set(eventIds).size).toBe(100_000);
	expect(trigger.executions.length).toBeGreaterThan(1);
	expect(longest.ms).toBeLessThan(25_000);
}, 900_000);
