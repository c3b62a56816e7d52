import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { authorize } from './access';
import type { Backend } from '../world/backend';
import { ApiError, checkBodySize, renderError } from './errors';
import {
	rateLimited,
	refusal,
	sendReplacement,
	sendServerError,
	sendTruncated,
	standIn,
	tooManyRequests,
} from './faultAnswers';
import type { FaultEffect } from './faults';
import { newId } from '../world/ids';
import type { LedgerRequest } from '../world/ledger';
import type { RateCategory } from '../world/settings';
import { Violation } from './validation';
import type { Workspace } from '../world/workspace';

/** What a handler gets to work with. */
export interface Call {
	request: FastifyRequest;
	workspace: Workspace;
	/** Query parameters, as parsed. */
	query: Record<string, unknown>;
	/** A parameter of the path. */
	param(name: string): string;
	/** Does something once the answer, which must be a 200, has been sent whole. */
	afterDelivery(action: () => void): void;
}

/** Carries a call out and gives the body of its 200 answer. Throws an `ApiError` or a `Violation`. */
export type Handler = (call: Call) => unknown;

const RUN_PATHS = [
	'/workflow_runs',
	'/workflow_runs/batch',
	'/extract_runs',
	'/classify_runs',
	'/split_runs',
	'/parse_runs',
];

/**
 * The way of every call of the API: ledger, authorization, rate limit, faults, handler, answer. Ends
 * with `close`.
 */
export class Exchange {
	private readonly entries = new WeakMap<FastifyRequest, LedgerRequest>();
	private readonly closing = new AbortController();

	constructor(private readonly backend: Backend) {
		// As many calls may wait at the same time as there are.
		setMaxListeners(0, this.closing.signal);
	}

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

	/** The date of an answer, by Extend's clock. */
	date(): string {
		return new Date(this.backend.clock.extendNow()).toUTCString();
	}

	/** Lets another service than Extend answer, if the settings say so. Gives whether it did. */
	isTakenOver(reply: FastifyReply): boolean {
		const { apiKind } = this.backend.settings;
		if (apiKind === 'extend') return false;
		sendReplacement({ body: apiKind === 'otherApi' ? { status: 'ok' } : undefined }, reply);
		return true;
	}

	/**
	 * Checks size, key, version, workspace and rate limit, in this order. Throws the error of the API or
	 * of the proxy before it.
	 */
	admit(request: FastifyRequest): void {
		const entry = this.entry(request);
		if (!request.headers['content-type']?.startsWith('multipart/')) {
			checkBodySize(Number(request.headers['content-length'] ?? 0), this.backend.settings);
		}
		authorize(request.headers, entry.category === 'GET');
		const verdict = this.backend.limiter.take(entry.category, this.backend.now());
		if (!verdict.allowed) {
			const { clock, settings } = this.backend;
			throw tooManyRequests(settings.retryAfter, verdict.waitMs, clock.extendNow());
		}
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
		const answer = await this.carryOut(request, reply, handler);
		await this.pause(delayOf(effects, 'after'));
		if (fault) return await this.spoil(fault, request, reply, entry, answer);
		if (answer instanceof ApiError) throw answer;
		return answer;
	}

	/** Sends an error in the shape that the settings ask for. */
	sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
		const answer = this.asApiError(error);
		const requestId = this.entries.get(request)?.requestId ?? newId('req');
		const shape = answer.shape ?? this.backend.settings.errorShape;
		const { contentType, body } = renderError(answer, shape, requestId);
		return reply.code(answer.status).headers(answer.headers).type(contentType).send(body);
	}

	private async carryOut(
		request: FastifyRequest,
		reply: FastifyReply,
		handler: Handler,
	): Promise<unknown> {
		try {
			const params = request.params as Record<string, string>;
			return await handler({
				request,
				workspace: this.backend.workspace(authorize(request.headers, true)),
				query: request.query as Record<string, unknown>,
				param: (name) => params[name] ?? '',
				afterDelivery: (action) => {
					reply.raw.once('finish', () => {
						if (isDelivered(reply, this.entry(request))) action();
					});
				},
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
				throw rateLimited(fault, this.backend.clock.extendNow());
			case 'refuse':
				throw refusal(fault);
			case 'serverErrorBefore':
			case 'serverErrorAfter':
				return sendServerError(fault, reply);
			case 'truncatedBefore':
			case 'truncatedAfter':
				sendTruncated(
					fault,
					reply,
					this.wholeBody(request, answer),
					this.backend.clock.extendNow(),
				);
				return reply;
			case 'replacedBefore':
			case 'replacedAfter':
				return sendReplacement(fault, reply);
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
		const { badInputs, validationStatus, positions } = this.backend.settings;
		if (error instanceof Violation) {
			const isHidden = badInputs === 'refuseWithoutPosition' || badInputs === 'refuseQuoting';
			const isOfInput = error.path.startsWith('inputs[');
			return error.toApiError(validationStatus, isHidden && isOfInput ? undefined : positions);
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

/** Whether an answer reached the network as the API gave it. */
function isDelivered({ raw }: FastifyReply, { fault = '' }: LedgerRequest): boolean {
	return (
		raw.statusCode === 200 && !fault.split('+').some((kind) => kind !== '' && kind !== 'delay')
	);
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

function statusOf(error: unknown): number | undefined {
	if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
	return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

function describe(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
