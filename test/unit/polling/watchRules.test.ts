/** What the list of changed runs means for a trigger, one rule at a time. */
import type { WorkflowRunSummary } from '../../../nodes/extend/api/types';
import { isWatched, Watch } from '../../../nodes/ExtendPollingTrigger/watch/watch';
import type { WatchSettings } from '../../../nodes/ExtendPollingTrigger/watch/watch';

const BEGIN = Date.UTC(2026, 3, 28);
const MINUTE = 60_000;

const iso = (time: number) => new Date(time).toISOString();

/** A run that ended, so many minutes after the beginning. */
const ended = (id: string, minute: number, more: Partial<WorkflowRunSummary> = {}) => ({
	id,
	status: 'PROCESSED',
	batchId: 'batch_1',
	workflow: { id: 'workflow_a' } as WorkflowRunSummary['workflow'],
	createdAt: iso(BEGIN + minute * MINUTE - 1_000),
	updatedAt: iso(BEGIN + minute * MINUTE),
	endTime: iso(BEGIN + minute * MINUTE),
	...more,
});

const open = (id: string, minute: number, more: Partial<WorkflowRunSummary> = {}) =>
	ended(id, minute, { status: 'PROCESSING', endTime: null, ...more });

const settings = (more: Partial<WatchSettings> = {}): WatchSettings => ({
	event: 'run.finished',
	workflows: [],
	batchIds: [],
	statuses: [],
	reviewCountsAsFinished: true,
	...more,
});

const FIRST = ended('first', 0, { batchId: 'batch_0' });

/** Watches from the first run on, and takes in runs at a minute. */
function watching(runs: WorkflowRunSummary[], minute: number, more: Partial<WatchSettings> = {}) {
	const watch = Watch.begin([FIRST], settings(more), BEGIN);
	watch.takePage([...runs, FIRST], undefined, BEGIN + minute * MINUTE);
	return watch;
}

const owedTo = (watch: Watch) => watch.owed.map(({ id, status }) => `${id} ${status}`);

const dueTo = (watch: Watch, minute: number) =>
	watch.due(BEGIN + minute * MINUTE).map(({ id }) => id);

/** As n8n keeps it until the next poll. */
const resumed = (watch: Watch, more: Partial<WatchSettings> = {}) =>
	Watch.resume(JSON.parse(JSON.stringify(watch.state)) as Watch['state'], settings(more));

test.each<[string, Partial<WatchSettings>, Partial<WorkflowRunSummary>, boolean]>([
	['any', {}, {}, true],
	['of a chosen workflow', { workflows: ['workflow_b', 'workflow_a'] }, {}, true],
	['of another workflow', { workflows: ['workflow_b'] }, {}, false],
	['of no workflow', { workflows: ['workflow_b'] }, { workflow: undefined }, false],
	['of a chosen batch', { batchIds: ['batch_1'] }, {}, true],
	['of another batch', { batchIds: ['batch_2'] }, {}, false],
	['of no batch', { batchIds: ['batch_2'] }, { batchId: null }, false],
])('a run is watched: %s', (_what, wanted, run, expected) => {
	expect(isWatched(ended('run', 1, run), settings(wanted))).toBe(expected);
	expect(owedTo(watching([ended('run', 1, run)], 1, wanted))).toHaveLength(expected ? 1 : 0);
});

