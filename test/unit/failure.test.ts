import fc from 'fast-check';
import type { INode, JsonObject } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import { AxiosError } from 'axios';

import {
	escapeHtml,
	explain,
	quote,
	readFailure,
	readThrown,
	toNodeError,
} from '../../nodes/extend/failure';
import type { CallFailure } from '../../nodes/extend/failure';

const node: INode = {
	id: 'b1',
	name: 'Submit invoices',
	type: 'n8n-nodes-extend-ai.extendBatchRunWorkflow',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

const answer = (statusCode: number, body: unknown, headers: Record<string, unknown> = {}) => ({
	statusCode,
	headers,
	body,
});

describe('readFailure', () => {
	const said = {
		code: 'INVALID_REQUEST',
		message: 'inputs[3].file: Required',
		retryable: false,
		requestId: 'req_1',
		docUrl: 'https://docs.extend.ai/errors',
	};

	test.each([
		['flat', said],
		['wrapped', { error: said }],
		['wrapped beside other fields', { success: false, code: 'OTHER', error: said }],
	])('reads a %s error', (_shape, body) => {
		expect(readFailure(answer(400, body))).toEqual({
			kind: 'refused',
			status: 400,
			code: 'INVALID_REQUEST',
			message: 'inputs[3].file: Required',
			requestId: 'req_1',
			retryable: false,
		});
	});

	test.each([
		['a legacy error', { success: false, error: 'Workflow not found' }, 'Workflow not found'],
		['the legacy error of 429', { error: 'Too many requests' }, 'Too many requests'],
		['a message beside an error without one', { error: {}, message: 'Outside' }, 'Outside'],
		['a blank message', { message: ' \n', error: 'Said here' }, 'Said here'],
		['plain text', '  upstream connect error \n', 'upstream connect error'],
		[
			'a page with a title',
			'<html><head><title>502 Bad\nGateway</title></head><body><h1>Oops</h1></body></html>',
			'502 Bad Gateway',
		],
		[
			'a page without a title',
			'<html><style>p { color: red }</style><script>alert("x")</script><p>Try <b>later</b></p></html>',
			'Try later',
		],
		['an empty text', '', ''],
		['an empty page', '<html></html>', ''],
		['an empty object', {}, ''],
		['null', null, ''],
		['nothing', undefined, ''],
		['a number', 42, ''],
		['a list', [{ message: 'in a list' }], ''],
		['a message that is no text', { message: { text: 'deep' } }, ''],
	])('takes the words of %s', (_shape, body, message) => {
		expect(readFailure(answer(422, body)).message).toBe(message);
	});

	test('takes the request id of the header if the body names none', () => {
		const headers = { 'x-extend-request-id': 'req_header' };
		expect(readFailure(answer(400, { message: 'No' }, headers)).requestId).toBe('req_header');
		expect(readFailure(answer(502, '<html></html>', headers)).requestId).toBe('req_header');
		expect(readFailure(answer(400, said, headers)).requestId).toBe('req_1');
		expect(readFailure(answer(400, { message: 'No' })).requestId).toBeUndefined();
	});

	test('says nothing about trying again where Extend says nothing', () => {
		expect(readFailure(answer(400, { retryable: 'no' }))).not.toHaveProperty('retryable');
		expect(readFailure(answer(409, { retryable: true })).retryable).toBe(true);
	});

	test.each([
		[200, 'unknown'],
		[204, 'unknown'],
		[301, 'refused'],
		[400, 'refused'],
		[401, 'refused'],
		[404, 'refused'],
		[408, 'unknown'],
		[409, 'refused'],
		[413, 'refused'],
		[422, 'refused'],
		[429, 'refused'],
		[500, 'unknown'],
		[502, 'unknown'],
		[504, 'unknown'],
		[599, 'unknown'],
	])('takes HTTP %d for %s', (status, kind) => {
		expect(readFailure(answer(status, said))).toMatchObject({ kind, status });
	});

	test('reads any JSON without throwing, into short plain text', () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 200, max: 599 }),
				fc.oneof(
					fc.jsonValue(),
					fc.record(
						{
							error: fc.jsonValue(),
							message: fc.jsonValue(),
							code: fc.jsonValue(),
							requestId: fc.jsonValue(),
							retryable: fc.jsonValue(),
						},
						{ requiredKeys: [] },
					),
					fc.string(),
				),
				fc.dictionary(fc.constant('x-extend-request-id'), fc.jsonValue()),
				(status, body, headers) => {
					const failure = readFailure(answer(status, body, headers));
					expect(failure.status).toBe(status);
					expect(typeof failure.message).toBe('string');
					expect(['string', 'undefined']).toContain(typeof failure.code);
					expect(['string', 'undefined']).toContain(typeof failure.requestId);
					expect(['boolean', 'undefined']).toContain(typeof failure.retryable);
				},
			),
		);
	});

	test('keeps a message that names many inputs, but not one without end', () => {
		const naming = Array.from({ length: 500 }, (_, i) => `inputs[${i}].file: Required`).join('; ');
		expect(readFailure(answer(400, { message: naming })).message).toBe(naming);
		const endless = readFailure(answer(400, { message: 'x'.repeat(10_000_000) })).message;
		expect(endless.length).toBeLessThan(25_000);
	});
});

