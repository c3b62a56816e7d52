import fc from 'fast-check';
import type { INode } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

import {
	escapeHtml,
	explain,
	quote,
	toNodeError,
} from '../../../nodes/extend/failures/explanation';
import type { CallFailure } from '../../../nodes/extend/failures/failure';

const node: INode = {
	id: 'b1',
	name: 'Submit invoices',
	type: 'n8n-nodes-extend-ai.extendBatchRunWorkflow',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

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
		[401, /does not recognize the API token/, /Region/],
		[402, /blocked/, /billing/],
		[403, /does not have permission/, /Workspace ID/],
		[404, /cannot find the workflow or version/, /another workspace or region/],
		[410, /too old/, /Update the package/],
		[413, /too large/, /smaller batch/],
		[429, /rate limit/, /later/],
		[400, /refused the request/, /Correct/],
	])('tells what a refusal with HTTP %d means and what to do', (status, happened, advice) => {
		const failure: CallFailure = { kind: 'refused', status, message: 'No' };
		const explanation = explain(failure, 'workflow or version');
		expect(explanation.happened).toMatch(happened);
		expect(explanation.advice).toMatch(advice);
	});

	test('knows a removed endpoint by its code too', () => {
		const failure: CallFailure = {
			kind: 'refused',
			status: 400,
			code: 'ENDPOINT_REMOVED',
			message: 'Use POST /new instead',
		};
		expect(explain(failure, 'run').happened).toMatch(/too old/);
	});

	test.each<[string, RegExp, RegExp]>([
		['ECONNREFUSED', /connection .* refused/, /base URL/],
		['ENOTFOUND', /the host name .* does not exist/, /base URL/],
		['EAI_AGAIN', /could not be looked up/, /network/],
		['DEPTH_ZERO_SELF_SIGNED_CERT', /does not trust the certificate/, /root certificate/],
		['CERT_HAS_EXPIRED', /does not trust the certificate/, /expired/],
		['ERR_TLS_CERT_ALTNAME_INVALID', /does not trust the certificate/, /base URL/],
		['EHOSTUNREACH', /could not be reached/, /base URL/],
		['REQUEST_TOO_LARGE', /too large/, /smaller batch/],
		['UNREADABLE_FILE', /could not read the file/, /again/],
	])('tells in words what %s means', (code, happened, advice) => {
		const explanation = explain({ kind: 'notSent', code, message: '' }, 'run');
		expect(explanation.happened).toMatch(happened);
		expect(explanation.advice).toMatch(advice);
	});

	test.each(['ETIMEDOUT', 'ECONNABORTED'])(
		'tells a time-out (%s) from a broken connection',
		(code) => {
			expect(explain({ kind: 'unknown', code, message: '' }, 'run').happened).toMatch(/in time/);
		},
	);

	test('does not take a call that came too late for a stopped execution', () => {
		const failure: CallFailure = { kind: 'cancelled', code: 'OUT_OF_TIME', message: '' };
		expect(explain(failure, 'run').happened).toMatch(/no time left/);
	});

	test('does not take an address with the word for a missing workspace', () => {
		const failure: CallFailure = {
			kind: 'refused',
			status: 400,
			message: 'Could not download https://files.example.com/workspace/a.pdf',
		};
		expect(explain(failure, 'run').happened).toBe('Extend refused the request');
	});

	test('recognizes that a token of an organization needs a workspace', () => {
		const failure: CallFailure = {
			kind: 'refused',
			status: 400,
			message: 'The x-extend-workspace-id header is required',
		};
		expect(explain(failure, 'resource').advice).toMatch(/Fill in Workspace ID/);
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
			'Extend says: “inputs[…]: Required” (INVALID_REQUEST). Request ID: req_1.',
		);
	});

	test.each([
		['inputs[3].file.url: Required', 'inputs[…].file.url: Required'],
		['inputs.3.file: Required; inputs.14: No', 'inputs.….file: Required; inputs.…: No'],
		['Invalid enum value; Path: inputs.5.file', 'Invalid enum value; Path: inputs.….file'],
		['"path":["inputs",12,"file"]', '"path":["inputs",…,"file"]'],
		['at /inputs/7/metadata', 'at /inputs/…/metadata'],
		['inputs -> 7 -> file', 'inputs -> … -> file'],
		["inputs['4'] is bad", "inputs['…'] is bad"],
		['Input 4 is bad', 'Input … is bad'],
		['inputs 4, 5 and 17 are bad', 'inputs … are bad'],
		['bad input at index 12', 'bad input at index …'],
		['Item #3: unreachable', 'Item #…: unreachable'],
	])('does not name positions, which would be taken for item numbers: %s', (message, shown) => {
		expect(quote({ kind: 'refused', status: 400, message })).toBe(`Extend says: “${shown}”.`);
	});

	test.each([
		'inputs: Array must contain at most 1000 element(s)',
		'Expected 2 to 50 files',
		'Could not download https://x.test/input/3.pdf',
		'The name item 3.pdf is not allowed',
		'The name input 3-b is not allowed',
		'A batch holds 1,000 inputs',
	])('leaves other numbers as they are: %s', (message) => {
		expect(quote({ kind: 'refused', status: 400, message })).toBe(`Extend says: “${message}”.`);
	});

	test('does not put words of the network into the mouth of Extend', () => {
		const failure: CallFailure = {
			kind: 'unknown',
			code: 'ECONNRESET',
			message: 'read ECONNRESET',
		};
		expect(quote(failure)).toBe('The network reports: “read ECONNRESET”.');
	});

	test('is told as our own where Extend said nothing that could be read', () => {
		const failure: CallFailure = { kind: 'unknown', status: 200, message: 'it has no list' };
		expect(quote(failure)).toBe('Reason: “it has no list”.');
		expect(explain(failure, 'run').advice).toBe('Try again later.');
		expect(explain({ ...failure, requestId: 'req_1' }, 'run').advice).toMatch(/the request ID/);
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
			status: 404,
			code: 'NOT_FOUND',
			message: 'No run <k> here',
			requestId: 'req_9',
		};
		const error = toNodeError(node, failure, {
			task,
			more: 'Accepted: batch_1 (items 0–9).',
			itemIndex: 7,
			facts: { acceptedBatches: ['batch_1'] },
		});
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error.message).toBe(`${task}: Extend cannot find the resource`);
		expect(error.description).toMatch(
			/^Check the ID\. .* Accepted: batch_1 \(items 0–9\)\. Extend says: “No run &lt;k&gt; here” \(NOT_FOUND\)\. Request ID: req_9\.$/,
		);
		expect(error.httpCode).toBe('404');
		expect(error.context).toMatchObject({
			itemIndex: 7,
			requestId: 'req_9',
			code: 'NOT_FOUND',
			acceptedBatches: ['batch_1'],
		});
	});

	test('names no item when the failure concerns all of them', () => {
		const all: CallFailure[] = [
			...[401, 402, 403, 410, 429].map((status) => ({
				kind: 'refused' as const,
				status,
				message: '',
			})),
			{ kind: 'refused', status: 400, message: 'A workspace is required' },
			{ kind: 'notSent', code: 'ENOTFOUND', message: '' },
		];
		for (const failure of all) {
			expect(toNodeError(node, failure, { task, itemIndex: 3 }).context.itemIndex).toBeUndefined();
		}
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
