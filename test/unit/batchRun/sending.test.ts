/** How one batch is sent, what its answer means, and what is done when that is lost. */
import { documentId } from '../../../nodes/submit/journal';
import { WorkflowCheck } from '../../../nodes/submit/workflowCheck';
import {
	contextOf,
	documentOf,
	elapsing,
	expectEachOnce,
	ExtendInMemory,
	inputsOf,
	itemsIn,
	openTry,
	range,
	SETTINGS,
	submitTo,
	type Verdict,
} from './extendInMemory';

const NOW = Date.UTC(2026, 1, 9, 12);

beforeEach(() => {
	jest.useFakeTimers({ now: NOW });
});
afterEach(() => {
	jest.useRealTimers();
});

/** What becomes of one submission after the other; from then on they are accepted. */
const inTurn =
	(...verdicts: Verdict[]) =>
	(_items: number[], submission: number): Verdict =>
		verdicts[submission - 1] ?? 'accept';

const status = (code: number, message = 'No') => ({ status: code, message });

describe('the journal of what is sent', () => {
	it('has one entry with all that a later try must know', async () => {
		const extend = new ExtendInMemory(() => 'lostBefore');
		extend.clock.header = 60_000;
		const { submitter, journal, client } = await openTry(contextOf(extend));
		await client.attempt({ category: 'GET', method: 'GET', path: '/x', repeatable: 'repeat' });
		const settings = { ...SETTINGS, version: '3', reference: false };
		const inputs = inputsOf([4, 7], settings).map((input) => ({ ...input, field: 'scan' }));
		await elapsing(submitter.submit([inputs[0]!, { ...inputs[1]!, field: undefined }]));
		expect(journal.entries).toEqual([
			{
				submission: expect.stringMatching(/^[\da-f-]{36}$/) as string,
				runIndex: 0,
				account: client.account,
				workflowId: 'workflow_a',
				version: '3',
				items: [4, 7],
				fields: ['scan', ''],
				documents: documentId(documentOf(4)) + documentId(documentOf(7)),
				sentAt: NOW,
				sentAtByExtend: expect.closeTo(NOW + 60_500, -3) as number,
				hasReference: false,
			},
		]);
	});

	it('has no fields where no item has several, and no time of Extend before an answer', async () => {
		const extend = new ExtendInMemory(() => 'lostBefore');
		const { journal } = (await elapsing(submitTo(extend, 2, { reference: false }))).value;
		expect(journal.entries).toHaveLength(1);
		expect(journal.entries[0]).not.toHaveProperty('fields');
		expect(journal.entries[0]!.sentAtByExtend).toBeUndefined();
		expect(journal.entries[0]!.hasReference).toBe(false);
	});

	it.each<[string, Verdict]>([
		['could not be sent', 'unreachable'],
		['was over the rate limit', status(429)],
	])('has one entry of a request that at first %s', async (_what, verdict) => {
		const extend = new ExtendInMemory(inTurn(verdict, verdict));
		const { value } = await elapsing(submitTo(extend, 3));
		expect(extend.submissions).toBe(3);
		expect(value.journal.entries).toHaveLength(1);
		expectEachOnce(value, extend, 3);
	});

	it.each<[string, Verdict, string]>([
		['was refused', status(402), 'refused'],
		['could not be sent', 'unreachable', 'notSent'],
	])('has nothing of a request that %s', async (_what, verdict, kind) => {
		const { value } = await elapsing(submitTo(new ExtendInMemory(() => verdict), 3));
		expect(value.journal.isEmpty).toBe(true);
		expect(value.rejected).toMatchObject([{ failure: { kind } }]);
	});
});

describe('an answer that names no batch', () => {
	it.each([{}, { batchId: '' }, { batchId: 7 }])(
		'leaves open what became of the request, so that it is looked for: %j',
		async (answer) => {
			const extend = new ExtendInMemory(() => 'acceptNameless');
			extend.nameless = answer;
			const { value } = await elapsing(submitTo(extend, 3));
			expect(extend.submissions).toBe(1);
			expectEachOnce(value, extend, 3);
			expect(value.accepted.map(({ batchId }) => batchId)).toEqual([
				expect.stringMatching(/^batch_/),
			]);
		},
	);

	it('is told as such where nothing can be looked for', async () => {
		const extend = new ExtendInMemory(() => 'acceptNameless');
		const { value } = await elapsing(submitTo(extend, 3, { reference: false }));
		expect(value.rejected).toMatchObject([
			{ failure: { kind: 'unknown', status: 200, message: 'the answer has no batch ID' } },
		]);
		expect(value.journal.open).toHaveLength(1);
	});
});

