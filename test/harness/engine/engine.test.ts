/**
 * Shows that the harness behaves as n8n does where n8n surprises: what is asserted here about a
 * tiny probe node is what our own nodes must cope with.
 */
import type {
	IAuthenticateGeneric,
	ICredentialType,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { binaryItem, runListSearch, runLoadOptions, runNode, testCredential } from '.';

type Execute = (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

/** A node that does what the test says. */
function probe(execute: Execute, methods?: INodeType['methods']): INodeType {
	const text = (name: string, more: Partial<INodeProperties> = {}): INodeProperties => ({
		displayName: name,
		name,
		type: 'string',
		default: '',
		...more,
	});
	return {
		description: {
			displayName: 'Probe',
			name: 'probe',
			group: ['transform'],
			version: 1,
			description: 'Does what the test says',
			defaults: { name: 'Probe' },
			inputs: ['main'],
			outputs: ['main'],
			credentials: [{ name: 'probeApi' }, { name: 'declaredApi' }],
			properties: [
				text('url', { default: '={{ $json.url }}' }),
				text('needed', { required: true, default: 'given' }),
				{
					displayName: 'Pairs',
					name: 'pairs',
					type: 'fixedCollection',
					typeOptions: { multipleValues: true },
					default: {},
					options: [
						{ displayName: 'Values', name: 'values', values: [text('key'), text('value')] },
					],
				},
			],
		},
		execute,
		methods,
	};
}

/** Hands on its input, linked item by item. */
const passOn: Execute = async function () {
	return [this.getInputData().map(({ json }, item) => ({ json, pairedItem: { item } }))];
};

const numbered = (count: number): INodeExecutionData[] =>
	Array.from({ length: count }, (_, id) => ({ json: { id, url: `https://files/${id}` } }));

const jsonOf = (items: INodeExecutionData[] | undefined): IDataObject[] =>
	(items ?? []).map(({ json }) => json);

const SECRET = 'sk_very-secret-token';

/** Authenticates in code. */
const probeApi: ICredentialType = {
	name: 'probeApi',
	displayName: 'Probe API',
	properties: [
		{ displayName: 'Token', name: 'token', type: 'string', default: '' },
		{ displayName: 'Base URL', name: 'baseUrl', type: 'string', default: '' },
		{ displayName: 'Workspace', name: 'workspace', type: 'string', default: 'ws_default' },
	],
	authenticate: async (credentials, request: IHttpRequestOptions) => {
		request.headers = {
			...request.headers,
			Authorization: `Bearer ${credentials.token as string}`,
			'x-workspace': credentials.workspace as string,
		};
		return request;
	},
	test: {
		request: { baseURL: '={{ $credentials.baseUrl }}', url: '/whoami' },
		rules: [{ type: 'responseCode', properties: { value: 401, message: 'No such token.' } }],
	},
};

/** Authenticates by declaration. */
const declaredApi: ICredentialType = {
	name: 'declaredApi',
	displayName: 'Declared API',
	properties: [{ displayName: 'Token', name: 'token', type: 'string', default: '' }],
	authenticate: {
		type: 'generic',
		properties: {
			headers: { 'x-token': '={{ "key " + $credentials.token }}', 'x-fixed': 'as it is' },
			qs: { token: '={{ $credentials.token }}' },
		},
	} satisfies IAuthenticateGeneric,
};

let server: Server;
let baseUrl: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
	server = createServer((request, response) => {
		answer(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
	answer = (_request, response) => response.end('{}');
});

afterAll(async () => {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

/** Answers with JSON, after having noted what arrived. */
function answerWith(status: number, body: unknown, seen: IncomingMessage[] = []) {
	answer = (request, response) => {
		seen.push(request);
		response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '7' });
		response.end(JSON.stringify(body));
	};
	return seen;
}

const credentialed = () => ({
	credentials: {
		probeApi: { token: SECRET, baseUrl },
		declaredApi: { token: SECRET },
	},
	credentialTypes: [probeApi, declaredApi],
});

describe('parameters', () => {
	test('defaults are filled in and expressions are evaluated item by item', async () => {
		const node = probe(async function () {
			return [
				this.getInputData().map((_item, index) => ({
					json: {
						url: this.getNodeParameter('url', index),
						pairs: this.getNodeParameter('pairs.values', index, []) as IDataObject[],
					},
					pairedItem: { item: index },
				})),
			];
		});
		const { outputs, status } = await runNode({
			node,
			items: numbered(2),
			parameters: { pairs: { values: [{ key: 'n', value: '={{ $json.id + 1 }}' }] } },
		});
		expect(status).toBe('success');
		expect(jsonOf(outputs[0])).toEqual([
			{ url: 'https://files/0', pairs: [{ key: 'n', value: 1 }] },
			{ url: 'https://files/1', pairs: [{ key: 'n', value: 2 }] },
		]);
	});

	test('a required field left empty keeps the workflow from starting', async () => {
		const execute = jest.fn(passOn);
		const node = probe(execute);
		const run = { node, items: numbered(1), parameters: { needed: '' } };
		const { status, error, outputs } = await runNode(run);
		expect(execute).not.toHaveBeenCalled();
		expect(status).toBe('error');
		expect(error?.name).toBe('WorkflowHasIssuesError');
		expect(outputs).toEqual([]);
	});
});

describe('requests', () => {
	const ask: Execute = async function () {
		const url = `${baseUrl}/things`;
		const request: IHttpRequestOptions = { url, json: true, qs: { a: [1, 2] } };
		const { helpers } = this;
		const json = (await helpers.httpRequestWithAuthentication.call(
			this,
			'probeApi',
			request,
		)) as IDataObject;
		await helpers.httpRequestWithAuthentication.call(this, 'declaredApi', { url });
		return [[{ json, pairedItem: 0 }]];
	};

	test('credentials reach the wire, by function and by declaration', async () => {
		const seen = answerWith(200, { ok: true });
		const { outputs, stored } = await runNode({
			node: probe(ask),
			items: numbered(1),
			...credentialed(),
		});
		expect(jsonOf(outputs[0])).toEqual([{ ok: true }]);
		expect(seen[0]?.headers).toMatchObject({
			authorization: `Bearer ${SECRET}`,
			'x-workspace': 'ws_default',
			'user-agent': 'n8n',
		});
		expect(seen[1]?.headers).toMatchObject({ 'x-token': `key ${SECRET}`, 'x-fixed': 'as it is' });
		expect(seen[1]?.url).toBe(`/things?token=${SECRET}`);
		expect(stored).not.toContain(SECRET);
	});

	test('an HTTP error is a NodeApiError, stored without the request that caused it', async () => {
		answerWith(429, { message: 'slow down' });
		let caught: NodeApiError | undefined;
		const node = probe(async function () {
			try {
				return await ask.call(this);
			} catch (error) {
				caught = error as NodeApiError;
				throw new NodeApiError(this.getNode(), error as JsonObject);
			}
		});
		const result = await runNode({ node, items: numbered(1), ...credentialed() });
		const { response } = caught?.cause as { response?: { headers: Record<string, string> } };
		expect(caught?.httpCode).toBe('429');
		expect(caught?.context.data).toEqual({ message: 'slow down' });
		expect(response?.headers['retry-after']).toBe('7');
		expect(result.status).toBe('error');
		expect(result.error?.message).toBe(caught?.message);
		expect(result.serialisedError).toContain('slow down');
		expect(result.serialisedError).not.toContain(SECRET);
	});

	test('a status can be judged by the node, and a broken connection has its code', async () => {
		answerWith(503, { message: 'later' });
		const node = probe(async function () {
			const send = async (request: IHttpRequestOptions): Promise<unknown> =>
				await this.helpers.httpRequestWithAuthentication.call(this, 'probeApi', request);
			const judged = (await send({
				url: baseUrl,
				json: true,
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
			})) as { statusCode: number; headers: IDataObject; body: IDataObject };
			const codes: unknown[] = [];
			const note = (error: unknown) =>
				codes.push((error as { cause: { code: string } }).cause.code);
			answer = (request) => request.socket.destroy();
			await send({ url: baseUrl }).catch(note);
			answer = () => {};
			await send({ url: baseUrl, timeout: 50 }).catch(note);
			const nobody = 'http://127.0.0.1:1';
			await send({ url: nobody }).catch(note);
			const { statusCode, headers, body } = judged;
			return [[{ json: { statusCode, wait: headers['retry-after'], body, codes } }]];
		});
		const { outputs } = await runNode({ node, items: numbered(1), ...credentialed() });
		expect(jsonOf(outputs[0])).toEqual([
			{
				statusCode: 503,
				wait: '7',
				body: { message: 'later' },
				codes: ['ECONNRESET', 'ECONNABORTED', 'ECONNREFUSED'],
			},
		]);
	});

	test('a form with a file arrives as multipart', async () => {
		let received = '';
		let contentType: string | undefined;
		answer = (request, response) => {
			contentType = request.headers['content-type'];
			request.on('data', (chunk) => (received += String(chunk)));
			request.on('end', () => response.end('{}'));
		};
		const node = probe(async function () {
			const body = new FormData();
			body.append('file', new Blob(['content of the file']), 'a.pdf');
			await this.helpers.httpRequestWithAuthentication.call(this, 'probeApi', {
				method: 'POST',
				url: baseUrl,
				body,
			});
			return [[]];
		});
		const { status } = await runNode({ node, items: numbered(1), ...credentialed() });
		expect(status).toBe('success');
		expect(contentType).toMatch(/^multipart\/form-data; ?boundary=/);
		expect(received).toContain('filename="a.pdf"');
		expect(received).toContain('content of the file');
	});

	test('missing credentials are an error of the node', async () => {
		const { error } = await runNode({
			node: probe(ask),
			items: numbered(1),
			credentialTypes: [probeApi],
		});
		expect(error?.message).toBe('Node does not require credentials');
	});
});

describe('errors', () => {
	test('wrapping an error a second time returns the first one and ignores the options', async () => {
		const node = probe(async function () {
			const first = new NodeApiError(this.getNode(), { message: 'first' });
			const second = new NodeApiError(this.getNode(), first as unknown as JsonObject, {
				message: 'second',
				itemIndex: 3,
			});
			const other = new NodeOperationError(this.getNode(), 'other');
			return [
				[
					{ json: { same: second === first, itemIndex: second.context.itemIndex ?? null } },
					{ json: { same: new NodeOperationError(this.getNode(), other) === other } },
				],
			];
		});
		const { outputs } = await runNode({ node, items: numbered(1) });
		expect(jsonOf(outputs[0])).toEqual([{ same: true, itemIndex: null }, { same: true }]);
	});

	const fail: Execute = async function () {
		throw new NodeOperationError(this.getNode(), 'It broke', {
			description: 'Mend it',
			itemIndex: 1,
		});
	};

	test('by default the error ends the workflow', async () => {
		const { status, error, outputs } = await runNode({ node: probe(fail), items: numbered(2) });
		expect(status).toBe('error');
		expect(outputs).toEqual([]);
		expect(error).toMatchObject({
			name: 'NodeOperationError',
			message: 'It broke',
			description: 'Mend it',
			context: { itemIndex: 1 },
			node: { name: 'Probe', type: 'n8n-nodes-extend-ai.probe' },
		});
	});

	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'with %s a throw passes the input through, as if it had succeeded',
		async (onError) => {
			const run = { node: probe(fail), items: numbered(2), onError };
			const { status, error, outputs } = await runNode(run);
			expect(status).toBe('success');
			expect(error?.message).toBe('It broke');
			expect(jsonOf(outputs[0])).toEqual(jsonOf(numbered(2)));
			expect(outputs[1] ?? []).toEqual([]);
		},
	);

	const emit =
		(...items: INodeExecutionData[]): Execute =>
		async () => [items];

	test('the error branch takes items with nothing but error, message and details', async () => {
		const node = probe(
			emit(
				{ json: { error: 'a', details: { code: 1 } }, pairedItem: 0 },
				{ json: { error: 'b', message: 'c' }, pairedItem: { item: 1 } },
				{ json: { error: 'd', batchId: 'e' }, pairedItem: { item: 0 } },
				{ json: { fine: true }, pairedItem: { item: 1 } },
			),
		);
		const { outputs } = await runNode({
			node,
			items: numbered(2),
			onError: 'continueErrorOutput',
		});
		expect(jsonOf(outputs[0])).toEqual([{ error: 'd', batchId: 'e' }, { fine: true }]);
		expect(jsonOf(outputs[1])).toEqual([
			// Linked by a bare number: the input is not merged in.
			{ error: 'a', details: { code: 1 } },
			{ id: 1, url: 'https://files/1', error: 'b', message: 'c' },
		]);
	});

	test('an item with an error object goes to the error branch with its message alone', async () => {
		const node = probe(async function () {
			const error = new NodeOperationError(this.getNode(), 'Refused');
			return [[{ json: { batchId: 'kept?' }, error, pairedItem: { item: 1 } }]];
		});
		const { outputs } = await runNode({
			node,
			items: numbered(2),
			onError: 'continueErrorOutput',
		});
		expect(outputs[0]).toEqual([]);
		expect(jsonOf(outputs[1])).toEqual([{ error: 'Refused' }]);
	});

	test('without the error branch, error items leave by the main output as they are', async () => {
		const node = probe(async function () {
			expect(this.continueOnFail()).toBe(true);
			return [[{ json: { error: 'a', details: 1 }, pairedItem: { item: 0 } }]];
		});
		const run = { node, items: numbered(1), onError: 'continueRegularOutput' as const };
		const { outputs, status } = await runNode(run);
		expect(status).toBe('success');
		expect(jsonOf(outputs[0])).toEqual([{ error: 'a', details: 1 }]);
	});
});

describe('Retry On Fail', () => {
	/** Fails in the given way until the given try, and counts tries in the node context. */
	const failing = (until: number, how: Execute): Execute =>
		async function () {
			const context = this.getContext('node');
			context.tries = Number(context.tries ?? 0) + 1;
			if (Number(context.tries) < until) return await how.call(this);
			return [this.getInputData().map((item) => ({ json: { ...item.json, ok: true } }))];
		};
	const throwing: Execute = async function () {
		throw new NodeOperationError(this.getNode(), 'Not yet');
	};

	test('a throw repeats the whole execute, and the node context survives', async () => {
		const { outputs, contextData, status } = await runNode({
			node: probe(failing(3, throwing)),
			items: numbered(2),
			retryOnFail: true,
			maxTries: 3,
		});
		expect(status).toBe('success');
		expect(contextData).toEqual({ tries: 3 });
		expect(outputs[0]).toHaveLength(2);
	});

	test('after the last try the error stands; without the setting there is one try', async () => {
		const node = probe(failing(9, throwing));
		const items = numbered(1);
		const retried = await runNode({ node, items, retryOnFail: true, maxTries: 50 });
		expect(retried).toMatchObject({ status: 'error', contextData: { tries: 5 } });
		const once = await runNode({ node, items });
		expect(once).toMatchObject({ status: 'error', contextData: { tries: 1 } });
	});

	const firstItem =
		(error: IDataObject[string]): Execute =>
		async () => [[{ json: { error } }, { json: {} }]];

	test.each(['some text', { code: 1 }, true, '', 0])(
		'a key `error` with the value %j in the first item repeats it too',
		async (error) => {
			const node = probe(failing(2, firstItem(error)));
			const run = { node, items: numbered(1), retryOnFail: true, maxTries: 3 };
			const { contextData, outputs } = await runNode(run);
			expect(contextData).toEqual({ tries: 2 });
			expect(jsonOf(outputs[0])).toMatchObject([{ ok: true }]);
		},
	);

	test.each([null, false])('a key `error` with the value %j does not', async (error) => {
		const node = probe(failing(2, firstItem(error)));
		const { contextData } = await runNode({ node, items: numbered(1), retryOnFail: true });
		expect(contextData).toEqual({ tries: 1 });
	});

	test('an error in a later item does not', async () => {
		const later: Execute = async () => [[{ json: {} }, { json: { error: 'late' } }]];
		const node = probe(failing(2, later));
		const { contextData } = await runNode({ node, items: numbered(1), retryOnFail: true });
		expect(contextData).toEqual({ tries: 1 });
	});
});

describe('several runs in one execution', () => {
	const counting: Execute = async function () {
		const context = this.getContext('node');
		context.runs = Number(context.runs ?? 0) + 1;
		const { length } = this.getInputData();
		return [
			this.getInputData().map((_item, item) => ({
				json: { length, run: this.evaluateExpression('{{ $runIndex }}', 0) as number },
				pairedItem: { item },
			})),
		];
	};

	test('share the node context and are told apart by the run index', async () => {
		const { eachRun, outputs, contextData } = await runNode({
			node: probe(counting),
			items: numbered(2),
			runs: 3,
		});
		expect(eachRun.map((run) => run.outputs[0]?.[0]?.json.run)).toEqual([0, 1, 2]);
		expect(outputs).toEqual(eachRun[2]?.outputs);
		expect(contextData).toEqual({ runs: 3 });
	});

	test('may have items of their own, which item links keep apart', async () => {
		const lists = [numbered(1), numbered(3).slice(1)];
		const { eachRun, after } = await runNode({
			node: probe(counting),
			items: [],
			runs: lists,
			after: { id: "={{ $('Start').item.json.id }}" },
		});
		expect(eachRun.map((run) => run.outputs[0]?.[0]?.json.length)).toEqual([1, 2]);
		expect(after[0]).toEqual([{ id: 0 }, { id: 1 }, { id: 2 }]);
	});
});

describe('item links', () => {
	const linked = async (...links: Array<INodeExecutionData['pairedItem']>) => {
		const node = probe(async () => [links.map((pairedItem) => ({ json: {}, pairedItem }))]);
		const after = { id: "={{ $('Start').item.json.id }}" };
		return (await runNode({ node, items: numbered(3), after })).after[0];
	};

	test('of one output to one input lead back to it', async () => {
		expect(await linked({ item: 2 }, { item: 0 })).toEqual([{ id: 2 }, { id: 0 }]);
	});

	test('of one output to several inputs cannot be followed', async () => {
		const [first] = (await linked([{ item: 0 }, { item: 1 }])) ?? [];
		expect(first?.id).toMatch(/^Error: Multiple matches/);
	});

	test('that are missing are made up: by position, or all to the first input', async () => {
		expect(await linked(undefined, undefined, undefined)).toEqual([
			{ id: 0 },
			{ id: 1 },
			{ id: 2 },
		]);
		expect(await linked(undefined)).toEqual([{ id: 0 }]);
		const [first] = (await linked(undefined, undefined)) ?? [];
		expect(first?.id).toMatch(/^Error: /);
	});
});

describe('cancellation', () => {
	test('aborts a request in flight', async () => {
		let closed: Promise<number> | undefined;
		let arrivedAt = 0;
		answer = (_request, neverSent) => {
			arrivedAt = performance.now();
			closed = new Promise((resolve) => {
				neverSent.on('close', () => {
					resolve(performance.now() - arrivedAt);
				});
			});
		};
		const node = probe(async function () {
			await this.helpers.httpRequestWithAuthentication.call(this, 'probeApi', { url: baseUrl });
			return [[]];
		});
		const result = await runNode({
			node,
			items: numbered(1),
			...credentialed(),
			cancelAfterMs: 150,
		});
		expect(arrivedAt).toBeGreaterThan(0);
		expect(await closed).toBeLessThan(1000);
		expect(result.status).toBe('canceled');
		expect(result.durationMs).toBeLessThan(1000);
		expect(result.stored).not.toContain(SECRET);
	});

	test('is seen by a node that waits, whose output is still recorded', async () => {
		let stop = () => {};
		let stoppedAt = 0;
		let seenAfter = Infinity;
		const node = probe(async function () {
			const signal = this.getExecutionCancelSignal();
			setTimeout(() => {
				stoppedAt = performance.now();
				stop();
			}, 50);
			while (signal?.aborted !== true) await new Promise((resolve) => setTimeout(resolve, 10));
			seenAfter = performance.now() - stoppedAt;
			return [[{ json: { accepted: 'so far' } }]];
		});
		const { status, outputs, error, after } = await runNode({
			node,
			items: numbered(1),
			cancel: (cancel) => (stop = cancel),
			after: { never: 'reached' },
		});
		expect(status).toBe('canceled');
		expect(seenAfter).toBeLessThan(1000);
		expect(jsonOf(outputs[0])).toEqual([{ accepted: 'so far' }]);
		expect(error?.name).toBe('ManualExecutionCancelledError');
		expect(after[0]).toEqual([]);
	});

	test('does not keep Retry On Fail from trying again', async () => {
		let tries = 0;
		const node = probe(async function () {
			tries++;
			await new Promise((resolve) => setTimeout(resolve, 60));
			throw new NodeOperationError(this.getNode(), 'Stopped');
		});
		const run = { node, items: numbered(1), retryOnFail: true, maxTries: 3, cancelAfterMs: 20 };
		const { status } = await runNode(run);
		expect(status).toBe('canceled');
		expect(tries).toBe(3);
	});
});

describe('binary data', () => {
	const content = Buffer.from('%PDF-1.7 a document');

	const inspecting: Execute = async function () {
		const binary = this.helpers.assertBinaryData(0, 'data');
		const buffer = await this.helpers.getBinaryDataBuffer(0, 'data');
		let streamed = '';
		let metadata = {};
		if (binary.id !== undefined) {
			for await (const chunk of await this.helpers.getBinaryStream(binary.id, 4)) {
				streamed += String(chunk);
			}
			metadata = { ...(await this.helpers.getBinaryMetadata(binary.id)) };
		}
		const made = await this.helpers.prepareBinaryData(Buffer.from('made'), 'made.txt');
		const { fileName = null, mimeType, bytes } = binary;
		const read = buffer.toString();
		return [
			[
				{
					json: { fileName, mimeType, bytes: bytes ?? 0, read, streamed, metadata },
					binary: { made },
					pairedItem: 0,
				},
			],
		];
	};

	test('in memory sits in the item', async () => {
		const item = await binaryItem(content, { fileName: 'a.pdf', json: { id: 1 } });
		expect(item.binary?.data?.id).toBeUndefined();
		const { outputs } = await runNode({ node: probe(inspecting), items: [item] });
		expect(jsonOf(outputs[0])[0]).toMatchObject({
			fileName: 'a.pdf',
			mimeType: 'application/pdf',
			bytes: content.length,
			read: content.toString(),
			streamed: '',
		});
		const { made } = outputs[0]?.[0]?.binary ?? {};
		expect(Buffer.from(made?.data ?? '', 'base64').toString()).toBe('made');
	});

	test('in files is read through its id, as a whole and as a stream', async () => {
		const mode = 'filesystem';
		const item = await binaryItem(content, { mimeType: 'application/pdf', mode });
		expect(item.binary?.data?.id).toMatch(/^filesystem-v2:/);
		const { outputs } = await runNode({
			node: probe(inspecting),
			items: [item],
			binaryMode: mode,
		});
		expect(jsonOf(outputs[0])[0]).toMatchObject({
			fileName: null,
			read: content.toString(),
			streamed: content.toString(),
			metadata: { fileSize: content.length, mimeType: 'application/pdf' },
		});
		expect(outputs[0]?.[0]?.binary?.made?.id).toMatch(/^filesystem-v2:/);
	});

	test('that is missing is an error naming the item', async () => {
		const { error } = await runNode({ node: probe(inspecting), items: numbered(1) });
		expect(error?.message).toContain("expects the node's input data to contain a binary file");
	});

	test('cannot be stored in two ways at once', async () => {
		const waiting = probe(async () => {
			await new Promise((resolve) => setTimeout(resolve, 50));
			return [[]];
		});
		const first = runNode({ node: waiting, items: numbered(1) });
		await expect(binaryItem(content, { mode: 'filesystem' })).rejects.toThrow('Await the run');
		await first;
	});
});

describe('what a node says', () => {
	const saying: Execute = async function () {
		const id = this.getInputData()[0]?.json.id as number;
		this.logger.warn(`About ${id}`, { batch: 1 });
		await new Promise((resolve) => setTimeout(resolve, 20));
		this.logger.debug('Done');
		this.addExecutionHints({ message: `Hint ${id}`, location: 'outputPane' });
		return [[]];
	};

	test('is told to the run in which it was said', async () => {
		const [first, second] = numbered(2);
		const [one, two] = await Promise.all([
			runNode({ node: probe(saying), items: first ? [first] : [] }),
			runNode({ node: probe(saying), items: second ? [second] : [] }),
		]);
		expect(one.logs).toEqual(['warn: About 0 { batch: 1 }', 'debug: Done']);
		expect(two.logs).toEqual(['warn: About 1 { batch: 1 }', 'debug: Done']);
		expect(two.hints).toEqual([{ message: 'Hint 1', location: 'outputPane' }]);
	});
});

describe('the editor', () => {
	const node = probe(passOn, {
		loadOptions: {
			async versions() {
				const workflow = this.getCurrentNodeParameter('url') as string;
				return [{ name: `Of ${workflow}`, value: this.getNode().type }];
			},
		},
		listSearch: {
			async search(filter, paginationToken) {
				const answered = (await this.helpers.httpRequestWithAuthentication.call(this, 'probeApi', {
					url: baseUrl,
					qs: { filter, page: paginationToken ?? '1' },
					json: true,
				})) as IDataObject;
				return { results: [{ name: answered.name as string, value: 1 }], paginationToken: '2' };
			},
		},
	});

	test('loads options with what the other fields hold', async () => {
		const request = { node, method: 'versions', parameters: { url: 'wf_1' } };
		expect(await runLoadOptions(request)).toEqual([
			{ name: 'Of wf_1', value: 'n8n-nodes-extend-ai.probe' },
		]);
		await expect(runLoadOptions({ node, method: 'other' })).rejects.toThrow('no loadOptions');
	});

	test('searches a list page by page, authenticated', async () => {
		const seen = answerWith(200, { name: 'Invoices' });
		const request = { node, method: 'search', filter: 'inv', ...credentialed() };
		expect(await runListSearch(request)).toEqual({
			results: [{ name: 'Invoices', value: 1 }],
			paginationToken: '2',
		});
		await runListSearch({ ...request, paginationToken: '2' });
		expect(seen.map(({ url }) => url)).toEqual(['/?filter=inv&page=1', '/?filter=inv&page=2']);
		expect(seen[0]?.headers.authorization).toBe(`Bearer ${SECRET}`);
	});

	test('tests a credential and explains a refusal by the rules of its type', async () => {
		const data = { token: SECRET, baseUrl };
		const seen = answerWith(200, {});
		expect(await testCredential(probeApi, data)).toMatchObject({ status: 'OK' });
		expect(seen[0]?.url).toBe('/whoami');
		expect(seen[0]?.headers.authorization).toBe(`Bearer ${SECRET}`);

		answerWith(401, {});
		const refused = { status: 'Error', message: 'No such token.' };
		expect(await testCredential(probeApi, data)).toEqual(refused);
		answerWith(500, {});
		const broken = { status: 'Error', message: 'Internal Server Error' };
		expect(await testCredential(probeApi, data)).toEqual(broken);
		const nobody = await testCredential(probeApi, { ...data, baseUrl: 'http://127.0.0.1:1' });
		expect(nobody).toEqual({ status: 'Error', message: 'ECONNREFUSED' });
	});
});
