import type { Extend } from 'extend-ai';

import { API_VERSION, SEED_WORKFLOWS, startSimulator, type Simulator } from '../simulator';
import { raw, sdk, urlInputs } from './clients';

let simulator: Simulator;
let workflow: { id: string };

beforeAll(async () => {
	simulator = await startSimulator({ settings: { queueMs: 0, processMs: 0, jitter: 0 } });
});
afterAll(async () => {
	await simulator.close();
});
beforeEach(() => {
	simulator.reset();
	const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
	workflow = { id };
});

async function submit(inputs: object[]) {
	return await raw(simulator).post('/workflow_runs/batch', { workflow, inputs });
}

describe('a body over the limit', () => {
	it('gets the 413 of a proxy, whoever sends it', async () => {
		simulator.settings.bodyLimitBytes = 1_000_000;
		const inputs = [{ file: { text: 'x'.repeat(5_000_000) } }];
		for (const client of [raw(simulator), raw(simulator, { authorization: '' })]) {
			const answer = await client.post('/workflow_runs/batch', { workflow, inputs });
			expect(answer.status).toBe(413);
			expect(answer.headers['content-type']).toContain('text/html');
			expect(answer.data).toContain('<h1>413 Request Entity Too Large</h1>');
		}
		expect(simulator.ledger.requests).toMatchObject([{ status: 413 }, { status: 413 }]);
		expect(simulator.ledger.runs).toEqual([]);
	});

	it('is told from one just below, with or without a length', async () => {
		const body = JSON.stringify({ workflow, inputs: urlInputs(5) });
		const statuses = async (bytes: number) => {
			simulator.settings.bodyLimitBytes = bytes;
			const stream = new Blob([body]).stream();
			const post = { method: 'POST', headers: HEADERS };
			const url = `${simulator.url}/workflow_runs/batch`;
			return [
				(await fetch(url, { ...post, body })).status,
				(await fetch(url, { ...post, body: stream, duplex: 'half' } as RequestInit)).status,
			];
		};
		expect(await statuses(body.length - 1)).toEqual([413, 413]);
		expect(await statuses(body.length)).toEqual([200, 200]);
	});

	it('does not touch uploads', async () => {
		simulator.settings.bodyLimitBytes = 1000;
		const content = new File([`%PDF-1.4 ${'x'.repeat(5000)}`], 'a.pdf');
		expect((await sdk(simulator).files.upload(content, {})).name).toBe('a.pdf');
	});

	it('is not one of nearly a hundred megabytes', async () => {
		const inputs = Array.from({ length: 99 }, () => ({ file: { text: 'x'.repeat(1_000_000) } }));
		expect((await submit(inputs)).status).toBe(200);
		expect(simulator.ledger.runs).toHaveLength(99);
	});
});

describe('an address that is no Extend API', () => {
	it.each([
		['webPage', /^<!doctype html>/],
		['otherApi', /^\{"status":"ok"\}$/],
	] as const)('answers 200 everywhere (%s)', async (apiKind, body) => {
		simulator.settings.apiKind = apiKind;
		for (const path of ['/workflows', '/workflow_runs/x', '/nothing']) {
			const answer = await raw(simulator, { authorization: 'none' }).get(path, {
				responseType: 'text',
				transformResponse: (data: unknown) => data,
			});
			expect(answer.status).toBe(200);
			expect(answer.data).toMatch(body);
		}
		expect(await submit(urlInputs(1))).toMatchObject({ status: 200 });
		expect(simulator.ledger.runs).toEqual([]);
		simulator.reset();
		expect((await raw(simulator).get('/nothing')).status).toBe(404);
	});
});