describe('an answer that is lost', () => {
	it('is looked for as long as the settle time, then the batch is sent again', async () => {
		const extend = new ExtendInMemory(inTurn('lostBefore'));
		const { value, seconds } = await elapsing(submitTo(extend, 3, { settleSeconds: 20 }));
		expect(extend.submissions).toBe(2);
		expect(seconds).toBeCloseTo(20, 0);
		expectEachOnce(value, extend, 3);
	});

	it('is looked for with all earlier ones, so that what turns up late is adopted', async () => {
		const extend = new ExtendInMemory(inTurn('lostAfter', 'lostBefore'));
		extend.visibleAfterMs = 15_000;
		const { value } = await elapsing(submitTo(extend, 3, { settleSeconds: 10 }));
		expect(extend.submissions).toBe(2);
		expect(value.accepted).toMatchObject([{ batchId: 'batch_0', size: 3, positions: [0, 1, 2] }]);
	});

	it('five times in a row ends the attempts', async () => {
		const extend = new ExtendInMemory(() => 'lostBefore');
		const { value } = await elapsing(submitTo(extend, 3, { settleSeconds: 1 }));
		expect(extend.submissions).toBe(5);
		expect(value.rejected).toMatchObject([{ failure: { kind: 'unknown' } }]);
		expect(value.journal.open).toHaveLength(5);
	});

	it('because the execution was stopped is not followed by another request', async () => {
		const stop = new AbortController();
		const extend = new ExtendInMemory(() => {
			stop.abort();
			return 'lostAfter';
		});
		const circumstances = { runIndex: 0, apiToken: 'sk_1', signal: stop.signal };
		const { submitter, journal } = await openTry(contextOf(extend, circumstances));
		const { value } = await elapsing(submitter.submit(inputsOf([0, 1])));
		expect(extend.submissions).toBe(1);
		expect(extend.read).toEqual([]);
		expect(value.rejected).toMatchObject([{ failure: { kind: 'interrupted' } }]);
		expect(journal.open).toHaveLength(1);
	});

	it('is not looked for in batches whose submission is known', async () => {
		const extend = new ExtendInMemory(inTurn('accept', 'lostAfter'));
		const { submitter } = await openTry(contextOf(extend));
		await elapsing(submitter.submit(inputsOf([0, 1])));
		await elapsing(submitter.submit(inputsOf([2, 3])));
		expect(extend.read).toEqual(['/workflow_runs', '/workflow_runs/run_1']);
	});

	it('is not looked for in what an earlier try knew', async () => {
		const extend = new ExtendInMemory(inTurn('accept', 'lostAfter'));
		const context = contextOf(extend);
		await elapsing((await openTry(context)).submitter.submit(inputsOf([0, 1])));
		await elapsing((await openTry(context)).submitter.submit(inputsOf([2, 3])));
		expect(extend.read).toEqual(['/workflow_runs', '/workflow_runs/run_1']);
	});
});

describe('a batch that turns up while its own request is still open, because another one is looked for', () => {
	/** The first of two batches is lost at once, the second meets its fate seconds later. */
	async function runTwo(second: Verdict, lostStatus?: number) {
		const extend = new ExtendInMemory((_items, submission) => {
			extend.lostStatus = submission === 2 ? lostStatus : undefined;
			return submission === 2 ? second : 'lostAfter';
		});
		extend.answerAfterMs = (submission) => (submission === 2 ? 3_000 : 0);
		const { submitter, journal } = await openTry(contextOf(extend));
		const settings = { ...SETTINGS, settleSeconds: 10 };
		const { value } = await elapsing(
			Promise.all(
				[
					[0, 1],
					[2, 3],
				].map(async (items) => await submitter.submit(inputsOf(items, settings))),
			),
		);
		return { extend, journal, submitter, results: value };
	}

	it.each<[string, Verdict, number | undefined]>([
		['is lost', 'lostAfter', undefined],
		['is that of a proxy', 'lostAfter', 504],
		['is a refusal of something in between', 'lostAfter', 400],
		['names no batch', 'acceptNameless', undefined],
		['comes', 'accept', undefined],
	])('is there once when its answer %s', async (_what, second, lostStatus) => {
		const { extend, journal, submitter, results } = await runTwo(second, lostStatus);
		expect(extend.submissions).toBe(2);
		expect(results.map(({ accepted }) => accepted.map(({ batchId }) => batchId))).toEqual([
			['batch_0'],
			['batch_1'],
		]);
		expect(results.flatMap(({ rejected }) => rejected)).toEqual([]);
		expect(submitter.claims.spare()).toEqual([]);
		expect(journal.open).toEqual([]);
	});
});

