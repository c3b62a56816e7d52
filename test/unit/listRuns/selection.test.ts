import fc from 'fast-check';

import { selectRuns } from '../../../nodes/ExtendListRunsByBatch/collect/selection';
import type { WorkflowRunSummary } from '../../../nodes/extend/api/types';

const ALL = {
	limit: null,
	statuses: [],
	fileNameContains: '',
	sortBy: 'createdAt',
	sortDirection: 'asc',
} as const;

const run = (id: string, more: Partial<WorkflowRunSummary> = {}): WorkflowRunSummary => ({
	id,
	status: 'PROCESSED',
	...more,
});

const named = (...names: Array<string | null>) =>
	names.map((name, index) => run(`run_${index}`, { files: [{ name }] }));

const idsOf = (runs: WorkflowRunSummary[]) => runs.map(({ id }) => id);

it('gives the same order and the same first ones, in whatever order Extend lists the runs', () => {
	const time = fc.constantFrom('2026-11-25T10:00:00.000Z', '2026-11-25T10:00:00.001Z', null);
	const name = fc.constantFrom('a2.pdf', 'a10.pdf', 'ä.pdf', null);
	const list = fc
		.uniqueArray(fc.integer({ min: 0, max: 50 }), { maxLength: 12 })
		.chain((ids) =>
			fc.tuple(
				...ids.map((id) =>
					fc
						.record({ createdAt: time, updatedAt: time, name })
						.map(({ name: file, ...times }) =>
							run(`run_${id}`, { ...times, files: [{ name: file }] }),
						),
				),
			),
		)
		.chain((runs) =>
			fc.tuple(fc.constant(runs), fc.shuffledSubarray(runs, { minLength: runs.length })),
		);
	const settings = fc.record({
		sortBy: fc.constantFrom('createdAt', 'updatedAt', 'fileName'),
		sortDirection: fc.constantFrom('asc', 'desc'),
		limit: fc.option(fc.nat(12)),
	});
	fc.assert(
		fc.property(list, settings, ([runs, shuffled], chosen) => {
			const one = selectRuns(runs, { ...ALL, ...chosen });
			expect(idsOf(selectRuns(shuffled, { ...ALL, ...chosen }))).toEqual(idsOf(one));
		}),
	);
});

it('sorts by creation, and by id where that is the same', () => {
	const runs = [
		run('b', { createdAt: '2026-11-25T10:00:00.000Z' }),
		run('c', { createdAt: '2026-11-25T09:00:00.000Z' }),
		run('a', { createdAt: '2026-11-25T10:00:00.000Z' }),
	];
	expect(idsOf(selectRuns(runs, ALL))).toEqual(['c', 'a', 'b']);
	expect(idsOf(selectRuns(runs, { ...ALL, sortDirection: 'desc' }))).toEqual(['a', 'b', 'c']);
});

it('sorts file names as people number them', () => {
	const runs = named('page 10.pdf', 'page 9.pdf', null);
	expect(idsOf(selectRuns(runs, { ...ALL, sortBy: 'fileName' }))).toEqual([
		'run_2',
		'run_1',
		'run_0',
	]);
});

it.each([
	['an accent of its own', 'Müller', 'mu\u0308ller.pdf'],
	['an accent put together', 'mu\u0308ll', 'MÜLLER.PDF'],
	['a name from a Mac', 'cafe\u0301 été', 'Café E\u0301te\u0301.pdf'],
	['Hangul in parts', '한글', '\u1112\u1161\u11ab\u1100\u1173\u11af.pdf'],
	['a final sigma', 'ΟΔΟΣ', 'οδος 1.pdf'],
	['a sharp s', 'STRASSE', 'Straße 1.pdf'],
	['a ligature', 'file', 'ﬁle.pdf'],
	['a space that is none', 'Screenshot 10 AM', 'screenshot 10\u202fam.png'],
])('finds a file name in any spelling: %s', (_what, fileNameContains, name) => {
	const found = selectRuns(named('other.pdf', name, null), { ...ALL, fileNameContains });
	expect(idsOf(found)).toEqual(['run_1']);
});

it('looks at all files of a run, and lets only one of the statuses through', () => {
	const runs = [
		run('run_0', { status: 'FAILED', files: [{ name: 'a' }, { name: 'wanted' }] }),
		run('run_1', { files: [{ name: 'wanted' }] }),
		run('run_2', { status: 'FAILED', files: null }),
	];
	const chosen = { ...ALL, statuses: ['FAILED', 'REJECTED'], fileNameContains: 'WANT' };
	expect(idsOf(selectRuns(runs, chosen))).toEqual(['run_0']);
});
