import { AxiosError } from 'axios';

import { SEED_WORKFLOWS, startSimulator, type Fault, type Simulator } from '../simulator';
import { raw, sdk, urlInputs } from './clients';

let simulator: Simulator;
let workflow: { id: string };

beforeAll(async () => {
	simulator = await startSimulator();
});
afterAll(async () => {
	await simulator.close();
});
beforeEach(() => {
	simulator.reset();
	const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
	workflow = { id };
});

/** Submits a batch of three and gives the answer, or the code of the network error. */
async function submit(timeout = 10_000) {
	try {
		const body = { workflow, inputs: urlInputs(3) };
		return await raw(simulator).post<unknown>('/workflow_runs/batch', body, { timeout });
	} catch (error) {
		if (error instanceof AxiosError) return { status: 0, code: error.code, data: undefined };
		throw error;
	}
}

describe.each([
	['Before', 0],
	['After', 1],
])('a fault %s the call is carried out', (when, batches) => {
	afterEach(() => {
		expect(simulator.ledger.batches).toHaveLength(batches);
		expect(simulator.ledger.runs).toHaveLength(batches * 3);
	});

	it.each([500, 502, 503, 504] as const)('answers %d', async (status) => {
		simulator.faults.add({ kind: `serverError${when}`, status, times: 1 } as Fault);
		expect(await submit()).toMatchObject({ status, data: { code: 'INTERNAL_ERROR' } });
		expect(simulator.ledger.requests[0]).toMatchObject({ status, fault: `serverError${when}` });
	});

	it('answers an error page', async () => {
		const fault = { kind: `serverError${when}`, status: 502, body: 'html' } as Fault;
		simulator.faults.add(fault);
		expect(await submit()).toMatchObject({
			status: 502,
			data: expect.stringContaining('<html>'),
		});
	});

	it('resets the connection', async () => {
		simulator.faults.add({ kind: `reset${when}` } as Fault);
		expect(await submit()).toMatchObject({ status: 0, code: 'ECONNRESET' });
		expect(simulator.ledger.requests[0]).toMatchObject({ status: 0, fault: `reset${when}` });
	});

	it('never answers', async () => {
		simulator.faults.add({ kind: `hang${when}` } as Fault);
		expect(await submit(400)).toMatchObject({ status: 0, code: 'ECONNABORTED' });
	});

	it('answers half of the JSON', async () => {
		simulator.faults.add({ kind: `truncated${when}` } as Fault);
		const answer = await submit();
		expect(answer.status).toBe(200);
		expect(answer.data).toMatch(/^\{"batchId":"/);
		expect(() => JSON.parse(String(answer.data)) as unknown).toThrow(SyntaxError);
	});

	it('answers half of the JSON and closes', async () => {
		simulator.faults.add({ kind: `truncated${when}`, contentLength: 'tooLong' } as Fault);
		expect(await submit()).toMatchObject({ status: 0 });
	});
});

it('refuses as told', async () => {
	simulator.faults.add({
		kind: 'refuse',
		status: 409,
		code: 'DUPLICATE',
		message: 'No',
		retryable: true,
	});
	expect(await submit()).toMatchObject({
		status: 409,
		data: { code: 'DUPLICATE', message: 'No', retryable: true },
	});
	expect(simulator.ledger.batches).toEqual([]);
});

it.each([
	[undefined, /^none$/],
	['seconds', /^7$/],
	['date', /GMT$/],
] as const)('answers 429 with retry-after: %s', async (retryAfter, expected) => {
	simulator.faults.add({ kind: 'rateLimited', retryAfter, seconds: 7 });
	const answer = await raw(simulator).get('/workflows');
	expect(answer.status).toBe(429);
	expect(answer.data).toMatchObject({
		code: 'RATE_LIMIT_EXCEEDED',
		message: 'Too many requests. Back off and retry.',
		retryable: true,
	});
	const header = answer.headers['retry-after'] as string | undefined;
	expect(header ?? 'none').toMatch(expected);
});

it('delays, and adds the delay to another fault', async () => {
	simulator.faults.add({ kind: 'delay', ms: 60, when: 'after' });
	simulator.faults.add({ kind: 'serverErrorAfter', status: 503 });
	const started = performance.now();
	expect((await submit()).status).toBe(503);
	expect(performance.now() - started).toBeGreaterThan(55);
	expect(simulator.ledger.requests[0]?.fault).toBe('delay+serverErrorAfter');
});

describe('when and where a fault strikes', () => {
	async function statuses(count: number, path = '/workflows'): Promise<number[]> {
		const found: number[] = [];
		for (let index = 0; index < count; index++) {
			found.push((await raw(simulator).get(path)).status);
		}
		return found;
	}

	it('strikes each call unless told otherwise', async () => {
		simulator.faults.add({ kind: 'refuse' });
		expect(await statuses(3)).toEqual([400, 400, 400]);
	});

	it('strikes the nth call, and so many from there', async () => {
		const fault = simulator.faults.add({ kind: 'refuse', nth: 2 });
		expect(await statuses(4)).toEqual([200, 400, 200, 200]);
		expect(fault).toMatchObject({ seen: 4, struck: 1 });
		simulator.faults.clear(fault.id);
		simulator.faults.add({ kind: 'refuse', nth: 2, times: 2 });
		expect(await statuses(4)).toEqual([200, 400, 400, 200]);
	});

	it('strikes by chance, the same way for the same seed', async () => {
		const play = async () => {
			simulator.reset();
			simulator.faults.add({ kind: 'refuse', probability: 0.5 });
			return await statuses(20);
		};
		const first = await play();
		expect(await play()).toEqual(first);
		expect(new Set(first)).toEqual(new Set([200, 400]));
	});

	it.each<[string, Fault['on'], number[]]>([
		['method', { method: 'post' }, [200, 200]],
		['category', { category: 'GET' }, [400, 400]],
		['exact path', { path: '/workflows' }, [400, 200]],
		['pattern', { path: '/f*' }, [200, 400]],
		['regular expression', { path: /^\/files/ }, [200, 400]],
		['regular expression in JSON', { path: { regexp: '^/FILES', flags: 'i' } }, [200, 400]],
	])('can be told the %s', async (_what, on, expected) => {
		simulator.faults.add({ kind: 'refuse', on });
		const found = [...(await statuses(1)), ...(await statuses(1, '/files?maxPageSize=5'))];
		expect(found).toEqual(expected);
	});

	it('lets the oldest of several decide, and goes on with the next', async () => {
		simulator.faults.add({ kind: 'refuse', status: 402, times: 1 });
		simulator.faults.add({ kind: 'refuse', status: 404, times: 1 });
		expect(await statuses(3)).toEqual([402, 404, 200]);
	});

	it('does not count calls that the limiter turns away', async () => {
		simulator.settings.rateLimits.GET = 0;
		const fault = simulator.faults.add({ kind: 'refuse', nth: 1 });
		expect(await statuses(2)).toEqual([429, 429]);
		simulator.settings.rateLimits.GET = null;
		expect(await statuses(2)).toEqual([400, 200]);
		expect(fault.struck).toBe(1);
	});

	it('refuses a kind it does not know', () => {
		const fault = { kind: 'typo' } as unknown as Fault;
		expect(() => simulator.faults.add(fault)).toThrow('Unknown fault kind');
	});
});

it('strikes uploads too', async () => {
	const upload = async () => {
		const form = new FormData();
		form.append('file', new File(['x'.repeat(200_000)], 'a.pdf'));
		return (await raw(simulator).post('/files/upload', form)).status;
	};
	simulator.faults.add({ kind: 'resetBefore', times: 1 });
	simulator.faults.add({ kind: 'serverErrorAfter', times: 1 });
	await expect(upload()).rejects.toThrow(/ECONNRESET|socket hang up|Broken pipe|EPIPE/i);
	expect(simulator.ledger.uploads).toHaveLength(0);
	expect(await upload()).toBe(500);
	expect(simulator.ledger.uploads).toHaveLength(1);
	expect(await upload()).toBe(200);
	expect(simulator.ledger.uploads).toHaveLength(2);
});

it('shows what the official SDK does to a batch whose answer is lost: it runs it twice', async () => {
	simulator.faults.add({ kind: 'serverErrorAfter', nth: 1 });
	const inputs = urlInputs(3);
	await sdk(simulator, { maxRetries: 2 }).workflowRuns.createBatch({ workflow, inputs });
	const urls = inputs.map(({ file }) => file.url);
	expect(simulator.ledger.account(urls)).toMatchObject({ batches: 2, doubled: urls, lost: [] });
});

it('lets the official SDK wait for as long as a 429 says', async () => {
	simulator.faults.add({ kind: 'rateLimited', retryAfter: 'seconds', seconds: 1, nth: 1 });
	const started = performance.now();
	await sdk(simulator, { maxRetries: 1 }).workflows.list();
	expect(performance.now() - started).toBeGreaterThan(950);
	expect(simulator.ledger.counts().GET).toEqual({ 429: 1, 200: 1 });
});

it('closes while calls hang', async () => {
	const own = await startSimulator();
	own.faults.add({ kind: 'hangAfter' });
	const call = raw(own)
		.get('/workflows')
		.catch((error: unknown) => (error as AxiosError).code);
	await new Promise((resolve) => setTimeout(resolve, 50));
	await own.close();
	expect(await call).toBe('ECONNRESET');
});
