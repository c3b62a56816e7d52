/** What is known of open batches and of what was reported, and when it is time to ask. */
import {
	MOST_DUE_BATCHES,
	MOST_OPEN_BATCHES,
	MOST_OPEN_RUNS,
	OpenBatches,
} from '../../../nodes/ExtendPollingTrigger/watch/openBatches';
import { MOST_REPORTED, Reported } from '../../../nodes/ExtendPollingTrigger/watch/reported';
import { readState, writeState } from '../../../nodes/ExtendPollingTrigger/watch/state';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const dueAt = (batches: OpenBatches, now: number) => batches.due(now).map(({ id }) => id);
const resumed = (batches: OpenBatches) =>
	new OpenBatches(JSON.parse(JSON.stringify(batches.saved())) as ReturnType<OpenBatches['saved']>);

describe('a batch', () => {
	it('is due when the last of its known open runs comes to rest, whatever order they end in', () => {
		let batches = new OpenBatches([]);
		for (const run of ['r1', 'r2', 'r3']) batches.seeOpen('b', run, 0);
		for (const run of ['r2', 'r1']) batches.seeAtRest('b', run, MINUTE);
		batches = resumed(batches);
		expect(dueAt(batches, MINUTE)).toEqual([]);
		batches.seeAtRest('b', 'r3', MINUTE);
		expect(dueAt(resumed(batches), MINUTE)).toEqual(['b']);
		batches.seeOpen('b', 'r4', MINUTE);
		expect(dueAt(batches, MINUTE)).toEqual([]);
		batches.drop('b');
		expect(batches.find('b')).toBeUndefined();
		expect(batches.saved()).toEqual([]);
	});

	it('is due at once when a run of it comes to rest and no open one is known', () => {
		const batches = new OpenBatches([]);
		batches.seeAtRest('b', 'r1', 7);
		expect(batches.due(7)).toMatchObject([{ id: 'b', isDue: true, asked: 0 }]);
	});

	it('of which nothing is heard is due after half an hour, each word of it begins that anew', () => {
		const batches = new OpenBatches([]);
		batches.seeOpen('b', 'r1', 0);
		expect(dueAt(batches, 30 * MINUTE - 1)).toEqual([]);
		expect(dueAt(batches, 30 * MINUTE)).toEqual(['b']);
		batches.seeOpen('b', 'r2', 10 * MINUTE);
		expect(dueAt(batches, 40 * MINUTE - 1)).toEqual([]);
		batches.seeAtRest('b', 'r2', 20 * MINUTE);
		expect(dueAt(batches, 50 * MINUTE - 1)).toEqual([]);
		expect(dueAt(batches, 50 * MINUTE)).toEqual(['b']);
	});

	it('that was asked about in vain is asked about later and later, up to every twelve hours', () => {
		const batches = new OpenBatches([]);
		const waits = [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 12 * HOUR];
		for (const wait of waits) {
			batches.seeList('b', ['r1'], 5, 0);
			expect(dueAt(batches, wait - 1)).toEqual([]);
			expect(dueAt(batches, wait)).toEqual(['b']);
		}
	});

	it('of which all runs are at rest is asked about again when it should have settled', () => {
		const batches = new OpenBatches([]);
		batches.seeOpen('b', 'r1', 0);
		batches.seeList('b', [], 9 * MINUTE, 0);
		expect(dueAt(batches, 9 * MINUTE - 1)).toEqual([]);
		expect(dueAt(batches, 9 * MINUTE)).toEqual(['b']);
		batches.seeList('b', ['r7'], 0, 0);
		batches.seeAtRest('b', 'r1', MINUTE);
		expect(dueAt(batches, MINUTE)).toEqual([]);
		batches.seeAtRest('b', 'r7', MINUTE);
		expect(dueAt(batches, MINUTE)).toEqual(['b']);
	});

	it('keeps what else was noted of it', () => {
		const batches = new OpenBatches([]);
		batches.seeOpen('b', 'r1', 0);
		batches.find('b')!.size = 3;
		expect(resumed(batches).find('b')).toMatchObject({ size: 3 });
	});
});

