/** What the editor says when a credential is saved, by n8n's own code over real HTTP. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { INodeCredentialTestResult } from 'n8n-workflow';

import { ExtendApi } from '../../credentials/ExtendApi.credentials';
import { ExtendBatchRunWorkflow } from '../../nodes/ExtendBatchRunWorkflow/ExtendBatchRunWorkflow.node';
import { ExtendListRunsByBatch } from '../../nodes/ExtendListRunsByBatch/ExtendListRunsByBatch.node';
import { ExtendTrigger } from '../../nodes/ExtendTrigger/ExtendTrigger.node';
import { testCredential } from '../harness/engine';
import { TOKENS, WORKSPACES, startSimulator, type Simulator } from '../simulator';

const NODES = [new ExtendBatchRunWorkflow(), new ExtendListRunsByBatch(), new ExtendTrigger()];

async function tested(credential: Record<string, string>): Promise<INodeCredentialTestResult> {
	const data = { region: 'custom', apiToken: TOKENS.workspace, workspaceId: '', ...credential };
	return await testCredential(new ExtendApi(), data, NODES);
}

interface OtherServer {
	url: string;
	requests: string[];
	close: () => Promise<void>;
}

/** A server that is no Extend. */
async function otherServer(answer: RequestListener): Promise<OtherServer> {
	const requests: string[] = [];
	const server = createServer((request, response) => {
		requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
		answer(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/** What the test says about a server with these answers. */
async function testedAgainst(answer: RequestListener): Promise<INodeCredentialTestResult> {
	const server = await otherServer(answer);
	try {
		return await tested({ baseUrl: server.url });
	} finally {
		await server.close();
	}
}

const saying =
	(status: number, type: string, body: string): RequestListener =>
	(_request, response) => {
		response.writeHead(status, { 'content-type': type });
		response.end(body);
	};

test.each(NODES)('every node can test the credential', async (node) => {
	const result = await testCredential(
		new ExtendApi(),
		{ region: 'custom', baseUrl: 'ftp://x', apiToken: 'x' },
		[node],
	);
	expect(result.message).toMatch(/https/);
});

describe('against Extend', () => {
	let simulator: Simulator;

	beforeAll(async () => {
		simulator = await startSimulator();
	});

	afterAll(async () => {
		await simulator.close();
	});

	test.each<[string, Record<string, string>]>([
		['a good token', {}],
		['a token with what nobody sees around it', { apiToken: ` \u200b${TOKENS.workspace}\n` }],
		[
			'the token of an organization with its workspace',
			{ apiToken: TOKENS.organization, workspaceId: ` ${WORKSPACES.main}\u2060` },
		],
	])('accepts %s', async (_case, credential) => {
		expect(await tested({ baseUrl: `${simulator.url}/ `, ...credential })).toEqual({
			status: 'OK',
			message: 'Connection successful!',
		});
	});

	test.each<[string, Record<string, string>, RegExp]>([
		['an unknown token', { apiToken: 'sk_nobody' }, /does not recognize the API token.*Region/],
		['no token', { apiToken: ' ' }, /API Token .* is empty/],
		['a token with a space in it', { apiToken: 'sk 1' }, /API Token .* contains a space/],
		['the token of an organization alone', { apiToken: TOKENS.organization }, /Workspace ID/],
		['another workspace', { workspaceId: WORKSPACES.other }, /Workspace ID/],
	])('refuses %s and says what to do', async (_case, credential, message) => {
		const result = await tested({ baseUrl: simulator.url, ...credential });
		expect(result).toEqual({ status: 'Error', message: expect.stringMatching(message) });
	});
});

test.each<[string, RequestListener]>([
	['a web page', saying(200, 'text/html', '<html><title>Welcome</title></html>')],
	['a web page that is not there', saying(404, 'text/html', '<html>Not found</html>')],
	['another API', saying(200, 'application/json', '{"status":"ok"}')],
	['an API whose data is no list', saying(200, 'application/json', '{"data":{"a":1}}')],
	['a bare list', saying(200, 'application/json', '[{"id":"w"}]')],
	['a number', saying(200, 'application/json', '7')],
	['nothing at all', saying(200, 'text/plain', '')],
	['no content', saying(204, 'text/plain', '')],
])('takes %s for no Extend API', async (_case, answer) => {
	const result = await testedAgainst(answer);
	expect(result).toEqual({
		status: 'Error',
		message: expect.stringMatching(/not that of the Extend API/),
	});
});

test.each<[number, RegExp]>([
	[410, /too old.*Update the package/],
	[429, /too many requests/],
	[402, /billing/],
	[500, /HTTP 500/],
])('says in words what HTTP %d means', async (status, message) => {
	const result = await testedAgainst(saying(status, 'application/json', '{"message":"No"}'));
	expect(result).toEqual({ status: 'Error', message: expect.stringMatching(message) });
});

test.each([301, 302, 307, 308])(
	'does not follow a redirect (%d), which would take the token elsewhere',
	async (status) => {
		const elsewhere = await otherServer(saying(200, 'application/json', '{"data":[]}'));
		const result = await testedAgainst((_request, response) => {
			response.writeHead(status, { location: `${elsewhere.url}/workflows` });
			response.end();
		});
		await elsewhere.close();
		expect(result).toEqual({ status: 'Error', message: expect.stringMatching(/redirects/) });
		expect(elsewhere.requests).toEqual([]);
	},
);

test('says in words that a connection was refused', async () => {
	const gone = await otherServer(saying(200, 'text/plain', ''));
	await gone.close();
	const result = await tested({ baseUrl: gone.url });
	expect(result).toEqual({
		status: 'Error',
		message: expect.stringMatching(/^The connection to Extend was refused\. Nothing answers/),
	});
});

test('says in words that there is no such host', async () => {
	const result = await tested({ baseUrl: 'https://no-such-host.invalid' });
	expect(result).toEqual({
		status: 'Error',
		message: expect.stringMatching(/^(The host name in the address of Extend)/),
	});
});

test.each([
	'http://extend.example.com',
	'extend.example.com',
	'',
	'https://u:p@extend.example.com',
])('does not send the token to %j', async (baseUrl) => {
	const result = await tested({ baseUrl });
	expect(result).toEqual({ status: 'Error', message: expect.stringMatching(/base URL/) });
});

test('does not tell the token, even if the other side does', async () => {
	const apiToken = 'sk_live_secret';
	const server = await otherServer((request, response) => {
		saying(
			400,
			'application/json',
			JSON.stringify({ message: request.headers.authorization }),
		)(request, response);
	});
	const result = await tested({ baseUrl: server.url, apiToken });
	await server.close();
	expect(result.message).toContain('***');
	expect(result.message).not.toContain(apiToken);
});
