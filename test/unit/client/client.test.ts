import { randomUUID } from 'node:crypto';

import type { IDataObject, IHttpRequestOptions, IN8nHttpFullResponse } from 'n8n-workflow';

import { ExtendClient } from '../../../nodes/extend/client/client';
import type { Call, CallResult } from '../../../nodes/extend/client/client';
import { MOST_ATTEMPTS } from '../../../nodes/extend/client/retry';
import { NODE, answered, connectionReset, scriptedClient } from './scriptedExtend';
import type { Script } from './scriptedExtend';

const HOUR = 3_600_000;
const READ = ExtendClient.get('/workflow_runs');
const SUBMIT: Call = {
	category: 'RUN',
	method: 'POST',
	path: '/workflow_runs/batch',
	repeatable: 'once',
	timeoutMs: 120_000,
	body: async () => ({ inputs: [] }),
};

const never = async () => await new Promise<IN8nHttpFullResponse>(() => undefined);

beforeEach(() => {
	jest.useFakeTimers();
});

afterEach(() => {
	jest.useRealTimers();
});

/** How a call ended, and when; not before the time given is over. */
async function ending<T>(
	call: Promise<CallResult<T>>,
	waitMs: number,
): Promise<{ result: CallResult<T>; afterMs: number } | undefined> {
	const start = performance.now();
	let ended: { result: CallResult<T>; afterMs: number } | undefined;
	void call.then((result) => {
		ended = { result, afterMs: performance.now() - start };
	});
	await jest.advanceTimersByTimeAsync(waitMs);
	return ended;
}

describe("Extend's clock", () => {
	test.each([200, 404, 500])('is read off an answer with HTTP %d', async (status) => {
		const client = await scriptedClient(() =>
			answered(status, {}, { date: new Date(Date.now() - HOUR).toUTCString() }),
		);
		expect(client.extendNow()).toBeUndefined();
		await ending(client.within({ withinMs: 100 }).attempt(READ), 200);
		expect(Math.abs((client.extendNow() ?? NaN) - (Date.now() - HOUR))).toBeLessThan(1000);
	});

	test("is not taken for n8n's own where no answer tells it", async () => {
		const client = await scriptedClient(() => answered(200));
		await client.attempt(READ);
		expect(client.extendNow()).toBeUndefined();
	});

	test('is what a date in Retry-After is compared with', async () => {
		const times: number[] = [];
		const client = await scriptedClient((_request, number) => {
			times.push(performance.now());
			const now = Date.now() - HOUR;
			return number > 1
				? answered(200)
				: answered(
						429,
						{},
						{
							date: new Date(now).toUTCString(),
							'retry-after': new Date(now + 30_000).toUTCString(),
						},
					);
		});
		await ending(client.attempt(READ), 60_000);
		expect(times).toHaveLength(2);
		expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(29_000);
		expect(times[1]! - times[0]!).toBeLessThan(32_000);
	});
});

test.each([-HOUR, HOUR])("goes on when n8n's clock is set by %d ms", async (change) => {
	let calls = 0;
	const client = await scriptedClient(() => {
		calls++;
		return calls === 1 ? answered(429, {}, { 'retry-after': '5' }) : answered(200);
	});
	const first = ending(client.attempt(READ), 1000);
	await first;
	jest.setSystemTime(Date.now() + change);
	const others = [1, 2, 3].map(async () => await client.attempt(READ));
	await jest.advanceTimersByTimeAsync(3000);
	expect(calls).toBe(1);
	await jest.advanceTimersByTimeAsync(10_000);
	expect(calls).toBe(5);
	expect(await Promise.all(others)).toEqual([1, 2, 3].map(() => ({ ok: true, body: {} })));
});

test('a pause that another process wrote down lasts no longer than it was to last', async () => {
	const { account } = await scriptedClient(never);
	const flow = {
		extendPace: {
			[account]: {
				GET: {
					concurrent: 5,
					perSecond: null,
					pausedUntil: Date.now() + HOUR + 2000,
					at: Date.now() + HOUR,
				},
			},
		},
	};
	const client = await scriptedClient(() => answered(200), { flow });
	expect((await ending(client.attempt(READ), 5000))?.afterMs).toBeLessThan(2500);
});

