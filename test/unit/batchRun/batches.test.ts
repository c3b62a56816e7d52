import fc from 'fast-check';

import { LARGEST_REQUEST_BYTES, bytesOf, planBatches } from '../../../nodes/submit/batches';
import { LARGEST_BATCH } from '../../../nodes/extend/api/runs';
import { writeRanges } from '../../../nodes/items/words';

interface Settings {
	batchSize: number;
	workflowId: string;
	priority?: number;
}

const anySettings = fc.record<Settings>(
	{
		batchSize: fc.constantFrom(1, 2, 3, 7, LARGEST_BATCH),
		workflowId: fc.constantFrom('workflow_a', 'workflow_b'),
		priority: fc.constantFrom(1, 90),
	},
	{ requiredKeys: ['batchSize', 'workflowId'] },
);

const anyInputs = fc
	.tuple(fc.array(anySettings, { minLength: 1, maxLength: 4 }), fc.boolean())
	.chain(([kinds, isShared]) =>
		fc.array(fc.nat({ max: kinds.length - 1 }), { maxLength: 60 }).map((choices) =>
			choices.map((choice, item) => ({
				item,
				file: { id: 'file_a' },
				// With one object for all alike, or with a copy for each.
				settings: isShared ? kinds[choice]! : { ...kinds[choice]! },
			})),
		),
	);

const keyOf = (settings: Settings) => JSON.stringify(settings);

describe('planBatches', () => {
	test('puts every input into exactly one batch, with inputs of the same settings only', () => {
		fc.assert(
			fc.property(anyInputs, (inputs) => {
				const batches = planBatches<Settings, (typeof inputs)[number]>(inputs);
				const items = batches.flat().map(({ item }) => item);
				expect([...items].sort((a, b) => a - b)).toEqual(inputs.map(({ item }) => item));
				for (const batch of batches) {
					for (const input of batch) expect(input.settings).toEqual(batch[0]!.settings);
				}
			}),
		);
	});

	test('fills each batch of a group but the last, and makes none that is empty', () => {
		fc.assert(
			fc.property(anyInputs, (inputs) => {
				const sizes = new Map<string, number[]>();
				const batches = planBatches<Settings, (typeof inputs)[number]>(inputs);
				for (const batch of batches) {
					const key = keyOf(batch[0]!.settings);
					sizes.set(key, [...(sizes.get(key) ?? []), batch.length]);
				}
				for (const [key, ofGroup] of sizes) {
					const { batchSize } = JSON.parse(key) as Settings;
					const last = ofGroup.pop() ?? 0;
					expect(ofGroup.every((size) => size === batchSize)).toBe(true);
					expect(last).toBeGreaterThan(0);
					expect(last).toBeLessThanOrEqual(batchSize);
				}
			}),
		);
	});

	test('keeps the order of inputs within a group, and groups in order of appearance', () => {
		fc.assert(
			fc.property(anyInputs, (inputs) => {
				const batches = planBatches<Settings, (typeof inputs)[number]>(inputs);
				const wanted = new Map<string, number[]>();
				for (const { item, settings } of inputs) {
					const key = keyOf(settings);
					wanted.set(key, [...(wanted.get(key) ?? []), item]);
				}
				const items = batches.flat().map(({ item }) => item);
				expect(items).toEqual([...wanted.values()].flat());
			}),
		);
	});

	test('cuts 2,500 inputs into two full batches and a half', () => {
		const settings = { batchSize: LARGEST_BATCH };
		const file = { url: 'https://files.example.com/a.pdf' };
		const inputs = Array.from({ length: 2500 }, (_, item) => ({ item, file, settings }));
		expect(planBatches(inputs).map(({ length }) => length)).toEqual([1000, 1000, 500]);
		expect(planBatches([])).toEqual([]);
	});

	const settings = { batchSize: LARGEST_BATCH };

	test('cuts by bytes too, and nothing is lost', () => {
		const texts = fc.array(fc.nat({ max: 3_000_000 }), { maxLength: 12 });
		fc.assert(
			fc.property(texts, (lengths) => {
				const inputs = lengths.map((length, item) => ({
					item,
					settings,
					file: { text: 'x'.repeat(length) },
				}));
				const batches = planBatches<Settings | typeof settings, (typeof inputs)[number]>(inputs);
				expect(batches.flat().map(({ item }) => item)).toEqual(inputs.map(({ item }) => item));
				for (const [index, batch] of batches.entries()) {
					const bytes = batch.map(bytesOf).reduce((total, one) => total + one, 0);
					expect(bytes <= LARGEST_REQUEST_BYTES || batch.length === 1).toBe(true);
					const [next] = batches[index + 1] ?? [];
					const isFull = next === undefined || bytes + bytesOf(next) > LARGEST_REQUEST_BYTES;
					expect(isFull).toBe(true);
				}
			}),
			{ numRuns: 30 },
		);
	});
});

