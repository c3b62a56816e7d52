import { KeptResults, MOST_KEPT_BYTES } from '../../../nodes/extend/runs/keptResults';
import {
	MOST_BATCHES,
	MOST_ENDPOINTS,
	MOST_REPORTED,
	MOST_SENT_AGAIN,
	MOST_URGENT_WATCHES,
	MOST_WATCHES,
	batchesOf,
	forgetBatches,
	type EndpointBatches,
} from '../../../nodes/ExtendTrigger/batches/registry';

const MB = 1024 * 1024;

/** A result of so many bytes as JSON. */
function large(bytes: number, index = 0) {
	const rest = JSON.stringify({ index, text: '' }).length;
	return { index, text: 'x'.repeat(bytes - rest) };
}

let endpoints = 0;

function freshEndpoint(unfinished = 0): EndpointBatches {
	const endpoint = batchesOf(`wh_${endpoints++}`);
	for (let index = 0; index < unfinished; index++) endpoint.add(`batch_${index}`, true, index);
	return endpoint;
}

/** Stays until it is told to go. */
function openWatch(endpoint: EndpointBatches): () => Promise<void> {
	let leave = () => {};
	const gone = new Promise<void>((resolve) => {
		leave = resolve;
	});
	const watching = endpoint.whileWatched(async () => {
		await gone;
	});
	return async () => {
		leave();
		await watching;
	};
}

describe('kept results', () => {
	const opened: KeptResults[] = [];
	const open = () => {
		const results = new KeptResults();
		opened.push(results);
		return results;
	};
	afterEach(() => {
		for (const results of opened.splice(0)) results.clear();
	});

	it('are those of the status that the run has now', () => {
		const results = open();
		results.keep('a', 'NEEDS_REVIEW', { first: 1 });
		expect(results.of('a', 'NEEDS_REVIEW')).toEqual({ first: 1 });
		expect(results.of('a', 'PROCESSED')).toBeUndefined();
		results.keep('a', 'PROCESSED', { second: 2 });
		expect(results.of('a', 'PROCESSED')).toEqual({ second: 2 });
	});

	it('are kept as they were, and count as large as they are', () => {
		const room = { bytes: 0, most: 100 };
		const results = new KeptResults(100, room);
		const json = { total: 1 };
		expect(results.keep('a', 'X', json)).toBe(true);
		json.total = 2;
		expect(results.of('a', 'X')).toEqual({ total: 1 });
		expect(room.bytes).toBe(11);
		expect(results.keep('b', 'X', large(90))).toBe(false);
		expect(results.keep('b', 'X', large(89))).toBe(true);
	});

	it('are no more than 16 MB for a batch, the same run counted once', () => {
		const results = open();
		for (let again = 0; again < 40; again++) results.keep('a', 'X', large(MB, again));
		expect(results.of('a', 'X')).toMatchObject({ index: 39 });
		for (let index = 0; index < 20; index++) {
			results.keep(`run_${index}`, 'X', large(MB, index));
		}
		const kept = Array.from({ length: 20 }, (_, index) => results.of(`run_${index}`, 'X'));
		expect(kept.filter((json) => json !== undefined)).toHaveLength(MOST_KEPT_BYTES / MB - 1);
	});

	it('are no more than 128 MB for all batches, and freed ones make room', () => {
		const all = Array.from({ length: 10 }, () => open());
		for (const results of all) results.keep('a', 'X', large(16 * MB));
		expect(all.filter((results) => results.of('a', 'X') !== undefined)).toHaveLength(8);
		all[0]!.clear();
		all[9]!.keep('a', 'X', large(16 * MB));
		expect(all[9]!.of('a', 'X')).toBeDefined();
	});
});