describe('a deadline', () => {
	const throttled: Script = () => answered(429, {}, { 'retry-after': '120' });

	test('holds through the pause that a 429 asks for', async () => {
		const client = await scriptedClient(throttled);
		const ended = await ending(client.attempt({ ...READ, withinMs: 8000 }), 9000);
		expect(ended?.result).toMatchObject({ ok: false, failure: { status: 429 } });
		expect(ended?.afterMs).toBeLessThanOrEqual(8000);
	});

	test('holds while the call waits for its turn', async () => {
		const client = await scriptedClient(throttled);
		void client.attempt(READ);
		await jest.advanceTimersByTimeAsync(10);
		const ended = await ending(client.within({ withinMs: 8000 }).attempt(READ), 9000);
		expect(ended?.result).toMatchObject({
			ok: false,
			failure: { kind: 'cancelled', code: 'OUT_OF_TIME' },
		});
		expect(ended?.afterMs).toBeGreaterThanOrEqual(8000);
		expect(ended?.afterMs).toBeLessThan(8300);
	});

	test('holds while as many calls are under way as may be', async () => {
		const client = await scriptedClient(never);
		void client.attempt(READ);
		const ended = await ending(client.attempt({ ...READ, withinMs: 1000 }), 1300);
		expect(ended?.result).toMatchObject({ failure: { kind: 'cancelled', code: 'OUT_OF_TIME' } });
	});

	test('holds during the request, of which it is not known then what became of it', async () => {
		let timeout: number | undefined;
		const client = await scriptedClient(async (request) => {
			({ timeout } = request);
			return await never();
		});
		const ended = await ending(client.attempt({ ...SUBMIT, withinMs: 8000 }), 9000);
		expect(ended?.result).toMatchObject({
			ok: false,
			failure: { kind: 'unknown', code: 'ETIMEDOUT' },
		});
		expect(ended?.afterMs).toBeLessThan(8300);
		expect(timeout).toBeLessThanOrEqual(8000);
	});

	test('ends the attempts with what is known, when there is no time for another', async () => {
		const client = await scriptedClient(() => answered(503, 'Busy'));
		const ended = await ending(client.attempt({ ...READ, withinMs: 3000 }), 3100);
		expect(ended?.result).toMatchObject({ failure: { kind: 'unknown', status: 503 } });
	});

	test('holds for a whole list', async () => {
		const client = await scriptedClient(async (_request, number) => {
			await new Promise((resolve) => setTimeout(resolve, 1000));
			return answered(200, { data: [{ id: `${number}` }], nextPageToken: `t${number}` });
		});
		const ended = await ending(client.within({ withinMs: 4500 }).list('/workflow_runs', {}), 5000);
		expect(ended?.result.ok).toBe(false);
		expect(ended?.afterMs).toBeLessThan(4800);
	});

	test('is the earlier one of two', async () => {
		const client = await scriptedClient(never);
		const call = client.within({ withinMs: 2000 }).within({ withinMs: 60_000 });
		expect((await ending(call.attempt({ ...READ, withinMs: 9000 }), 2300))?.result.ok).toBe(false);
	});

	test('does not bind the client from which it was derived', async () => {
		const client = await scriptedClient(() => answered(200));
		client.within({ withinMs: 1 });
		await jest.advanceTimersByTimeAsync(50);
		expect(await client.attempt(READ)).toMatchObject({ ok: true });
	});
});

