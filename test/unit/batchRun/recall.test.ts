/** What a try makes of the tries before it: what was accepted, what is unknown, what went to another account. */
import type { IExecuteFunctions } from 'n8n-workflow';

import { runRequest } from '../../../nodes/Extend/actions/run/create/request';
import { documentsOf } from '../../../nodes/submit/journal';
import { BatchSubmitter } from '../../../nodes/submit/submitter';
import {
	contextOf,
	elapsing,
	ExtendInMemory,
	inputsOf,
	itemsIn,
	openTry,
	SETTINGS,
	type Verdict,
} from './extendInMemory';

const NOW = Date.UTC(2026, 1, 9, 12);
const STOPS = { ...SETTINGS, onUnknownOutcome: 'fail' } as const;

beforeEach(() => {
	jest.useFakeTimers({ now: NOW });
});
afterEach(() => {
	jest.useRealTimers();
});

/** An execution whose first try ends with these verdicts, one for each batch of two of six inputs. */
async function failedTry(
	verdicts: Verdict[],
	{ settings = STOPS, mayLook = true }: { settings?: typeof SETTINGS; mayLook?: boolean } = {},
) {
	const extend = new ExtendInMemory(
		(_items, submission) => verdicts[submission - 1] ?? 'accept',
		mayLook,
	);
	extend.visibleAfterMs = 5_000;
	const circumstances = { runIndex: 0, apiToken: 'sk_1' };
	const context = contextOf(extend, circumstances);
	const { submitter } = await openTry(context);
	for (const items of [
		[0, 1],
		[2, 3],
		[4, 5],
	].slice(0, verdicts.length)) {
		await elapsing(submitter.submit(inputsOf(items, settings)));
	}
	await jest.advanceTimersByTimeAsync(60_000);
	extend.mayLook = true;
	extend.read.length = 0;
	return { extend, context, circumstances };
}

async function recall(context: IExecuteFunctions, settings = SETTINGS, items = [0, 1, 2, 3, 4, 5]) {
	const opened = await openTry(context);
	const { value, seconds } = await elapsing(opened.submitter.recall(inputsOf(items, settings)));
	const { accepted, rejected, rest } = value;
	return {
		...opened,
		...value,
		seconds,
		items: {
			accepted: itemsIn(accepted),
			rejected: itemsIn(rejected),
			rest: itemsIn([{ inputs: rest }]),
		},
	};
}

