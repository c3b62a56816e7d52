import { startSimulator, tame, type Simulator } from '../simulator';
import { raw, sdk } from './clients';

const FILE = { url: 'https://example.com/invoice.pdf' };

let simulator: Simulator;

beforeAll(async () => {
	const settings = tame('Reads and changes runs as soon as they are accepted', 'readableDelayMs');
	simulator = await startSimulator({
		settings: { ...settings, queueMs: 0, processMs: 0, jitter: 0 },
	});
});
beforeEach(() => {
	simulator.reset();
});
afterAll(async () => {
	await simulator.close();
});

/** The four kinds as the official SDK calls them, with what each takes. */
function kinds() {
	const { extractRuns, classifyRuns, splitRuns, parseRuns } = sdk(simulator);
	const metadata = { row: 1 };
	return [
		{
			kind: 'extract_run',
			runs: extractRuns,
			create: async () =>
				await extractRuns.create({ extractor: { id: 'ex_sim_invoice' }, file: FILE, metadata }),
			output: { value: { invoice_number: expect.stringMatching(/^INV-/) as string } },
		},
		{
			kind: 'classify_run',
			runs: classifyRuns,
			create: async () =>
				await classifyRuns.create({ classifier: { id: 'cl_sim_document' }, file: FILE, metadata }),
			output: { type: 'invoice', confidence: expect.any(Number) as number },
		},
		{
			kind: 'split_run',
			runs: splitRuns,
			create: async () =>
				await splitRuns.create({ splitter: { id: 'spl_sim_mail' }, file: FILE, metadata }),
			output: { splits: expect.any(Array) as unknown[] },
		},
		{
			kind: 'parse_run',
			runs: parseRuns,
			create: async () => await parseRuns.create({ file: FILE, metadata }),
			output: { chunks: [expect.objectContaining({ object: 'chunk' })] },
		},
	];
}

const names = ['extract', 'classify', 'split', 'parse'];

describe.each(names.map((name, index) => [name, index] as const))('%s runs', (_, index) => {
	const kind = () => kinds()[index]!;

	it('can be created, got, listed and deleted', async () => {
		const { create, runs, output, kind: object } = kind();
		const { id } = await create();
		const run = await runs.retrieve(id);
		expect(run).toMatchObject({ object, id, status: 'PROCESSED', output, metadata: { row: 1 } });
		const { data } = await runs.list({});
		expect(data).toMatchObject([{ object, id, status: 'PROCESSED', metadata: { row: 1 } }]);
		expect(data[0]).not.toHaveProperty('output');
		expect(data[0]).toHaveProperty('createdAt');
		await runs.delete(id);
		await expect(runs.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
		expect((await runs.list({})).data).toEqual([]);
	});

	it('has no output before it is done, and can be cancelled until then', async () => {
		simulator.settings.processMs = 60_000;
		const { create, runs } = kind();
		const { id, status, output } = await create();
		expect([status, output]).toEqual(['PROCESSING', null]);
		await runs.cancel(id);
		await new Promise((resolve) => setTimeout(resolve, 60));
		expect((await runs.retrieve(id)).status).toBe('CANCELLED');
	});

	it('shows why it failed, also in the list', async () => {
		const { runs } = kind();
		await raw(simulator).post(`/${names[index]}_runs`, {
			...(index === 3
				? {}
				: {
						[['extractor', 'classifier', 'splitter'][index]!]: {
							id: ['ex_sim_invoice', 'cl_sim_document', 'spl_sim_mail'][index],
						},
					}),
			file: FILE,
			metadata: { simulate: 'FAILED' },
		});
		const { data } = await runs.list({});
		expect(data).toMatchObject([
			{ status: 'FAILED', failureReason: expect.any(String), failureMessage: expect.any(String) },
		]);
	});

	it('counts as starting work, and is refused without a file', async () => {
		const answer = await raw(simulator).post(`/${names[index]}_runs`, {});
		expect(answer.status).toBe(400);
		expect(simulator.ledger.requests.at(-1)).toMatchObject({ category: 'RUN' });
		expect(simulator.ledger.runs).toEqual([]);
	});
});

it('takes no text to split or to parse', async () => {
	const file = { text: 'Invoice 42' };
	const post = async (path: string, body: object) =>
		(await raw(simulator).post(path, { ...body, file })).status;
	expect(await post('/extract_runs', { extractor: { id: 'ex_sim_invoice' } })).toBe(200);
	expect(await post('/split_runs', { splitter: { id: 'spl_sim_mail' } })).toBe(400);
	expect(await post('/parse_runs', {})).toBe(400);
});

it('does not find processors and versions that do not exist', async () => {
	const { extractRuns } = sdk(simulator);
	const create = async (id: string, version?: string) =>
		await extractRuns.create({ extractor: { id, version }, file: FILE });
	await expect(create('ex_other')).rejects.toMatchObject({ statusCode: 404 });
	await expect(create('ex_sim_invoice', '9')).rejects.toMatchObject({ statusCode: 404 });
	expect((await create('ex_sim_invoice', '1')).extractorVersion?.version).toBe('1');
});

it('lists runs of one processor newest first, and parse runs by `limit` in an order of its own', async () => {
	const { extractRuns, parseRuns } = sdk(simulator);
	for (let index = 0; index < 12; index++) {
		await extractRuns.create({ extractor: { id: 'ex_sim_invoice' }, file: FILE });
		await parseRuns.create({ file: FILE });
	}
	await extractRuns.create({ extractor: { id: 'ex_sim_receipt' }, file: FILE });
	const { data } = await extractRuns.list({
		extractorId: 'ex_sim_invoice',
		sortBy: 'createdAt',
		sortDir: 'desc',
		maxPageSize: 5,
	});
	const ids = simulator.ledger.runs
		.filter(({ workflowId }) => workflowId === 'ex_sim_invoice')
		.map(({ id }) => id);
	expect(data.map(({ id }) => id)).toEqual(ids.reverse().slice(0, 5));
	const parsed = simulator.ledger.runs.filter(({ workflowId }) => workflowId === '');
	const page = await parseRuns.list({ maxPageSize: 1000 });
	expect(page.data.map(({ id }) => id)).toEqual(parsed.slice(0, 10).map(({ id }) => id));
	const rest = await raw(simulator).get('/parse_runs', { params: { limit: 1000 } });
	expect(rest.data).toMatchObject({ data: { length: 12 } });
});

it('lists the versions of processors', async () => {
	const { data } = await sdk(simulator).extractorVersions.list('ex_sim_invoice');
	expect(data.map(({ version }) => version)).toEqual(['2', '1', 'draft']);
});
