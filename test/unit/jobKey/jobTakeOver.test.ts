/** What an execution of a job takes over from those before it, what that costs, and when it does not go on. */
import type { CallFailure } from '../../../nodes/extend/failures/failure';
import { documentsOf } from '../../../nodes/submit/journal';
import { elapsing } from '../batchRun/extendInMemory';
import { Execution, inJob, inputsOf, JOB, JobsInMemory, Remembered } from './jobsInMemory';
import type { JobInput } from './jobsInMemory';

const NOW = Date.UTC(2026, 1, 9, 12);
const DAY = 24 * 3_600_000;
const DOCUMENTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const DOWN: CallFailure = { kind: 'unknown', status: 503, message: 'Down' };

beforeEach(() => {
	jest.useFakeTimers({ now: NOW });
});
afterEach(() => {
	jest.useRealTimers();
});

const itemsOf = (inputs: JobInput[]) => inputs.map(({ itemIndex }) => itemIndex);

/** Takes over inputs, and says what came of it in short. */
async function takeOver(execution: Execution, inputs: JobInput[], opened = execution.open()) {
	const before = execution.extend.asked.length;
	const { value, seconds } = await elapsing(opened.takeOver(inputs));
	return {
		...value,
		seconds,
		opened,
		rest: itemsOf(value.rest),
		rejected: value.rejected.map(({ inputs: ofRejection, failure }) => ({
			items: itemsOf(ofRejection),
			failure,
		})),
		taken: value.accepted.map(({ batchId, inputs: ofBatch, positions }) => [
			batchId,
			itemsOf(ofBatch).join(),
			positions.join(),
		]),
		asked: execution.extend.asked.slice(before),
	};
}

/** An Extend to which an execution has submitted the first batches of a job; and what n8n remembers. */
function begunJob(batches: number, settings = inJob()) {
	const extend = new JobsInMemory();
	const remembered = new Remembered();
	const execution = new Execution(extend, remembered);
	const inputs = inputsOf(DOCUMENTS, settings);
	const sent = [0, 3, 6]
		.slice(0, batches)
		.map((start) => execution.submit(inputs.slice(start, start + 3)));
	return { extend, remembered, execution, inputs, sent };
}

describe('inputs without a Job Key', () => {
	it('are left as they are, and nothing is asked', async () => {
		const { extend } = begunJob(2);
		const inputs = inputsOf(DOCUMENTS, inJob({ job: undefined }));
		const result = await takeOver(new Execution(extend), inputs);
		expect(result).toMatchObject({
			taken: [],
			rejected: [],
			rest: [0, 1, 2, 3, 4, 5, 6],
			asked: [],
		});
		result.opened.submitted({ ...batchOf(inputs), batchId: 'batch_9' });
	});
});

const batchOf = (inputs: JobInput[]) => ({
	batchId: 'batch_own',
	workflowId: inputs[0]!.settings.workflowId,
	version: '',
	submittedAt: new Date(NOW).toISOString(),
	size: inputs.length,
	inputs,
	positions: inputs.map((_, index) => index),
});

describe('the first execution of a job', () => {
	it('asks once, and does not wait', async () => {
		const { extend, remembered, inputs } = begunJob(0);
		const result = await takeOver(new Execution(extend, remembered), inputs);
		expect(result).toMatchObject({ taken: [], rejected: [], rest: [0, 1, 2, 3, 4, 5, 6] });
		expect(result.asked).toEqual(['list']);
		expect(result.seconds).toBeLessThan(1);
		expect(remembered.jobs.size).toBe(1);
	});

	it.each([
		['another key', inJob({ job: { ...JOB, key: 'job-2' } })],
		['another version', inJob({ version: 'draft' })],
		['another workflow', inJob({ workflowId: 'workflow_b' })],
	])('is that of %s, too', async (_what, settings) => {
		const { extend, remembered } = begunJob(3);
		const result = await takeOver(new Execution(extend, remembered), inputsOf(DOCUMENTS, settings));
		expect(result).toMatchObject({ taken: [], rest: [0, 1, 2, 3, 4, 5, 6] });
		expect(result.seconds).toBeLessThan(1);
	});
});