describe('a second try', () => {
	it('begins with nothing where nothing was sent', async () => {
		const { context, extend } = await failedTry([]);
		const { items, rejected } = await recall(context);
		expect(items).toEqual({ accepted: [], rejected: [], rest: [0, 1, 2, 3, 4, 5] });
		expect(rejected).toEqual([]);
		expect(extend.read).toEqual([]);
	});

	it('takes over what was accepted, and sends the rest', async () => {
		const { context, extend } = await failedTry(['accept', { status: 402, message: 'No' }]);
		const { items, rejected } = await recall(context);
		expect(items).toEqual({ accepted: [0, 1], rejected: [], rest: [2, 3, 4, 5] });
		expect(rejected).toEqual([]);
		expect(extend.read).toEqual([]);
	});

	it('finds what was lost after it was carried out, and sends what was lost before', async () => {
		const { context } = await failedTry(['accept', 'lostAfter', 'lostBefore']);
		const { items, accepted, rejected, seconds } = await recall(context);
		expect(items).toEqual({ accepted: [0, 1, 2, 3], rejected: [], rest: [4, 5] });
		expect(rejected).toEqual([]);
		expect(accepted.map(({ batchId }) => batchId)).toEqual(['batch_0', 'batch_1']);
		expect(seconds).toBeLessThan(1);
	});

	it('sends nothing of which it is not known what became, if it is told to stop then', async () => {
		const { context } = await failedTry(['accept', 'lostBefore']);
		const { items, rejected } = await recall(context, STOPS);
		expect(items).toEqual({ accepted: [0, 1], rejected: [2, 3], rest: [4, 5] });
		expect(rejected).toMatchObject([{ failure: { kind: 'unknown', message: '' } }]);
	});

	it('sends nothing of which it is not known what became, as long as it cannot look', async () => {
		const { context, extend } = await failedTry(['lostAfter']);
		extend.mayLook = false;
		const { items, rejected } = await recall(context);
		expect(items).toEqual({ accepted: [], rejected: [0, 1], rest: [2, 3, 4, 5] });
		expect(rejected).toMatchObject([{ failure: { kind: 'unknown', status: 403, message: 'No' } }]);
	});

	it('sends nothing whose runs carry no reference, because it cannot be found', async () => {
		const { context, extend } = await failedTry(['lostBefore'], {
			settings: { ...SETTINGS, reference: false },
		});
		const { items } = await recall(context);
		expect(items).toEqual({ accepted: [], rejected: [0, 1], rest: [2, 3, 4, 5] });
		expect(extend.read).toEqual([]);
	});

	it('sends nothing of which one of several requests carries no reference', async () => {
		const extend = new ExtendInMemory(() => 'lostBefore');
		const context = contextOf(extend);
		for (const reference of [true, false]) {
			const { submitter } = await openTry(context);
			await elapsing(submitter.submit(inputsOf([0, 1], { ...STOPS, reference })));
		}
		expect((await recall(context, SETTINGS, [0, 1, 2])).items).toEqual({
			accepted: [],
			rejected: [0, 1],
			rest: [2],
		});
	});

	it('sends what was corrected meanwhile, whatever became of what was sent before', async () => {
		const { context } = await failedTry(['lostBefore']);
		const { submitter } = await openTry(context);
		const corrected = inputsOf([0], STOPS).map((input) => ({ ...input, document: 'corrected' }));
		const { value } = await elapsing(submitter.recall([...corrected, ...inputsOf([1], STOPS)]));
		expect(itemsIn([{ inputs: value.rest }])).toEqual([0]);
		expect(itemsIn(value.rejected)).toEqual([1]);
	});

	it('looks only for the rest of the settle time', async () => {
		const { context } = await failedTry(['lostBefore']);
		const long = { ...SETTINGS, settleSeconds: 90 };
		const { seconds, items } = await recall(context, long);
		// A minute has passed since.
		expect(seconds).toBeGreaterThan(25);
		expect(seconds).toBeLessThan(32);
		expect(items.rest).toEqual([0, 1, 2, 3, 4, 5]);
	});

	it('never looks for longer than the settle time, even if the clock was set back', async () => {
		const { context } = await failedTry(['lostBefore']);
		jest.setSystemTime(NOW - 3_600_000);
		const { seconds } = await recall(context, { ...SETTINGS, settleSeconds: 20 });
		expect(seconds).toBeLessThan(23);
	});

	it('looks for what another run of the node sent only as far as its own inputs are concerned', async () => {
		const { context, circumstances, extend } = await failedTry(['lostBefore', 'lostAfter']);
		circumstances.runIndex = 1;
		const other = await recall(context, { ...SETTINGS, settleSeconds: 90 }, [4, 5]);
		expect(other.items).toEqual({ accepted: [], rejected: [], rest: [4, 5] });
		expect(extend.read).toEqual([]);
		expect(other.seconds).toBeLessThan(1);
		circumstances.runIndex = 2;
		const same = await recall(context, SETTINGS, [2, 3]);
		expect(same.items).toEqual({ accepted: [2, 3], rejected: [], rest: [] });
	});

	it('looks in this run of the node for everything, so that nothing is forgotten', async () => {
		const { context, extend } = await failedTry(['lostAfter']);
		const { journal } = await recall(context, SETTINGS, [4, 5]);
		expect(extend.read).toEqual(['/workflow_runs', '/workflow_runs/run_0']);
		expect(journal.open).toEqual([]);
		expect(journal.entries).toMatchObject([{ batchId: 'batch_0' }]);
	});
});