interface NetworkFault {
	message?: string;
	code?: string;
	syscall?: string;
}

/** An error of Node's network modules. */
function networkError({ message = '', ...facts }: NetworkFault): Error {
	return Object.assign(new Error(message), facts);
}

/** What axios makes of an error of the network, and n8n of that. */
function wrappings(fault: NetworkFault): Array<[string, Error]> {
	const bare = networkError(fault);
	const byAxios = AxiosError.from(bare, fault.code);
	const byN8n = new NodeApiError(node, byAxios as unknown as JsonObject);
	return [
		['bare', bare],
		['from axios', byAxios],
		['from n8n', byN8n],
		['from n8n 1', byN8n1(byAxios)],
	];
}

/** The NodeApiError of n8n 1.123: without the cause, with the code elsewhere, and with words of n8n's own. */
function byN8n1({ message, code }: AxiosError): Error {
	return Object.assign(new Error('The connection cannot be established'), {
		name: 'NodeApiError',
		messages: message === '' ? [] : [message],
		httpCode: code ?? null,
		cause: undefined,
	});
}

describe('readThrown', () => {
	test.each<[string, NetworkFault]>([
		['a refused connection', { code: 'ECONNREFUSED', syscall: 'connect' }],
		['an unknown host', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }],
		['a name server without an answer', { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }],
		['a host without a route', { code: 'EHOSTUNREACH', syscall: 'connect' }],
		['a network without a route', { code: 'ENETUNREACH', syscall: 'connect' }],
		['no free local port', { code: 'EADDRNOTAVAIL', syscall: 'connect' }],
		[
			'a connection that was never made',
			{ code: 'ETIMEDOUT', syscall: 'connect', message: 'connect ETIMEDOUT 192.0.2.1:443' },
		],
		['an expired certificate', { code: 'CERT_HAS_EXPIRED' }],
		['a self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }],
		['a self-signed root', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }],
		['an unknown issuer', { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }],
		['an incomplete chain', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }],
		['a certificate of another host', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }],
		['no common TLS version', { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }],
		[
			'a hang-up during the TLS handshake',
			{
				code: 'ECONNRESET',
				message: 'Client network socket disconnected before secure TLS connection was established',
			},
		],
		['an address that is none', { code: 'ERR_INVALID_URL', message: 'Invalid URL' }],
	])('knows that nothing was sent after %s', (_case, fault) => {
		for (const [, error] of wrappings(fault)) {
			expect(readThrown(error, false)).toMatchObject({ kind: 'notSent', code: fault.code });
			expect(readThrown(error, false).retryable).toBeUndefined();
		}
	});

	test.each<[string, NetworkFault]>([
		['a reset while reading', { code: 'ECONNRESET', syscall: 'read', message: 'read ECONNRESET' }],
		['a hang-up', { code: 'ECONNRESET', message: 'socket hang up' }],
		['no answer in time', { code: 'ECONNABORTED', message: 'timeout of 120000ms exceeded' }],
		['a time-out while reading', { code: 'ETIMEDOUT', syscall: 'read' }],
		['a time-out of axios', { code: 'ETIMEDOUT', message: 'timeout of 120000ms exceeded' }],
		['a broken pipe', { code: 'EPIPE', syscall: 'write', message: 'write EPIPE' }],
		['an answer that is not HTTP', { code: 'HPE_INVALID_CONSTANT', message: 'Parse Error' }],
		['headers too large', { code: 'HPE_HEADER_OVERFLOW', message: 'Parse Error' }],
		['a body cut short', { code: 'ERR_BAD_RESPONSE', message: 'aborted' }],
	])('does not know what happened after %s', (_case, fault) => {
		for (const [, error] of wrappings(fault)) {
			expect(readThrown(error, false)).toMatchObject({ kind: 'unknown', code: fault.code });
			expect(readThrown(error, false).retryable).toBeUndefined();
		}
	});

	test('never takes a code it does not know for "not sent"', () => {
		fc.assert(
			fc.property(fc.stringMatching(/^E[A-Z]{3,12}$/), (code) => {
				const known = /CERT|^EAI_AGAIN$|^E(CONNREFUSED|NOTFOUND|HOSTUNREACH|NETUNREACH|NETDOWN)$/;
				fc.pre(!known.test(code) && code !== 'EADDRNOTAVAIL');
				expect(readThrown(networkError({ code, syscall: 'read' }), false).kind).toBe('unknown');
			}),
		);
	});

	test("quotes the network's own words, not what wrappers make of them", () => {
		const fault = { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:1' };
		for (const [, error] of wrappings(fault)) {
			expect(readThrown(error, false).message).toBe('connect ECONNREFUSED 127.0.0.1:1');
		}
	});

	test('takes what does not come from the network for something that forbade the request', () => {
		const forbidden = new Error('The base URL of the Extend API credential cannot be used');
		const asNodeError = new NodeApiError(node, forbidden as unknown as JsonObject);
		for (const error of [forbidden, asNodeError]) {
			expect(readThrown(error, false)).toMatchObject({ kind: 'notSent', retryable: false });
		}
	});

	test('does not know what happened when the execution was stopped meanwhile', () => {
		for (const code of ['ERR_CANCELED', 'ECONNRESET', 'ECONNREFUSED']) {
			expect(readThrown(networkError({ code }), true).kind).toBe('interrupted');
		}
	});

	test('reads whatever is thrown, with words to show, even if causes go in a circle', () => {
		const circle = networkError({ code: 'EPIPE', message: 'write EPIPE' });
		circle.cause = circle;
		expect(readThrown(circle, false)).toMatchObject({ kind: 'unknown', code: 'EPIPE' });
		fc.assert(
			fc.property(fc.anything(), fc.boolean(), (thrown, cancelled) => {
				const failure = readThrown(thrown, cancelled);
				expect(failure.message).not.toBe('');
				expect(failure.kind === 'interrupted').toBe(cancelled);
			}),
		);
	});
});

