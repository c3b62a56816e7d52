/**
 * The Job Key together with all else that the node does: tries, refused documents, cuts, lost answers, several
 * workflows, errors that do not stop, loops. What the node says is held against what Extend has.
 */
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { RunResult } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import { errorsByItem, linkedItems, urlItems } from '../batchRun/batchRun';
import { callExtend } from '../trigger/playedTrigger';
import { JobRuns, ONCE, QUICK, SUBMIT, type More } from './job';

const LIST = { method: 'GET', path: '/workflow_runs' };

let job: JobRuns;
useSimulator(QUICK, (simulator) => {
	job = new JobRuns(simulator);
});

/** What an output item says of its batch. */
const placeOf = ({ json }: INodeExecutionData) =>
	(json.extend ?? json) as { batchId: string; position?: number; runCount?: number };

/** Each item leaves once, and what is said of it is so at Extend; each run knows the size of its batch. */
function expectTrue(items: INodeExecutionData[], outputs: INodeExecutionData[][]): void {
	const { batches, runs } = job.simulator.ledger;
	const left: number[] = [];
	for (const item of outputs.flat()) {
		const linked = linkedItems(item);
		left.push(...linked);
		if (item.json.error !== undefined) continue;
		const { batchId, position, runCount } = placeOf(item);
		const batch = batches.find((candidate) => candidate.batchId === batchId);
		const documents = runs.filter((run) => run.batchId === batchId).map((run) => run.document);
		if (runCount !== undefined) expect(runCount).toBe(batch?.runIds.length);
		for (const index of linked) {
			const { url } = items[index]!.json;
			if (position === undefined) expect(documents).toContain(url);
			else expect(documents[position]).toBe(url);
		}
	}
	expect(left.sort((a, b) => a - b)).toEqual([...items.keys()]);
	for (const { metadata, batchId } of runs) {
		const batch = batches.find((candidate) => candidate.batchId === batchId);
		expect((metadata.n8n as IDataObject).of).toBe(batch?.runIds.length);
	}
}

/** Says the same of all outputs, and that each document has its run. */
function expectOnce(items: INodeExecutionData[], { outputs, status }: RunResult): void {
	expect(status).toBe('success');
	expect(job.notOnce(items)).toEqual(ONCE);
	expectTrue(items, outputs);
}

