import fc from 'fast-check';

import { matchInputs } from '../../../nodes/ExtendListRunsByBatch/collect/joining';
import type {
	JoinableRun,
	JoiningInput,
	Match,
} from '../../../nodes/ExtendListRunsByBatch/collect/joining';

interface Run extends JoinableRun {
	/** The position from which it really is, which the matching must not know. */
	truth: number;
}

/** An item of this node's input, which is of a position of the batch whatever it carries. */
interface Input extends JoiningInput {
	truth: number;
}

/** The runs of a batch whose inputs were the items with these indexes, with a file of their own each. */
function runsOf(items: number[], files = items.map((_, position) => `file_${position}`)): Run[] {
	return items.map((item, truth) => ({
		truth,
		place: { submission: 's', item, of: items.length },
		fileIds: [files[truth]!],
	}));
}

/** What the batch node puts out for these positions; with the files that it submitted, if it knows these. */
function inputsAt(positions: number[], files: Array<string | undefined> = []): Input[] {
	return positions.map((position, itemIndex) => ({
		itemIndex,
		truth: position,
		position,
		fileId: files[position],
	}));
}

/** What became of each input: the position from which its run really is, or why it has none. */
function joined(inputs: Input[], runs: Run[], size?: number): Array<number | 'none' | 'unclear'> {
	const matches = matchInputs(inputs, runs, size);
	return inputs.map(({ itemIndex }) => {
		const match: Match<Run> = matches.get(itemIndex)!;
		return typeof match === 'string' ? match : match.truth;
	});
}

const without = (runs: Run[], ...positions: number[]) =>
	runs.filter(({ truth }) => !positions.includes(truth));

const unreferenced = (runs: Run[]) => runs.map((run) => ({ ...run, place: {} }));

describe('by position', () => {
	const runs = runsOf([10, 20, 30]);

	it('when every run is there, in any order, whatever items are here and how often', () => {
		const shuffled = [runs[2]!, runs[0]!, runs[1]!];
		expect(joined(inputsAt([0, 1, 2]), shuffled)).toEqual([0, 1, 2]);
		expect(joined(inputsAt([2, 0]), shuffled)).toEqual([2, 0]);
		expect(joined(inputsAt([1, 1, 1]), shuffled)).toEqual([1, 1, 1]);
	});

	it('not when a run is missing, because those behind it may have moved up', () => {
		for (const missing of [0, 1, 2]) {
			const rest = without(runs, missing);
			expect(joined(inputsAt([0, 1, 2]), rest)).toEqual(['unclear', 'unclear', 'unclear']);
		}
	});

	it('before the first gap of a batch that begins with the first items', () => {
		expect(joined(inputsAt([0, 1, 2, 3]), without(runsOf([0, 1, 2, 3]), 2))).toEqual([
			0,
			1,
			'unclear',
			'unclear',
		]);
		// Not known to be a gap: perhaps item 2 was not in the batch, and the last run is missing.
		expect(joined(inputsAt([0, 1, 2, 3]), without(runsOf([0, 1, 3, 4]), 3))).toEqual([
			0,
			1,
			'unclear',
			'unclear',
		]);
	});

	it('not when two runs claim the same item', () => {
		const twice = [...runsOf([0, 1, 2]), { ...runsOf([0, 1, 2])[1]!, truth: 99 }];
		expect(joined(inputsAt([0, 1, 2]), twice)).toEqual([0, 'unclear', 2]);
		// As many runs as there should be, but one of them is another's copy.
		const copied = [
			...without(runsOf([0, 1, 3, 5]), 3),
			{ ...runsOf([0, 1, 3, 5])[1]!, truth: 99 },
		];
		expect(joined(inputsAt([0, 1, 2, 3]), copied)).toEqual([0, 'unclear', 'unclear', 'unclear']);
	});

	it('not with references of several requests, or of more runs than there should be', () => {
		const foreign = runs.map((run) =>
			run.truth === 1 ? { ...run, place: { ...run.place, submission: 'other' } } : run,
		);
		expect(joined(inputsAt([0, 1, 2]), foreign)).toEqual(['unclear', 'unclear', 'unclear']);
		const tooMany = runs.map((run) => ({ ...run, place: { ...run.place, of: 2 } }));
		expect(joined(inputsAt([0, 1, 2]), tooMany)).toEqual(['unclear', 'unclear', 'unclear']);
	});

	it('counts a run without a reference as missing', () => {
		const [first, second, third] = runsOf([0, 1, 2]);
		const inputs = inputsAt([0, 1, 2]);
		expect(joined(inputs, [first!, { ...second!, place: {} }, third!])).toEqual([
			0,
			'unclear',
			'unclear',
		]);
		expect(joined(inputs, unreferenced(runs), 3)).toEqual(['unclear', 'unclear', 'unclear']);
	});

	it('never for an item that does not tell its position', () => {
		const item = { ...inputsAt([0])[0]!, position: undefined };
		expect(joined([item], runsOf([0]))).toEqual(['unclear']);
		// Nor by its file, though no other item has it.
		const lost = { ...item, fileId: 'file_2' };
		const others = inputsAt([0, 1, 2], ['a', 'b', 'c']).map((input) => ({
			...input,
			itemIndex: 9,
		}));
		expect(joined([lost, ...others], without(runsOf([10, 20, 30]), 0))[0]).toBe('unclear');
	});

	it('never against the file', () => {
		const files = ['file_0', 'file_1', 'file_2'];
		const inputs = inputsAt([0, 1, 2], files);
		inputs[0]!.position = 1;
		expect(joined(inputs, runs)).toEqual(['unclear', 1, 2]);
		const moved = inputsAt([0, 1], ['file_0', 'file_1']);
		expect(joined(moved, without(runsOf([0, 1], ['file_1', 'x']), 1))).toEqual([
			'unclear',
			'unclear',
		]);
	});

	it('also when a run does not show its files', () => {
		const bare = runs.map((run) => (run.truth === 1 ? { ...run, fileIds: [] } : run));
		expect(joined(inputsAt([0, 1, 2], ['file_0', 'file_1', 'file_2']), bare)).toEqual([0, 1, 2]);
	});

	it('also where Extend shows other ids than those of the files that were submitted', () => {
		const renamed = runs.map((run) => ({ ...run, fileIds: [`other_${run.truth}`] }));
		expect(joined(inputsAt([0, 1, 2], ['a', 'b', 'c']), renamed)).toEqual([0, 1, 2]);
	});

	it('not by the items if an item may have several files', () => {
		const of = 3;
		const runsOfFiles: Run[] = [
			{ truth: 0, place: { submission: 's', item: 0, of, file: 'a' }, fileIds: ['file_a'] },
			{ truth: 1, place: { submission: 's', item: 0, of, file: 'b' }, fileIds: ['file_b'] },
			{ truth: 2, place: { submission: 's', item: 1, of }, fileIds: ['file_c'] },
		];
		const files = ['file_a', 'file_b', 'file_c'];
		expect(joined(inputsAt([0, 1, 2], files), runsOfFiles)).toEqual([0, 1, 2]);
		expect(joined(inputsAt([0, 1, 2], files), without(runsOfFiles, 0))).toEqual(['none', 1, 2]);
		for (const missing of [[0], [1], [0, 1]]) {
			const found = joined(inputsAt([0, 1, 2]), without(runsOfFiles, ...missing));
			expect(found.filter((match) => typeof match === 'number')).toEqual([]);
		}
	});
});

