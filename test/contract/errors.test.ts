import { Extend } from 'extend-ai';

import {
	SEED_WORKFLOWS,
	startSimulator,
	tame,
	TOKENS,
	WORKSPACES,
	type ErrorShape,
	type Simulator,
} from '../simulator';
import { raw, sdk, urlInputs } from './clients';

let simulator: Simulator;
let workflow: { id: string };

beforeAll(async () => {
	const settings = tame(
		'Reads runs at once, and sees what the setting badInputs does to unknown file ids',
		'readableDelayMs',
		'unknownFileId',
	);
	simulator = await startSimulator({ settings });
});
afterAll(async () => {
	await simulator.close();
});
beforeEach(() => {
	simulator.reset();
	const { id } = simulator.workflow(SEED_WORKFLOWS.invoices);
	workflow = { id };
});

async function submit(body: object) {
	return await raw(simulator).post('/workflow_runs/batch', { workflow, ...body });
}

describe('access', () => {
	const MISSING = 'Authorization header is missing or malformed.';
	it.each([
		['another key', 'Bearer sk_wrong', 'Invalid API key.'],
		['the key of another region', `Bearer ${TOKENS.otherRegion}`, 'Invalid API key.'],
		['no scheme', TOKENS.workspace, MISSING],
		['no key', '', MISSING],
	])('refuses %s with 401', async (_what, authorization, message) => {
		const answer = await raw(simulator, { authorization }).get('/workflows');
		expect(answer.status).toBe(401);
		expect(answer.data).toEqual({
			code: 'UNAUTHORIZED',
			message,
			retryable: false,
			requestId: answer.headers['x-extend-request-id'] as string,
			docUrl: expect.stringContaining('https://docs.extend.ai/'),
		});
	});

	it('needs the version', async () => {
		for (const version of [undefined, '2024-12-23']) {
			const headers = { 'x-extend-api-version': version as unknown as string };
			const answer = await raw(simulator, headers).get('/workflows');
			expect(answer.status).toBe(400);
			expect(answer.data).toMatchObject({ code: 'INVALID_REQUEST' });
		}
	});

	it('needs a workspace with an organization key', async () => {
		const status = async (token: string, workspace?: string) => {
			const headers = { ...(workspace !== undefined && { 'x-extend-workspace-id': workspace }) };
			const answer = await raw(simulator, {
				authorization: `Bearer ${token}`,
				...headers,
			}).get('/workflows');
			return answer.status;
		};
		expect(await status(TOKENS.organization)).toBe(400);
		expect(await status(TOKENS.organization, WORKSPACES.main)).toBe(200);
		expect(await status(TOKENS.organization, 'ws_unknown')).toBe(403);
		expect(await status(TOKENS.workspace, WORKSPACES.main)).toBe(200);
		expect(await status(TOKENS.workspace, WORKSPACES.other)).toBe(403);
	});

	it('lets a read-only key read only', async () => {
		const client = sdk(simulator, { token: TOKENS.readOnly });
		await client.workflows.list();
		await expect(
			client.workflowRuns.createBatch({ workflow, inputs: urlInputs(1) }),
		).rejects.toBeInstanceOf(Extend.ForbiddenError);
	});
});

describe('errors that the SDK tells apart', () => {
	it('401', async () => {
		const call = sdk(simulator, { token: 'sk_wrong' }).workflows.list();
		await expect(call).rejects.toBeInstanceOf(Extend.UnauthorizedError);
	});

	it('404 for unknown ids', async () => {
		const client = sdk(simulator);
		const inputs = urlInputs(1);
		await expect(client.workflows.retrieve('workflow_x')).rejects.toBeInstanceOf(
			Extend.NotFoundError,
		);
		await expect(client.workflowRuns.retrieve('workflow_run_x')).rejects.toBeInstanceOf(
			Extend.NotFoundError,
		);
		await expect(
			client.workflowRuns.createBatch({ workflow: { id: 'workflow_x' }, inputs }),
		).rejects.toBeInstanceOf(Extend.NotFoundError);
	});

	it.each([
		[402, 'USAGE_BLOCKED', Extend.PaymentRequiredError],
		[422, 'INVALID_REQUEST', Extend.UnprocessableEntityError],
		[429, 'RATE_LIMIT_EXCEEDED', Extend.TooManyRequestsError],
		[500, 'INTERNAL_ERROR', Extend.InternalServerError],
	])('%d', async (status, code, type) => {
		simulator.faults.add({ kind: 'refuse', status });
		const error: unknown = await sdk(simulator)
			.workflowRuns.createBatch({ workflow, inputs: urlInputs(1) })
			.catch((caught: unknown) => caught);
		expect(error).toBeInstanceOf(type);
		expect(error).toMatchObject({ body: { code, retryable: status === 429 || status === 500 } });
		expect(simulator.ledger.batches).toEqual([]);
	});

	it('404 for an unknown endpoint, in the ledger too', async () => {
		expect((await raw(simulator).get('/nothing')).data).toMatchObject({ code: 'NOT_FOUND' });
		expect(simulator.ledger.requests).toMatchObject([{ path: '/nothing', method: 'GET' }]);
	});
});