describe('the bound of bytes', () => {
	const settings = { batchSize: LARGEST_BATCH };
	const sized = (bytes: number) => ({ settings, file: { url: 'x'.repeat(bytes - 400) } });
	const cut = (...sizes: number[]) => planBatches(sizes.map(sized)).map((batch) => batch.length);

	test('may be reached, but not passed', () => {
		expect(cut(LARGEST_REQUEST_BYTES - 1000, 1000)).toEqual([2]);
		expect(cut(LARGEST_REQUEST_BYTES - 1000, 1001)).toEqual([1, 1]);
	});

	test('is passed by an input that is larger alone, in a batch of its own', () => {
		const large = LARGEST_REQUEST_BYTES + 1;
		expect(cut(large)).toEqual([1]);
		expect(cut(large, 1000, 1000, large, 1000)).toEqual([1, 2, 1, 1]);
	});
});

/** Reads what `writeRanges` writes. */
function readRanges(text: string): number[] {
	if (text === '') return [];
	return text.split(', ').flatMap((range) => {
		const [from = NaN, to = from] = range.split('–').map(Number);
		return Array.from({ length: to - from + 1 }, (_, index) => from + index);
	});
}

describe('bytesOf', () => {
	test.each([
		['no file', { file: undefined }, 0],
		['a file id', { file: { id: 'file_a' } }, 0],
		['a URL', { file: { url: 'https://a.example' } }, 17],
		['a text', { file: { text: 'größe "a"' } }, 15],
		['metadata', { file: undefined, metadata: { a: 'ö' } }, 10],
		['secrets', { file: undefined, secrets: { a: 'b' } }, 9],
		['both', { file: { url: 'u' }, metadata: { a: 1 }, secrets: { a: 'b' } }, 17],
	])('counts %s', (_case, input, bytes) => {
		expect(bytesOf(input)).toBe(400 + bytes);
	});

	test('is never less than what an input takes as JSON', () => {
		const anyInput = fc.record({
			file: fc.oneof(
				fc.record({ text: fc.string({ unit: 'binary' }) }),
				fc.record({ url: fc.webUrl() }),
				fc.record({ id: fc.string({ maxLength: 40 }) }),
			),
			metadata: fc.dictionary(fc.string(), fc.jsonValue()),
			secrets: fc.dictionary(fc.string(), fc.string()),
		});
		fc.assert(
			fc.property(anyInput, (input) => {
				expect(bytesOf(input)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(input)));
			}),
		);
	});
});

describe('writeRanges', () => {
	test('writes ranges as people do', () => {
		expect(writeRanges([1502, 0, 1, 2, 1500, 1503])).toBe('0–2, 1500, 1502–1503');
		expect(writeRanges([])).toBe('');
	});

	test('names exactly the indexes given, each once, in the fewest ranges', () => {
		fc.assert(
			fc.property(fc.array(fc.nat({ max: 60 })), (indexes) => {
				const text = writeRanges(indexes);
				const sorted = [...new Set(indexes)].sort((a, b) => a - b);
				expect(readRanges(text)).toEqual(sorted);
				const starts = sorted.filter((index) => !sorted.includes(index - 1));
				expect(text === '' ? 0 : text.split(', ').length).toBe(starts.length);
			}),
		);
	});
});