describe('a second try with another token', () => {
	it.each<[string, boolean, number[]]>([
		['of the same account takes over what was accepted', true, [0, 1]],
		['of an account that does not have it sends everything', false, []],
	])('%s', async (_what, isSame, accepted) => {
		const { context, extend, circumstances } = await failedTry(['accept']);
		circumstances.apiToken = 'sk_2';
		if (!isSame) {
			const [batch] = extend.batches;
			extend.batches[0] = { ...batch!, batchId: 'of_this_account' };
		}
		const { items } = await recall(context);
		expect(items.accepted).toEqual(accepted);
		expect(extend.read).toEqual(['/workflow_runs']);
	});

	it('assumes that it is the same account where that cannot be asked', async () => {
		const { context, extend, circumstances } = await failedTry(['accept']);
		circumstances.apiToken = 'sk_2';
		extend.mayLook = false;
		const { items } = await recall(context);
		expect(items.accepted).toEqual([0, 1]);
	});

	it('takes over what is found of what was lost, and sends what is not', async () => {
		const { context, circumstances } = await failedTry(['lostAfter', 'lostBefore']);
		circumstances.apiToken = 'sk_2';
		const { items, journal } = await recall(context, STOPS);
		expect(items).toEqual({ accepted: [0, 1], rejected: [], rest: [2, 3, 4, 5] });
		expect(journal.entries).toMatchObject([{ batchId: 'batch_0' }]);
		expect(journal.ofOtherCredentials).toHaveLength(1);
	});

	it('does not look for what carries no reference', async () => {
		const { context, extend, circumstances } = await failedTry(['lostBefore'], {
			settings: { ...SETTINGS, reference: false },
		});
		circumstances.apiToken = 'sk_2';
		const { items } = await recall(context);
		expect(extend.read).toEqual([]);
		expect(items.rest).toEqual([0, 1, 2, 3, 4, 5]);
	});

	it.each([
		['is there', [], true, [0]],
		['is not there', ['/workflow_runs/run_0'], true, []],
		['cannot be asked for', [], false, [0]],
	] as const)(
		'asks for a single run itself, which %s',
		async (_what, missing, mayLook, accepted) => {
			const { context, extend, circumstances } = await failedTry([]);
			const single = async () => {
				const { client, journal, workflows } = await openTry(context);
				const request = runRequest({ workflow: 'w', execution: '1' }, () => {});
				const submitter = new BatchSubmitter(client, journal, workflows, () => ({}), {
					...request,
					idIn: () => 'run_0',
				});
				return { journal, submitter };
			};
			const first = await single();
			const entry = first.journal.sending({
				submission: 's',
				workflowId: SETTINGS.workflowId,
				version: '',
				items: [0],
				...documentsOf(inputsOf([0])),
				sentAt: NOW,
				hasReference: true,
			});
			first.journal.accepted(entry, 'run_0');
			extend.batches.push({
				batchId: 'batch_0',
				acceptedAt: NOW,
				createdAt: new Date(NOW).toISOString(),
				items: [0],
				documents: [''],
				metadata: undefined,
			});
			for (const path of missing) extend.missing.add(path);
			extend.mayLook = mayLook;
			circumstances.apiToken = 'sk_2';
			const second = await single();
			const { value } = await elapsing(second.submitter.recall(inputsOf([0])));
			expect(itemsIn(value.accepted)).toEqual(accepted);
			expect(extend.read).toEqual(['/workflow_runs/run_0']);
		},
	);
});

describe('a last look', () => {
	it('finds what became visible since, until the settle time of the last request is over', async () => {
		const extend = new ExtendInMemory(() => 'lostAfter');
		extend.visibleAfterMs = 25_000;
		const { submitter, journal } = await openTry(contextOf(extend));
		const settings = { ...STOPS, settleSeconds: 10 };
		const inputs = inputsOf([0, 1], settings);
		const sent = await elapsing(submitter.submit(inputs));
		expect(itemsIn(sent.value.rejected)).toEqual([0, 1]);
		expect(sent.seconds).toBeCloseTo(10, 0);

		const patient = inputs.map((input) => ({
			...input,
			settings: { ...settings, settleSeconds: 30 },
		}));
		const { seconds } = await elapsing(submitter.lookForTheRest([...patient, ...inputs]));
		expect(journal.open).toEqual([]);
		expect(sent.seconds + seconds).toBeLessThan(32);
		expect(submitter.claims.claim(inputs).accepted).toMatchObject([{ batchId: 'batch_0' }]);
		extend.read.length = 0;
		await elapsing(submitter.lookForTheRest(inputs));
		expect(extend.read).toEqual([]);
	});

	it('is for the requests of this run of the node alone', async () => {
		const { context, circumstances, extend } = await failedTry(['lostBefore']);
		circumstances.runIndex = 1;
		const { submitter } = await openTry(context);
		const { seconds } = await elapsing(
			submitter.lookForTheRest(inputsOf([0, 1], { ...STOPS, settleSeconds: 90 })),
		);
		expect(extend.read).toEqual([]);
		expect(seconds).toBeLessThan(1);
	});

	it('for an input that was accepted with another request names what turned up', async () => {
		const extend = new ExtendInMemory((_items, submission) =>
			submission === 1 ? 'lostAfter' : 'accept',
		);
		extend.visibleAfterMs = 5_000;
		const { submitter } = await openTry(contextOf(extend));
		const inputs = inputsOf([0, 1]);
		const { value } = await elapsing(submitter.submit(inputs));
		expect(value.accepted).toMatchObject([{ batchId: 'batch_1' }]);
		expect(await submitter.lookAgain(inputs[0]!)).toHaveLength(0);
		await jest.advanceTimersByTimeAsync(6_000);
		expect((await elapsing(submitter.lookAgain(inputs[0]!))).value).toEqual(['batch_0']);
		const reads = extend.read.length;
		expect(await submitter.lookAgain(inputs[0]!)).toHaveLength(0);
		expect(extend.read).toHaveLength(reads);
	});
});
