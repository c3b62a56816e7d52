import fc from 'fast-check';

import { MOST_OPEN_RUNS, OpenBatches } from '../../../nodes/ExtendPollingTrigger/watch/openBatches';
import { Reported } from '../../../nodes/ExtendPollingTrigger/watch/reported';
import type { PollState } from '../../../nodes/ExtendPollingTrigger/watch/state';
import { Watch, runKey } from '../../../nodes/ExtendPollingTrigger/watch/watch';
import type { WatchSettings } from '../../../nodes/ExtendPollingTrigger/watch/watch';
import type { WorkflowRunSummary } from '../../../nodes/extend/api/types';

/** Any time will do; Extend's clock is no other's. */
const BEGIN = Date.UTC(2026, 3, 28);
const SECOND = 1_000;

/** A run that is created, and ends later; times in seconds after the beginning. */
interface Life {
	batch: number;
	created: number;
	ends: number;
}

const at = (second: number) => BEGIN + second * SECOND;
const iso = (second: number) => new Date(at(second)).toISOString();

/** What Extend lists at a time: newest change first. */
function listAt(lives: Life[], now: number): WorkflowRunSummary[] {
	return lives
		.map((life, index) => ({ ...life, index }))
		.filter(({ created }) => created <= now)
		.map(({ batch, created, ends, index }) => ({
			id: `run_${index}`,
			status: ends <= now ? 'PROCESSED' : 'PROCESSING',
			batchId: `batch_${batch}`,
			createdAt: iso(created),
			updatedAt: iso(ends <= now ? ends : created),
			endTime: ends <= now ? iso(ends) : null,
		}))
		.sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
}

const settings = (event: WatchSettings['event']): WatchSettings => ({
	event,
	workflows: [],
	batchIds: [],
	statuses: [],
	reviewCountsAsFinished: true,
});

/** A trigger between restarts, with what n8n has saved of it: only what was there when something was reported. */
class Polled {
	readonly reports: string[] = [];

	/** How many pages the last poll asked for. */
	pages = 0;

	private state: PollState | undefined;

	private saved: PollState | undefined;

	constructor(
		private readonly lives: Life[],
		private readonly event: WatchSettings['event'],
		private readonly pageSize: number,
		private readonly mostPages: number,
		/** How many seconds the list of one batch is behind that of all changes. */
		private readonly lag = 0,
	) {}

	poll(second: number): void {
		const now = at(second);
		const list = listAt(this.lives, second);
		const watch =
			this.state === undefined
				? Watch.begin(list.slice(0, this.pageSize), settings(this.event), now)
				: Watch.resume(this.state, settings(this.event));
		const before = this.reports.length;
		this.pages = 1;
		if (this.state !== undefined) {
			for (let page = 0; page < this.mostPages; page++) {
				const from = Number(watch.token ?? 0);
				const to = from + this.pageSize;
				const more = to < list.length ? String(to) : undefined;
				this.pages = page + 1;
				if (watch.takePage(list.slice(from, to), more, now)) break;
			}
		}
		for (const run of watch.owed) {
			this.reports.push(runKey(run));
			watch.settleRun(run);
		}
		for (const { id } of watch.due(now)) {
			const runs = listAt(this.lives, second - this.lag).filter(({ batchId }) => batchId === id);
			const size = this.lives.filter(({ batch }) => `batch_${batch}` === id).length;
			if (!watch.seeBatch(id, runs, size, now)) continue;
			this.reports.push(id);
			watch.settleBatch(id);
		}
		const isFirst = this.state === undefined;
		this.state = JSON.parse(JSON.stringify(watch.state)) as PollState;
		if (isFirst || this.reports.length > before) this.saved = this.state;
	}

	restart(): void {
		this.state = this.saved;
	}
}

const lives = fc.array(
	fc
		.record({ batch: fc.nat(4), created: fc.nat(600), lasts: fc.nat(600) })
		.map(({ batch, created, lasts }): Life => ({ batch, created, ends: created + lasts + 1 })),
	{ minLength: 1, maxLength: 40 },
);
const polls = fc.array(
	fc.record({ after: fc.integer({ min: 1, max: 300 }), restarts: fc.boolean() }),
	{
		minLength: 1,
		maxLength: 20,
	},
);

function play(polled: Polled, steps: Array<{ after: number; restarts: boolean }>): void {
	let second = -1;
	polled.poll(second);
	for (const { after, restarts } of steps) {
		second += after;
		if (restarts) polled.restart();
		polled.poll(second);
	}
	// In the end all is over, and there is time enough.
	for (let more = 0; more < 30; more++) polled.poll((second = Math.max(second, 1_300) + 60));
}

test('each run is reported exactly once, whenever n8n polls, restarts and whatever it has saved', () => {
	fc.assert(
		fc.property(lives, polls, fc.integer({ min: 3, max: 50 }), (all, steps, pageSize) => {
			const polled = new Polled(all, 'run.finished', pageSize, 100);
			play(polled, steps);
			expect(polled.reports.sort()).toEqual(all.map((_, index) => `run_${index}:PROCESSED`).sort());
		}),
	);
});