describe('a run', () => {
	it('is owed once it is at rest, until it is settled, and then never again', () => {
		let watch = watching([ended('b', 2), open('a', 1)], 2);
		expect(watch.owed).toEqual([{ id: 'b', status: 'PROCESSED', since: BEGIN + 2 * MINUTE }]);
		watch = resumed(watch);
		expect(watch.takePage([ended('a', 3), ended('b', 2)], undefined, BEGIN + 3 * MINUTE)).toBe(
			true,
		);
		expect(watch.owed.map(({ id, since }) => [id, since - BEGIN])).toEqual([
			['b', 2 * MINUTE],
			['a', 3 * MINUTE],
		]);
		for (const run of watch.owed) watch.settleRun(run);
		watch = resumed(watch);
		watch.takePage([ended('a', 3), ended('b', 2)], undefined, BEGIN + 3 * MINUTE);
		expect(watch.owed).toEqual([]);
	});

	it('is not owed if it was at rest when watching began', () => {
		const watch = Watch.begin([FIRST], settings(), BEGIN);
		watch.takePage([FIRST], undefined, BEGIN);
		expect(watch.owed).toEqual([]);
	});

	it('that was open when watching began is owed when it ends', () => {
		const watch = Watch.begin([open('a', 0), FIRST], settings(), BEGIN);
		expect(watch.owed).toEqual([]);
		watch.takePage([ended('a', 1)], undefined, BEGIN + MINUTE);
		expect(owedTo(watch)).toEqual(['a PROCESSED']);
	});

	it('counts with a status that was chosen only', () => {
		const runs = [ended('a', 1, { status: 'FAILED' }), ended('b', 1)];
		expect(owedTo(watching(runs, 1, { statuses: ['FAILED'] }))).toEqual(['a FAILED']);
	});

	it('in review counts if it is to, and once more when it goes on', () => {
		const review = ended('a', 1, { status: 'NEEDS_REVIEW', endTime: null });
		expect(owedTo(watching([review], 1, { reviewCountsAsFinished: false }))).toEqual([]);
		const watch = watching([review], 1);
		expect(owedTo(watch)).toEqual(['a NEEDS_REVIEW']);
		for (const run of watch.owed) watch.settleRun(run);
		const approved = { reviewedAt: iso(BEGIN + 2 * MINUTE) };
		watch.takePage([open('a', 2, approved)], undefined, BEGIN + 2 * MINUTE);
		expect(owedTo(watch)).toEqual([]);
		watch.takePage([ended('a', 3, approved)], undefined, BEGIN + 3 * MINUTE);
		expect(owedTo(watch)).toEqual(['a PROCESSED']);
	});

	it('of which only something else was changed does not count', () => {
		const touched = ended('a', 90, { endTime: iso(BEGIN - 2 * MINUTE) });
		expect(owedTo(watching([touched], 90))).toEqual([]);
	});

	it('is one too many where a thousand are owed', () => {
		const many = Array.from({ length: 1_000 }, (_, index) => ended(`run_${index}`, 1));
		expect(watching(many.slice(1), 1).isFull).toBe(false);
		expect(watching(many, 1).isFull).toBe(true);
	});

	it('is of no use to who watches batches', () => {
		const watch = watching([ended('a', 1)], 1);
		expect(resumed(watch, { event: 'batch.finished' }).owed).toEqual([]);
		const ofBatches = watching([open('a', 1)], 1, { event: 'batch.finished' });
		expect(ofBatches.owed).toEqual([]);
		expect(ofBatches.state.batches).toHaveLength(1);
		expect(resumed(ofBatches).state.batches).toEqual([]);
	});
});

describe('a list of several pages', () => {
	it('goes on where it stopped, in the next poll too', () => {
		const watch = Watch.begin([FIRST], settings(), BEGIN);
		expect(watch.token).toBeUndefined();
		expect(watch.takePage([ended('b', 2)], 'two', BEGIN + 2 * MINUTE)).toBe(false);
		const next = resumed(watch);
		expect(next.token).toBe('two');
		expect(next.takePage([ended('a', 1), FIRST], undefined, BEGIN + 3 * MINUTE)).toBe(true);
		expect(next.token).toBeUndefined();
		expect(owedTo(next)).toEqual(['b PROCESSED', 'a PROCESSED']);
		// The first run may be met again, too.
		expect(next.state.met).toEqual({ before: 3, now: 0 });
	});

	it('is gone through from the top when its place is lost, without what was taken in', () => {
		const watch = Watch.begin([FIRST], settings(), BEGIN);
		watch.takePage([ended('d', 40), ended('c', 30)], 'two', BEGIN + 40 * MINUTE);
		for (const run of watch.owed) watch.settleRun(run);
		watch.losePlace();
		const next = resumed(watch);
		expect(next.token).toBeUndefined();
		next.takePage(
			[ended('e', 50), ended('d', 40), ended('c', 30), ended('b', 20)],
			undefined,
			BEGIN + 50 * MINUTE,
		);
		expect(owedTo(next)).toEqual(['e PROCESSED', 'b PROCESSED']);
	});
});

