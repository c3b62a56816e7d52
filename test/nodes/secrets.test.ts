/** Whatever goes wrong, n8n gets to see no token, no password and no secret: n8n keeps errors, outputs and logs. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';

import type { INode, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { ExtendApi } from '../../credentials/ExtendApi.credentials';
import { ExtendBatchRunWorkflow } from '../../nodes/ExtendBatchRunWorkflow/ExtendBatchRunWorkflow.node';
import { ExtendListRunsByBatch } from '../../nodes/ExtendListRunsByBatch/ExtendListRunsByBatch.node';
import { binaryItem, runNode, type NodeRun, type RunResult } from '../harness/engine';

const TOKEN = 'sk_live/t0ken+"x"';
const PASSWORD = 'hunter2 & "Zx81"';
const SECRET = 'geheim/ß-secret';
const ALL = [TOKEN, PASSWORD, SECRET];

/** How a server may quote what it got. */
const quoted = (text: string) => [
	text,
	JSON.stringify(text),
	encodeURIComponent(text),
	new URLSearchParams({ text }).toString(),
	text.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
];

interface EchoingServer {
	url: string;
	close: () => Promise<void>;
}

/** Refuses every call, and quotes all secrets in each form; with 5xx it lists nothing. */
async function echoingServer(status: number, asHtml: boolean): Promise<EchoingServer> {
	const message = `Refused: ${ALL.flatMap(quoted).join(' ; ')}`;
	const server = createServer((request, response) => {
		request.resume();
		request.on('end', () => {
			// A lost answer is looked up; that nothing is found is no reason to wait.
			if (status >= 500 && request.method === 'GET') {
				response.writeHead(200, { 'content-type': 'application/json' });
				response.end('{"object":"list","data":[]}');
				return;
			}
			response.writeHead(status, { 'content-type': asHtml ? 'text/html' : 'application/json' });
			const code = `BAD_${TOKEN}`;
			const body = { code, message, retryable: false, requestId: `req_${PASSWORD}` };
			response.end(asHtml ? `<html><body>${message}</body></html>` : JSON.stringify(body));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

const credentials = (baseUrl: string) => ({
	extendApi: { apiToken: TOKEN, region: 'custom', baseUrl },
});

const PARAMETERS: INodeParameters = {
	workflow: { __rl: true, mode: 'id', value: 'workflow_a' },
	options: { filePassword: PASSWORD, secrets: JSON.stringify({ key: SECRET }), settleSeconds: 0 },
};

async function submit(
	more: Partial<NodeRun>,
	parameters: INodeParameters = {},
	items: INodeExecutionData[] = [{ json: { url: 'https://files.example.com/a.pdf' } }],
): Promise<RunResult> {
	return await runNode({
		node: new ExtendBatchRunWorkflow(),
		items,
		parameters: { ...PARAMETERS, fileUrl: '={{ $json.url }}', ...parameters },
		credentialTypes: [new ExtendApi()],
		...more,
	});
}

/** All that n8n gets to see of a run, as text in several ways. */
function seen(result: RunResult): string {
	const { error, serialisedError, outputs, hints, logs, contextData } = result;
	return [
		serialisedError,
		inspect(error, { depth: 10, showHidden: true }),
		JSON.stringify({ error, outputs, hints, logs, contextData }),
	].join('\n');
}

function expectNoSecrets(result: RunResult): void {
	const text = seen(result);
	const unescaped = text.replace(/\\+/g, '');
	for (const form of ALL.flatMap(quoted)) {
		expect(text).not.toContain(form);
		expect(unescaped).not.toContain(form.replace(/\\+/g, ''));
	}
	expect(text).not.toContain('hunter2');
	expect(text).not.toContain('sk_live');
	expect(text).not.toContain('geheim');
}

const ON_ERROR: Array<INode['onError']> = [
	'stopWorkflow',
	'continueRegularOutput',
	'continueErrorOutput',
];

describe.each(ON_ERROR)('On Error: %s', (onError) => {
	test.each([
		[400, false],
		[401, false],
		[403, true],
		[404, false],
		[500, true],
	])(
		'no secret is told when Extend quotes them with HTTP %d (as HTML: %p)',
		async (status, asHtml) => {
			const server = await echoingServer(status, asHtml);
			const run = { credentials: credentials(server.url), onError };
			try {
				const submitted = await submit(run, {
					options: { ...(PARAMETERS.options as object), onUnknownOutcome: 'fail' },
				});
				expectNoSecrets(submitted);
				expect(seen(submitted)).toContain('***');
				const listed = await runNode({
					node: new ExtendListRunsByBatch(),
					items: [{ json: { batchId: 'batch_a' } }],
					parameters: { waitForCompletion: false },
					credentialTypes: [new ExtendApi()],
					...run,
				});
				expect(seen(listed)).not.toContain('sk_live');
			} finally {
				await server.close();
			}
		},
	);

	test('nor of a file that is refused', async () => {
		const server = await echoingServer(400, false);
		const file = await binaryItem(Buffer.from('x'), { fileName: 'a.pdf' });
		try {
			const result = await submit(
				{ credentials: credentials(server.url), onError },
				{ source: 'binary' },
				[file],
			);
			expectNoSecrets(result);
			expect(seen(result)).toContain('***');
		} finally {
			await server.close();
		}
	});

	test.each<[string, Partial<NodeRun>, INodeParameters]>([
		['no credential', {}, {}],
		[
			'an address that cannot be used',
			{ credentials: credentials('http://extend.example.com') },
			{},
		],
		['no document', { credentials: credentials('http://127.0.0.1:1') }, { fileUrl: '' }],
		[
			'an expression that fails',
			{ credentials: credentials('http://127.0.0.1:1') },
			{ fileUrl: '={{ $json.url.nothing.there }}' },
		],
		[
			'an expression that is none',
			{ credentials: credentials('http://127.0.0.1:1') },
			{ fileUrl: '={{ $json.url( }}' },
		],
		[
			'an expression that names a node which is not there',
			{ credentials: credentials('http://127.0.0.1:1') },
			{ fileUrl: "={{ $('Nowhere').item.json.url }}" },
		],
	])('nor with %s', async (_case, run, parameters) => {
		const result = await submit({ ...run, onError }, parameters);
		expectNoSecrets(result);
		const failed = result.error ?? result.outputs.flat().find(({ json }) => 'error' in json);
		expect(failed).toBeDefined();
	});
});