test('each batch is reported exactly once, after its last run has ended', () => {
	fc.assert(
		fc.property(lives, polls, fc.integer({ min: 3, max: 50 }), (all, steps, pageSize) => {
			const polled = new Polled(all, 'batch.finished', pageSize, 100);
			play(polled, steps);
			const ids = new Set(all.map(({ batch }) => `batch_${batch}`));
			expect(polled.reports.sort()).toEqual([...ids].sort());
		}),
	);
});

describe('where the list of a batch is behind that of all changes, or empty', () => {
	const reported = (all: Life[], steps: Parameters<typeof play>[1], lag: number, hours: number) => {
		const polled = new Polled(all, 'batch.finished', 3, 100, lag);
		play(polled, steps);
		for (let hour = 1; hour <= hours; hour++) polled.poll(10_000 + hour * 3_600);
		return polled.reports.sort();
	};
	const idsOf = (all: Life[]) => [...new Set(all.map(({ batch }) => `batch_${batch}`))].sort();

	test('each batch is reported once', () => {
		fc.assert(
			fc.property(lives, polls, fc.nat(10), (all, steps, lag) => {
				expect(reported(all, steps, lag, 0)).toEqual(idsOf(all));
			}),
		);
	});

	test('a list that is far behind may look like that of runs that are open, so that it takes longer', () => {
		fc.assert(
			fc.property(lives, polls, fc.nat(200), (all, steps, lag) => {
				expect(reported(all, steps, lag, 60)).toEqual(idsOf(all));
			}),
		);
	});
});

test('what is remembered of open batches stays within bounds, and a batch with open runs is not asked about', () => {
	const batches = new OpenBatches([]);
	for (let batch = 0; batch < 3_000; batch++) {
		for (let run = 0; run < 20; run++) batches.seeOpen(`batch_${batch}`, `run_${batch}_${run}`, 0);
	}
	const saved = batches.saved();
	expect(saved).toHaveLength(2_000);
	expect(saved.reduce((sum, { open }) => sum + open.length / 4, 0)).toBeLessThanOrEqual(
		MOST_OPEN_RUNS,
	);
	const resumed = new OpenBatches(saved);
	resumed.seeAtRest('batch_2999', 'run_2999_0', 0);
	expect(resumed.due(1)).toEqual([]);
	for (let run = 1; run < 20; run++) resumed.seeAtRest('batch_2999', `run_2999_${run}`, 0);
	expect(resumed.due(1).map(({ id }) => id)).toEqual(['batch_2999']);
});

test('a batch of which nothing is heard is asked about after a while, because its runs may be deleted', () => {
	const batches = new OpenBatches([]);
	batches.seeOpen('batch_1', 'run_1', 0);
	expect(batches.due(29 * 60_000)).toEqual([]);
	expect(batches.due(31 * 60_000)).toHaveLength(1);
});

test('a batch of which each poll sees the same run at rest again is asked about all the same', () => {
	const batches = new OpenBatches([]);
	batches.seeList('batch_1', ['run_2'], 0, 0);
	for (let minute = 1; minute <= 120; minute++)
		batches.seeAtRest('batch_1', 'run_1', minute * 60_000);
	expect(batches.due(120 * 60_000)).toHaveLength(1);
});

test('more runs that end at the same moment than are remembered as a rule are reported once, and forgotten', () => {
	const burst = Array.from({ length: 12_000 }, (): Life => ({ batch: 0, created: 50, ends: 100 }));
	const polled = new Polled(burst, 'run.finished', 1_000, 5);
	for (let second = 0; second < 400; second += 60) polled.poll(second);
	expect(polled.reports).toHaveLength(12_000);
	// What comes late is looked for beyond all of them, but not for ever.
	expect(polled.pages).toBeGreaterThan(1);
	for (let second = 400; second < 1_000; second += 60) polled.poll(second);
	expect(polled.pages).toBe(1);
	expect(new Set(polled.reports).size).toBe(12_000);
	expect(polled.reports).toHaveLength(12_000);
});

test('the memory of what was reported forgets the oldest first', () => {
	const reported = new Reported('', 2);
	expect(reported.add('one')).toBe(false);
	reported.add('two');
	expect(reported.add('three')).toBe(true);
	const resumed = new Reported(reported.text, 2);
	expect(['one', 'two', 'three'].map((key) => resumed.has(key))).toEqual([false, true, true]);
});

describe('a batch that was begun before watching, and of which no run was seen then', () => {
	const newest: WorkflowRunSummary = { id: 'run_0', status: 'PROCESSED', updatedAt: iso(100) };
	const run: WorkflowRunSummary = {
		id: 'run_1',
		status: 'PROCESSED',
		batchId: 'batch_1',
		createdAt: iso(0),
		updatedAt: iso(200),
		endTime: iso(200),
	};
	const dueAfter = (change: Partial<WorkflowRunSummary>) => {
		const watch = Watch.begin([newest], settings('batch.finished'), at(100));
		watch.takePage([{ ...run, ...change }, newest], undefined, at(210));
		return watch.due(at(210)).map(({ id }) => id);
	};

	test('is asked about when a run of it ends', () => {
		expect(dueAfter({})).toEqual(['batch_1']);
	});

	test('is not when a run of it comes back from review: it may have been finished long ago', () => {
		expect(dueAfter({ reviewedAt: iso(200) })).toEqual([]);
	});

	test('is not when something else about a run of it is changed', () => {
		expect(dueAfter({ endTime: iso(20) })).toEqual([]);
	});
});