describe('batches', () => {
	it('are bounded, the oldest go first, but none that is being asked about', () => {
		const endpoint = freshEndpoint();
		const first = endpoint.add('first', true, 0);
		first.isAsking = true;
		endpoint.add('second', true, 0).kept.keep('a', 'X', {});
		for (let index = 0; index < MOST_BATCHES; index++) endpoint.add(`batch_${index}`, true, 0);
		expect(endpoint.unfinished).toBe(MOST_BATCHES);
		expect(endpoint.find('first')).toBe(first);
		expect(endpoint.find('second')).toBeUndefined();
	});

	it('are remembered when they were reported, within bounds', () => {
		const endpoint = freshEndpoint();
		for (let index = 0; index <= MOST_REPORTED; index++) {
			endpoint.close(endpoint.add(`batch_${index}`, true, 0));
		}
		expect(endpoint.unfinished).toBe(0);
		expect(endpoint.isReported('batch_0')).toBe(false);
		expect(endpoint.isReported(`batch_${MOST_REPORTED}`)).toBe(true);
	});

	it('have an event sent again once, and remember which, within bounds', () => {
		const endpoint = freshEndpoint();
		expect([1, 2, 3].map(() => endpoint.sendAgain('event'))).toEqual([true, false, true]);
		const newest = `event_${MOST_SENT_AGAIN - 1}`;
		for (let index = 0; index < MOST_SENT_AGAIN; index++) endpoint.sendAgain(`event_${index}`);
		expect(endpoint.sendAgain(newest)).toBe(false);
		expect(endpoint.sendAgain('event')).toBe(true);
	});

	it('of too many endpoints are dropped, unless somebody looks after them', async () => {
		const watched = freshEndpoint(1);
		const leave = openWatch(watched);
		const idle = freshEndpoint(1);
		for (let index = 0; index < MOST_ENDPOINTS; index++) freshEndpoint();
		expect(batchesOf(watched.endpointId)).toBe(watched);
		expect(batchesOf(idle.endpointId)).not.toBe(idle);
		expect(idle.isForgotten).toBe(false);
		await leave();
	});

	it('of an endpoint that is gone are forgotten', () => {
		const endpoint = freshEndpoint(3);
		forgetBatches(endpoint.endpointId);
		expect(endpoint).toMatchObject({ isForgotten: true, unfinished: 0 });
		expect(endpoint.wantsWatch(true)).toBe(false);
		expect(batchesOf(endpoint.endpointId)).not.toBe(endpoint);
	});

	it('are due in the order in which they have waited, but for those that somebody deals with', () => {
		const endpoint = freshEndpoint(4);
		endpoint.find('batch_0')!.isAsking = true;
		endpoint.find('batch_1')!.reporting = Promise.resolve(true);
		endpoint.find('batch_2')!.progress.hear('a', 2, 100);
		expect(endpoint.due(5_002)).toEqual([]);
		expect(endpoint.due(6_000).map(({ id }) => id)).toEqual(['batch_3', 'batch_2']);
	});

	it('are asked about once more if that was wanted while a question was under way', () => {
		const batch = freshEndpoint(1).find('batch_0')!;
		expect(batch.takeAskAgain()).toBe(false);
		batch.askAgain();
		batch.askAgain();
		expect(batch.takeAskAgain()).toBe(true);
		expect(batch.takeAskAgain()).toBe(false);
	});

	it('are given up after a day without a sound', () => {
		const endpoint = freshEndpoint(2);
		endpoint.find('batch_1')!.progress.hear('a', 2, 1_000);
		expect(endpoint.giveUp(24 * 3_600_000)).toEqual(['batch_0']);
		expect(endpoint.unfinished).toBe(1);
	});
});

describe('watches', () => {
	const leaving: Array<() => Promise<void>> = [];
	afterEach(async () => {
		for (const leave of leaving.splice(0)) await leave();
	});
	const stay = (endpoint: EndpointBatches) => leaving.push(openWatch(endpoint));

	it('are no more than there are batches', () => {
		const endpoint = freshEndpoint(1);
		expect(endpoint.wantsWatch(false)).toBe(true);
		stay(endpoint);
		expect(endpoint.wantsWatch(true)).toBe(false);
		expect(endpoint.hasIdleWatch).toBe(false);
		endpoint.close(endpoint.find('batch_0')!);
		expect(endpoint.hasIdleWatch).toBe(true);
	});

	it('are few, but each endpoint has one', () => {
		const endpoint = freshEndpoint(20);
		for (let index = 0; index < MOST_WATCHES; index++) {
			expect(endpoint.isShortOfWatches).toBe(false);
			stay(endpoint);
		}
		expect(endpoint.wantsWatch(false)).toBe(false);
		expect(endpoint.isShortOfWatches).toBe(true);
		const other = freshEndpoint(2);
		expect(other.wantsWatch(false)).toBe(true);
		stay(other);
		expect(other.wantsWatch(false)).toBe(false);
	});

	it('are more where batches depend on them, but not without bound', () => {
		const endpoint = freshEndpoint(200);
		for (let index = 0; index < MOST_URGENT_WATCHES; index++) {
			expect(endpoint.wantsWatch(true)).toBe(true);
			stay(endpoint);
		}
		expect(endpoint.wantsWatch(true)).toBe(false);
		expect(freshEndpoint(1).wantsWatch(true)).toBe(false);
	});
});