describe('another execution of a job', () => {
	it('takes over all that is there, and reads one run of each batch', async () => {
		const { extend, remembered, inputs } = begunJob(3);
		const result = await takeOver(new Execution(extend, remembered), inputs);
		expect([...result.taken].sort()).toEqual([
			['batch_0', '0,1,2', '0,1,2'],
			['batch_1', '3,4,5', '0,1,2'],
			['batch_2', '6', '0'],
		]);
		expect(result).toMatchObject({ rejected: [], rest: [] });
		expect(result.asked).toHaveLength(4);
		expect(result.seconds).toBeLessThan(1);
		expect(result.accepted.find(({ batchId }) => batchId === 'batch_0')).toEqual({
			batchId: 'batch_0',
			workflowId: 'workflow_a',
			version: '',
			submittedAt: '2026-02-09T12:00:00.000Z',
			size: 3,
			inputs: inputs
				.slice(0, 3)
				.map((input) => expect.objectContaining({ document: input.document }) as JobInput),
			positions: [0, 1, 2],
			alreadySubmitted: true,
		});
	});

	it('waits for the settle time before it submits the rest, because that may turn up', async () => {
		const { extend, remembered, inputs, execution } = begunJob(1, inJob({ settleSeconds: 20 }));
		execution.submit(inputs.slice(3, 6), { listedFrom: NOW + 10_000 });
		const result = await takeOver(new Execution(extend, remembered), inputs);
		expect(result.taken.map(([batchId]) => batchId)).toEqual(['batch_0', 'batch_1']);
		expect(result.rest).toEqual([6]);
		expect(result.seconds).toBeCloseTo(20, 0);
		// Each batch was looked into once.
		expect(result.asked.filter((call) => call !== 'list')).toHaveLength(2);
	});

	it('waits also where Extend shows nothing of what another execution began', async () => {
		const { extend, remembered, inputs } = begunJob(0, inJob({ settleSeconds: 20 }));
		await takeOver(new Execution(extend, remembered), inputs);
		const second = await takeOver(new Execution(extend, remembered), inputs);
		expect(second.seconds).toBeCloseTo(20, 0);
		expect(second.rest).toHaveLength(7);
		const otherAccount = await takeOver(new Execution(extend, remembered, 'another'), inputs);
		expect(otherAccount.seconds).toBeLessThan(1);
	});

	it('does not wait for one that took back what it began', async () => {
		const { extend, remembered, inputs } = begunJob(0, inJob({ settleSeconds: 20 }));
		const first = await takeOver(new Execution(extend, remembered), inputs);
		await first.opened.nothingSubmitted();
		const second = await takeOver(new Execution(extend, remembered), inputs);
		expect(second.seconds).toBeLessThan(1);
		// The third did not begin it, so it takes nothing back.
		const third = await takeOver(new Execution(extend, remembered), inputs);
		await third.opened.nothingSubmitted();
		expect((await takeOver(new Execution(extend, remembered), inputs)).seconds).toBeCloseTo(20, 0);
	});

	it('does its work where n8n cannot remember', async () => {
		const { extend, remembered, inputs } = begunJob(0, inJob({ settleSeconds: 20 }));
		remembered.works = false;
		const first = await takeOver(new Execution(extend, remembered), inputs);
		await first.opened.nothingSubmitted();
		const second = await takeOver(new Execution(extend, remembered), inputs);
		expect(second.seconds).toBeLessThan(1);
		expect(second.rest).toHaveLength(7);
	});

	it('gives each run to one input, and another input of the same document none', async () => {
		const { extend } = begunJob(1);
		const result = await takeOver(new Execution(extend), inputsOf(['a', 'b', 'c', 'a']));
		expect(result.taken).toEqual([['batch_0', '0,1,2', '0,1,2']]);
		expect(result.rest).toEqual([3]);
	});

	it('leaves inputs of other jobs and of none in their order', async () => {
		const { extend } = begunJob(1);
		const ofJob = inputsOf(['a', 'b', 'c']);
		const none = inputsOf(['x', 'y'], inJob({ job: undefined }));
		const other = inputsOf(['a', 'z'], inJob({ job: { ...JOB, key: 'job-2' } }));
		const mixed = [other[0]!, ofJob[0]!, none[0]!, ofJob[1]!, ofJob[2]!, none[1]!, other[1]!];
		const numbered = mixed.map((input, itemIndex) => ({ ...input, itemIndex }));
		const result = await takeOver(new Execution(extend), numbered);
		expect(result.taken).toEqual([['batch_0', '1,3,4', '0,1,2']]);
		expect(result.rest).toEqual([0, 2, 5, 6]);
	});

	it('goes back as far as it is told, by the first run of a batch', async () => {
		const { extend, inputs } = begunJob(3);
		for (const run of extend.runsOf('batch_0')) run.createdAt = NOW - 8 * DAY;
		for (const run of extend.runsOf('batch_1')) run.createdAt = NOW - 6 * DAY;
		extend.runsOf('batch_1')[1]!.createdAt -= 5_000;
		const result = await takeOver(new Execution(extend), inputs);
		expect(result.taken.map(([batchId]) => batchId)).toEqual(['batch_2', 'batch_1']);
		expect(result.accepted[1]!.submittedAt).toBe(new Date(NOW - 6 * DAY - 5_000).toISOString());
		const longer = inputsOf(DOCUMENTS, inJob({ job: { ...JOB, lookBackDays: 9 } }));
		expect((await takeOver(new Execution(extend), longer)).rest).toEqual([]);
	});

	it('makes ids that no other request has', async () => {
		const { extend, inputs, sent } = begunJob(1);
		const execution = new Execution(extend);
		await takeOver(execution, inputs);
		const again = execution.submit(inputs.slice(0, 3));
		expect(again.submission).toBe(sent[0]!.submission.replace(/-0$/, '-1'));
	});

	it('puts out parts of a batch in the two ways in which its inputs are to be put out', async () => {
		const { extend, inputs } = begunJob(1);
		const one = { ...inputs[1]!, settings: { ...inputs[1]!.settings, output: 'input' } };
		const result = await takeOver(new Execution(extend), [inputs[0]!, one, inputs[2]!]);
		expect(result.taken).toEqual([
			['batch_0', '0,2', '0,2'],
			['batch_0', '1', '1'],
		]);
		expect(result.accepted.map(({ size }) => size)).toEqual([3, 3]);
	});
});