describe('a batch that Extend answers with 500 again and again', () => {
	/** Fails whenever one of the bad items is in a batch. */
	const choking = (bad: number[]) =>
		new ExtendInMemory((items) =>
			items.some((item) => bad.includes(item)) ? status(500, 'Internal') : 'accept',
		);

	it.each([[[0]], [[5]], [[15]], [[2, 9]]])('is sent without its bad inputs: %j', async (bad) => {
		const extend = choking(bad);
		const { value, seconds } = await elapsing(submitTo(extend, 16, { settleSeconds: 60 }));
		expectEachOnce(value, extend, 16);
		expect(itemsIn(value.rejected)).toEqual(bad);
		for (const { failure } of value.rejected)
			expect(failure).toMatchObject({ kind: 'unknown', status: 500 });
		// Each of three submissions is looked for as long as the settle time, each group of the search for a second.
		expect(seconds).toBeGreaterThanOrEqual(180);
		expect(seconds).toBeLessThan(180 + 2 * extend.submissions);
	});

	it('is watched for 15 seconds before it is searched, however short the settle time is', async () => {
		let searchedAt: number | undefined;
		const start = Date.now();
		const extend = new ExtendInMemory((items) => {
			if (items.length < 8) searchedAt ??= Date.now() - start;
			return items.includes(3) ? status(500) : 'accept';
		});
		const { value } = await elapsing(submitTo(extend, 8, { settleSeconds: 1 }));
		expect(itemsIn(value.rejected)).toEqual([3]);
		expect(searchedAt! / 1000).toBeCloseTo(15, 0);
	});

	it('is adopted when it turns up while it is watched', async () => {
		const extend = new ExtendInMemory(inTurn('lostAfter', ...Array<Verdict>(9).fill(status(500))));
		// A proxy that answers with 502 after Extend took the batch.
		extend.lostStatus = 502;
		extend.visibleAfterMs = 9_000;
		const { value } = await elapsing(submitTo(extend, 8, { settleSeconds: 2 }));
		expect(value.accepted).toMatchObject([{ batchId: 'batch_0' }]);
		expectEachOnce(value, extend, 8);
		expect(extend.submissions).toBe(3);
	});

	it.each([
		['it has one input', 1, {}],
		['bad inputs are not searched for', 8, { isolateBadInputs: false }],
		['nobody waits for lost batches', 8, { settleSeconds: 0 }],
	])('is not searched if %s', async (_why, count, more) => {
		const extend = choking([0]);
		const { value } = await elapsing(submitTo(extend, count, { settleSeconds: 1, ...more }));
		expect(extend.submissions).toBe(5);
		expect(itemsIn(value.rejected)).toEqual(range(0, count));
	});

	it('is not searched if one of the answers was lost on the network', async () => {
		const extend = new ExtendInMemory(
			inTurn(status(500), 'lostBefore', ...Array<Verdict>(9).fill(status(500))),
		);
		const { value } = await elapsing(submitTo(extend, 8, { settleSeconds: 1 }));
		expect(extend.submissions).toBe(5);
		expect(itemsIn(value.rejected)).toEqual(range(0, 8));
	});

	it('is given up after few calls while everything fails', async () => {
		const extend = new ExtendInMemory(() => status(503));
		const { value } = await elapsing(submitTo(extend, 100, { settleSeconds: 1 }));
		expect(itemsIn(value.rejected)).toEqual(range(0, 100));
		expect(extend.submissions).toBeGreaterThan(10);
		expect(extend.submissions).toBeLessThanOrEqual(20);
	});

	it('is not searched if Extend cannot be asked any more', async () => {
		const extend = new ExtendInMemory((_items, submission) => {
			if (submission === 3) setTimeout(() => (extend.mayLook = false), 5_000);
			return status(500);
		});
		const { value } = await elapsing(submitTo(extend, 8, { settleSeconds: 1 }));
		expect(extend.submissions).toBe(3);
		expect(value.rejected).toMatchObject([{ failure: { kind: 'unknown', status: 500 } }]);
	});

	it('is not sent again if the node is told to stop then', async () => {
		const extend = choking([3]);
		await elapsing(submitTo(extend, 8, { settleSeconds: 1, onUnknownOutcome: 'fail' }));
		expect(extend.submissions).toBe(1);
	});

	it('whose search meets an answer that is lost on the network goes on all the same', async () => {
		const extend = new ExtendInMemory((items, submission) => {
			if (submission === 4) return 'lostAfter';
			return items.includes(6) ? status(500) : 'accept';
		});
		const { value } = await elapsing(submitTo(extend, 8, { settleSeconds: 1 }));
		expectEachOnce(value, extend, 8);
		expect(itemsIn(value.rejected)).toEqual([6]);
	});
});

