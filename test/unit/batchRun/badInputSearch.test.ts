import fc from 'fast-check';

import {
	ExtendInMemory,
	documentOf,
	expectEachOnce,
	itemsIn,
	range,
	submitTo,
} from './extendInMemory';
import type { Verdict } from './extendInMemory';

/** How a refusal names bad items: `bad` are those of the submission `items`. */
type Naming = (bad: number[], items: number[]) => string;

const namesNone: Naming = () => 'One or more inputs could not be processed';

const namesFirst: Naming = (bad, items) => `inputs[${items.indexOf(bad[0]!)}].file: Unreachable`;

const namesAll: Naming = (bad, items) =>
	bad.map((item) => `inputs[${items.indexOf(item)}].file: Unreachable`).join('; ');

const namesAddress: Naming = (bad) => `File could not be downloaded: ${documentOf(bad[0]!)}`;

/** Takes batches without bad items only. */
function refusing(bad: ReadonlySet<number>, write: Naming = namesNone) {
	return new ExtendInMemory((items): Verdict => {
		const found = items.filter((item) => bad.has(item));
		return found.length === 0 ? 'accept' : { status: 400, message: write(found, items) };
	});
}

/** Submits 1,000 inputs, and tells how many submissions that took and what became of them. */
async function search(bad: number[], write?: Naming, count = 1000) {
	const extend = refusing(new Set(bad), write);
	const result = await submitTo(extend, count);
	return { ...result, extend, submissions: extend.submissions };
}

const anyBadAmong = (most: number) =>
	fc
		.integer({ min: 1, max: 1000 })
		.chain((count) =>
			fc.tuple(
				fc.constant(count),
				fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: Math.min(most, count) }),
			),
		);