describe('a batch that does not fit the input any more', () => {
	it('is read run by run', async () => {
		const { extend } = begunJob(1);
		const result = await takeOver(new Execution(extend), inputsOf(['c', 'x', 'a']));
		expect(result.taken).toEqual([['batch_0', '2,0', '0,2']]);
		expect(result.rest).toEqual([1]);
		expect(new Set(result.asked)).toEqual(
			new Set(['list', 'run_batch_0_0', 'run_batch_0_1', 'run_batch_0_2']),
		);
	});

	it('tells no positions where some of its runs were deleted', async () => {
		const { extend } = begunJob(1);
		extend.runsOf('batch_0')[1]!.readableFrom = Infinity;
		const result = await takeOver(new Execution(extend), inputsOf(['c', 'a', 'b']));
		expect(result.taken).toMatchObject([['batch_0', expect.stringMatching(/^(0,1|1,0)$/), ',']]);
		expect(result.rest).toEqual([2]);
		// It may be that it could not be read yet, in the second look too.
		expect(result.seconds).toBeGreaterThanOrEqual(60);
		expect(result.seconds).toBeLessThan(70);
	});

	it('gives an input that was to be uploaded the file that its run has', async () => {
		const { extend } = begunJob(1);
		for (const run of extend.runs) run.fileId = `file_of_${run.id}`;
		const inputs = inputsOf(['c', 'b']).map((input, index) =>
			index === 0 ? { ...input, file: undefined } : input,
		);
		const { accepted } = await takeOver(new Execution(extend), inputs);
		expect(accepted[0]!.inputs.map(({ file }) => file)).toEqual([
			{ url: 'b' },
			{ id: 'file_of_run_batch_0_2' },
		]);
	});

	it('is an error where a run of it cannot be read for another reason', async () => {
		const { extend } = begunJob(1);
		extend.fail = (call) => (call === 'run_batch_0_2' ? DOWN : undefined);
		const result = await takeOver(new Execution(extend), inputsOf(['c', 'x', 'a']));
		expect(result).toMatchObject({ taken: [], rest: [] });
		expect(result.rejected).toEqual([{ items: [0, 1, 2], failure: DOWN }]);
	});

	it('is read no further when the execution is stopped', async () => {
		const { extend } = begunJob(1);
		extend.runsOf('batch_0')[1]!.readableFrom = Infinity;
		const execution = new Execution(extend);
		setTimeout(() => {
			execution.stop.abort();
		}, 5_000);
		const result = await takeOver(execution, inputsOf(['c', 'x', 'a']));
		expect(result.rejected).toMatchObject([{ failure: { kind: 'cancelled' } }]);
		expect(result.seconds).toBeLessThan(7);
	});
});