describe('a job with a Job Key', () => {
	it.each(['batch', 'input'] as const)(
		'is finished by Retry On Fail, after n8n was killed in it and Extend refused a batch: one item per %s',
		async (output) => {
			const items = urlItems(40);
			await job.executeUntilKilled(items, 3);
			const { length } = job.simulator.ledger.batches;
			job.simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 2 });
			const again = { retryOnFail: true, maxTries: 3 };
			const result = await job.execute(items, { output }, again);
			expectOnce(items, result);
			const known = result.outputs[0]!.filter((item) =>
				Boolean(
					(item.json.extend as IDataObject | undefined)?.alreadySubmitted ??
					item.json.alreadySubmitted,
				),
			);
			expect(new Set(known.map((item) => placeOf(item).batchId)).size).toBe(length);
		},
	);

	it('is known to have begun, also if only a second try submitted something', async () => {
		const items = urlItems(5);
		job.simulator.settings.visibilityDelayMs = 400;
		job.simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 1 });
		const tries = { retryOnFail: true, maxTries: 2 };
		expect((await job.execute(items, {}, tries)).status).toBe('success');
		expectOnce(items, await job.execute(items, { settleSeconds: 1 }));
	});

	it('is finished by the Retry of a failed execution, which knows what it does not know', async () => {
		const items = urlItems(20);
		await job.executeUntilKilled(items, 3);
		job.simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		// The looks of the job are answered, those for the lost batch are not.
		job.simulator.faults.add({ kind: 'refuse', status: 403, on: LIST, nth: 3, times: 100 });
		const failed = await job.execute(items, { output: 'input' });
		expect(failed.error?.message).toMatch(/It is not known/);
		job.simulator.faults.clear();
		const { contextData } = failed;
		expectOnce(items, await job.execute(items, { output: 'input' }, { contextData }));
	});

	it.each([
		['another one', { jobKey: 'receipts' }],
		['none', { jobKey: '' }],
	])('submits nothing again on a Retry with another key: first %s', async (_what, first) => {
		const items = urlItems(15);
		job.simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 2 });
		job.simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 3 });
		const options = { ...first, onUnknownOutcome: 'fail', output: 'input' };
		const { status, contextData } = await job.execute(items, options);
		expect(status).toBe('error');
		expectOnce(items, await job.execute(items, { output: 'input' }, { contextData }));
	});

	it('keeps a batch in doubt by what its documents are in the job, also where links are signed anew', async () => {
		const signed = (signature: string) =>
			urlItems(5).map(({ json }) => ({
				json: {
					...json,
					url: `${json.url as string}?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=${signature}`,
				},
			}));
		job.simulator.settings.visibilityDelayMs = 60_000;
		job.simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 1 });
		const options = { onUnknownOutcome: 'fail', settleSeconds: 1 };
		const { contextData } = await job.execute(signed('1'), options);
		const { error } = await job.execute(signed('2'), options, { contextData });
		expect(error?.message).toMatch(/It is not known/);
		expect(job.submits).toBe(1);
	});

	it('is looked for also by an execution that has submitted parts of another job', async () => {
		const items = urlItems(10);
		const [invoices, receipts] = ['invoices', 'receipts'].map((jobKey) => ({
			jobKey,
			settleSeconds: 1,
		}));
		job.simulator.settings.visibilityDelayMs = 900;
		job.simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 2 });
		const { status, contextData } = await job.execute(items, invoices);
		expect(status).toBe('error');
		await job.execute(items.slice(5), receipts);
		expectOnce(items, await job.execute(items, receipts, { contextData }));
	});

	it.each([
		['stops', 'stopWorkflow', 'batch'],
		['goes on', 'continueRegularOutput', 'input'],
	] as const)(
		'loses no answer that comes too late: on an error it %s',
		async (_what, onError, output) => {
			const items = urlItems(30);
			Object.assign(job.simulator.settings, { visibilityDelayMs: 150, visibilitySpreadMs: 100 });
			job.simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 2 });
			job.simulator.faults.add({ kind: 'serverErrorAfter', on: SUBMIT, nth: 4 });
			job.simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 5 });
			const first = await job.execute(items, { output, settleSeconds: 1 }, { onError });
			if (first.error === undefined) expectTrue(items, first.outputs);
			job.simulator.faults.add({ kind: 'truncatedAfter', on: SUBMIT, nth: 1 });
			const again = await job.execute(items, { output, settleSeconds: 1 }, { onError });
			expectOnce(items, again);
		},
	);

	it('finds its parts again that were cut because they were too large', async () => {
		const items = urlItems(24);
		job.simulator.settings.bodyLimitBytes = 2_500;
		await job.executeUntilKilled(items, 4, { batchSize: 12 });
		expect(job.simulator.ledger.batches.length).toBeGreaterThan(0);
		const { reads } = job;
		const before = job.simulator.ledger.batches.length;
		const result = await job.execute(items, { output: 'input', batchSize: 12 });
		expectOnce(items, result);
		// A run of each batch, once more where it could not be read at first.
		expect(job.reads - reads).toBeLessThanOrEqual(2 * before);
	});

	it.each([
		['continueRegularOutput', 'input'],
		['continueErrorOutput', 'batch'],
	] as const)(
		'submits the good documents once, also beside bad ones: %s',
		async (onError, output) => {
			const items = urlItems(20);
			const bad = [3, 4, 11];
			for (const index of bad)
				items[index]!.json.url = `https://files.example.com/refuse-me-${index}.pdf`;
			Object.assign(job.simulator.settings, { badInputs: 'refuseWithoutPosition' });
			const good = items.filter((_, index) => !bad.includes(index));
			for (let tries = 1; tries <= 2; tries++) {
				const { outputs, status } = await job.execute(
					items,
					{ output, batchSize: 10 },
					{ onError },
				);
				expect(status).toBe('success');
				expectTrue(items, outputs);
				expect(job.notOnce(good)).toEqual(ONCE);
				const errors = outputs[onError === 'continueErrorOutput' ? 1 : 0];
				expect([...errorsByItem(errors).keys()].sort((a, b) => a - b)).toEqual(bad);
			}
		},
	);

	it('knows what is for which workflow and version', async () => {
		const items = urlItems(36).map(({ json }, index) => ({
			json: {
				...json,
				workflow: job.simulator.workflows[index % 2]!.id,
				version: ['', 'draft', ''][index % 3],
			},
		}));
		const parameters = {
			workflow: { __rl: true, mode: 'id', value: '={{ $json.workflow }}' },
			version: '={{ $json.version }}',
		};
		const more: More = { parameters };
		await job.executeUntilKilled(items, 3, {}, more);
		const result = await job.execute(items, { output: 'input' }, more);
		expectOnce(items, result);
		for (const item of result.outputs[0]!) {
			const { batchId } = placeOf(item);
			const batch = job.simulator.ledger.batches.find((each) => each.batchId === batchId)!;
			for (const index of linkedItems(item)) {
				expect(items[index]!.json.workflow).toBe(batch.workflowId);
			}
		}
		const { submits } = job;
		const turned = [...items].reverse();
		expectOnce(turned, await job.execute(turned, { output: 'input' }, more));
		expect(job.submits).toBe(submits);
	});
});