describe('many batches', () => {
	it('are enough when a thousand are due', () => {
		const batches = new OpenBatches([]);
		for (let index = 0; index < MOST_DUE_BATCHES; index++) {
			expect(batches.isFull).toBe(false);
			batches.seeOpen(`open_${index}`, 'r1', 0);
			batches.seeAtRest(`b_${index}`, 'r1', 0);
		}
		expect(batches.isFull).toBe(true);
	});

	it('are remembered up to a bound: the oldest with open runs are forgotten, of which something will be heard', () => {
		const batches = new OpenBatches([]);
		batches.seeAtRest('due', 'r1', 0);
		batches.seeList('asked', [], 0, 0);
		for (let index = 0; index < MOST_OPEN_BATCHES; index++) batches.seeOpen(`b_${index}`, 'r1', 0);
		const ids = batches.saved().map(({ id }) => id);
		expect(ids).toHaveLength(MOST_OPEN_BATCHES);
		expect(ids.slice(0, 3)).toEqual(['due', 'asked', 'b_2']);
		expect(batches.find('b_1')).toBeUndefined();
	});

	it('share the room for their open runs, the small ones whole', () => {
		const batches = new OpenBatches([]);
		for (let run = 0; run < 10; run++) batches.seeOpen('small', `s_${run}`, 0);
		for (const large of ['large_1', 'large_2']) {
			for (let run = 0; run < 20_000; run++) batches.seeOpen(large, `${large}_${run}`, 0);
		}
		const kept = Object.fromEntries(batches.saved().map(({ id, open }) => [id, open.length / 4]));
		const share = Math.floor((MOST_OPEN_RUNS - 10) / 2);
		expect(kept).toEqual({ small: 10, large_1: share, large_2: share });
	});
});

describe('what was reported', () => {
	it('is known again by its key, after it was saved too', () => {
		const reported = new Reported('');
		expect(reported.has('one')).toBe(false);
		expect(reported.add('one')).toBe(false);
		expect(new Reported(reported.text).has('one')).toBe(true);
		expect(new Reported(reported.text).has('two')).toBe(false);
		expect(reported.text).toHaveLength(9);
	});

	it('becomes the newest when it is seen again', () => {
		const reported = new Reported('', 2);
		reported.add('one');
		reported.add('two');
		expect(reported.see('one')).toBe(true);
		expect(reported.see('three')).toBe(false);
		expect(reported.add('three')).toBe(true);
		expect(['one', 'two', 'three'].map((key) => reported.has(key))).toEqual([true, false, true]);
	});

	it('is kept as far as it is needed, and as a rule up to a bound', () => {
		const reported = new Reported('', 2, 3);
		for (const key of ['one', 'two', 'three']) expect(reported.add(key)).toBe(false);
		reported.needed = 0;
		expect(reported.add('four')).toBe(true);
		expect(['two', 'three', 'four'].map((key) => reported.has(key))).toEqual([false, true, true]);

		const many = new Reported('');
		for (let index = 0; index <= MOST_REPORTED; index++) many.add(`key ${index}`);
		expect(many.has('key 0')).toBe(false);
		expect(many.has('key 1')).toBe(true);
	});
});

describe('the state of a trigger', () => {
	it('is what was saved', () => {
		const staticData: Record<string, unknown> = { other: 1 };
		expect(readState(staticData)).toBeUndefined();
		const state = {
			watermark: { start: 1, since: 2, look: null },
			reported: '',
			batches: [],
			owed: [],
			begun: 1,
		};
		writeState(staticData, state);
		expect(readState(JSON.parse(JSON.stringify(staticData)) as typeof staticData)).toEqual(state);
		expect(staticData.other).toBe(1);
	});

	it.each([[null], ['text'], [{}], [{ watermark: 7 }]])('is none if it is %j', (polling) => {
		expect(readState({ polling })).toBeUndefined();
	});
});