describe('a look', () => {
	it.each([
		['the runs cannot be listed', 'list'],
		['a run cannot be read', 'run_batch_1'],
	])('that fails lets nothing be submitted: %s', async (_what, failing) => {
		const { extend, inputs } = begunJob(2);
		extend.fail = (call) => (call.startsWith(failing) ? DOWN : undefined);
		const result = await takeOver(new Execution(extend), inputs);
		expect(result).toMatchObject({ taken: [], rest: [] });
		expect(result.rejected).toEqual([{ items: [0, 1, 2, 3, 4, 5, 6], failure: DOWN }]);
	});

	it('that fails the second time lets nothing be submitted either', async () => {
		const { extend, inputs } = begunJob(1, inJob({ settleSeconds: 20 }));
		extend.fail = (call) => (call === 'list' && Date.now() > NOW + 10_000 ? DOWN : undefined);
		const result = await takeOver(new Execution(extend), inputs);
		expect(result).toMatchObject({ taken: [], rest: [], rejected: [{ failure: DOWN }] });
	});

	it('ends when the execution is stopped', async () => {
		const { extend, inputs } = begunJob(1, inJob({ settleSeconds: 60 }));
		const execution = new Execution(extend);
		setTimeout(() => {
			execution.stop.abort();
		}, 5_000);
		const result = await takeOver(execution, inputs);
		expect(result.rejected).toEqual([
			{ items: [0, 1, 2, 3, 4, 5, 6], failure: { kind: 'cancelled', message: '' } },
		]);
		expect(result.seconds).toBeLessThan(7);
	});

	it('waits until listed runs can be read, and tries another one each time', async () => {
		const { extend, inputs } = begunJob(1);
		for (const run of extend.runs) run.readableFrom = NOW + 60_000;
		extend.runs[1]!.readableFrom = NOW + 2_000;
		const result = await takeOver(new Execution(extend), inputs.slice(0, 3));
		expect(result.taken).toEqual([['batch_0', '0,1,2', '0,1,2']]);
		expect(result.seconds).toBeLessThan(10);
		// The pauses grow.
		expect(result.asked.length).toBeLessThan(8);
	});

	it('that finds runs which nobody can read lets nothing be submitted', async () => {
		const { extend, inputs } = begunJob(1);
		for (const run of extend.runs) run.readableFrom = Infinity;
		const result = await takeOver(new Execution(extend), inputs);
		expect(result.rejected).toMatchObject([{ failure: { kind: 'unknown', status: 404 } }]);
		expect(result.rest).toEqual([]);
		expect(result.seconds).toBeGreaterThanOrEqual(30);
		expect(result.seconds).toBeLessThan(40);
	});

	it('is stopped while it waits for runs that cannot be read', async () => {
		const { extend, inputs } = begunJob(1);
		for (const run of extend.runs) run.readableFrom = Infinity;
		const execution = new Execution(extend);
		execution.stop.abort();
		const result = await takeOver(execution, inputs);
		expect(result.rejected).toMatchObject([{ failure: { kind: 'cancelled' } }]);
		expect(result.seconds).toBeLessThan(2);
	});

	it('takes a batch for deleted whose runs cannot be read and are not listed any more', async () => {
		const { extend, inputs } = begunJob(1);
		for (const run of extend.runs) run.readableFrom = Infinity;
		setTimeout(() => {
			extend.runs.length = 0;
		}, 10_000);
		const result = await takeOver(new Execution(extend), inputs);
		expect(result).toMatchObject({ taken: [], rejected: [], rest: [0, 1, 2, 3, 4, 5, 6] });
		expect(result.asked.at(-1)).toBe('list batch_0');
	});

	it('that cannot tell whether a batch was deleted lets nothing be submitted', async () => {
		const { extend, inputs } = begunJob(1);
		for (const run of extend.runs) run.readableFrom = Infinity;
		extend.fail = (call) => (call === 'list batch_0' ? DOWN : undefined);
		const result = await takeOver(new Execution(extend), inputs);
		expect(result.rejected).toMatchObject([{ failure: DOWN }]);
	});

	it('looks once into what is of no job, and passes over single runs', async () => {
		const { extend, inputs } = begunJob(1, inJob({ settleSeconds: 20 }));
		extend.accept([{ submission: 'a-random-one', item: 0, of: 1, document: 'd' }]);
		extend.accept([{}]);
		extend.runs.push({ ...extend.runs[0]!, id: 'single', batchId: null });
		const result = await takeOver(new Execution(extend), inputs);
		expect(result.taken.map(([batchId]) => batchId)).toEqual(['batch_0']);
		expect(result.asked.filter((call) => call !== 'list').sort()).toEqual([
			expect.stringMatching(/^run_batch_0/),
			'run_batch_1_0',
			'run_batch_2_0',
		]);
	});

	it('of the same execution goes back only to the one before, unless statuses matter', async () => {
		const { extend, inputs } = begunJob(0);
		const execution = new Execution(extend);
		await takeOver(execution, inputs);
		await jest.advanceTimersByTimeAsync(10 * 60_000);
		// Nothing can have been created then that the first look did not show.
		const other = new Execution(extend);
		other.submit(inputs.slice(0, 3), { createdAt: NOW - 2 * 60_000 });
		other.submit(inputs.slice(3, 6), { createdAt: NOW - 30_000 });
		const second = await takeOver(execution, inputs);
		expect(second.taken.map(([batchId]) => batchId)).toEqual(['batch_1']);
		const resubmitting = inputsOf(DOCUMENTS, inJob({ job: { ...JOB, resubmitFailed: true } }));
		const third = await takeOver(execution, resubmitting);
		expect(third.taken.map(([batchId]) => batchId).sort()).toEqual(['batch_0', 'batch_1']);
	});

	it('of the same execution goes back further if it is told to', async () => {
		const { extend, inputs } = begunJob(1);
		for (const run of extend.runs) run.createdAt = NOW - 10 * DAY;
		const execution = new Execution(extend);
		expect((await takeOver(execution, inputs)).taken).toEqual([]);
		const longer = inputsOf(DOCUMENTS, inJob({ job: { ...JOB, lookBackDays: 12 } }));
		expect((await takeOver(execution, longer)).taken).toHaveLength(1);
	});
});