describe('a request that breaks the schema', () => {
	const [input] = urlInputs(1);

	it.each<[string, object, string]>([
		['no inputs', { inputs: [] }, 'inputs'],
		['inputs missing', {}, 'inputs'],
		['1,001 inputs', { inputs: urlInputs(1001) }, 'inputs'],
		['a workflow without id', { workflow: {}, inputs: [input] }, 'workflow.id'],
		[
			'a version that is a number',
			{ workflow: { id: 'w', version: 3 }, inputs: [input] },
			'version',
		],
		['priority 0', { inputs: [input], priority: 0 }, 'priority'],
		['priority 101', { inputs: [input], priority: 101 }, 'priority'],
		['priority 1.5', { inputs: [input], priority: 1.5 }, 'priority'],
		['priority as text', { inputs: [input], priority: '5' }, 'priority'],
		['no file', { inputs: [input, {}] }, 'inputs[1].file'],
		[
			'URL and id',
			{ inputs: [{ file: { url: 'https://a.b/c', id: 'file_1' } }] },
			'inputs[0].file',
		],
		['none of the three', { inputs: [{ file: { name: 'a' } }] }, 'inputs[0].file'],
		['a bad URL', { inputs: [{ file: { url: 'ftp://a/b' } }] }, 'inputs[0].file.url'],
		['a number for a URL', { inputs: [{ file: { url: 5 } }] }, 'inputs[0].file.url'],
		['an empty id', { inputs: [{ file: { id: '' } }] }, 'inputs[0].file.id'],
		['metadata as text', { inputs: [{ ...input, metadata: 'x' }] }, 'inputs[0].metadata'],
		['null metadata', { inputs: [{ ...input, metadata: null }] }, 'inputs[0].metadata'],
	])('is refused: %s', async (_what, body, position) => {
		for (const validationStatus of [400, 422] as const) {
			simulator.settings.validationStatus = validationStatus;
			const answer = await submit(body);
			expect(answer.status).toBe(validationStatus);
			expect(answer.data).toMatchObject({
				code: 'INVALID_REQUEST',
				message: expect.stringContaining(position),
				retryable: false,
			});
		}
		expect(simulator.ledger.runs).toEqual([]);
	});

	it('is refused when it is not JSON', async () => {
		const answer = await raw(simulator, { 'content-type': 'application/json' }).post(
			'/workflow_runs/batch',
			'{"workflow":',
		);
		expect(answer.status).toBe(400);
	});

	it('is refused for unknown words in a query', async () => {
		for (const query of ['status=DONE', 'sortBy=name', 'sortDir=up']) {
			expect((await raw(simulator).get(`/workflow_runs?${query}`)).status).toBe(400);
		}
	});

	it('refuses a package of one file or with the same file twice', async () => {
		const url = 'https://example.com/a.pdf';
		for (const files of [[{ url }], [{ url }, { url }], [{ url }, { text: 'x' }]]) {
			const body = { workflow, package: { files } };
			expect((await raw(simulator).post('/workflow_runs', body)).status).toBe(400);
		}
	});
});