describe('calls that are no longer wanted', () => {
	test('are not sent, and say so while they wait for their turn', async () => {
		let calls = 0;
		const client = await scriptedClient(() => {
			calls++;
			return answered(429, {}, { 'retry-after': '100' });
		});
		let isWanted = true;
		const gated = client.within({ isWanted: () => isWanted });
		const ended = ending(gated.attempt(READ), 3000);
		await jest.advanceTimersByTimeAsync(0);
		isWanted = false;
		expect((await ended)?.result).toEqual({
			ok: false,
			failure: { kind: 'cancelled', message: '' },
		});
		expect(calls).toBe(1);
	});

	test('are not sent either if the failure comes while they have their turn already', async () => {
		const ends: Array<(status: number) => void> = [];
		let isWanted = true;
		const client = await scriptedClient(
			async () =>
				await new Promise((resolve) => {
					ends.push((status) => {
						resolve(answered(status));
					});
				}),
		);
		const gated = client.within({
			isWanted: () => isWanted,
			onFailure: () => {
				isWanted = false;
			},
		});
		const results = [gated.attempt(SUBMIT)];
		await jest.advanceTimersByTimeAsync(0);
		ends[0]?.(200);
		await jest.advanceTimersByTimeAsync(0);
		// Now two may be under way at once: one ends well and makes room, the other says that all is over.
		for (let call = 0; call < 3; call++) results.push(gated.attempt(SUBMIT));
		await jest.advanceTimersByTimeAsync(0);
		ends[1]?.(200);
		ends[2]?.(402);
		await jest.advanceTimersByTimeAsync(500);
		expect(ends).toHaveLength(3);
		expect(await results[3]).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
	});

	test('are asked by every gate on the way, and every gate is told of a failure', async () => {
		const told: string[] = [];
		const client = await scriptedClient(() => answered(401));
		const tell = (gate: string) => ({
			isWanted: () => Boolean(told.push(`${gate}?`)),
			onFailure: () => void told.push(`${gate}!`),
		});
		await client.within(tell('outer')).attempt({ ...READ, ...tell('inner') });
		expect(new Set(told)).toEqual(new Set(['outer?', 'inner?', 'outer!', 'inner!']));
	});

	test('are none any more as soon as a failure was told, before their turn comes', async () => {
		let calls = 0;
		let isWanted = true;
		const client = await scriptedClient(async () => {
			calls++;
			await new Promise((resolve) => setTimeout(resolve, 50));
			return answered(402);
		});
		const gated = client.within({
			isWanted: () => isWanted,
			onFailure: () => {
				isWanted = false;
			},
		});
		const results = Promise.all([1, 2, 3, 4].map(async () => await gated.attempt(SUBMIT)));
		await jest.advanceTimersByTimeAsync(1000);
		expect((await results).map((result) => !result.ok && result.failure.kind)).toEqual([
			'refused',
			'cancelled',
			'cancelled',
			'cancelled',
		]);
		expect(calls).toBe(1);
	});
});

/** A list of `count` entries in pages of ten, whose tokens are good for one use each. */
class SingleUseList {
	readonly asked: Array<string | undefined> = [];

	private readonly tokens = new Map<string, number>();

	constructor(
		private readonly count: number,
		/** Whether the answer to a call, counted from 1, is lost. */
		private readonly isLost: (number: number) => boolean,
		private readonly status = 400,
	) {}

	answer({ qs }: IHttpRequestOptions): IN8nHttpFullResponse {
		const token = qs?.nextPageToken as string | undefined;
		this.asked.push(token);
		let start = 0;
		if (token !== undefined) {
			const known = this.tokens.get(token);
			if (known === undefined)
				return answered(this.status, { message: 'nextPageToken: is not valid' });
			this.tokens.delete(token);
			start = known;
		}
		const end = Math.min(this.count, start + 10);
		const data = Array.from({ length: end - start }, (_, index) => ({
			id: `run_${start + index}`,
		}));
		const nextPageToken = end < this.count ? randomUUID() : undefined;
		if (nextPageToken !== undefined) this.tokens.set(nextPageToken, end);
		if (this.isLost(this.asked.length)) throw connectionReset();
		return answered(200, { object: 'list', data, nextPageToken });
	}
}

