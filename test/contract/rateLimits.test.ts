import { SEED_WORKFLOWS, startSimulator, type Simulator } from '../simulator';
import { RateLimiter } from '../simulator/http/limiter';
import { defaultSettings, type RateLimiterKind } from '../simulator/world/settings';
import { raw, urlInputs } from './clients';

const KINDS: RateLimiterKind[] = ['tokenBucket', 'slidingWindow', 'fixedWindow'];

describe.each(KINDS)('the limiter as a %s', (rateLimiter) => {
	function limiterOf(limit: number) {
		const settings = { ...defaultSettings(), rateLimiter };
		settings.rateLimits = { GET: null, WRITE: null, RUN: limit };
		return { settings, limiter: new RateLimiter(settings) };
	}

	/** Calls let through per second when `rate` are made a second, evenly, from `start`. */
	function allowed(
		limiter: RateLimiter,
		rate: number,
		seconds: number,
		start = 1_000_000_000,
	): number {
		let count = 0;
		for (let call = 0; call < rate * seconds; call++) {
			if (limiter.take('RUN', start + (call * 1000) / rate).allowed) count += 1;
		}
		return count / seconds;
	}

	it.each([1, 10, 75])('lets %d calls a second through', (limit) => {
		const { limiter } = limiterOf(limit);
		const rate = allowed(limiter, limit * 4, 20);
		expect(rate).toBeGreaterThanOrEqual(limit * 0.98);
		expect(rate).toBeLessThanOrEqual(limit * 1.06);
	});

	it('turns nothing away below the limit, and nothing in other categories', () => {
		const { limiter } = limiterOf(10);
		expect(allowed(limiter, 9, 20)).toBe(9);
		for (let call = 0; call < 100; call++) expect(limiter.take('GET', 5).allowed).toBe(true);
	});

	it('allows one second’s worth at once', () => {
		const { limiter } = limiterOf(10);
		const verdicts = Array.from({ length: 15 }, () => limiter.take('RUN', 2_000_000_000));
		expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(10);
		const last = verdicts[14];
		if (!last || last.allowed) throw new Error('Expected a rejection');
		expect(last.waitMs).toBeGreaterThan(0);
		expect(limiter.take('RUN', 2_000_000_000 + last.waitMs + 0.001).allowed).toBe(true);
	});

	it('follows a change of the limit at once', () => {
		const { settings, limiter } = limiterOf(10);
		expect(allowed(limiter, 100, 10)).toBeLessThan(11.5);
		settings.rateLimits.RUN = 40;
		expect(allowed(limiter, 100, 10, 1_000_020_000)).toBeGreaterThan(39);
		settings.rateLimits.RUN = 0;
		expect(limiter.take('RUN', 1_000_040_000)).toMatchObject({ allowed: false });
		settings.rateLimits.RUN = null;
		expect(limiter.take('RUN', 1_000_040_000)).toEqual({ allowed: true });
	});

	it('shares the limit with the other client', () => {
		const { settings, limiter } = limiterOf(10);
		settings.otherClient = { RUN: 5 };
		const rate = allowed(limiter, 100, 20);
		const { succeeded, rejected } = limiter.otherClient.RUN;
		expect(succeeded + rejected).toBe(100);
		expect(rate + succeeded / 20).toBeGreaterThan(9.8);
		expect(rate + succeeded / 20).toBeLessThan(10.6);
	});
});

describe('a limited service', () => {
	let simulator: Simulator;
	let workflow: { id: string };

	beforeAll(async () => {
		simulator = await startSimulator({
			settings: { rateLimits: { GET: 5, WRITE: 3, RUN: 2 }, rateLimiter: 'slidingWindow' },
		});
		const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
		workflow = { id };
	});
	afterAll(async () => {
		await simulator.close();
	});

	it('meters each category for itself', async () => {
		const client = raw(simulator);
		const repeat = async (call: () => Promise<{ status: number }>) => {
			const answers = await Promise.all(Array.from({ length: 8 }, call));
			return answers.filter(({ status }) => status === 200).length;
		};
		const body = { workflow, inputs: urlInputs(1) };
		const endpoint = {
			url: 'https://example.com/hook',
			name: 'x',
			enabledEvents: [],
			apiVersion: '2026-02-09',
		};
		expect(await repeat(async () => await client.get('/workflows'))).toBe(5);
		expect(await repeat(async () => await client.post('/webhook_endpoints', endpoint))).toBe(3);
		expect(await repeat(async () => await client.post('/workflow_runs/batch', body))).toBe(2);
		expect(simulator.ledger.counts()).toEqual({
			GET: { 200: 5, 429: 3 },
			WRITE: { 200: 3, 429: 5 },
			RUN: { 200: 2, 429: 6 },
		});
		expect(simulator.ledger.batches).toHaveLength(2);
	});

	it('says when to come back, if told to', async () => {
		Object.assign(simulator.settings.rateLimits, { GET: 0 });
		const header = async () =>
			(await raw(simulator).get('/workflows')).headers['retry-after'] as string | undefined;
		expect(await header()).toBeUndefined();
		simulator.settings.retryAfter = 'seconds';
		expect(Number(await header())).toBeGreaterThan(0);
		simulator.settings.retryAfter = 'date';
		const { headers } = await raw(simulator).get('/workflows');
		const [wanted, now] = [headers['retry-after'], headers.date].map((date) =>
			Date.parse(String(date)),
		) as [number, number];
		expect(wanted).toBeGreaterThan(now);
	});
});