describe('by file', () => {
	const files = ['file_0', 'file_1', 'file_2'];
	const runs = runsOf([10, 20, 30]);

	it('when a run is missing and no other input that is possible has the file', () => {
		expect(joined(inputsAt([0, 1, 2], files), without(runs, 1))).toEqual([0, 'none', 2]);
	});

	it('also a run without a reference among those that have one', () => {
		const bare = runs.map((run) => (run.truth === 1 ? { ...run, place: {} } : run));
		expect(joined(inputsAt([0, 1, 2], files), bare)).toEqual([0, 1, 2]);
		expect(joined(inputsAt([1, 2], files), bare)).toEqual(['unclear', 2]);
	});

	it('not when two inputs have the same file: the run of the other may be the one that is left', () => {
		const shared = ['alice', 'alice', 'file_2'];
		const sharing = runsOf([10, 20, 30], shared);
		for (const missing of [0, 1]) {
			expect(joined(inputsAt([0, 1, 2], shared), without(sharing, missing))).toEqual([
				'unclear',
				'unclear',
				2,
			]);
		}
		expect(joined(inputsAt([0, 1, 2], shared), without(sharing, 2))).toEqual([
			'unclear',
			1,
			'none',
		]);
		expect(joined(inputsAt([0, 1, 2], shared), sharing)).toEqual([0, 1, 2]);
	});

	it('not when the other input with the same file may have been filtered away before', () => {
		expect(joined(inputsAt([0, 2], files), without(runs, 1))).toEqual(['unclear', 'unclear']);
		const first = runsOf([0, 10, 20], files);
		expect(joined(inputsAt([0], files), without(first, 2))).toEqual([0]);
	});

	it('not when an input in question does not say its file', () => {
		expect(joined(inputsAt([0, 1, 2], ['file_0', undefined, 'file_2']), without(runs, 1))).toEqual([
			'unclear',
			'unclear',
			'unclear',
		]);
	});

	it('without references, if the number of runs is known and they are all there', () => {
		const inputs = inputsAt([0, 2], files);
		expect(joined(inputs, unreferenced(runs), 3)).toEqual([0, 2]);
		expect(joined(inputs, unreferenced(runs))).toEqual(['unclear', 'unclear']);
		expect(joined(inputs, unreferenced(without(runs, 1)), 3)).toEqual(['unclear', 'unclear']);
		expect(joined(inputs, unreferenced(runs), 2)).toEqual(['unclear', 'unclear']);
		const shared = unreferenced(runsOf([10, 20, 30], ['file_0', 'file_0', 'file_2']));
		expect(joined(inputs, shared, 3)).toEqual(['unclear', 2]);
		const same = inputsAt([0, 1, 2], ['file_0', 'file_0', 'file_2']);
		expect(joined(same, unreferenced(runs), 3)).toEqual(['unclear', 'unclear', 2]);
	});
});