describe('a list', () => {
	const idsOf = (result?: CallResult<Array<{ id: string }>>) =>
		result?.ok === true ? result.body.map(({ id }) => id) : result;
	const all = Array.from({ length: 35 }, (_, index) => `run_${index}`);

	test.each([400, 404, 422])(
		'is whole, each entry once, though a used-up token is refused with HTTP %d',
		async (status) => {
			const list = new SingleUseList(35, (number) => number === 3, status);
			const client = await scriptedClient((request) => list.answer(request));
			const ended = await ending(client.list('/workflow_runs', {}), 60_000);
			expect(idsOf(ended?.result)).toEqual(all);
			expect(list.asked.filter((token) => token === undefined)).toHaveLength(2);
		},
	);

	test('is not begun again forever', async () => {
		const list = new SingleUseList(35, (number) => number > 1 && number % 2 === 0);
		const client = await scriptedClient((request) => list.answer(request));
		const ended = await ending(client.list('/workflow_runs', {}), 600_000);
		expect(ended?.result).toMatchObject({ ok: false, failure: { status: 400 } });
		expect(list.asked.length).toBeLessThan(20);
		// Four beginnings; the first answer of three of them was lost too.
		expect(list.asked.filter((token) => token === undefined)).toHaveLength(7);
	});

	const WITHOUT_LIST: Array<[number, IDataObject]> = [
		[200, { object: 'list' }],
		[200, { data: null }],
		[200, { data: { id: 'a' } }],
		[204, {}],
	];

	test.each(WITHOUT_LIST)(
		'is asked for again after an answer that contains none: %d %j',
		async (status, body) => {
			const client = await scriptedClient((_request, number) =>
				number < 4 ? answered(status, body) : answered(200, { data: [{ id: 'a' }] }),
			);
			const ended = await ending(client.list('/workflow_runs', {}), 60_000);
			expect(idsOf(ended?.result)).toEqual(['a']);
			expect(ended?.afterMs).toBeLessThan(5_000);
		},
	);

	test.each(WITHOUT_LIST)(
		'is none if no answer ever contains one, and says so: %d %j',
		async (status, body) => {
			let calls = 0;
			const client = await scriptedClient(() => {
				calls++;
				return answered(status, body);
			});
			const ended = await ending(client.list('/workflow_runs', {}), 60_000);
			expect(ended?.result).toMatchObject({
				ok: false,
				failure: { kind: 'unknown', status, message: 'the answer contains no list' },
			});
			expect(calls).toBe(MOST_ATTEMPTS);
			expect(ended?.afterMs).toBeLessThan(25_000);
		},
	);

	test('that never comes is not asked for beyond the time there is', async () => {
		let calls = 0;
		const client = await scriptedClient(() => {
			calls++;
			return answered(200, { data: null });
		});
		const listing = client.within({ withinMs: 3_000 }).list('/workflow_runs', {});
		const ended = await ending(listing, 60_000);
		expect(ended?.result).toMatchObject({ failure: { message: 'the answer contains no list' } });
		expect(ended?.afterMs).toBeLessThan(3_000);
		expect(calls).toBeGreaterThan(1);
	});

	test('that is no longer wanted is not asked for again', async () => {
		let calls = 0;
		const client = await scriptedClient(() => {
			calls++;
			return answered(200, { data: null });
		});
		const listing = client.within({ isWanted: () => calls < 2 }).list('/workflow_runs', {});
		expect((await ending(listing, 60_000))?.result).toMatchObject({
			failure: { kind: 'cancelled' },
		});
		expect(calls).toBe(2);
	});

	test('is not begun again when it is refused itself', async () => {
		let calls = 0;
		const client = await scriptedClient(() => {
			calls++;
			return answered(404, { message: 'No such workflow' });
		});
		const ended = await ending(client.list('/workflows/w/versions', {}), 60_000);
		expect(ended?.result).toMatchObject({ ok: false, failure: { status: 404 } });
		expect(calls).toBe(1);
	});

	test('that gives the same token again ends with a failure', async () => {
		let calls = 0;
		const client = await scriptedClient(() => {
			calls++;
			return answered(200, { data: [{ id: `${calls}` }], nextPageToken: `t${calls % 3}` });
		});
		const ended = await ending(client.list('/workflow_runs', {}), 600_000);
		expect(ended?.result).toMatchObject({
			ok: false,
			failure: { kind: 'unknown', message: expect.stringContaining('does not end') },
		});
		expect(calls).toBe(4);
	});

	test('ends before the first entry that is enough, and asks for no further page', async () => {
		const list = new SingleUseList(35, () => false);
		const client = await scriptedClient((request) => list.answer(request));
		const listed = await client.list<{ id: string }>(
			'/workflow_runs',
			{},
			({ id }) => id === 'run_14',
		);
		expect(idsOf(listed)).toEqual(all.slice(0, 14));
		expect(list.asked).toHaveLength(2);
	});

	test('gives an entry once that moved from one page to the next meanwhile', async () => {
		const pages = [['a', 'b'], ['b', 'c'], ['d']];
		const client = await scriptedClient((_request, number) =>
			answered(200, {
				data: pages[number - 1]!.map((id) => ({ id })),
				nextPageToken: number < pages.length ? `t${number}` : null,
			}),
		);
		expect(idsOf(await client.list('/workflow_runs', {}))).toEqual(['a', 'b', 'c', 'd']);
	});

	test('asks for each page with the filters of the first', async () => {
		const asked: unknown[] = [];
		const client = await scriptedClient(({ qs }, number) => {
			asked.push(qs);
			return answered(200, { data: [], nextPageToken: number === 1 ? 't' : undefined });
		});
		await client.list('/workflow_runs', { batchId: 'b', sortBy: 'createdAt' });
		const filters = { maxPageSize: 1000, batchId: 'b', sortBy: 'createdAt' };
		expect(asked).toEqual([filters, { ...filters, nextPageToken: 't' }]);
	});
});