describe('a fault', () => {
	it.each([
		['Before', 0],
		['After', 1],
	])('can put another body in the place of an answer (%s)', async (when, batches) => {
		const kind = when === 'Before' ? 'replacedBefore' : 'replacedAfter';
		simulator.faults.add({ kind, times: 1 });
		const page = await submit(urlInputs(1));
		expect(page.status).toBe(200);
		expect(page.headers['content-type']).toContain('text/html');
		expect(simulator.ledger.batches).toHaveLength(batches);
		simulator.faults.add({ kind, body: { id: null }, times: 1 });
		const other = await submit(urlInputs(1));
		expect(other.status).toBe(200);
		expect(other.data).toEqual({ id: null });
	});

	it('can say that an endpoint was removed', async () => {
		simulator.faults.add({ kind: 'refuse', status: 410, on: { path: '/workflow_runs' } });
		expect((await raw(simulator).get('/workflow_runs')).data).toMatchObject({
			code: 'ENDPOINT_REMOVED',
			retryable: false,
		});
		expect((await raw(simulator).get('/workflow_runs')).status).toBe(410);
		expect((await raw(simulator).get('/workflows')).status).toBe(200);
	});

	it('can close a list for many minutes', async () => {
		const fault = { kind: 'rateLimited', retryAfter: 'seconds', seconds: 1800 } as const;
		simulator.faults.add({ ...fault, on: { path: '/workflow_runs', method: 'GET' } });
		const answer = await raw(simulator).get('/workflow_runs');
		expect(answer.status).toBe(429);
		expect(answer.headers['retry-after']).toBe('1800');
		expect((await submit(urlInputs(1))).status).toBe(200);
	});
});

describe('a webhook endpoint', () => {
	const create = async (changes: object) =>
		await raw(simulator).post<Extend.WebhookEndpoint>('/webhook_endpoints', {
			url: 'https://example.com/hook',
			name: 'n8n',
			enabledEvents: [],
			apiVersion: API_VERSION,
			...changes,
		});

	it.each(['n8n: a/b', 'Rechnungen für März', 'a_b', 'a.b'])(
		'may be refused for its name %p',
		async (name) => {
			expect((await create({ name })).status).toBe(200);
			simulator.settings.endpointNames = 'strict';
			const answer = await create({ name });
			expect(answer.status).toBe(400);
			expect(answer.data).toMatchObject({ message: expect.stringMatching(/^name: /) });
			const { data } = await create({ name: 'n8n - Invoices 2' });
			const rename = await raw(simulator).post(`/webhook_endpoints/${data.id}`, { name });
			expect(rename.status).toBe(400);
		},
	);

	it('may be shown with another form of its URL', async () => {
		const url = 'HTTPS://Bücher.Example.COM:443/Hook Für/a?b=ü';
		expect((await create({ url: 'HTTPS://Example.COM:443/Hook' })).data.url).toBe(
			'HTTPS://Example.COM:443/Hook',
		);
		simulator.settings.endpointUrls = 'normalized';
		const { data } = await create({ url: url.replace(' ', '-') });
		const normal = 'https://xn--bcher-kva.example.com/Hook-F%C3%BCr/a?b=%C3%BC';
		expect(data.url).toBe(normal);
		expect((await sdk(simulator).webhookEndpoints.retrieve(data.id)).url).toBe(normal);
		const moved = { url: 'http://EXAMPLE.com:80' };
		const changed = await raw(simulator).post<Extend.WebhookEndpoint>(
			`/webhook_endpoints/${data.id}`,
			moved,
		);
		expect(changed.data.url).toBe('http://example.com/');
	});
});

it('is what it was started as after a reset', async () => {
	const started = structuredClone(simulator.settings);
	Object.assign(simulator.settings, {
		clockOffsetMs: 1,
		listOrder: 'shuffled',
		queueMs: 7,
		concurrency: 3,
		otherClient: { GET: 1 },
	});
	simulator.settings.rateLimits.RUN = 1;
	expect(simulator.settings).not.toEqual(started);
	const { settings } = simulator;
	simulator.reset();
	workflow = { id: simulator.workflow(SEED_WORKFLOWS.invoices).id };
	expect(simulator.settings).toEqual(started);
	expect(simulator.settings).toBe(settings);
	expect((await submit(urlInputs(1))).status).toBe(200);
});

const HEADERS = {
	authorization: 'Bearer sk_sim_workspace',
	'x-extend-api-version': API_VERSION,
	'content-type': 'application/json',
};