describe('a batch that is taken over in part', () => {
	it.each(['batch', 'input'] as const)('keeps its size: one item per %s', async (output) => {
		const items = urlItems(20);
		await job.execute(items);
		// Of the first batch, one document is left; of the last, all but one.
		const left = [...items.slice(4, 19), ...urlItems(22).slice(20)];
		const { outputs, status } = await job.execute(left, { output });
		expect(status).toBe('success');
		expectTrue(left, outputs);
		expect(job.simulator.ledger.runs).toHaveLength(22);
	});

	it('tells no position that is not known, where runs of it were deleted', async () => {
		const items = urlItems(5);
		await job.execute(items);
		const [deleted] = job.simulator.ledger.runs;
		await job.ended();
		await callExtend(job.simulator, 'DELETE', `/workflow_runs/${deleted!.id}`);
		const turned = [...items].reverse();
		const { outputs } = await job.execute(turned, { output: 'input' });
		expectTrue(turned, outputs);
		expect(job.simulator.ledger.batches.map(({ runIds }) => runIds.length)).toEqual([5, 1]);
	});
});

describe('a loop with one key in all turns', () => {
	const turns = (count: number) =>
		Array.from({ length: count }, (_, turn) => urlItems(count * 5).slice(turn * 5, turn * 5 + 5));

	it('submits each turn once, and looks at what is there only once', async () => {
		const all = turns(6);
		job.simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 4 });
		const killed = await job.execute([], {}, { runs: all });
		expect(killed.status).toBe('error');
		const { lists, reads } = job;
		const again = await job.execute([], {}, { runs: all });
		expect(again.status).toBe('success');
		expect(job.notOnce(all.flat())).toEqual(ONCE);
		expect(
			again.eachRun.map(({ outputs }) => outputs[0]!.map(({ json }) => json.alreadySubmitted)),
		).toEqual([[true], [true], [true], [undefined], [undefined], [undefined]]);
		// A look in each turn, one more where the first turn found that something is missing.
		expect(job.lists - lists).toBeLessThanOrEqual(all.length + 1);
		expect(job.reads - reads).toBeLessThanOrEqual(2 * 3);
	});

	it('waits once, not in each turn', async () => {
		const all = turns(6);
		job.simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth: 3 });
		await job.execute([], {}, { runs: all });
		const { durationMs } = await job.execute([], { settleSeconds: 1 }, { runs: all });
		expect(job.notOnce(all.flat())).toEqual(ONCE);
		// Six waits would be six seconds.
		expect(durationMs).toBeLessThan(5_000);
	});
});

describe('without a Job Key', () => {
	it('nothing is asked that was not asked before, whatever happens', async () => {
		const items = urlItems(20);
		job.simulator.faults.add({ kind: 'resetAfter', on: SUBMIT, nth: 2 });
		const options = { jobKey: '', settleSeconds: 1 };
		expectOnce(items, await job.execute(items, options));
		const paths = job.simulator.ledger.requests.map(({ method, path }) => `${method} ${path}`);
		// Submits, and the look for the batch whose answer was lost: a list, and a run of each batch in it.
		expect(paths.filter((path) => path === 'POST /workflow_runs/batch')).toHaveLength(4);
		expect(job.lists).toBeGreaterThan(0);
		const [submission] = new Set(job.references.map((reference) => reference.submission));
		expect(submission).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/);
		for (const reference of job.references) {
			expect(Object.keys(reference).sort()).toEqual([
				'execution',
				'item',
				'of',
				'submission',
				'workflow',
			]);
		}
	});
});