describe('a body', () => {
	test('gets more time the larger it is', async () => {
		const timeouts: number[] = [];
		const client = await scriptedClient(({ timeout = 0 }) => {
			timeouts.push(timeout);
			return answered(200);
		});
		for (const length of [0, 100_000, 20_000_000]) {
			await client.attempt({ ...SUBMIT, body: async () => ({ text: 'x'.repeat(length) }) });
		}
		expect(timeouts.map((ms) => Math.round(ms / 1000))).toEqual([120, 121, 320]);
	});

	test('is measured in bytes, not in characters', async () => {
		let timeout: number | undefined;
		const client = await scriptedClient((request) => {
			({ timeout } = request);
			return answered(200);
		});
		await client.attempt({ ...SUBMIT, body: async () => ({ text: '請'.repeat(1_000_000) }) });
		expect(timeout).toBeGreaterThanOrEqual(150_000);
	});

	test('that is too large to be made was not sent, and is not tried again', async () => {
		let calls = 0;
		const onSending = jest.fn();
		const client = await scriptedClient(() => {
			calls++;
			return answered(200);
		});
		// What V8 throws for more than half a gigabyte of text.
		const tooMuch = {
			toJSON: () => {
				throw new RangeError('Invalid string length');
			},
		};
		const ended = await ending(
			client.attempt({ ...SUBMIT, onSending, body: async () => tooMuch }),
			60_000,
		);
		expect(ended?.result).toMatchObject({
			ok: false,
			failure: { kind: 'notSent', code: 'REQUEST_TOO_LARGE', retryable: false },
		});
		expect([calls, onSending.mock.calls.length]).toEqual([0, 0]);
	});
});

