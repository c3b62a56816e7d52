import type {
	IDataObject,
	IHttpRequestMethods,
	IHttpRequestOptions,
	IN8nHttpFullResponse,
} from 'n8n-workflow';

import { ServerClock, steadyNow } from './clock';
import { UNREADABLE_FILE, unwritable } from '../failures/failure';
import { readFailure, readThrown } from '../failures/readFailure';
import type { CallFailure } from '../failures/failure';
import { whyNotABaseUrl } from '../access/regions';
import { readRetryAfter } from './retry';
import { inTime } from './waiting';

/** Sends a request with the credential, as n8n's HTTP helper does, and gives its answer whatever its status. */
export type Ask = (options: IHttpRequestOptions) => Promise<IN8nHttpFullResponse>;

/** One request, as it is sent. */
export interface Request {
	method: IHttpRequestMethods;
	/** Path with encoded ids, from the root: `/workflow_runs`. */
	path: string;
	query?: IDataObject;
	/** The id of the object that is asked for. An answer without it comes from something in between. */
	id?: string;
	/** Whether a list is asked for. Likewise, an answer without one comes from something in between. */
	isList?: boolean;
	/** Makes the body anew for each attempt, because a file's stream can be read only once. */
	body?: () => Promise<NonNullable<IHttpRequestOptions['body']>>;
	/** Told just before the bytes leave: from here on the call may have been carried out. */
	onSending?: () => void;
	/** How long to wait for an answer, in milliseconds; a JSON body gets more by its size. */
	timeoutMs: number;
	/** Milliseconds until the request must have ended, whatever its size; Infinity: no such time. */
	leftMs: number;
}

/** How a request ended. */
export type Outcome<T> =
	{ ok: true; body: T } | { ok: false; failure: CallFailure; retryAfterMs?: number };

/** A body gets one second more for each 100 kB. */
const BYTES_PER_MS = 100;

/** Milliseconds that sending a body of this size may take on a slow line. */
export function sendingMs(bytes: number): number {
	return bytes / BYTES_PER_MS;
}

/** Sends requests through n8n's HTTP helper, and reads what comes back. It knows of no second attempt. */
export class Transport {
	/** Extend's clock, as its answers show it. */
	readonly clock = new ServerClock();

	constructor(
		private readonly ask: Ask,
		private readonly baseUrl: string,
		private readonly signal: AbortSignal | undefined,
	) {}

	/** Makes one request and tells how it ended; it never throws. */
	async send<T>(request: Request): Promise<Outcome<T>> {
		const objection = whyNotABaseUrl(this.baseUrl);
		if (objection !== undefined) {
			const message = `the base URL in the Extend API credential cannot be used: ${objection}`;
			return { ok: false, failure: { kind: 'notSent', message, retryable: false } };
		}
		let body: IHttpRequestOptions['body'];
		try {
			body = await request.body?.();
		} catch (error) {
			const message = error instanceof Error ? error.message : '';
			return {
				ok: false,
				failure: { kind: 'notSent', code: UNREADABLE_FILE, message, retryable: false },
			};
		}
		const headers: IDataObject = {};
		let timeoutMs = request.timeoutMs;
		if (body !== undefined && !(body instanceof FormData)) {
			let json: Buffer;
			try {
				json = Buffer.from(JSON.stringify(body));
			} catch (error) {
				return { ok: false, failure: unwritable(error) };
			}
			headers['content-type'] = 'application/json';
			timeoutMs += sendingMs(json.length);
			body = json;
		}
		if (this.signal?.aborted) return { ok: false, failure: { kind: 'cancelled', message: '' } };
		request.onSending?.();
		const sentAt = steadyNow();
		try {
			const answering = this.ask({
				method: request.method,
				baseURL: this.baseUrl,
				url: request.path,
				qs: request.query,
				headers,
				body,
				json: true,
				// 0 would mean: wait forever.
				timeout: Math.max(1, Math.ceil(Math.min(timeoutMs, request.leftMs))),
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
				// A redirected POST would arrive as a GET, or the token at another host.
				disableFollowRedirect: true,
			});
			// The helper's time-out starts anew with each byte that comes.
			const answered = Number.isFinite(request.leftMs)
				? await inTime(answering, request.leftMs)
				: { value: await answering };
			if (answered === undefined) {
				const message = 'no answer in time';
				return { ok: false, failure: { kind: 'unknown', code: 'ETIMEDOUT', message } };
			}
			return this.read<T>(answered.value, sentAt, request);
		} catch (error) {
			return { ok: false, failure: readThrown(error, this.signal?.aborted === true) };
		}
	}

	private read<T>(answer: IN8nHttpFullResponse, sentAt: number, request: Request): Outcome<T> {
		const { statusCode, headers, body } = answer;
		const receivedAt = steadyNow();
		this.clock.learn(headers.date, sentAt, receivedAt);
		const isEmpty = statusCode === 204 && request.id === undefined && request.isList !== true;
		if (isEmpty) return { ok: true, body: {} as T };
		if (statusCode >= 200 && statusCode < 300 && typeof body === 'object' && body !== null) {
			const message = whyNotTheAnswer(body, request);
			return message === undefined
				? { ok: true, body: body as T }
				: { ok: false, failure: { kind: 'unknown', status: statusCode, message } };
		}
		return {
			ok: false,
			failure: readFailure({ statusCode, headers, body }),
			// A date is one of Extend's clock.
			retryAfterMs: readRetryAfter(
				headers['retry-after'],
				this.clock.earliestAt(receivedAt) ?? Date.now(),
			),
		};
	}
}

/** Why a body is not what was asked for, or `undefined` if it is. */
function whyNotTheAnswer(body: object, { id, isList }: Request): string | undefined {
	if (id !== undefined && !('id' in body && body.id === id)) return `the answer is not about ${id}`;
	if (isList === true && !('data' in body && Array.isArray(body.data))) {
		return 'the answer contains no list';
	}
	return undefined;
}
