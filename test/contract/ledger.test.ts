import { Ledger } from '../simulator/world/ledger';
import { SEED_WORKFLOWS, startSimulator, type Simulator } from '../simulator';
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

describe('the account', () => {
	function ledgerOf(...runs: Array<{ document: string; fileName?: string }>): Ledger {
		const ledger = new Ledger();
		ledger.runs.push(
			...runs.map(({ document, fileName = '' }, position) => ({
				id: `workflow_run_${position}`,
				batchId: null,
				position,
				workflowId: 'workflow_1',
				document,
				fileName,
				metadata: {},
				priority: 50,
				secretNames: [],
				hasPassword: false,
			})),
		);
		return ledger;
	}

	it('names what was lost, doubled and never asked for', () => {
		const ledger = ledgerOf(
			{ document: 'a' },
			{ document: 'b' },
			{ document: 'b' },
			{ document: 'x' },
		);
		expect(ledger.account(['a', 'b', 'c'])).toEqual({
			documents: 3,
			batches: 0,
			runs: 4,
			doubled: ['b'],
			lost: ['c'],
			unexpected: ['x'],
		});
	});

	it('expects a document as often as it is listed', () => {
		const ledger = ledgerOf({ document: 'a' }, { document: 'a' });
		expect(ledger.account(['a', 'a'])).toMatchObject({ doubled: [], lost: [] });
		expect(ledger.account(['a', 'a', 'a'])).toMatchObject({ doubled: [], lost: ['a'] });
	});

	it('knows an uploaded file by its name', () => {
		const ledger = ledgerOf({ document: 'file_1', fileName: 'a.pdf' });
		expect(ledger.account(['a.pdf'])).toMatchObject({ lost: [], unexpected: [] });
		expect(ledger.account(['file_1'])).toMatchObject({ lost: [], unexpected: [] });
	});
});

it('keeps batches in order with their runs in input order', async () => {
	const client = sdk(simulator);
	await client.workflowRuns.createBatch({ workflow, inputs: urlInputs(3, 'a') });
	await client.workflowRuns.createBatch({ workflow, inputs: urlInputs(2, 'b'), priority: 7 });
	expect(simulator.ledger.batches.map(({ priority }) => priority)).toEqual([90, 7]);
	for (const { runIds, batchId } of simulator.ledger.batches) {
		const runs = simulator.ledger.runs.filter((run) => run.batchId === batchId);
		expect(runs.map(({ id }) => id)).toEqual(runIds);
		expect(runs.map(({ position }) => position)).toEqual(runs.map((_, index) => index));
		expect(runs.map(({ metadata }) => metadata)).toEqual(runs.map((_, row) => ({ row })));
	}
});

it('keeps every call with its answer', async () => {
	await raw(simulator).get('/workflows?maxPageSize=1');
	await raw(simulator).post('/workflow_runs/batch', {});
	await raw(simulator, { authorization: '' }).delete('/files/file_1');
	expect(simulator.ledger.requests).toMatchObject([
		{ method: 'GET', path: '/workflows?maxPageSize=1', category: 'GET', status: 200 },
		{ method: 'POST', path: '/workflow_runs/batch', category: 'RUN', status: 400 },
		{ method: 'DELETE', path: '/files/file_1', category: 'WRITE', status: 401 },
	]);
	expect(simulator.ledger.requests.every(({ durationMs }) => durationMs !== null)).toBe(true);
});

it('begins anew after a reset', async () => {
	await sdk(simulator).workflowRuns.createBatch({ workflow, inputs: urlInputs(3) });
	simulator.reset();
	expect(simulator.summary()).toMatchObject({ runs: 0, batches: 0, uploads: 0, deliveries: 0 });
	expect(simulator.ledger.requests).toEqual([]);
	expect((await sdk(simulator).workflowRuns.list()).data).toEqual([]);
});

it('holds a hundred thousand runs and stays quick', async () => {
	const inputs = urlInputs(1000);
	for (let batch = 0; batch < 100; batch++) {
		await raw(simulator).post('/workflow_runs/batch', { workflow, inputs });
	}
	expect(simulator.ledger.runs).toHaveLength(100_000);
	const { batchId } = simulator.ledger.batches[50] as { batchId: string };
	const started = performance.now();
	for (let page = 0; page < 5; page++) {
		await raw(simulator).get('/workflow_runs', { params: { batchId, maxPageSize: 1000 } });
	}
	expect((performance.now() - started) / 5).toBeLessThan(500);
});