describe('a 404', () => {
	const refusing = () => new ExtendInMemory(() => status(404, 'Not found'));

	it.each([
		['workflow', '/workflows/workflow_a'],
		['version', '/workflows/workflow_a/versions/3'],
	] as const)('is put on the %s only if that is not there', async (what, path) => {
		const extend = refusing();
		extend.missing.add(path);
		const { value } = await elapsing(submitTo(extend, 4, { version: '3' }));
		expect(extend.submissions).toBe(1);
		expect(value.rejected).toMatchObject([{ missing: what, failure: { status: 404 } }]);
		expect(itemsIn(value.rejected)).toEqual(range(0, 4));
	});

	it('is put on single inputs otherwise', async () => {
		const extend = new ExtendInMemory((items) => (items.includes(2) ? status(404) : 'accept'));
		const { value } = await elapsing(submitTo(extend, 4, { version: '3' }));
		expectEachOnce(value, extend, 4);
		expect(itemsIn(value.rejected)).toEqual([2]);
		expect(value.rejected[0]!.missing).toBeUndefined();
		// However many refusals there are, each is asked for once.
		expect(extend.read).toEqual(['/workflows/workflow_a', '/workflows/workflow_a/versions/3']);
	});

	it('in the search for bad inputs ends it if the workflow is gone by then', async () => {
		const extend = new ExtendInMemory((_items, submission) =>
			submission === 1 ? status(400) : status(404),
		);
		extend.missing.add('/workflows/workflow_a');
		const { value } = await elapsing(submitTo(extend, 8));
		expect(itemsIn(value.rejected)).toEqual(range(0, 8));
		expect(value.rejected.some(({ missing }) => missing === 'workflow')).toBe(true);
		expect(extend.submissions).toBeLessThan(5);
	});

	it('is the only status that makes it ask', async () => {
		const extend = new ExtendInMemory(() => status(402));
		const { value } = await elapsing(submitTo(extend, 4));
		expect(extend.read).toEqual([]);
		expect(value.rejected[0]!.missing).toBeUndefined();
	});

	it('is remembered for the workflow and the version that are missing', async () => {
		const extend = refusing();
		const { client } = await openTry(contextOf(extend));
		const check = new WorkflowCheck(client);
		extend.missing.add('/workflows/a%2Fb').add('/workflows/c/versions/draft');
		expect(check.isMissing({ workflowId: 'a/b', version: '' })).toBe(false);
		expect(await check.whatIsMissing({ workflowId: 'a/b', version: '' })).toBe('workflow');
		expect(await check.whatIsMissing({ workflowId: 'a/b', version: '' })).toBe('workflow');
		expect(await check.whatIsMissing({ workflowId: 'c', version: 'draft' })).toBe('version');
		expect(await check.whatIsMissing({ workflowId: 'c', version: '' })).toBeUndefined();
		expect(extend.read).toEqual([
			'/workflows/a%2Fb',
			'/workflows/c',
			'/workflows/c/versions/draft',
			'/workflows/c',
		]);
		expect(check.isMissing({ workflowId: 'a/b', version: '' })).toBe(true);
		expect(check.isMissing({ workflowId: 'c', version: 'draft' })).toBe(true);
		expect(check.isMissing({ workflowId: 'c', version: '' })).toBe(false);
	});

	it('tells nothing where Extend cannot be asked', async () => {
		const extend = refusing();
		extend.mayLook = false;
		const { value } = await elapsing(submitTo(extend, 4, { version: '3' }));
		expect(value.rejected.every(({ missing }) => missing === undefined)).toBe(true);
	});
});