describe('a request', () => {
	/** What n8n's helper is given for a call. */
	async function requestOf(call: Call): Promise<IHttpRequestOptions | undefined> {
		let made: IHttpRequestOptions | undefined;
		const client = await scriptedClient((request) => {
			made = request;
			return answered(200);
		});
		await client.attempt(call);
		return made;
	}

	/** Of every answer the status is wanted, and a redirect would take a token elsewhere. */
	const AS_IT_IS = {
		json: true,
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
	};

	test('is made so that every answer comes back as it is', async () => {
		expect(await requestOf({ ...READ, query: { a: 1 } })).toEqual({
			...AS_IT_IS,
			method: 'GET',
			baseURL: 'https://api.extend.ai',
			url: '/workflow_runs',
			qs: { a: 1 },
			headers: {},
			body: undefined,
			timeout: 60_000,
		});
		expect(await requestOf(SUBMIT)).toMatchObject({
			...AS_IT_IS,
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: Buffer.from('{"inputs":[]}'),
		});
	});

	test('does not go to an address at which the token would be seen', async () => {
		const onSending = jest.fn();
		const ask = jest.fn();
		const credential = { apiToken: 'sk', region: 'custom', baseUrl: 'http://extend.example.com' };
		const client = await scriptedClient(ask, { credential });
		expect(await client.attempt({ ...READ, onSending })).toEqual({
			ok: false,
			failure: {
				kind: 'notSent',
				message: expect.stringContaining('plain http'),
				retryable: false,
			},
		});
		expect([ask.mock.calls, onSending.mock.calls]).toEqual([[], []]);
	});

	test.each([
		[new Error('The file is gone'), 'The file is gone'],
		['no error', ''],
	])('whose file cannot be read is not sent: %s', async (thrown, message) => {
		const onSending = jest.fn();
		const client = await scriptedClient(() => answered(200));
		const body = jest.fn().mockRejectedValue(thrown);
		expect(await client.attempt({ ...SUBMIT, body, onSending })).toEqual({
			ok: false,
			failure: { kind: 'notSent', code: 'UNREADABLE_FILE', message, retryable: false },
		});
		expect(onSending).not.toHaveBeenCalled();
	});

	test('is not sent if the execution is stopped while its body is made', async () => {
		const stop = new AbortController();
		const onSending = jest.fn();
		const client = await scriptedClient(() => answered(200), { signal: stop.signal });
		const body = async () => {
			stop.abort();
			return {};
		};
		expect(await client.attempt({ ...SUBMIT, body, onSending })).toEqual({
			ok: false,
			failure: { kind: 'cancelled', message: '' },
		});
		expect(onSending).not.toHaveBeenCalled();
	});

	test('is not repeated after the execution was stopped', async () => {
		const stop = new AbortController();
		let calls = 0;
		const client = await scriptedClient(
			() => {
				calls++;
				return answered(503);
			},
			{ signal: stop.signal },
		);
		const ended = ending(client.attempt(READ), 5000);
		await jest.advanceTimersByTimeAsync(10);
		stop.abort();
		expect((await ended)?.result).toMatchObject({ failure: { kind: 'cancelled' } });
		expect(calls).toBe(1);
	});

	test('that is refused for the rate limit comes before those behind it', async () => {
		const asked: string[] = [];
		const client = await scriptedClient(({ url }, number) => {
			asked.push(url);
			return number === 1 ? answered(429, {}, { 'retry-after': '1' }) : answered(200);
		});
		const calls = ['/a', '/b', '/c'].map(
			async (path) => await client.attempt(ExtendClient.get(path)),
		);
		await jest.advanceTimersByTimeAsync(10_000);
		await Promise.all(calls);
		expect(asked).toEqual(['/a', '/a', '/b', '/c']);
	});

	test('that fails otherwise does not hold up the next', async () => {
		const client = await scriptedClient((_request, number) => answered(number === 1 ? 500 : 200));
		await client.attempt(SUBMIT);
		const ended = await ending(client.attempt(SUBMIT), 1000);
		expect(ended).toEqual({ result: { ok: true, body: {} }, afterMs: 0 });
	});
});

describe('an answer', () => {
	test('without content is one', async () => {
		const client = await scriptedClient(() => answered(204, ''));
		expect(await client.attempt(SUBMIT)).toEqual({ ok: true, body: {} });
	});

	test.each<[number, unknown, string]>([
		[200, '<html>Hello</html>', 'unknown'],
		[200, null, 'unknown'],
		[200, 5, 'unknown'],
		[300, {}, 'refused'],
		[199, {}, 'unknown'],
	])('that cannot be understood is none: HTTP %d, %j', async (status, body, kind) => {
		const client = await scriptedClient(() =>
			answered(status, body as IN8nHttpFullResponse['body']),
		);
		expect(await client.attempt(SUBMIT)).toMatchObject({ ok: false, failure: { kind, status } });
	});

	test('is quoted without what is secret', async () => {
		const client = await scriptedClient(() =>
			answered(400, { message: 'hunter2-Zx81 and sk_token_1 are wrong' }),
		);
		client.keepSecret('hunter2-Zx81');
		expect(await client.attempt(SUBMIT)).toMatchObject({
			failure: { message: '*** and *** are wrong' },
		});
	});
});

test('a client knows the node, the stop of the execution, and where people look', async () => {
	const { signal } = new AbortController();
	const node = { ...NODE, parameters: { filePassword: 'hunter2' } };
	const client = await scriptedClient(never, { signal, node });
	expect(client.node).toEqual({ ...NODE, parameters: { filePassword: '***' } });
	expect(client.signal).toBe(signal);
	expect(client.dashboardUrl).toBe('https://dashboard.extend.ai');
});

