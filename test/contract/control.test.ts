import axios from 'axios';

import {
	SEED_WORKFLOWS,
	startSimulator,
	TOKENS,
	type Simulator,
	type SimulatorSummary,
} from '../simulator';
import { raw, sdk, urlInputs } from './clients';

let simulator: Simulator;
const control = axios.create({ validateStatus: () => true });

beforeAll(async () => {
	simulator = await startSimulator({ settings: { queueMs: 0, processMs: 0 } });
	control.defaults.baseURL = `${simulator.url}/_simulator`;
});
afterAll(async () => {
	await simulator.close();
});
beforeEach(() => {
	simulator.reset();
});

async function submit(count: number) {
	const workflow = { id: simulator.workflow(SEED_WORKFLOWS.invoices).id };
	const inputs = urlInputs(count);
	await sdk(simulator).workflowRuns.createBatch({ workflow, inputs });
	return inputs.map(({ file }) => file.url);
}

it('shows the state', async () => {
	await submit(3);
	const { data } = await control.get<SimulatorSummary>('/state');
	expect(data).toMatchObject({
		batches: 1,
		runs: 3,
		runStatuses: { PROCESSED: 3 },
		requests: { RUN: { 200: 1 } },
		otherClient: { RUN: { succeeded: 0, rejected: 0 } },
	});
	expect(data.workflows.map(({ name }) => name)).toContain(SEED_WORKFLOWS.receipts);
	expect((await control.get('/summary')).data).toEqual(data);
	expect(simulator.ledger.requests).toHaveLength(1);
});

it('reads the ledger in pages or as NDJSON', async () => {
	await submit(5);
	const page = await control.get('/runs', { params: { offset: 3, limit: 1 } });
	expect(page.data).toMatchObject({ total: 5, offset: 3, data: [{ metadata: { row: 3 } }] });
	const lines = await control.get<string>('/runs?format=ndjson');
	expect(lines.headers['content-type']).toContain('ndjson');
	expect(lines.data.trim().split('\n')).toHaveLength(5);
	for (const list of ['batches', 'requests']) {
		expect((await control.get(`/${list}`)).data).toMatchObject({ total: 1 });
	}
	for (const list of ['uploads', 'deliveries']) {
		expect((await control.get(`/${list}`)).data).toEqual({ total: 0, offset: 0, data: [] });
	}
});

it('never shows secrets', async () => {
	const workflow = { id: simulator.workflow(SEED_WORKFLOWS.invoices).id };
	const settings = { password: 'hunter2' };
	const file = { url: 'https://example.com/a.pdf', settings };
	await sdk(simulator).workflowRuns.createBatch({
		workflow,
		inputs: [{ file, secrets: { KEY: 'shh' } }],
	});
	const all = await Promise.all(
		['/runs', '/state', '/requests'].map(async (path) => (await control.get<unknown>(path)).data),
	);
	expect(JSON.stringify(all)).not.toMatch(/hunter2|shh/);
});

it('settles the account', async () => {
	const documents = [...(await submit(2)), 'https://example.com/missing.pdf'];
	expect((await control.post('/account', { documents })).data).toEqual({
		documents: 3,
		batches: 1,
		runs: 2,
		doubled: [],
		lost: ['https://example.com/missing.pdf'],
		unexpected: [],
	});
});

it.each(['post', 'patch'] as const)('changes settings (%s)', async (method) => {
	await control[method]('/settings', { rateLimits: { RUN: 7 }, retryAfter: 'seconds' });
	expect(simulator.settings).toMatchObject({
		rateLimits: { GET: null, WRITE: null, RUN: 7 },
		retryAfter: 'seconds',
	});
	await control[method]('/settings', { rateLimits: { RUN: null } });
	expect(simulator.settings.rateLimits.RUN).toBeNull();
});

it('refuses settings it does not know', async () => {
	const unknown = await control.patch('/settings', { rateLimit: 5 });
	expect(unknown.status).toBe(400);
	expect(unknown.data).toMatchObject({ message: expect.stringContaining('rateLimit') });
	expect((await control.patch('/settings', { queueMs: '5' })).status).toBe(400);
	const word = await control.patch('/settings', { listOrder: 'shuffle' });
	expect(word.status).toBe(400);
	expect(word.data).toMatchObject({ message: expect.stringContaining('input, shuffled') });
	expect(simulator.settings.listOrder).not.toBe('shuffle');
});

it('sets and takes away faults', async () => {
	const fault = { kind: 'refuse', status: 402, on: { path: { regexp: '^/workflows$' } } };
	const { data } = await control.post<Array<{ id: string }>>('/faults', [fault, fault]);
	expect(data).toHaveLength(2);
	expect((await raw(simulator).get('/workflows')).status).toBe(402);
	expect((await control.get('/faults')).data).toMatchObject([
		{ fault, seen: 1, struck: 1 },
		{ fault, seen: 1, struck: 0 },
	]);
	await control.delete(`/faults/${data[0]?.id ?? ''}`);
	expect((await control.get('/faults')).data).toHaveLength(1);
	await control.delete('/faults');
	expect((await raw(simulator).get('/workflows')).status).toBe(200);
	expect((await control.post('/faults', { kind: 'typo' })).status).toBe(400);
});

it('adds workflows, ends reviews, sends events and resets', async () => {
	const added = await control.post('/workflows', { count: 30 });
	expect(added.data).toHaveLength(30);
	const removed = simulator.workflow('Workflow 0007').id;
	expect((await control.delete(`/workflows/${removed}`)).data).toEqual({ id: removed });
	expect((await control.delete(`/workflows/${removed}`)).status).toBe(404);
	expect(simulator.workflows).toHaveLength(33);
	const workflow = { id: simulator.workflow('Workflow 0030').id };
	const file = { text: 'x' };
	const run = await sdk(simulator).workflowRuns.create({
		workflow,
		file,
		metadata: { simulate: 'NEEDS_REVIEW' },
	});
	const review = await control.post(`/runs/${run.id}/review`, { decision: 'approve' });
	expect(review.data).toMatchObject({ status: 'PROCESSED', reviewed: true });
	const event = await control.post('/events', { eventType: 'extract_run.processed' });
	expect(event.data).toEqual({ eventId: expect.stringMatching(/^event_/) });
	await control.patch('/settings', { queueMs: 5, listOrder: 'shuffled' });
	const { queueMs } = (await control.post<SimulatorSummary>('/reset')).data.settings;
	expect(queueMs).toBe(0);
	expect(simulator.summary()).toMatchObject({ runs: 0 });
	expect(simulator.workflows).toHaveLength(4);
});

it('serves a sample document under any name', async () => {
	const answer = await axios.get<string>(`${simulator.url}/documents/invoice%207.pdf`);
	expect(answer.headers['content-type']).toBe('application/pdf');
	expect(answer.data).toMatch(/^%PDF-1\.4[\s\S]+%%EOF\s*$/);
	const start = Number(/startxref\n(\d+)/.exec(answer.data)?.[1]);
	expect(answer.data.slice(start, start + 4)).toBe('xref');
});

it('needs no token, while the API does', async () => {
	expect((await control.get('/state')).status).toBe(200);
	expect(
		(await axios.get(`${simulator.url}/workflows`, { validateStatus: () => true })).status,
	).toBe(401);
	expect(TOKENS.workspace).toMatch(/^sk_/);
});