const STATUSES = [
	undefined,
	200,
	301,
	400,
	401,
	402,
	403,
	404,
	408,
	409,
	413,
	422,
	429,
	500,
	502,
	503,
];

/** Failures as the readers above make them, with words of others in everything that may hold them. */
const anyFailure = fc.record<CallFailure>(
	{
		kind: fc.constantFrom('refused', 'notSent', 'unknown', 'cancelled', 'interrupted'),
		status: fc.constantFrom(...STATUSES),
		code: fc.constantFrom('CODE_OF_OTHERS', undefined),
		message: fc.constantFrom('words of others', 'ENOTFOUND said others', 'workspace of others', ''),
		requestId: fc.constantFrom('req_of_others', undefined),
		retryable: fc.boolean(),
	},
	{ requiredKeys: ['kind', 'message'] },
);

describe('explain', () => {
	test.each<[number, RegExp, RegExp]>([
		[301, /redirects/, /base URL/],
		[401, /does not know the API token/, /Region/],
		[402, /blocked/, /billing/],
		[403, /lacks the permission/, /Workspace ID/],
		[404, /does not find the workflow or version/, /another workspace or region/],
		[413, /too large/, /smaller batch/],
		[429, /rate limit/, /later/],
		[400, /refused the request/, /Correct/],
	])('tells what a refusal with HTTP %d means and what to do', (status, happened, advice) => {
		const failure: CallFailure = { kind: 'refused', status, message: 'No' };
		const explanation = explain(failure, 'workflow or version');
		expect(explanation.happened).toMatch(happened);
		expect(explanation.advice).toMatch(advice);
	});

	test('recognizes that a token of an organization needs a workspace', () => {
		const failure: CallFailure = {
			kind: 'refused',
			status: 400,
			message: 'The x-extend-workspace-id header is required',
		};
		expect(explain(failure, 'resource').advice).toMatch(/fill in Workspace ID/);
	});

	test('tells an unreachable address from a silent one, a broken one and a stopped execution', () => {
		const happened = (failure: Omit<CallFailure, 'message'>) =>
			explain({ ...failure, message: '' }, 'resource').happened;
		const all = [
			happened({ kind: 'notSent', code: 'ENOTFOUND' }),
			happened({ kind: 'notSent', retryable: false }),
			happened({ kind: 'unknown', code: 'ECONNRESET' }),
			happened({ kind: 'unknown', status: 502 }),
			happened({ kind: 'unknown', status: 200 }),
			happened({ kind: 'interrupted' }),
		];
		expect(new Set(all).size).toBe(all.length);
	});

	test('says in the same words what happened, whatever the words of others', () => {
		fc.assert(
			fc.property(anyFailure, (failure) => {
				expect(explain(failure, 'workflow').happened).not.toMatch(/of others|said others|req_/);
				expect(explain(failure, 'workflow').happened).not.toBe('');
			}),
			{ examples: [[{ kind: 'refused', status: 409, message: 'words of others' }]] },
		);
	});
});