describe('what failed', () => {
	const resubmitting = inJob({ job: { ...JOB, resubmitFailed: true } });

	it.each(['FAILED', 'REJECTED', 'CANCELLED'])(
		'is submitted again if that is wished: %s',
		async (status) => {
			const { extend, inputs } = begunJob(2, resubmitting);
			extend.runsOf('batch_0')[1]!.status = status;
			extend.runsOf('batch_1')[0]!.status = 'NEEDS_REVIEW';
			const result = await takeOver(new Execution(extend), inputs);
			expect(result.taken).toEqual([
				['batch_1', '3,4,5', '0,1,2'],
				['batch_0', '0,2', '0,2'],
			]);
			expect(result.rest).toEqual([1, 6]);
		},
	);

	it('counts if it is not wished', async () => {
		const { extend, inputs } = begunJob(1);
		for (const run of extend.runs) run.status = 'FAILED';
		const result = await takeOver(new Execution(extend), inputs.slice(0, 3));
		expect(result.rest).toEqual([]);
		const changed = await takeOver(new Execution(extend), inputsOf(['c', 'a']));
		expect(changed.rest).toEqual([]);
	});

	it('is not read where nothing of a batch came to anything', async () => {
		const { extend, inputs } = begunJob(1, resubmitting);
		for (const run of extend.runs) run.status = 'FAILED';
		for (const documents of [inputs.slice(0, 3), inputsOf(['c', 'a'], resubmitting)]) {
			const result = await takeOver(new Execution(extend), documents);
			expect(result.taken).toEqual([]);
			expect(result.rest).toEqual(itemsOf(documents));
			// To know whose it is takes one run, before and after the settle time that one alone.
			expect(result.asked.filter((call) => call !== 'list')).toHaveLength(1);
		}
	});

	it('does not count in a batch that does not fit any more, either', async () => {
		const { extend } = begunJob(1, resubmitting);
		extend.runsOf('batch_0')[2]!.status = 'FAILED';
		const result = await takeOver(new Execution(extend), inputsOf(['c', 'a'], resubmitting));
		expect(result.taken).toEqual([['batch_0', '1', '0']]);
		expect(result.rest).toEqual([0]);
	});

	it('is an error where it cannot be read', async () => {
		const { extend, inputs } = begunJob(1, resubmitting);
		extend.runsOf('batch_0')[2]!.status = 'FAILED';
		extend.fail = (call) => (call === 'run_batch_0_2' ? DOWN : undefined);
		const result = await takeOver(new Execution(extend), inputs);
		expect(result.rejected).toMatchObject([{ failure: DOWN }]);
		expect(result.rest).toEqual([]);
	});
});

