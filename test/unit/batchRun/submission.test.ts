import fc from 'fast-check';

import { ExtendInMemory, expectEachOnce, itemsIn, range, submitTo } from './extendInMemory';
import type { Verdict } from './extendInMemory';

describe('a refusal that concerns all inputs', () => {
	test.each([401, 402, 403, 410])('ends the search at once: HTTP %d', async (status) => {
		await fc.assert(
			fc.asyncProperty(fc.integer({ min: 2, max: 11 }), fc.boolean(), async (at, isJob) => {
				const extend = new ExtendInMemory((items, submission) => {
					if (submission >= at) return { status, message: 'No' };
					return items.includes(333) ? { status: 400, message: 'No' } : 'accept';
				});
				const result = await submitTo(extend, 1000, {}, isJob ? status : undefined);
				expectEachOnce(result, extend, 1000);
				// Outside of a job, the rest is sent once more; in a job, no call is wanted any more.
				expect(extend.submissions).toBeLessThanOrEqual(isJob ? at : at + 1);
				expect(result.rejected.some(({ failure }) => failure.status === status)).toBe(true);
			}),
			{ numRuns: 20 },
		);
	});

	test('is not searched if the very first submission ends so', async () => {
		const extend = new ExtendInMemory(() => ({ status: 401, message: 'inputs[3]: No' }));
		const { rejected } = await submitTo(extend, 1000);
		expect(extend.submissions).toBe(1);
		expect(rejected).toHaveLength(1);
	});
});

describe('a batch that is too large', () => {
	test('is cut until it fits, and nothing is lost', async () => {
		const sizes = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 5, max: 1000 }));
		await fc.assert(
			fc.asyncProperty(sizes, async ([count, largest]) => {
				const extend = new ExtendInMemory((items) =>
					items.length > largest ? { status: 413, message: 'Too large' } : 'accept',
				);
				const result = await submitTo(extend, count);
				expect(result.rejected).toEqual([]);
				expectEachOnce(result, extend, count);
				expect(result.accepted.flatMap(({ inputs }) => inputs.map((i) => i.itemIndex))).toEqual(
					range(0, count),
				);
			}),
			{ numRuns: 40 },
		);
	});

	test('is rejected if it has a single input', async () => {
		const extend = new ExtendInMemory(() => ({ status: 413, message: 'Too large' }));
		const { accepted, rejected } = await submitTo(extend, 4);
		expect(accepted).toEqual([]);
		expect(itemsIn(rejected)).toEqual(range(0, 4));
		expect(rejected).toHaveLength(4);
	});
});

describe('answers that are lost', () => {
	test('cost no input and double none, in the middle of a search too', async () => {
		const fates = fc.array(fc.constantFrom('lostBefore', 'lostAfter', 'fine'), { maxLength: 40 });
		const bad = fc.uniqueArray(fc.nat({ max: 99 }), { maxLength: 3 });
		await fc.assert(
			fc.asyncProperty(fates, bad, async (script, badItems) => {
				// Four answers in a row may be lost; after the fifth the node would stop.
				let inARow = 0;
				const extend = new ExtendInMemory((items, submission) => {
					const fate = script[submission - 1] ?? 'fine';
					const isBad = items.some((item) => badItems.includes(item));
					inARow = fate === 'fine' ? 0 : inARow + 1;
					if (fate !== 'fine' && inARow < 5) {
						return isBad || fate === 'lostBefore' ? 'lostBefore' : 'lostAfter';
					}
					return isBad ? { status: 422, message: 'No' } : 'accept';
				});
				const result = await submitTo(extend, 100);
				expectEachOnce(result, extend, 100);
				expect(itemsIn(result.rejected)).toEqual([...badItems].sort((a, b) => a - b));
			}),
			{ numRuns: 60 },
		);
	});

	test.each([
		['agree', 0, 0],
		['are the same, but a proxy that is half a minute ahead names the date', 30_000, 0],
		['of what creates runs is half a minute behind', 0, -30_000],
		['are both hours behind', -9e6, -9e6],
		['are both a day ahead', 9e7, 9e7],
		['are hours apart and no answer names the date', NaN, -9e6],
	])('are found if the clocks %s', async (_case, header, creation) => {
		const extend = new ExtendInMemory((_items, submission) =>
			submission === 1 ? 'lostAfter' : 'accept',
		);
		Object.assign(extend.clock, { header, creation });
		const result = await submitTo(extend, 10);
		expect(extend.submissions).toBe(1);
		expectEachOnce(result, extend, 10);
	});

	test('leave an unknown outcome if the node is told to stop then, or cannot look', async () => {
		const cases = [
			{ settings: { onUnknownOutcome: 'fail' }, mayLook: true },
			{ settings: { reference: false }, mayLook: true },
			{ settings: {}, mayLook: false },
		] as const;
		for (const { settings, mayLook } of cases) {
			const extend = new ExtendInMemory(() => 'lostBefore', mayLook);
			const { accepted, rejected, journal } = await submitTo(extend, 10, settings);
			expect(journal.open).toHaveLength(1);
			expect(extend.submissions).toBe(1);
			expect(accepted).toEqual([]);
			expect(rejected).toHaveLength(1);
			expect(rejected[0]?.failure.kind).toBe('unknown');
		}
	});
});

describe('a batch with bad inputs', () => {
	const refusing = (bad: number[]) =>
		new ExtendInMemory((items): Verdict => {
			const found = items.filter((item) => bad.includes(item));
			return found.length === 0 ? 'accept' : { status: 400, message: `Bad: ${found.join()}.` };
		});

	test('is submitted without them, each with the refusal that it got alone', async () => {
		const extend = refusing([3, 17]);
		const result = await submitTo(extend, 30);
		expectEachOnce(result, extend, 30);
		expect(
			result.rejected.map(({ inputs, failure }) => [itemsIn([{ inputs }]), failure.message]),
		).toEqual([
			[[3], 'Bad: 3.'],
			[[17], 'Bad: 17.'],
		]);
		for (const { inputs, positions, size, batchId } of result.accepted) {
			const batch = extend.batches.find((candidate) => candidate.batchId === batchId)!;
			expect(size).toBe(batch.items.length);
			expect(inputs.map((_, index) => batch.items[positions[index]!])).toEqual(
				inputs.map(({ itemIndex }) => itemIndex),
			);
		}
	});

	test('is searched to the last of them, if all are bad', async () => {
		const extend = refusing(range(0, 40));
		const result = await submitTo(extend, 40);
		expectEachOnce(result, extend, 40);
		expect(result.rejected.map(({ inputs }) => inputs.length)).toEqual(Array(40).fill(1));
	});

	test('is not searched for them if that is not wanted, or if it has one input', async () => {
		const extend = refusing([0]);
		const { rejected } = await submitTo(extend, 30, { isolateBadInputs: false });
		expect(extend.submissions).toBe(1);
		expect(itemsIn(rejected)).toEqual(range(0, 30));
		await submitTo(extend, 1);
		expect(extend.submissions).toBe(2);
	});
});