describe('quote', () => {
	test('gives the words, the code and the request id', () => {
		const failure: CallFailure = {
			kind: 'refused',
			status: 400,
			code: 'INVALID_REQUEST',
			message: 'inputs[3]: Required',
			requestId: 'req_1',
		};
		expect(quote(failure)).toBe(
			'Extend says: “inputs[3]: Required” (INVALID_REQUEST). Request ID: req_1.',
		);
	});

	test('does not put words of the network into the mouth of Extend', () => {
		const failure: CallFailure = {
			kind: 'unknown',
			code: 'ECONNRESET',
			message: 'read ECONNRESET',
		};
		expect(quote(failure)).toBe('The network reports: “read ECONNRESET”.');
	});

	test('is empty if nothing was said, and never long', () => {
		expect(quote({ kind: 'refused', status: 400, message: '' })).toBe('');
		expect(quote({ kind: 'refused', status: 400, message: '', code: 'X_Y' })).toContain('X_Y');
		const long = quote({ kind: 'refused', status: 400, message: 'long '.repeat(4000) });
		expect(long.length).toBeLessThan(600);
	});
});

describe('escapeHtml', () => {
	test('leaves no markup, and loses nothing', () => {
		expect(escapeHtml('<b>R&D</b>')).toBe('&lt;b&gt;R&amp;D&lt;/b&gt;');
		fc.assert(
			fc.property(fc.string(), (text) => {
				const escaped = escapeHtml(text);
				expect(escaped).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
				const read = escaped
					.replaceAll('&lt;', '<')
					.replaceAll('&gt;', '>')
					.replaceAll('&amp;', '&');
				expect(read).toBe(text);
			}),
		);
	});
});