describe('an answer about one object', () => {
	const ONE = ExtendClient.getOne('/files', 'file_1');

	test('is taken if it is about that object', async () => {
		const client = await scriptedClient(() => answered(200, { id: 'file_1', name: 'a.pdf' }));
		expect((await ending(client.attempt(ONE), 100))?.result).toEqual({
			ok: true,
			body: { id: 'file_1', name: 'a.pdf' },
		});
	});

	test.each<[number, IDataObject]>([
		[200, {}],
		[200, { id: 'file_2' }],
		[200, { id: undefined, file_1: 'file_1' }],
		[204, {}],
	])('is unknown, and asked for again, if it is not: %d %j', async (status, body) => {
		let calls = 0;
		const client = await scriptedClient(() => {
			calls++;
			return answered(status, body);
		});
		const limited = client.within({ withinMs: 60_000 });
		expect((await ending(limited.attempt(ONE), 120_000))?.result).toMatchObject({
			ok: false,
			failure: { kind: 'unknown', status },
		});
		expect(calls).toBeGreaterThan(1);
	});
});

describe('the rate limit', () => {
	test('tells of a refusal only when it is final', async () => {
		const onFailure = jest.fn();
		let retryAfter = '1';
		const client = await scriptedClient((_request, number) =>
			number === 2 ? answered(200) : answered(429, {}, { 'retry-after': retryAfter }),
		);
		await ending(client.attempt({ ...READ, onFailure }), 5000);
		expect(onFailure).not.toHaveBeenCalled();
		retryAfter = '3600';
		await ending(client.attempt({ ...READ, onFailure }), 5000);
		expect(onFailure).toHaveBeenCalledTimes(1);
	});

	test('gives up after ten minutes in which nothing got through, not before', async () => {
		const client = await scriptedClient(() => answered(429, {}, { 'retry-after': '20' }));
		const call = client.attempt(READ);
		expect(await ending(call, 9.5 * 60_000)).toBeUndefined();
		const ended = await ending(call, 2 * 60_000);
		expect(ended?.result).toMatchObject({ ok: false, failure: { status: 429 } });
	});

	test('gives up at once when it is to wait for longer than that', async () => {
		const client = await scriptedClient(() => answered(429, {}, { 'retry-after': '3600' }));
		const ended = await ending(client.attempt(READ), 1000);
		expect(ended?.result).toMatchObject({ ok: false, failure: { status: 429 } });
		// Another call asks for itself; it is not held back for an hour.
		expect((await ending(client.attempt(READ), 1000))?.result.ok).toBe(false);
	});

	test('does not give up as long as others get through', async () => {
		let last = 0;
		// One call in 30 seconds: the last of 40 waits for 20 minutes.
		const client = await scriptedClient(() => {
			const now = performance.now();
			if (now - last < 30_000) return answered(429, {}, { 'retry-after': '3' });
			last = now;
			return answered(200);
		});
		const calls = Array.from({ length: 40 }, async () => await client.attempt(READ));
		await jest.advanceTimersByTimeAsync(60 * 60_000);
		expect((await Promise.all(calls)).every(({ ok }) => ok)).toBe(true);
	});

	test.each([
		['RUN', 8],
		['GET', 32],
		['WRITE', 32],
	] as const)('%s: at most %d calls are under way at once', async (category, most) => {
		let underWay = 0;
		let mostUnderWay = 0;
		const client = await scriptedClient(async () => {
			mostUnderWay = Math.max(mostUnderWay, ++underWay);
			await new Promise((resolve) => setTimeout(resolve, 100));
			underWay--;
			return answered(200);
		});
		const calls = Array.from({ length: 300 }, async () => {
			await client.attempt({ ...SUBMIT, category });
		});
		await jest.advanceTimersByTimeAsync(60_000);
		await Promise.all(calls);
		expect(mostUnderWay).toBe(most);
	});

	test.each([
		[10, 100],
		[25, 500],
	])('of %d calls a second is used to nine tenths by %d calls', async (perSecond, count) => {
		let starts: number[] = [];
		const client = await scriptedClient(async () => {
			await new Promise((resolve) => setTimeout(resolve, 20));
			const now = performance.now();
			starts = starts.filter((at) => at > now - 1000);
			if (starts.length >= perSecond) return answered(429);
			starts.push(now);
			return answered(200);
		});
		const start = performance.now();
		let endedMs = 0;
		const calls = Array.from({ length: count }, async () => {
			expect(await client.attempt(READ)).toMatchObject({ ok: true });
			endedMs = performance.now() - start;
		});
		await jest.advanceTimersByTimeAsync(120_000);
		await Promise.all(calls);
		expect(count / (endedMs / 1000)).toBeGreaterThan(0.9 * perSecond);
	});

	/** How many calls of a client are refused by a limit of ten a second, which it may know already. */
	async function refusedCalls(flow: IDataObject, apiToken: string): Promise<number> {
		let starts: number[] = [];
		let refused = 0;
		const client = await scriptedClient(
			async () => {
				await new Promise((resolve) => setTimeout(resolve, 30));
				const now = performance.now();
				starts = starts.filter((at) => at > now - 1000);
				if (starts.length < 10) {
					starts.push(now);
					return answered(200);
				}
				refused++;
				return answered(429, {}, { 'retry-after': '1' });
			},
			{ flow, credential: { apiToken } },
		);
		const calls = Array.from({ length: 60 }, async () => await client.attempt(READ));
		await jest.advanceTimersByTimeAsync(120_000);
		expect((await Promise.all(calls)).every(({ ok }) => ok)).toBe(true);
		await jest.advanceTimersByTimeAsync(2000);
		return refused;
	}

	test('that one node found out, the next node of the execution keeps to', async () => {
		const flow = {};
		expect(await refusedCalls(flow, 'sk_token_1')).toBeGreaterThan(5);
		expect(await refusedCalls(flow, 'sk_token_1')).toBeLessThan(4);
		expect(await refusedCalls(flow, 'sk_token_2')).toBeGreaterThan(5);
	});
});