describe('what the journal knows', () => {
	const note = (execution: Execution, inputs: JobInput[], submission: string, batchId?: string) => {
		const { journal } = execution;
		const { workflowId, version } = inputs[0]!.settings;
		const entry = journal.sending({
			submission,
			workflowId,
			version,
			items: itemsOf(inputs),
			...documentsOf(inputs),
			sentAt: NOW,
			hasReference: true,
		});
		if (batchId !== undefined) journal.accepted(entry, batchId);
	};

	it('is left to it', async () => {
		const { extend, remembered, execution, inputs, sent } = begunJob(
			2,
			inJob({ settleSeconds: 20 }),
		);
		note(execution, inputs.slice(0, 3), sent[0]!.submission, 'batch_0');
		const result = await takeOver(execution, inputs);
		expect(result.taken.map(([batchId]) => batchId)).toEqual(['batch_1']);
		expect(result.rest).toEqual([0, 1, 2, 6]);
		expect(remembered.jobs.size).toBe(0);
		expect(extend.runs).not.toEqual([]);
	});

	it('is told what was carried out of that of which it does not know it', async () => {
		const { execution, inputs, sent } = begunJob(1);
		note(execution, inputs.slice(0, 3), sent[0]!.submission);
		await takeOver(execution, inputs);
		expect(execution.journal.entries).toMatchObject([{ batchId: 'batch_0' }]);
	});

	it('says that this execution began the job itself, in an earlier try', async () => {
		const { extend, remembered, inputs } = begunJob(0, inJob({ settleSeconds: 20 }));
		const execution = new Execution(extend, remembered);
		await takeOver(execution, inputs);
		expect(remembered.jobs.size).toBe(1);
		const other = new Execution(extend, remembered);
		note(
			other,
			inputs.slice(0, 3),
			other.ids.next({ key: JOB.key, workflowId: 'workflow_a', version: '' }, ['a']),
		);
		expect((await takeOver(other, inputs)).seconds).toBeLessThan(1);
		const unrelated = new Execution(extend, remembered);
		note(unrelated, inputs.slice(0, 3), 'random');
		expect((await takeOver(unrelated, inputs)).seconds).toBeCloseTo(20, 0);
	});
});

describe('what this execution has submitted itself', () => {
	const settling = inJob({ settleSeconds: 20 });

	it('is taken over in the next turn of a loop, without being read, and without a wait', async () => {
		const { extend, remembered } = begunJob(0);
		const inputs = inputsOf(['a', 'b', 'c', 'd'], settling);
		const execution = new Execution(extend, remembered);
		const opened = execution.open();
		await takeOver(execution, inputs, opened);
		const { batchId } = execution.submit(inputs.slice(0, 3));
		opened.submitted({ ...batchOf(inputs.slice(0, 3)), batchId });
		const next = await takeOver(execution, inputs);
		expect(next.taken).toEqual([['batch_0', '0,1,2', '0,1,2']]);
		expect(next.rest).toEqual([3]);
		expect(next.asked).toEqual(['list']);
		expect(next.seconds).toBeLessThan(1);
		expect(next.accepted[0]!.submittedAt).toBe(new Date(NOW).toISOString());
	});

	it('is no sign of another execution', async () => {
		const { extend } = begunJob(0);
		const inputs = inputsOf(['a', 'b', 'c', 'd'], settling);
		const execution = new Execution(extend);
		const { batchId } = execution.submit(inputs.slice(0, 3));
		execution.open().submitted({ ...batchOf(inputs.slice(0, 3)), batchId });
		const result = await takeOver(execution, inputs);
		expect(result.taken).toHaveLength(1);
		expect(result.seconds).toBeLessThan(1);
		expect(result.asked).toEqual(['list']);
	});

	it('is asked about where only some of its inputs are known', async () => {
		const { extend } = begunJob(0);
		const inputs = inputsOf(['a', 'b', 'c'], settling);
		const execution = new Execution(extend);
		const { batchId } = execution.submit(inputs);
		execution.open().submitted({ ...batchOf(inputs.slice(0, 2)), size: 3, batchId });
		const result = await takeOver(execution, inputs);
		expect(result.taken).toHaveLength(1);
		expect(result.asked).toHaveLength(2);
	});

	it('is known by its runs where it was not told', async () => {
		const { extend } = begunJob(1);
		const execution = new Execution(extend);
		await takeOver(execution, inputsOf(DOCUMENTS));
		execution.open().submitted({ ...batchOf(inputsOf(['x', 'y', 'z'])), batchId: 'batch_0' });
		expect((await takeOver(execution, inputsOf(DOCUMENTS))).taken).toHaveLength(1);
	});
});
