/** Polls whose time ends in the middle of a call: what that call would have told comes in a later poll, once. */
import type { PlayedPolling } from '../../harness/engine';
import { submitBatch } from '../listRuns/listRuns';
import { MINUTE, PolledExtend } from './polledExtend';

const extend = PolledExtend.use();

/** Enough for all calls but the one that gets no answer. */
const BUDGET_MS = 1_500;

const LISTS = '/workflow_runs';
const ONE_RUN = '/workflow_runs/workflow_run_*';

/** Which calls get no answer, one in each poll: the so manieth to that path. */
interface CutOff {
	event: 'batch.finished' | 'run.finished';
	output?: 'summary' | 'simplified';
	/** Documents of each of the two batches. */
	size?: number;
	path: string;
	nths: number[];
	/** Whether Extend has done what the call asks for, such as used up the token of a page. */
	isCarriedOut?: boolean;
}

const cutOffs: Array<[string, CutOff]> = [
	[
		'the second page of what changed, for batches',
		{ event: 'batch.finished', size: 700, path: LISTS, nths: [2], isCarriedOut: true },
	],
	[
		'the second page of what changed, for runs',
		{ event: 'run.finished', size: 700, path: LISTS, nths: [2], isCarriedOut: true },
	],
	['the list of a batch', { event: 'batch.finished', path: LISTS, nths: [2, 2] }],
	[
		'the run that tells the size of a batch',
		{ event: 'batch.finished', path: ONE_RUN, nths: [1, 1] },
	],
	[
		'a run of a finished batch',
		{ event: 'batch.finished', output: 'simplified', path: ONE_RUN, nths: [4, 1] },
	],
	['a finished run', { event: 'run.finished', output: 'simplified', path: ONE_RUN, nths: [3, 1] }],
];

/** Publishes a trigger, and lets two batches finish. */
async function begin({ event, output = 'summary', size = 3 }: CutOff): Promise<PlayedPolling> {
	const trigger = extend.trigger({ event, output }, { budgetMs: BUDGET_MS });
	await trigger.activate();
	for (let batch = 0; batch < 2; batch++) await submitBatch(extend.simulator, size);
	extend.later(MINUTE);
	return trigger;
}

/** A poll in which the so manieth call gets no answer. */
async function cutOffPoll(trigger: PlayedPolling, { path, isCarriedOut }: CutOff, nth: number) {
	const { faults } = extend.simulator;
	const kind = isCarriedOut ? 'hangAfter' : 'hangBefore';
	const { id } = faults.add({ kind, on: { method: 'GET', path }, nth });
	await trigger.poll();
	const [fault] = faults.list();
	expect(fault).toMatchObject({ id, struck: 1 });
	faults.clear();
}

/** The runs in all executions, as often as they were reported. */
const reportedRuns = (trigger: PlayedPolling) =>
	trigger.executions.flatMap((items) => items.map(({ json }) => (json.runId ?? json.id) as string));

/** A state without the times when batches are asked about that are silent: each look that hears of them sets these. */
const withoutHearing = (held: object): unknown =>
	JSON.parse(JSON.stringify(held, (key, value: unknown) => (key === 'askAt' ? 0 : value)));

const allRuns = () => extend.simulator.ledger.runs.map(({ id }) => id);

describe('a poll whose time ends in a call', () => {
	test.each(cutOffs)('%s: nothing is missed, and nothing comes twice', async (_, cutOff) => {
		const trigger = await begin(cutOff);
		const states = [];
		for (const nth of cutOff.nths) {
			await cutOffPoll(trigger, cutOff, nth);
			expect(reportedRuns(trigger).length).toBeLessThan(allRuns().length);
			states.push(withoutHearing(trigger.held));
		}
		// What is cut off leaves no trace: after a second time all is as after the first.
		for (const state of states) expect(state).toEqual(states[0]);
		for (let poll = 0; poll < 3; poll++) await trigger.poll();
		expect(reportedRuns(trigger).sort()).toEqual(allRuns().sort());
		// That it had too little time is no failure of Extend, for which n8n would wait longer.
		expect(trigger.failures).toEqual([]);
	});

	test.each(cutOffs.slice(-2))('%s: the same where n8n is killed after it', async (_, cutOff) => {
		const trigger = await begin(cutOff);
		await cutOffPoll(trigger, cutOff, cutOff.nths[0] ?? 1);
		trigger.kill();
		await trigger.activate('init');
		await trigger.poll();
		expect(reportedRuns(trigger).sort()).toEqual(allRuns().sort());
	});

	test('where even the first call gets no answer, that is a failure, and nothing is missed', async () => {
		const cutOff: CutOff = { event: 'batch.finished', path: LISTS, nths: [1] };
		const trigger = await begin(cutOff);
		const before = trigger.held;
		await cutOffPoll(trigger, cutOff, 1);
		expect(trigger.failures).toHaveLength(1);
		expect(trigger.held).toEqual(before);
		await trigger.poll();
		expect(reportedRuns(trigger).sort()).toEqual(allRuns().sort());
	});
});
