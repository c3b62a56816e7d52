import { openStatuses, standingOf } from '../../../nodes/extend/runs/standing';
import type { Sighting } from '../../../nodes/extend/runs/standing';

const seen = (more: Partial<Sighting>): Sighting => ({
	statuses: ['PROCESSED', 'FAILED'],
	size: 2,
	isSeen: true,
	restingMs: 0,
	reviewCountsAsFinished: true,
	...more,
});

test.each<[string, Partial<Sighting>, string]>([
	['whole and at rest', {}, 'finished'],
	['with more runs than it should have', { size: 1 }, 'finished'],
	['with an open run', { statuses: ['PROCESSED', 'PROCESSING'], restingMs: 1e9 }, 'unfinished'],
	[
		'of unknown size, at rest for less than 10 s',
		{ size: undefined, restingMs: 9_999 },
		'unfinished',
	],
	['of unknown size, at rest for 10 s', { size: undefined, restingMs: 10_000 }, 'finished'],
	['too short, at rest for less than 5 minutes', { size: 3, restingMs: 299_999 }, 'unfinished'],
	['too short, at rest for 5 minutes', { size: 3, restingMs: 300_000 }, 'finished'],
	[
		'never seen, for less than 5 minutes',
		{ statuses: [], isSeen: false, restingMs: 299_999 },
		'unfinished',
	],
	['never seen, for 5 minutes', { statuses: [], isSeen: false, restingMs: 300_000 }, 'unseen'],
	['gone after it was seen', { statuses: [], restingMs: 300_000 }, 'finished'],
	['in review', { statuses: ['PROCESSED', 'NEEDS_REVIEW'] }, 'finished'],
	[
		'in review, which is to be waited for',
		{ statuses: ['PROCESSED', 'NEEDS_REVIEW'], reviewCountsAsFinished: false },
		'unfinished',
	],
])('a batch %s', (_what, more, expected) => {
	expect(standingOf(seen(more))).toBe(expected);
});

test('a batch gets rid of open statuses in their order', () => {
	expect(openStatuses(true)).toEqual(['PENDING', 'PROCESSING', 'CANCELLING']);
	expect(openStatuses(false)).toEqual(['PENDING', 'NEEDS_REVIEW', 'PROCESSING', 'CANCELLING']);
});