describe('toNodeError', () => {
	const task = 'Workflows could not be listed';

	test('heads the error with the task, and puts everything else where it belongs', () => {
		const failure: CallFailure = {
			kind: 'refused',
			status: 403,
			code: 'FORBIDDEN',
			message: 'Key <k> lacks scope',
			requestId: 'req_9',
		};
		const error = toNodeError(node, failure, {
			task,
			more: 'Accepted: batch_1 (items 0–9).',
			itemIndex: 7,
			facts: { acceptedBatches: ['batch_1'] },
		});
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error.message).toBe(`${task}: the API token lacks the permission`);
		expect(error.description).toMatch(
			/^Extend says: “Key &lt;k&gt; lacks scope” \(FORBIDDEN\)\. Request ID: req_9\. Check the permissions .* Accepted: batch_1 \(items 0–9\)\.$/,
		);
		expect(error.httpCode).toBe('403');
		expect(error.context).toMatchObject({
			itemIndex: 7,
			requestId: 'req_9',
			code: 'FORBIDDEN',
			acceptedBatches: ['batch_1'],
		});
	});

	test('takes a headline and an advice of its own instead', () => {
		const failure: CallFailure = { kind: 'refused', status: 404, message: '' };
		const headline = 'The document was not submitted [item 3]';
		const error = toNodeError(node, failure, { task, headline, advice: 'Look there.' });
		expect(error.message).toBe(headline);
		expect(error.description).toBe('Look there.');
	});

	test('puts no words of others into the headline, and their words as text into the description', () => {
		fc.assert(
			fc.property(
				anyFailure,
				fc.constantFrom('<img src=x onerror=alert(1)>', ''),
				(failure, tag) => {
					const error = toNodeError(node, { ...failure, message: failure.message + tag }, { task });
					expect(error.message).not.toMatch(/of others|said others|req_|<img/);
					expect(error.description ?? '').not.toContain('<img');
					expect(error.description ?? '').toContain(failure.message);
				},
			),
		);
	});

	test('keeps its headline, though n8n replaces those in which it finds a status or a code', () => {
		fc.assert(
			fc.property(anyFailure, (failure) => {
				expect(toNodeError(node, failure, { task }).message).toMatch(
					/^Workflows could not be listed: /,
				);
			}),
		);
	});
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE'])(
	'keeps the headline after %s, though n8n replaces headlines with a code in them',
	(code) => {
		for (const kind of ['notSent', 'unknown'] as const) {
			const failure: CallFailure = { kind, code, message: `connect ${code} 10.0.0.1:443` };
			const error = toNodeError(node, failure, { task: 'Workflows could not be listed' });
			expect(error.message).toMatch(/^Workflows could not be listed: .*Extend/);
			expect(error.description).toContain(code);
		}
	},
);

test.each(['<', '<script', '<title', '<style>', '</', ' \n', '<a <'])(
	'reads ten million characters of %p in a moment',
	(unit) => {
		const body = unit.repeat(10_000_000 / unit.length);
		const before = performance.now();
		readFailure({ statusCode: 502, headers: {}, body });
		expect(performance.now() - before).toBeLessThan(2000);
	},
);

test('knows that nothing was sent if none of the addresses of a host could be connected to', () => {
	const attempt = (address: string) =>
		Object.assign(new Error(`connect ETIMEDOUT ${address}`), {
			code: 'ETIMEDOUT',
			syscall: 'connect',
		});
	const all = new AggregateError([attempt('10.0.0.1:443'), attempt('[fd00::1]:443')]);
	const error = AxiosError.from(Object.assign(all, { code: 'ETIMEDOUT' }), 'ETIMEDOUT');
	expect(readThrown(error, false)).toMatchObject({ kind: 'notSent', code: 'ETIMEDOUT' });
});

test('does not take a damaged TLS record for a request that was not sent', () => {
	for (const code of [
		'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
		'ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC',
		'ERR_SSL_UNEXPECTED_MESSAGE',
	]) {
		expect(readThrown(Object.assign(new Error(code), { code }), false).kind).toBe('unknown');
	}
});
