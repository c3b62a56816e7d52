import type { FastifyReply } from 'fastify';

import { ApiError, errorPage, WEB_PAGE } from './errors';
import type {
	RateLimitedFault,
	RefuseFault,
	ReplacedFault,
	ServerErrorFault,
	TruncatedFault,
} from './faults';
import { newId } from '../world/ids';
import type { RetryAfter } from '../world/settings';

/** Codes that Extend documents for a status ("Error Handling"; 410: seen in the wild). */
const CODE_OF_STATUS: Readonly<Record<number, string>> = {
	400: 'INVALID_REQUEST',
	401: 'UNAUTHORIZED',
	402: 'USAGE_BLOCKED',
	403: 'FORBIDDEN',
	404: 'NOT_FOUND',
	410: 'ENDPOINT_REMOVED',
	422: 'INVALID_REQUEST',
	429: 'RATE_LIMIT_EXCEEDED',
};

/** A 429. `nowMs` is what Extend's clock shows, in milliseconds since 1970. */
export function tooManyRequests(retryAfter: RetryAfter, waitMs: number, nowMs: number): ApiError {
	const seconds = Math.max(1, Math.ceil(waitMs / 1000));
	const headers: Record<string, string> = {};
	if (retryAfter === 'seconds') headers['retry-after'] = String(seconds);
	if (retryAfter === 'date') {
		const at = (Math.ceil(nowMs / 1000) + seconds) * 1000;
		headers['retry-after'] = new Date(at).toUTCString();
	}
	return new ApiError(429, 'RATE_LIMIT_EXCEEDED', 'Too many requests. Back off and retry.', {
		headers,
	});
}

/** The 429 of a fault. */
export function rateLimited(
	{ retryAfter = 'none', seconds = 1 }: RateLimitedFault,
	nowMs: number,
): ApiError {
	return tooManyRequests(retryAfter, seconds * 1000, nowMs);
}

/** The error answer of a fault. */
export function refusal({
	status = 400,
	code,
	message,
	retryable,
	headers,
}: RefuseFault): ApiError {
	const known = code ?? CODE_OF_STATUS[status] ?? 'INTERNAL_ERROR';
	return new ApiError(status, known, message ?? 'Refused on request', { retryable, headers });
}

/** Sends a 5xx: a page as a proxy writes it, or Extend's own error, which is thrown. */
export function sendServerError(
	{ status = 500, body = 'json' }: ServerErrorFault,
	reply: FastifyReply,
): FastifyReply {
	if (body === 'html') return reply.code(status).type('text/html').send(errorPage(status));
	throw new ApiError(status, 'INTERNAL_ERROR', 'An unexpected error occurred');
}

/** Sends a 200 with a body that is not Extend's. */
export function sendReplacement(
	{ body = WEB_PAGE }: Pick<ReplacedFault, 'body'>,
	reply: FastifyReply,
): FastifyReply {
	if (typeof body === 'string') return reply.type('text/html').send(body);
	return reply.type('application/json').send(JSON.stringify(body));
}

/** Sends half of a body as a 200, dated `nowMs`. */
export function sendTruncated(
	{ contentLength }: TruncatedFault,
	reply: FastifyReply,
	body: string,
	nowMs: number,
): void {
	const whole = Buffer.from(body);
	const half = whole.subarray(0, Math.floor(whole.length / 2));
	const isTooLong = contentLength === 'tooLong';
	reply.hijack();
	reply.raw.writeHead(200, {
		date: new Date(nowMs).toUTCString(),
		'content-type': 'application/json; charset=utf-8',
		'content-length': isTooLong ? whole.length : half.length,
	});
	if (!isTooLong) reply.raw.end(half);
	else reply.raw.write(half, () => reply.raw.socket?.destroySoon());
}

/** A body to cut off when there is no answer, because the call was not carried out. */
export function standIn(path: string): string {
	const body = path.endsWith('/batch')
		? { batchId: newId('batch') }
		: { object: 'list', data: [{ object: 'workflow_run', id: newId('workflow_run') }] };
	return JSON.stringify(body);
}