describe('a batch', () => {
	const ofBatches = { event: 'batch.finished' } as const;

	it('is asked about when its last known run is at rest, and settled for good', () => {
		let watch = watching([ended('b', 1), open('a', 1)], 1, ofBatches);
		expect(dueTo(watch, 1)).toEqual([]);
		watch = resumed(watch, ofBatches);
		watch.takePage([ended('a', 2)], undefined, BEGIN + 2 * MINUTE);
		expect(dueTo(watch, 2)).toEqual(['batch_1']);
		expect(watch.seeBatch('batch_1', [ended('a', 2), ended('b', 1)], 2, BEGIN + 2 * MINUTE)).toBe(
			true,
		);
		watch.settleBatch('batch_1');
		expect(dueTo(watch, 999)).toEqual([]);
		watch = resumed(watch, ofBatches);
		watch.takePage([ended('c', 3)], undefined, BEGIN + 3 * MINUTE);
		expect(dueTo(watch, 999)).toEqual([]);
	});

	it('of a single run, which has none, is never asked about', () => {
		expect(dueTo(watching([ended('a', 1, { batchId: null })], 1, ofBatches), 999)).toEqual([]);
	});

	it('of which a run is open is not finished, whatever it was asked for', () => {
		const watch = watching([ended('a', 1)], 1, ofBatches);
		const runs = [ended('a', 1), open('b', 1)];
		expect(watch.hasOpenRuns(runs)).toBe(true);
		expect(watch.hasOpenRuns([ended('a', 1)])).toBe(false);
		expect(watch.seeBatch('batch_1', runs, 2, BEGIN + 99 * MINUTE)).toBe(false);
		expect(dueTo(watch, 99)).toEqual([]);
		watch.takePage([ended('b', 100)], undefined, BEGIN + 100 * MINUTE);
		expect(dueTo(watch, 100)).toEqual(['batch_1']);
	});

	it('that is too short, or of unknown size, must have been at rest for a while', () => {
		const watch = watching([ended('a', 1)], 1, ofBatches);
		const runs = [ended('b', 0), ended('a', 1)];
		const seen = (size: number | undefined, after: number) =>
			watch.seeBatch('batch_1', runs, size, BEGIN + MINUTE + after);
		expect(seen(3, 5 * MINUTE - 1)).toBe(false);
		expect(dueTo(watch, 6)).toEqual(['batch_1']);
		expect(seen(3, 5 * MINUTE)).toBe(true);
		expect(seen(undefined, 9_999)).toBe(false);
		expect(seen(undefined, 10_000)).toBe(true);
		// Where a run tells no change, its creation counts.
		const undated = runs.map((run) => ({ ...run, updatedAt: undefined }));
		expect(watch.seeBatch('batch_1', undated, 3, BEGIN + 6 * MINUTE - 1_001)).toBe(false);
		expect(watch.seeBatch('batch_1', undated, 3, BEGIN + 6 * MINUTE - 1_000)).toBe(true);
	});

	it('of which no run is listed is asked about for five minutes more, and forgotten then', () => {
		const watch = watching([ended('a', 1)], 1, ofBatches);
		const listedNothingAt = (minute: number) => {
			expect(watch.seeBatch('batch_1', [], undefined, BEGIN + minute * MINUTE)).toBe(false);
			return watch.due(BEGIN + minute * MINUTE).map(({ id }) => id);
		};
		expect(listedNothingAt(99)).toEqual(['batch_1']);
		expect(listedNothingAt(103)).toEqual(['batch_1']);
		expect(listedNothingAt(104)).toEqual([]);
		expect(watch.state.batches).toEqual([]);
	});

	it('of which a run is listed again is not forgotten before five more minutes are over', () => {
		const watch = watching([ended('a', 1)], 1, ofBatches);
		const open = { ...ended('a', 1), status: 'PROCESSING' };
		watch.seeBatch('batch_1', [], undefined, BEGIN + 90 * MINUTE);
		watch.seeBatch('batch_1', [open], undefined, BEGIN + 94 * MINUTE);
		watch.seeBatch('batch_1', [], undefined, BEGIN + 98 * MINUTE);
		expect(watch.state.batches).toHaveLength(1);
	});

	it('in review is finished if that counts', () => {
		const review = ended('a', 1, { status: 'NEEDS_REVIEW', endTime: null });
		const watch = watching([review], 1, ofBatches);
		expect(watch.seeBatch('batch_1', [review], 1, BEGIN + MINUTE)).toBe(true);
		const patient = { ...ofBatches, reviewCountsAsFinished: false };
		const waiting = watching([review], 1, patient);
		expect(dueTo(waiting, 1)).toEqual([]);
		expect(waiting.seeBatch('batch_1', [review], 1, BEGIN + MINUTE)).toBe(false);
		// Where a review counts, a run was at rest before it was approved, and is so while it goes on.
		const goesOn = open('a', 2, { reviewedAt: iso(BEGIN + 2 * MINUTE) });
		expect(watch.hasOpenRuns([goesOn])).toBe(false);
		expect(waiting.hasOpenRuns([goesOn])).toBe(true);
	});

	it('that was open when watching began is asked about when its last run ends', () => {
		const watch = Watch.begin([open('a', 0), FIRST], settings(ofBatches), BEGIN);
		expect(dueTo(watch, 0)).toEqual([]);
		watch.takePage([ended('a', 1)], undefined, BEGIN + MINUTE);
		expect(dueTo(watch, 1)).toEqual(['batch_1']);
	});

	it('is not asked about for a run that was at rest when watching began', () => {
		const watch = Watch.begin([FIRST], settings(ofBatches), BEGIN);
		watch.takePage([FIRST], undefined, BEGIN);
		expect(dueTo(watch, 999)).toEqual([]);
	});

	it('that may have been reported and forgotten is not asked about for a run that comes back from review', () => {
		const reviewed = (created: number) =>
			ended('z', 300, {
				batchId: 'old',
				createdAt: null,
				initialRunAt: iso(BEGIN + created * MINUTE),
				reviewedAt: iso(BEGIN + 300 * MINUTE),
			});
		expect(dueTo(watching([reviewed(1)], 300, ofBatches), 300)).toEqual(['old']);
		expect(dueTo(watching([reviewed(-1)], 300, ofBatches), 300)).toEqual([]);

		const watch = watching([ended('a', 200)], 200, ofBatches);
		for (let index = 0; index < 10_000; index++) watch.settleBatch(`batch ${index}`);
		watch.takePage([reviewed(1)], undefined, BEGIN + 300 * MINUTE);
		expect(dueTo(watch, 300)).not.toContain('old');
	});
});