describe('a stopped execution', () => {
	test('leaves open what became of a request that is under way', async () => {
		const stop = new AbortController();
		const client = await scriptedClient(
			async () =>
				await new Promise((_resolve, reject) => {
					stop.signal.addEventListener('abort', () => {
						reject(Object.assign(new Error('canceled'), { code: 'ERR_CANCELED' }));
					});
				}),
			{ signal: stop.signal },
		);
		const call = client.attempt(SUBMIT);
		await jest.advanceTimersByTimeAsync(100);
		stop.abort();
		expect((await ending(call, 500))?.result).toMatchObject({
			ok: false,
			failure: { kind: 'interrupted' },
		});
	});

	test('ends calls that wait for their turn, as not sent', async () => {
		const stop = new AbortController();
		let calls = 0;
		const client = await scriptedClient(
			() => {
				calls++;
				return answered(429, {}, { 'retry-after': '100' });
			},
			{ signal: stop.signal },
		);
		const all = Promise.all([1, 2].map(async () => await client.attempt(SUBMIT)));
		await jest.advanceTimersByTimeAsync(100);
		stop.abort();
		await jest.advanceTimersByTimeAsync(500);
		const cancelled = { ok: false, failure: { kind: 'cancelled', message: '' } };
		expect(await all).toEqual([cancelled, cancelled]);
		expect(calls).toBe(1);
	});
});

describe('the account', () => {
	const credential = { apiToken: 'sk_token_1', region: 'us', workspaceId: 'ws_1' };
	const accountOf = async (changes: object) =>
		(await scriptedClient(never, { credential: { ...credential, ...changes } })).account;

	test('is the same for what reaches the same one, and tells nothing', async () => {
		const account = await accountOf({});
		expect(account).toMatch(/^[\w-]{16}$/);
		expect(await accountOf({ apiToken: ' sk_token_1\n', baseUrl: 'https://left.over' })).toBe(
			account,
		);
		expect(await accountOf({ region: 'custom', baseUrl: 'https://api.extend.ai/' })).toBe(account);
	});

	test('is another one for another token, region, address or workspace', async () => {
		const accounts = await Promise.all(
			[
				{},
				{ apiToken: 'sk_token_2' },
				{ region: 'eu' },
				{ region: 'custom', baseUrl: 'https://my.own' },
				{ workspaceId: 'ws_2' },
				{ workspaceId: '' },
			].map(accountOf),
		);
		expect(new Set(accounts).size).toBe(accounts.length);
	});
});