it('says that there is no run when there can be none', () => {
	expect(joined(inputsAt([0, 7]), [])).toEqual(['none', 'none']);
	expect(joined(inputsAt([7]), runsOf([10, 20, 30]))).toEqual(['none']);
	expect(joined(inputsAt([1]), without(runsOf([0, 1]), 1))).toEqual(['none']);
});

describe('with several files for an item', () => {
	/** Two files of item 0, one of item 1, three of item 4. */
	const fields = ['a', 'b', undefined, 'a', 'b', 'c'];
	const items = [0, 0, 1, 4, 4, 4];
	const runs = runsOf(items).map((run, position): Run => {
		const file = fields[position];
		return file === undefined ? run : { ...run, place: { ...run.place, file } };
	});
	const inputs = (positions: number[]) =>
		inputsAt(positions).map((input) => ({ ...input, field: fields[input.truth] ?? 'a' }));

	it('finds each by its field, when every run is there', () => {
		expect(joined(inputs([0, 1, 2, 3, 4, 5]), [...runs].reverse())).toEqual([0, 1, 2, 3, 4, 5]);
		expect(joined(inputs([4, 1]), runs)).toEqual([4, 1]);
		expect(joined(inputsAt([0, 1, 2, 3]), runs)).toEqual(['unclear', 'unclear', 2, 'unclear']);
	});

	it('finds none of another item in the same field', () => {
		expect(joined(inputs([0, 1, 3]), without(runs, 0))).toEqual(['none', 'unclear', 'unclear']);
		const foreign = inputs([5]).map((input) => ({ ...input, position: 1 }));
		expect(joined(foreign, runs)).toEqual(['none']);
	});

	it('knows that items which are not there may have had several', () => {
		expect(joined(inputsAt([2]), without(runsOf([0, 0, 1]), 0, 1))).toEqual(['unclear']);
	});
});

/** Batches of all kinds, of which some runs are gone or tell nothing, and items of them in any order. */
const situation = fc
	.integer({ min: 1, max: 7 })
	.chain((size) =>
		fc.record({
			items: fc.array(fc.nat(12), { minLength: size, maxLength: size }),
			knowsFields: fc.boolean(),
			files: fc.array(fc.constantFrom('A', 'B', 'C', 'D', undefined), {
				minLength: size,
				maxLength: size,
			}),
			gone: fc.uniqueArray(fc.nat(size - 1), { maxLength: 2 }),
			blank: fc.uniqueArray(fc.nat(size - 1), { maxLength: 1 }),
			copied: fc.array(fc.nat(size - 1), { maxLength: 1 }),
			positions: fc.array(fc.nat(size - 1), { minLength: 1, maxLength: 12 }),
			isReferenced: fc.boolean(),
			isSizeKnown: fc.boolean(),
			order: fc.infiniteStream(fc.nat(100)),
		}),
	)
	.map((parts) => {
		const { files, gone, blank, copied, positions, isReferenced, isSizeKnown, order } = parts;
		const names = files.map((file, position) => file ?? `new_${position}`);
		const items = parts.items.sort((a, b) => a - b);
		// The first file of every item lies in the same field, as in a mailbox.
		const fields = items.map((item, position) => `attachment_${position - items.indexOf(item)}`);
		const isAlone = (item: number) => items.filter((other) => other === item).length === 1;
		const all = runsOf(items, names).map((run, position): Run => {
			const place = { ...run.place, file: fields[position]! };
			return isAlone(items[position]!) ? run : { ...run, place };
		});
		const present = [...without(all, ...gone), ...copied.map((position) => all[position]!)];
		const runs = present
			.map((run) => (blank.includes(run.truth) || !isReferenced ? { ...run, place: {} } : run))
			.map((run) => ({ run, key: order.next().value as number }))
			.sort((a, b) => a.key - b.key)
			.map(({ run }) => run);
		return {
			inputs: inputsAt(positions, files).map((input) =>
				parts.knowsFields ? { ...input, field: fields[input.truth]! } : input,
			),
			runs,
			size: isSizeKnown ? items.length : undefined,
			isWhole:
				isReferenced &&
				(parts.knowsFields || items.every(isAlone)) &&
				gone.length + blank.length + copied.length === 0,
			// A copy in the place of a missing run cannot be noticed without references.
			isBeyondNotice: !isReferenced && copied.length > 0,
		};
	});

it('never gives an input the run of another, and gives each its own when all are there', () => {
	fc.assert(
		fc.property(situation, ({ inputs, runs, size, isWhole, isBeyondNotice }) => {
			fc.pre(!isBeyondNotice);
			const truths = new Set(runs.map(({ truth }) => truth));
			const wrong = joined(inputs, runs, size).filter((match, index) => {
				const own = inputs[index]!.truth;
				if (match === 'none') return truths.has(own);
				return match === 'unclear' ? isWhole : match !== own;
			});
			expect(wrong).toEqual([]);
		}),
		{ numRuns: 3000 },
	);
});
