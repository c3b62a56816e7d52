import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { authorize } from './access';
import type { Backend } from './backend';
import { ApiError, errorPage, renderError } from './errors';
import type {
	FaultEffect,
	RateLimitedFault,
	RefuseFault,
	ServerErrorFault,
	TruncatedFault,
} from './faults';
import { newId } from './ids';
import type { LedgerRequest } from './ledger';
import type { RateCategory, RetryAfter } from './settings';
import { Violation } from './validation';
import type { Workspace } from './workspace';

/** What a handler gets to work with. */
export interface Call {
	request: FastifyRequest;
	workspace: Workspace;
	/** Query parameters, as parsed. */
	query: Record<string, unknown>;
	/** A parameter of the path. */
	param(name: string): string;
}

/** Carries a call out and gives the body of its 200 answer. Throws an `ApiError` or a `Violation`. */
export type Handler = (call: Call) => unknown;

const RUN_PATHS = ['/workflow_runs', '/workflow_runs/batch'];

/** Codes that Extend documents for a status ("Error Handling"). */
const CODE_OF_STATUS: Readonly<Record<number, string>> = {
	400: 'INVALID_REQUEST',
	401: 'UNAUTHORIZED',
	402: 'USAGE_BLOCKED',
	403: 'FORBIDDEN',
	404: 'NOT_FOUND',
	422: 'INVALID_REQUEST',
	429: 'RATE_LIMIT_EXCEEDED',
};

/**
 * The way of every call of the API: ledger, authorization, rate limit, faults, handler, answer. Ends
 * with `close`.
 */
export class Exchange {
	private readonly entries = new WeakMap<FastifyRequest, LedgerRequest>();
	private readonly closing = new AbortController();

	constructor(private readonly backend: Backend) {}

	/** Stops everything that waits. */
	close(): void {
		this.closing.abort();
	}

	/** Enters a call into the ledger. The entry is completed when the connection is done with it. */
	begin(request: FastifyRequest, reply: FastifyReply): LedgerRequest {
		const at = this.backend.now();
		const requestId = newId('req');
		const entry: LedgerRequest = {
			at,
			method: request.method,
			path: request.url,
			category: categoryOf(request.method, pathOf(request)),
			status: 0,
			durationMs: null,
			requestId,
		};
		this.entries.set(request, entry);
		this.backend.ledger.requests.push(entry);
		const started = performance.now();
		reply.header('x-extend-request-id', requestId);
		reply.raw.once('close', () => {
			entry.durationMs = Math.round(performance.now() - started);
			if (reply.raw.headersSent) entry.status = reply.raw.statusCode;
		});
		return entry;
	}

	/** Checks key, version, workspace and rate limit, in this order. Throws the API's error. */
	admit(request: FastifyRequest): void {
		const entry = this.entry(request);
		authorize(request.headers, entry.category === 'GET');
		const verdict = this.backend.limiter.take(entry.category, this.backend.now());
		if (!verdict.allowed) throw tooManyRequests(this.backend.settings.retryAfter, verdict.waitMs);
	}

	/** Carries an admitted call out, with the faults that are in place. */
	async serve(request: FastifyRequest, reply: FastifyReply, handler: Handler): Promise<unknown> {
		const entry = this.entry(request);
		const { method, category } = entry;
		const effects = this.backend.faults.strike({ method, path: pathOf(request), category });
		if (effects.length > 0) entry.fault = effects.map(({ kind }) => kind).join('+');
		await this.pause(this.backend.settings.latencyMs + delayOf(effects, 'before'));
		const fault = effects.find(({ kind }) => kind !== 'delay');
		if (fault && !fault.kind.endsWith('After'))
			return await this.spoil(fault, request, reply, entry);
		const answer = await this.carryOut(request, handler);
		await this.pause(delayOf(effects, 'after'));
		if (fault) return await this.spoil(fault, request, reply, entry, answer);
		if (answer instanceof ApiError) throw answer;
		return answer;
	}

