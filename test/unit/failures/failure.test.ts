import { inspect } from 'node:util';

import fc from 'fast-check';
import type { INode, JsonObject } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';
import { AxiosError } from 'axios';

import {
	OUT_OF_TIME,
	REQUEST_TOO_LARGE,
	UNREADABLE_FILE,
	asksForWorkspace,
	concernsAll,
	endsJob,
	isTooLarge,
	rawMessageOf,
	unwritable,
	withBlotted,
} from '../../../nodes/extend/failures/failure';
import type { CallFailure } from '../../../nodes/extend/failures/failure';
import { readFailure, readThrown } from '../../../nodes/extend/failures/readFailure';

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
		['a message with blanks around', { message: '  Bad \n' }, 'Bad'],
		['plain text', '  upstream connect error \n', 'upstream connect error'],
		[
			'a page with a title',
			'<html><head><title>502 Bad\nGateway</title></head><body><h1>Oops</h1></body></html>',
			'502 Bad Gateway',
		],
		['a page with a script between words', 'Bad<script>x()</script>gateway', 'Bad gateway'],
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
		expect(endless.length).toBeLessThan(35_000);
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
			'a local address that cannot be used',
			{ code: 'EINVAL', syscall: 'bind', message: 'bind EINVAL' },
		],
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
		[
			'an answer that speaks of a connection',
			{ code: 'ERR_BAD_RESPONSE', message: 'the proxy said: connect ECONNREFUSED' },
		],
		[
			'a connection that was made, by the words of the fault',
			{ code: 'ECONNRESET', syscall: 'connect', message: 'read ECONNRESET' },
		],
		['a body cut short', { code: 'ERR_BAD_RESPONSE', message: 'aborted' }],
	])('does not know what happened after %s', (_case, fault) => {
		for (const [, error] of wrappings(fault)) {
			expect(readThrown(error, false)).toMatchObject({ kind: 'unknown', code: fault.code });
			expect(readThrown(error, false).retryable).toBeUndefined();
		}
	});

	const CODES = [
		'ECONNREFUSED',
		'ECONNRESET',
		'ECONNABORTED',
		'ENOTFOUND',
		'EAI_AGAIN',
		'EAI_FAIL',
		'EHOSTUNREACH',
		'EHOSTDOWN',
		'ENETUNREACH',
		'ENETDOWN',
		'EADDRNOTAVAIL',
		'ETIMEDOUT',
		'EPIPE',
		'ENOBUFS',
	];
	/** A fault as Node tells it: the system call is named twice, or in the message only, or nowhere. */
	const tellings = (code: string, syscall: string): NetworkFault[] => [
		{ code, syscall, message: `${syscall} ${code}` },
		{ code, syscall, message: `${syscall} ${code} 192.0.2.1:443 - Local (0.0.0.0:0)` },
		{ code, syscall },
		{ code, message: `${syscall} ${code}` },
	];

	test.each(CODES)('%s: knows that nothing was sent only if it was connecting', (code) => {
		for (const [syscall, kind] of [
			['connect', 'notSent'],
			['getaddrinfo', 'notSent'],
			['read', 'unknown'],
			['write', 'unknown'],
			['writev', 'unknown'],
			['shutdown', 'unknown'],
		] as const) {
			for (const fault of tellings(code, syscall)) {
				for (const [wrapping, error] of wrappings(fault)) {
					// n8n 1 keeps neither the system call nor an empty message.
					if (wrapping === 'from n8n 1' && fault.message === undefined) continue;
					expect([wrapping, fault, readThrown(error, false).kind]).toEqual([wrapping, fault, kind]);
				}
			}
		}
	});

	test('never takes a code it does not know for "not sent"', () => {
		fc.assert(
			fc.property(
				fc.stringMatching(/^E[A-Z]{3,12}$/),
				fc.constantFrom('read', 'write', undefined),
				(code, syscall) => {
					fc.pre(!CODES.includes(code) && !/CERT|^EAI_/.test(code));
					expect(readThrown(networkError({ code, syscall }), false).kind).toBe('unknown');
				},
			),
		);
	});

	test.each([
		'ERR_SSL_PROTOCOL_IS_SHUTDOWN',
		'ERR_TLS_RENEGOTIATION_DISABLED',
		'ERR_TLS_SESSION_ATTACK',
		'ERR_SSL_NO_RENEGOTIATION',
		'ERR_SSL_APPLICATION_DATA_AFTER_CLOSE_NOTIFY',
		'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
		'ERR_STREAM_WRITE_AFTER_END',
		'ERR_STRING_TOO_LONG',
		'ERR_CANCELED',
	])('does not know what happened after %s, which comes after a handshake', (code) => {
		expect(readThrown(networkError({ code }), false).kind).toBe('unknown');
	});

	test.each([
		'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
		'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
		'ERR_SSL_UNSUPPORTED_PROTOCOL',
		'HOSTNAME_MISMATCH',
		'CRL_HAS_EXPIRED',
		'ERR_INVALID_CHAR',
	])('knows that nothing was sent after %s', (code) => {
		expect(readThrown(networkError({ code }), false).kind).toBe('notSent');
	});

	test.each([
		'ECONNREFUSED',
		'ENETDOWN',
		'ERR_TLS_HANDSHAKE_TIMEOUT',
		'ERR_INVALID_CHAR',
		'ERR_SSL_X_UNKNOWN_CA',
		'CERT_REVOKED',
		'CRL_HAS_EXPIRED',
		'UNABLE_TO_GET_CRL',
		'HOSTNAME_MISMATCH',
		'INVALID_CA',
		'PATH_LENGTH_EXCEEDED',
	])('takes no other code for %s', (code) => {
		expect(readThrown(networkError({ code }), false).kind).toBe('notSent');
		expect(readThrown(networkError({ code: `MY${code}` }), false).kind).toBe('unknown');
		// What follows on these is a part of the name.
		if (/^(CERT|CRL|UNABLE|ERR_SSL)_/.test(code)) return;
		expect(readThrown(networkError({ code: `${code}X` }), false).kind).toBe('unknown');
	});

	test('knows a fault of the network without a code by the library that tells it', () => {
		const failure = readThrown(new AxiosError('Network Error'), false);
		expect(failure).toEqual({ kind: 'unknown', code: undefined, message: 'Network Error' });
	});

	test('does not take an HTTP status that n8n kept for the code of a network fault', () => {
		const error = Object.assign(new Error('x'), { httpCode: '404' });
		expect(readThrown(error, false).code).toBeUndefined();
	});

	test('does not know whether a fault of the program itself came before the request or after it', () => {
		for (const error of [new TypeError('x is not a function'), new RangeError('Out of memory')]) {
			expect(readThrown(error, false).kind).toBe('unknown');
		}
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

describe('asksForWorkspace', () => {
	const refused = (message: string, status = 400): CallFailure => ({
		kind: 'refused',
		status,
		message,
	});

	test.each([
		'The x-extend-workspace-id header is required',
		'Missing required header "x-extend-workspace-id"',
		'Missing header `X-Extend-Workspace-Id`.',
		'Organization API keys must name a workspace in the x-extend-workspace-id header',
		'Workspace ID is required for organization-scoped API keys.',
		'You must specify a workspace',
		'Please provide a valid workspace-id',
	])('hears it in: %s', (message) => {
		for (const status of [400, 422]) {
			expect(asksForWorkspace(refused(message, status))).toBe(true);
			expect(concernsAll(refused(message, status))).toBe(true);
		}
	});

	test.each([
		'Could not download https://files.example.com/workspace/a.pdf',
		'Could not download files.example.com/my workspace/a.pdf',
		'Invalid value "our workspace"',
		"Invalid value 'our workspace' given",
		'Invalid value “our workspace”',
		'Invalid value `the workspace`',
		'Invalid value "the \\"best\\" workspace"',
		'Invalid value "our workspace is cut off',
		'The name workspace.pdf is not allowed',
		'The name my-workspace-plan is not allowed',
		'Unreachable: workspace.example.com',
		'Unreachable: https://x.test/?q=the%20workspace&workspace=1',
		'Unreachable: C:\\workspace\\a.pdf',
		'inputs[3].file.url: workspace not allowed',
		'The file file_1 belongs to another workspace',
		'Document not found in this workspace',
		'Run not found in workspace ws_1',
	])('does not hear it in: %s', (message) => {
		expect(asksForWorkspace(refused(message))).toBe(false);
		expect(concernsAll(refused(message))).toBe(false);
	});

	test.each(
		['input', 'file', 'document', 'url', 'link', 'run', 'workflow'].flatMap((part) => [
			part,
			`${part}s`,
		]),
	)('does not hear it where the message is about the %s', (part) => {
		expect(asksForWorkspace(refused(`The workspace does not allow the ${part}`))).toBe(false);
	});

	test.each([
		['A workspace is required at "input 3"', false],
		['A workspace is required at "inputs[10]"', false],
		['A workspace is required at "inputs → 3"', false],
		['A workspace is required beside "inputs"', true],
	])('looks for the number of an input in quotes too: %s', (message, expected) => {
		expect(asksForWorkspace(refused(message))).toBe(expected);
	});

	test('does not hear it in any address, whatever it holds', () => {
		fc.assert(
			fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (url) => {
				const address = url.replace(/([/?=#.])/, '$1workspace$1');
				expect(asksForWorkspace(refused(`Could not reach ${address}`))).toBe(false);
			}),
		);
	});

	test('hears it in refusals only', () => {
		const message = 'A workspace is required';
		expect(asksForWorkspace({ kind: 'unknown', status: 500, message })).toBe(false);
		expect(asksForWorkspace(refused(message, 404))).toBe(false);
	});
});

describe('concernsAll', () => {
	test.each([301, 401, 402, 403, 407, 410, 429])('HTTP %d concerns all', (status) => {
		const message = 'inputs[3]: No';
		expect(concernsAll({ kind: 'refused', status, message })).toBe(true);
	});

	test.each([400, 404, 409, 413, 422])('HTTP %d may concern an input', (status) => {
		expect(concernsAll({ kind: 'refused', status, message: 'No' })).toBe(false);
	});

	test('an address that cannot be reached concerns all, a file that cannot be read does not', () => {
		const notSent: CallFailure = { kind: 'notSent', message: '' };
		expect(concernsAll({ ...notSent, code: 'ENOTFOUND' })).toBe(true);
		expect(concernsAll({ ...notSent, code: 'UNREADABLE_FILE' })).toBe(false);
		expect(concernsAll({ ...notSent, code: 'REQUEST_TOO_LARGE' })).toBe(false);
		expect(concernsAll({ kind: 'unknown', status: 500, message: '' })).toBe(false);
	});

	test('the version of the API concerns all, that of a workflow does not', () => {
		const refused = (message: string): CallFailure => ({ kind: 'refused', status: 400, message });
		expect(concernsAll(refused('The x-extend-api-version header is required'))).toBe(true);
		expect(concernsAll(refused('Missing header "x-extend-api-version"'))).toBe(true);
		expect(concernsAll(refused('Unsupported API version: 2026-02-09'))).toBe(true);
		expect(concernsAll(refused('The workflow has no version 7'))).toBe(false);
	});
});

describe('withBlotted', () => {
	const failure: CallFailure = {
		kind: 'refused',
		status: 400,
		code: 'BAD_hunter2',
		message: 'inputs[3]: hunter2 is wrong',
		requestId: 'req_hunter2',
	};
	const clean = withBlotted(failure, (text) => text.replaceAll('hunter2', '***'));

	test('shows nothing of what is blotted out, in any way of showing it', () => {
		expect(JSON.stringify(clean)).not.toContain('hunter2');
		expect(inspect(clean, { depth: 10, showHidden: true })).not.toContain('hunter2');
		expect(JSON.stringify({ ...clean, ...structuredClone(clean) })).not.toContain('hunter2');
		expect(clean.message).toBe('inputs[3]: *** is wrong');
	});

	test('keeps the words to the letter for code that asks for them', () => {
		expect(rawMessageOf(clean)).toBe(failure.message);
		expect(rawMessageOf({ ...clean })).toBe(clean.message);
		expect(rawMessageOf(failure)).toBe(failure.message);
	});
});

test('a failure is shown in bounds, and without what it does not have', () => {
	const plain: CallFailure = { kind: 'unknown', message: 'x'.repeat(30_000) };
	const clean = withBlotted(plain, (text) => text.replaceAll('y', '***'));
	expect(Object.keys(clean)).toEqual(['kind', 'message']);
	expect(clean.message).toBe('x'.repeat(20_000));
	expect(rawMessageOf(clean)).toBe(plain.message);
});

describe('a request that could not be written', () => {
	test('is too large if V8 says so, and not sent in any case', () => {
		expect(unwritable(new RangeError('Invalid string length'))).toEqual({
			kind: 'notSent',
			code: 'REQUEST_TOO_LARGE',
			message: 'Invalid string length',
			retryable: false,
		});
		expect(unwritable(new TypeError('cyclic'))).toEqual({
			kind: 'notSent',
			code: undefined,
			message: 'cyclic',
			retryable: false,
		});
		for (const thrown of ['text', undefined, null, { name: 'RangeError', message: 'no error' }])
			expect(unwritable(thrown)).toMatchObject({ message: '', code: undefined });
	});

	test('counts as too large beside HTTP 413, and nothing else does', () => {
		expect(isTooLarge({ kind: 'refused', status: 413, message: '' })).toBe(true);
		expect(isTooLarge({ kind: 'notSent', code: REQUEST_TOO_LARGE, message: '' })).toBe(true);
		for (const status of [400, 404, 412, 414, undefined])
			expect(isTooLarge({ kind: 'refused', status, code: 'OTHER', message: '' })).toBe(false);
	});

	test('codes tell what happened apart', () => {
		const codes = [UNREADABLE_FILE, REQUEST_TOO_LARGE, OUT_OF_TIME];
		expect(codes).toEqual(['UNREADABLE_FILE', 'REQUEST_TOO_LARGE', 'OUT_OF_TIME']);
	});
});

describe('endsJob', () => {
	const refused = (status: number): CallFailure => ({ kind: 'refused', status, message: 'No' });

	test.each([302, 401, 402, 403, 407, 410, 429])('holds for HTTP %d', (status) => {
		expect(endsJob(refused(status))).toBe(true);
	});

	test.each([400, 404, 409, 413, 422])('does not hold for HTTP %d', (status) => {
		expect(endsJob(refused(status))).toBe(false);
	});

	test.each<[string, CallFailure, boolean]>([
		['a stopped execution', { kind: 'interrupted', message: '' }, true],
		['what was forbidden here', { kind: 'notSent', retryable: false, message: '' }, true],
		['a network that is down', { kind: 'notSent', message: '' }, false],
		['a network that may be back', { kind: 'notSent', retryable: true, message: '' }, false],
		[
			'a file that n8n cannot read',
			{ kind: 'notSent', retryable: false, code: UNREADABLE_FILE, message: '' },
			false,
		],
		[
			'a request that is too large',
			{ kind: 'notSent', retryable: false, code: REQUEST_TOO_LARGE, message: '' },
			false,
		],
		['a broken connection', { kind: 'unknown', message: '' }, false],
		['a server error', { kind: 'unknown', status: 500, message: '' }, false],
		['a call that is not wanted', { kind: 'cancelled', message: '' }, false],
	])('for %s', (_what, failure, expected) => {
		expect(endsJob(failure)).toBe(expected);
	});
});

describe('several addresses of a host', () => {
	const tried = (...syscalls: Array<string | undefined>) =>
		Object.assign(new Error('all failed'), {
			code: 'EUNKNOWN',
			errors: syscalls.map((syscall) => ({ message: 'x', ...(syscall ? { syscall } : {}) })),
		});

	test('were not reached if none of them could be connected to', () => {
		expect(readThrown(tried('connect'), false).kind).toBe('notSent');
		expect(readThrown(tried('connect', 'connect'), false).kind).toBe('notSent');
		const wrapped = Object.assign(new Error('outside'), { cause: tried('connect', 'connect') });
		expect(readThrown(wrapped, false).kind).toBe('notSent');
	});

	test('may have been reached if one of them could, or if nothing is told', () => {
		for (const error of [tried('connect', 'read'), tried('read'), tried(undefined), tried()])
			expect(readThrown(error, false).kind).toBe('unknown');
		const odd = Object.assign(new Error('x'), { code: 'EUNKNOWN', errors: [null, 'connect'] });
		expect(readThrown(odd, false).kind).toBe('unknown');
	});
});

describe('an answer that is no JSON', () => {
	const words = (body: string) => readFailure(answer(502, body)).message;

	test('is read as the words that people would see', () => {
		expect(words('<title lang="en"> Bad  gateway </title><p>nginx')).toBe('Bad gateway');
		expect(words('<style>p{x:y}</style><p>Bad<br>gateway</p><script>run()</script>')).toBe(
			'Bad gateway',
		);
		expect(words(' <b>Bad</b>  ')).toBe('Bad');
	});

	test('is known by its status: 300 and above refuse, what is below cannot be understood', () => {
		expect(readFailure(answer(299, 'x')).kind).toBe('unknown');
		expect(readFailure(answer(300, 'x')).kind).toBe('refused');
		expect(readFailure(answer(499, 'x')).kind).toBe('refused');
		expect(readFailure(answer(408, 'x')).kind).toBe('unknown');
	});
});

test('a fault of our own code is not taken for a request that was forbidden', () => {
	for (const name of ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'])
		expect(readThrown(Object.assign(new Error('x'), { name }), false).kind).toBe('unknown');
	for (const name of ['Error', 'MyTypeError', 'TypeErrorLike', 'NodeOperationError'])
		expect(readThrown(Object.assign(new Error('x'), { name }), false).kind).toBe('notSent');
});
