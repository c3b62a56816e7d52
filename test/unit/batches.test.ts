import fc from 'fast-check';

import { LARGEST_BATCH, planBatches, writeRanges } from '../../nodes/extend/batches';

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
				const items = batches.flatMap((batch) => batch.inputs.map(({ item }) => item));
				expect([...items].sort((a, b) => a - b)).toEqual(inputs.map(({ item }) => item));
				for (const { settings, inputs: ofBatch } of batches) {
					for (const input of ofBatch) expect(input.settings).toEqual(settings);
				}
			}),
		);
	});

	test('fills each batch of a group but the last, and makes none that is empty', () => {
		fc.assert(
			fc.property(anyInputs, (inputs) => {
				const sizes = new Map<string, number[]>();
				const batches = planBatches<Settings, (typeof inputs)[number]>(inputs);
				for (const { settings, inputs: ofBatch } of batches) {
					const key = keyOf(settings);
					sizes.set(key, [...(sizes.get(key) ?? []), ofBatch.length]);
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
				const items = batches.flatMap((batch) => batch.inputs.map(({ item }) => item));
				expect(items).toEqual([...wanted.values()].flat());
			}),
		);
	});

	test('cuts 2,500 inputs into two full batches and a half', () => {
		const settings = { batchSize: LARGEST_BATCH };
		const inputs = Array.from({ length: 2500 }, (_, item) => ({ item, settings }));
		expect(planBatches(inputs).map((batch) => batch.inputs.length)).toEqual([1000, 1000, 500]);
		expect(planBatches([])).toEqual([]);
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
