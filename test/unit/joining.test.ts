import { matchInputs } from '../../nodes/ExtendListRunsByBatch/joining';
import type { JoiningInput } from '../../nodes/ExtendListRunsByBatch/joining';

const input = (itemIndex: number, more: Partial<JoiningInput> = {}): JoiningInput => ({
	itemIndex,
	position: itemIndex,
	fileId: undefined,
	sourceItem: undefined,
	...more,
});

/** Runs of a batch whose inputs were the items 10, 20, 30 and so on. */
const runs = (count: number) =>
	Array.from({ length: count }, (_, index) => ({
		item: (index + 1) * 10,
		of: count,
		fileIds: [`file_${index}`],
	}));

it('matches by position when every run is there, in any order', () => {
	const [a, b, c] = runs(3);
	expect([...matchInputs([input(0), input(1), input(2)], [c!, a!, b!]).values()]).toEqual([
		a,
		b,
		c,
	]);
});

it('matches nothing by position when a run is missing or has no reference', () => {
	const [a, , c] = runs(3);
	expect([...matchInputs([input(0), input(2)], [a!, c!]).values()]).toEqual(['unclear', 'unclear']);
	const foreign = { fileIds: [] };
	expect([...matchInputs([input(0)], [a!, foreign]).values()]).toEqual(['unclear']);
});

it('matches by the item that went in, also when a run is missing', () => {
	const [a, , c] = runs(3);
	const inputs = [10, 20, 30].map((sourceItem, index) => input(index, { sourceItem }));
	expect([...matchInputs(inputs, [a!, c!]).values()]).toEqual([a, 'none', c]);
});

it('matches by file ID, unless several runs have the file', () => {
	const [a, b, c] = runs(3);
	const shared = { ...c!, fileIds: ['file_1'] };
	const inputs = [
		input(0, { fileId: 'file_0', position: undefined }),
		input(1, { fileId: 'file_1', position: undefined }),
	];
	expect([...matchInputs(inputs, [a!, b!]).values()]).toEqual([a, b]);
	expect([...matchInputs(inputs, [a!, b!, shared]).values()]).toEqual([a, 'unclear']);
	const positioned = [input(1, { fileId: 'file_1' }), input(2, { fileId: 'file_1' })];
	expect([...matchInputs(positioned, [a!, b!, shared]).values()]).toEqual([b, shared]);
});

it('says that there is no run when there is none', () => {
	expect([...matchInputs([input(0), input(7)], []).values()]).toEqual(['none', 'none']);
	expect([...matchInputs([input(7)], runs(3)).values()]).toEqual(['none']);
});