describe('the search for bad inputs', () => {
	test.each<[string, Naming, number]>([
		['names none', namesNone, 3],
		['names the first', namesFirst, 12],
		['names all', namesAll, 30],
		['names the address of the first', namesAddress, 12],
	])('accepts the good and rejects the bad, if a refusal %s', async (_case, write, most) => {
		await fc.assert(
			fc.asyncProperty(anyBadAmong(most), async ([count, bad]) => {
				const { extend, ...result } = await search(bad, write, count);
				expectEachOnce(result, extend, count);
				expect(itemsIn(result.rejected)).toEqual([...bad].sort((a, b) => a - b));
				for (const { inputs, searchGivenUp } of result.rejected) {
					expect(inputs).toHaveLength(1);
					expect(searchGivenUp).not.toBe(true);
				}
			}),
			{ numRuns: 60 },
		);
	});

	test('gives each bad input the refusal that it got alone', async () => {
		const { rejected } = await search([3, 700], (bad) => `Unreadable: ${bad.join(' and ')}.`);
		const messages = rejected.map(({ inputs, failure }) => [inputs[0]?.itemIndex, failure.message]);
		expect(messages).toEqual([
			[3, 'Unreadable: 3.'],
			[700, 'Unreadable: 700.'],
		]);
	});

	test('finds one bad input among 1,000 with at most 25 submissions, wherever it lies', async () => {
		let most = 0;
		for (const position of [...range(0, 8), ...range(490, 510), ...range(990, 1000), 123, 876]) {
			const { submissions, rejected } = await search([position]);
			expect(itemsIn(rejected)).toEqual([position]);
			most = Math.max(most, submissions);
		}
		expect(most).toBeLessThanOrEqual(25);
		process.stdout.write(`One bad input among 1,000: at most ${most} submissions.\n`);
	});

	test('finds ten scattered among 1,000 with at most 120 submissions', async () => {
		let most = 0;
		const spread = fc
			.tuple(...range(0, 10).map(() => fc.nat({ max: 99 })))
			.map((offsets) => offsets.map((offset, index) => 100 * index + offset));
		const anywhere = fc
			.uniqueArray(fc.noBias(fc.nat({ max: 999 })), { minLength: 10, maxLength: 10 })
			.map((items) => items.sort((a, b) => a - b));
		await fc.assert(
			fc.asyncProperty(fc.oneof(spread, anywhere), async (bad) => {
				const { submissions, rejected } = await search(bad);
				expect(itemsIn(rejected)).toEqual(bad);
				most = Math.max(most, submissions);
				expect(submissions).toBeLessThanOrEqual(120);
			}),
			{ numRuns: 150 },
		);
		process.stdout.write(`Ten bad inputs among 1,000: at most ${most} submissions.\n`);
	});

	test('needs two submissions and one for each bad input if all positions are named', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.uniqueArray(fc.nat({ max: 999 }), { minLength: 1, maxLength: 40 }),
				async (bad) => {
					expect((await search(bad, namesAll)).submissions).toBe(2 + bad.length);
				},
			),
			{ numRuns: 30 },
		);
	});

	test('needs two submissions for each bad input if one position is named at a time', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.uniqueArray(fc.nat({ max: 999 }), { minLength: 1, maxLength: 15 }),
				async (bad) => {
					expect((await search(bad, namesFirst)).submissions).toBe(1 + 2 * bad.length);
				},
			),
			{ numRuns: 30 },
		);
	});

	test('blames nobody on a wrong position', async () => {
		const countsFromOne: Naming = (bad, items) => `inputs[${items.indexOf(bad[0]!) + 1}]: No`;
		const { extend, ...result } = await search([2], countsFromOne, 6);
		expect(itemsIn(result.rejected)).toEqual([2]);
		expectEachOnce(result, extend, 6);
	});

	test.each<[string, (items: number[]) => boolean]>([
		['two that do not go together', (items) => items.includes(3) && items.includes(700)],
		['more than 600', (items) => items.length > 600],
	])('blames nobody for %s', async (_case, isRefused) => {
		const extend = new ExtendInMemory((items) =>
			isRefused(items) ? { status: 400, message: 'No' } : 'accept',
		);
		const result = await submitTo(extend, 1000);
		expect(result.rejected).toEqual([]);
		expectEachOnce(result, extend, 1000);
	});

	test.each<[string, Naming]>([
		['names none', namesNone],
		['names the first', namesFirst],
		['names all', namesAll],
	])('gives up soon if all of 1,000 are bad and a refusal %s', async (_case, write) => {
		const { extend, submissions, ...result } = await search(range(0, 1000), write);
		expectEachOnce(result, extend, 1000);
		expect(result.accepted).toEqual([]);
		expect(submissions).toBeLessThanOrEqual(125);
		const together = result.rejected.filter(({ inputs }) => inputs.length > 1);
		expect(together.length).toBeGreaterThan(0);
		for (const { searchGivenUp, failure } of together) {
			expect(searchGivenUp).toBe(true);
			expect(failure.status).toBe(400);
		}
	});

	test('stays within its budget and accounts for each, however many are bad', async () => {
		const shares = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 100 }));
		await fc.assert(
			fc.asyncProperty(shares, fc.nat({ max: 99 }), async ([count, percent], offset) => {
				const bad = range(0, count).filter((item) => (item * 61 + offset) % 100 < percent);
				const { extend, submissions, ...result } = await search(bad, namesNone, count);
				expectEachOnce(result, extend, count);
				expect(submissions).toBeLessThanOrEqual(410);
				const found = result.rejected.filter(({ searchGivenUp }) => searchGivenUp !== true);
				expect(bad).toEqual(expect.arrayContaining(itemsIn(found)));
			}),
			{ numRuns: 60 },
		);
	});

	test('does not search if it is not wanted', async () => {
		const extend = refusing(new Set([3]));
		const { accepted, rejected } = await submitTo(extend, 1000, { isolateBadInputs: false });
		expect(extend.submissions).toBe(1);
		expect(accepted).toEqual([]);
		expect(itemsIn(rejected)).toEqual(range(0, 1000));
	});
});

async function searchFor(bad: number[], write: Naming) {
	const extend = new ExtendInMemory((items): Verdict => {
		const found = items.filter((item) => bad.includes(item));
		return found.length === 0 ? 'accept' : { status: 400, message: write(found, items) };
	});
	const { accepted, rejected } = await submitTo(extend, 1000);
	const rejectedItems = itemsIn(rejected);
	return { accepted: itemsIn(accepted), rejected: rejectedItems, submissions: extend.submissions };
}

describe('the search for bad inputs, led astray or not', () => {
	test.each([4, 6, 10, 15])('finds the first %d of 1,000', async (count) => {
		expect((await searchFor(range(0, count), namesNone)).rejected).toEqual(range(0, count));
	});

	test('finds bad ones at both ends', async () => {
		const bad = [...range(0, 5), ...range(995, 1000)];
		expect((await searchFor(bad, namesNone)).rejected).toEqual(bad);
	});

	test.each([21, 30, 45])('finds %d that are named one at a time', async (count) => {
		const bad = range(0, count).map((index) => 22 * index);
		expect((await searchFor(bad, namesFirst)).rejected).toEqual(bad);
	});

	test.each<[string, Naming]>([
		['counted from 1', (bad, items) => `inputs[${items.indexOf(bad[0]!) + 1}] could not be read`],
		['that are none', () => 'Invalid inputs. 2 files could not be read'],
	])('is not led astray by positions %s', async (_case, write) => {
		for (const bad of [[0], [7, 400, 900], [998]]) {
			const { rejected, submissions } = await searchFor(bad, write);
			expect(rejected).toEqual(bad);
			expect(submissions).toBeLessThanOrEqual(45);
		}
	});
});
