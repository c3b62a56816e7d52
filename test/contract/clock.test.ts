import type { Extend } from 'extend-ai';

import { API_VERSION, SEED_WORKFLOWS, startSimulator, tame, type Simulator } from '../simulator';
import { Clock } from '../simulator/world/clock';
import { pause, raw, sdk, until, urlInputs } from './clients';
import { startReceiver } from './receiver';

const HOUR_MS = 3_600_000;

let simulator: Simulator;
let workflow: { id: string };

beforeAll(async () => {
	const settings = tame('Reads runs at once to see their dates', 'readableDelayMs');
	simulator = await startSimulator({
		settings: { ...settings, queueMs: 0, processMs: 0, jitter: 0 },
	});
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

describe.each([
	['behind', -5 * HOUR_MS],
	['ahead', 5 * HOUR_MS],
])('Extend’s clock %s', (_where, clockOffsetMs) => {
	beforeEach(() => {
		simulator.settings.clockOffsetMs = clockOffsetMs;
	});

	/** Expects a time that Extend tells to be off as set, to the second. */
	function expectOff(time: unknown): void {
		const offset = Date.parse(String(time)) - Date.now();
		expect(Math.abs(offset - clockOffsetMs)).toBeLessThan(5000);
	}

	it('dates every answer', async () => {
		const client = raw(simulator);
		simulator.faults.add({ kind: 'refuse', on: { path: '/files' } });
		simulator.faults.add({ kind: 'truncatedBefore', on: { path: '/extractors' } });
		simulator.faults.add({ kind: 'serverErrorBefore', body: 'html', on: { path: '/splitters' } });
		for (const path of ['/workflows', '/nothing', '/files', '/extractors', '/splitters']) {
			expectOff((await client.get(path)).headers.date);
		}
		expectOff((await raw(simulator, { authorization: '' }).get('/workflows')).headers.date);
		expectOff((await submit(urlInputs(1))).headers.date);
	});

	it('dates runs, files, workflows and endpoints', async () => {
		const client = sdk(simulator);
		const file = await client.files.upload(new File(['%PDF-1.4'], 'a.pdf'), {});
		expectOff(file.createdAt);
		const { batchId } = await client.workflowRuns.createBatch({
			workflow,
			inputs: [{ file: { id: file.id }, metadata: { simulate: 'APPROVED' } }],
		});
		await pause(simulator.settings.reviewMs + 20);
		const [summary] = (await client.workflowRuns.list({ batchId })).data;
		const run = await client.workflowRuns.retrieve(summary?.id ?? '');
		for (const key of ['initialRunAt', 'startTime', 'endTime', 'reviewedAt'] as const) {
			expectOff(summary?.[key]);
			expect(run[key]).toBe(summary?.[key]);
		}
		expectOff(summary?.createdAt);
		expectOff(summary?.updatedAt);
		expectOff(run.files[0]?.createdAt);
		const extract = run.stepRuns.find(({ stepType }) => stepType === 'EXTRACT');
		expectOff((extract as Extend.StepRun.Extract).result?.extractRun.createdAt);
		const created = await client.workflows.create({ name: 'New' });
		expectOff(created.createdAt);
		expectOff((await client.workflowVersions.create(created.id, {})).createdAt);
		expectOff((await client.workflows.retrieve(created.id)).updatedAt);
		const endpoint = await client.webhookEndpoints.create({
			url: 'https://example.com/hook',
			name: 'x',
			enabledEvents: [],
			apiVersion: API_VERSION,
		});
		expectOff(endpoint.createdAt);
	});

	it('signs deliveries and dates a Retry-After', async () => {
		const receiver = await startReceiver();
		await sdk(simulator).webhookEndpoints.create({
			url: receiver.url,
			name: 'x',
			enabledEvents: ['workflow.created'],
			apiVersion: API_VERSION,
		});
		simulator.emit({ eventType: 'workflow.created' });
		await until(() => receiver.received.length === 1);
		await receiver.close();
		const seconds = Number(receiver.received[0]?.headers['x-extend-request-timestamp']);
		expectOff(new Date(seconds * 1000).toISOString());
		simulator.faults.add({ kind: 'rateLimited', retryAfter: 'date', seconds: 3 });
		expectOff((await raw(simulator).get('/workflows')).headers['retry-after']);
	});

	it('does not move when things happen, nor what was dated before', async () => {
		const client = sdk(simulator);
		simulator.settings.processMs = 100;
		const { batchId } = await client.workflowRuns.createBatch({ workflow, inputs: urlInputs(1) });
		const read = async () => (await client.workflowRuns.list({ batchId })).data[0];
		const before = await read();
		expect(before).toMatchObject({ status: 'PROCESSING', endTime: null });
		simulator.settings.clockOffsetMs = 0;
		await read();
		await pause(150);
		const after = await read();
		expect(after).toMatchObject({
			status: 'PROCESSED',
			createdAt: before?.createdAt,
			startTime: before?.startTime,
		});
		expect(Math.abs(Date.parse(after?.endTime ?? '') - Date.now())).toBeLessThan(5000);
	});
});

it('keeps the date of what happened in the very millisecond in which the clock is changed', () => {
	const settings = { clockOffsetMs: 0 };
	const clock = new Clock(settings);
	const stopped = jest.spyOn(Date, 'now').mockReturnValue(Date.now());
	try {
		const before = clock.now();
		settings.clockOffsetMs = HOUR_MS;
		const after = clock.now();
		expect(after).toBeGreaterThan(before);
		expect(clock.now()).toBe(after);
		expect(clock.extendTime(before)).toBe(before);
		expect(clock.extendTime(after)).toBe(after + HOUR_MS);
	} finally {
		stopped.mockRestore();
	}
});

it('lists by the dates it shows when its clock was set back', async () => {
	const client = sdk(simulator);
	const older = await client.workflowRuns.createBatch({ workflow, inputs: urlInputs(3) });
	simulator.settings.clockOffsetMs = -HOUR_MS;
	const newer = await client.workflowRuns.createBatch({ workflow, inputs: urlInputs(3) });
	for (const sortBy of ['createdAt', 'updatedAt'] as const) {
		const { data } = await client.workflowRuns.list({ sortBy, sortDir: 'asc' });
		expect(data.map(({ batchId }) => batchId)).toEqual([
			...Array<string>(3).fill(newer.batchId),
			...Array<string>(3).fill(older.batchId),
		]);
	}
});