	/** Sends an error in the shape that the settings ask for. */
	sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
		const answer = this.asApiError(error);
		const requestId = this.entries.get(request)?.requestId ?? newId('req');
		const { contentType, body } = renderError(answer, this.backend.settings.errorShape, requestId);
		return reply.code(answer.status).headers(answer.headers).type(contentType).send(body);
	}

	private async carryOut(request: FastifyRequest, handler: Handler): Promise<unknown> {
		try {
			const params = request.params as Record<string, string>;
			return await handler({
				request,
				workspace: this.backend.workspace(authorize(request.headers, true)),
				query: request.query as Record<string, unknown>,
				param: (name) => params[name] ?? '',
			});
		} catch (error) {
			return this.asApiError(error);
		}
	}

	/** Gives the call the answer of a fault, or none. */
	private async spoil(
		fault: FaultEffect,
		request: FastifyRequest,
		reply: FastifyReply,
		entry: LedgerRequest,
		answer?: unknown,
	): Promise<unknown> {
		switch (fault.kind) {
			case 'rateLimited':
				throw rateLimited(fault);
			case 'refuse':
				throw refusal(fault);
			case 'serverErrorBefore':
			case 'serverErrorAfter':
				return sendServerError(fault, reply);
			case 'truncatedBefore':
			case 'truncatedAfter':
				sendTruncated(fault, reply, this.wholeBody(request, answer));
				return reply;
			case 'resetBefore':
			case 'resetAfter':
				reply.hijack();
				request.raw.socket.resetAndDestroy();
				return reply;
			default:
				reply.hijack();
				request.raw.resume();
				entry.status = 0;
				return reply;
		}
	}

	private wholeBody(request: FastifyRequest, answer: unknown): string {
		if (answer === undefined) return standIn(pathOf(request));
		if (!(answer instanceof ApiError)) return JSON.stringify(answer);
		return renderError(answer, 'flat', this.entry(request).requestId).body;
	}

	private asApiError(error: unknown): ApiError {
		if (error instanceof ApiError) return error;
		const { badInputs, validationStatus } = this.backend.settings;
		if (error instanceof Violation) {
			const isOfInput = error.path.startsWith('inputs[');
			const withPosition = !isOfInput || badInputs !== 'refuseWithoutPosition';
			return error.toApiError(validationStatus, withPosition);
		}
		const status = statusOf(error);
		if (status !== undefined && status < 500) {
			return new ApiError(status, 'INVALID_REQUEST', String(error));
		}
		return new ApiError(500, 'INTERNAL_ERROR', `The simulator failed: ${describe(error)}`);
	}

	private async pause(ms: number): Promise<void> {
		if (ms > 0) await sleep(ms, undefined, { signal: this.closing.signal });
	}

	private entry(request: FastifyRequest): LedgerRequest {
		const entry = this.entries.get(request);
		if (entry) return entry;
		throw new Error('The call was not entered into the ledger');
	}
}

function categoryOf(method: string, path: string): RateCategory {
	if (method === 'GET') return 'GET';
	return method === 'POST' && RUN_PATHS.includes(path) ? 'RUN' : 'WRITE';
}

function pathOf(request: FastifyRequest): string {
	return request.url.split('?', 1)[0] ?? '';
}

function delayOf(effects: readonly FaultEffect[], when: 'before' | 'after'): number {
	return effects.reduce(
		(total, effect) =>
			effect.kind === 'delay' && (effect.when ?? 'before') === when ? total + effect.ms : total,
		0,
	);
}

function tooManyRequests(retryAfter: RetryAfter, waitMs: number): ApiError {
	const seconds = Math.max(1, Math.ceil(waitMs / 1000));
	const headers: Record<string, string> = {};
	if (retryAfter === 'seconds') headers['retry-after'] = String(seconds);
	if (retryAfter === 'date') {
		const at = (Math.ceil(Date.now() / 1000) + seconds) * 1000;
		headers['retry-after'] = new Date(at).toUTCString();
	}
	return new ApiError(429, 'RATE_LIMIT_EXCEEDED', 'Too many requests. Back off and retry.', {
		headers,
	});
}

function rateLimited({ retryAfter = 'none', seconds = 1 }: RateLimitedFault): ApiError {
	return tooManyRequests(retryAfter, seconds * 1000);
}

function refusal({ status = 400, code, message, retryable, headers }: RefuseFault): ApiError {
	const known = code ?? CODE_OF_STATUS[status] ?? 'INTERNAL_ERROR';
	return new ApiError(status, known, message ?? 'Refused on request', { retryable, headers });
}

function sendServerError(
	{ status = 500, body = 'json' }: ServerErrorFault,
	reply: FastifyReply,
): FastifyReply {
	if (body === 'html') return reply.code(status).type('text/html').send(errorPage(status));
	throw new ApiError(status, 'INTERNAL_ERROR', 'An unexpected error occurred');
}

/** Sends half of a body as a 200. */
function sendTruncated({ contentLength }: TruncatedFault, reply: FastifyReply, body: string): void {
	const whole = Buffer.from(body);
	const half = whole.subarray(0, Math.floor(whole.length / 2));
	const isTooLong = contentLength === 'tooLong';
	reply.hijack();
	reply.raw.writeHead(200, {
		'content-type': 'application/json; charset=utf-8',
		'content-length': isTooLong ? whole.length : half.length,
	});
	if (!isTooLong) reply.raw.end(half);
	else reply.raw.write(half, () => reply.raw.socket?.destroySoon());
}

/** A body to cut off when there is no answer, because the call was not carried out. */
function standIn(path: string): string {
	const body = path.endsWith('/batch')
		? { batchId: newId('batch') }
		: { object: 'list', data: [{ object: 'workflow_run', id: newId('workflow_run') }] };
	return JSON.stringify(body);
}

function statusOf(error: unknown): number | undefined {
	if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
	return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

function describe(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
