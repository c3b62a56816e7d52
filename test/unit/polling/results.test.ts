/** Batches with more results than there is room for between polls. */
import { ResultsOfBatch, TOO_LARGE_BATCH } from '../../../nodes/ExtendPollingTrigger/results';
import type { ExtendClient } from '../../../nodes/extend/client/client';
import { answered, scriptedClient } from '../client/scriptedExtend';

const MEGABYTE = 'x'.repeat(1024 * 1024);

let client: ExtendClient;
let calls = 0;

beforeAll(async () => {
	client = await scriptedClient(({ url }) => {
		calls++;
		const id = url.split('/').at(-1) ?? '';
		return answered(200, { id, status: 'PROCESSED', text: MEGABYTE });
	});
});

const resultsOf = (batch: string, inTime = client) =>
	new ResultsOfBatch(inTime, 'full', 'trigger', batch);

afterEach(() => {
	for (const batch of ['a', 'b']) resultsOf(batch).forget();
});

/** Fetches a batch of so many runs, a megabyte each, in a poll that has time for so many calls, or some more that are under way. */
async function poll(batch: string, count: number, most: number, isWholePoll = true) {
	calls = 0;
	const runs = Array.from({ length: count }, (_, index) => ({
		id: `${batch}_${index}`,
		status: 'PROCESSED',
	}));
	const inTime = client.within({ isWanted: () => calls < most });
	return await resultsOf(batch, inTime).of(runs, 0, () => isWholePoll);
}

test('what was fetched is kept for the next poll', async () => {
	expect(await poll('a', 80, 40)).toHaveProperty('failure');
	const left = 80 - calls;
	expect(await poll('a', 80, 1_000)).toHaveProperty('results.length', 80);
	expect(calls).toBe(left);
});

test('where there is no room for all, the next whole poll says of the others that they are too large', async () => {
	expect(await poll('a', 130, 100)).toHaveProperty('failure');
	expect(await poll('a', 130, 10, false)).toHaveProperty('failure');
	const answer = await poll('a', 130, 10);
	if (!('results' in answer)) throw new Error('The batch is not whole');
	expect(answer.results).toHaveLength(130);
	const missing = answer.results.filter(({ text }) => text === undefined);
	expect(missing.length).toBeGreaterThan(0);
	expect(missing.length).toBeLessThanOrEqual(130 - 95 - 10);
	for (const result of missing) {
		expect(result).toMatchObject({ status: 'PROCESSED', failureMessage: TOO_LARGE_BATCH });
	}
});

test('batches do not hold each other up: one gets the room of the others', async () => {
	expect(await poll('a', 95, 50)).toHaveProperty('failure');
	expect(await poll('b', 95, 50)).toHaveProperty('failure');
	const left = 95 - calls;
	expect(await poll('b', 95, 1_000)).toHaveProperty('results.length', 95);
	expect(calls).toBe(left);
});