describe('inputs that cannot be used', () => {
	const BAD: Array<[string, object]> = [
		['told so', { file: { text: 'x' }, metadata: { simulate: 'refused' } }],
		['by URL', { file: { url: 'https://example.com/refuse-me.pdf' } }],
		['by id', { file: { id: 'file_refuse-me' } }],
		['by an unknown id', { file: { id: 'file_unknown' } }],
		['by metadata over 10 KB', { file: { text: 'x' }, metadata: { long: 'x'.repeat(10_001) } }],
	];

	it.each(BAD)('fail their own run (%s)', async (_what, input) => {
		Object.assign(simulator.settings, { queueMs: 0, processMs: 0 });
		const answer = await submit({ inputs: [...urlInputs(2), input] });
		expect(answer.status).toBe(200);
		const runs = await Promise.all(
			simulator.ledger.runs.map(async ({ id }) => await sdk(simulator).workflowRuns.retrieve(id)),
		);
		expect(runs.map(({ status }) => status)).toEqual(['PROCESSED', 'PROCESSED', 'FAILED']);
		expect(runs[2]).toMatchObject({
			failureReason: 'FAILED_TO_PROCESS_FILE',
			failureMessage: expect.any(String),
		});
	});

	it.each(BAD)('have the whole batch refused by position (%s)', async (_what, input) => {
		simulator.settings.badInputs = 'refuseWithPosition';
		const answer = await submit({ inputs: [...urlInputs(2), input] });
		expect(answer.status).toBe(400);
		expect(answer.data).toMatchObject({ message: expect.stringMatching(/^inputs\[2\]\./) });
		expect(simulator.ledger.account([])).toMatchObject({ batches: 0, runs: 0 });
	});

	it.each(BAD)('have the whole batch refused without position (%s)', async (_what, input) => {
		simulator.settings.badInputs = 'refuseWithoutPosition';
		const answer = await submit({ inputs: [...urlInputs(2), input] });
		expect(answer.status).toBe(400);
		expect(JSON.stringify(answer.data)).not.toContain('inputs[');
		expect(simulator.ledger.runs).toEqual([]);
	});

	it.each(['x', 'é', '😀', '"', '\u0001', -1.2345678901234567e-300, { '\u0001': ['\u0001'] }])(
		'are measured in bytes of JSON (%j)',
		async (entry) => {
			simulator.settings.badInputs = 'refuseWithPosition';
			const bytesOf = (value: object) => Buffer.byteLength(JSON.stringify(value));
			const list: unknown[] = typeof entry === 'string' ? [entry.repeat(100)] : [entry];
			const most = simulator.settings.metadataLimitBytes;
			while (bytesOf({ list: [...list, list[0]] }) <= most) list.push(list[0]);
			const statuses: number[] = [];
			for (const metadata of [{ list }, { list: [...list, list[0]] }]) {
				statuses.push((await submit({ inputs: [{ file: { text: 'x' }, metadata }] })).status);
			}
			expect(statuses).toEqual([200, 400]);
		},
	);

	it('hides the position of schema violations too', async () => {
		simulator.settings.badInputs = 'refuseWithoutPosition';
		const answer = await submit({ inputs: [{ file: { url: 'nonsense' } }] });
		expect(answer.data).toMatchObject({ message: 'The request body is not valid' });
	});
});

describe('the shape of error answers', () => {
	const WRAPPED = { error: expect.objectContaining({ code: 'NOT_FOUND' }) as unknown };
	it.each<[ErrorShape, string, unknown]>([
		['flat', 'application/json', expect.objectContaining({ code: 'NOT_FOUND' })],
		['wrapped', 'application/json', WRAPPED],
		['legacy', 'application/json', { success: false, error: 'Workflow not found: workflow_x' }],
		['text', 'text/plain', 'Workflow not found: workflow_x'],
		['html', 'text/html', expect.stringContaining('<h1>404 Not Found</h1>')],
	])('can be %s', async (errorShape, contentType, data) => {
		simulator.settings.errorShape = errorShape;
		const answer = await raw(simulator).get('/workflows/workflow_x');
		expect(answer.status).toBe(404);
		expect(answer.headers['content-type']).toContain(contentType);
		expect(answer.headers['x-extend-request-id']).toMatch(/^req_/);
		expect(answer.data).toEqual(data);
	});
});
