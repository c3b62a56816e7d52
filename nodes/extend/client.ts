import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestMethods,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	INode,
	IN8nHttpFullResponse,
	IWebhookFunctions,
} from 'n8n-workflow';

import { UNREADABLE_FILE, readFailure, readThrown } from './failure';
import type { CallFailure } from './failure';
import { Pace } from './pace';
import type { LearnedPace } from './pace';
import { baseUrlOf, whyNotABaseUrl } from './regions';
import type { ExtendApiCredential } from './regions';
import { mayRepeat, pauseAfter, readRetryAfter } from './retry';
import type { Repeatable } from './retry';
import { Turnstile } from './turnstile';
import type { ListPage } from './types';
import { pause } from './waiting';

/** The contexts of n8n from which Extend can be called. */
export type CallContext =
	IExecuteFunctions | ILoadOptionsFunctions | IHookFunctions | IWebhookFunctions;

/** The kinds of calls that Extend limits separately, each by calls per second and organization. */
export type Category = 'GET' | 'WRITE' | 'RUN';

/** One call of the API. */
export interface Call {
	category: Category;
	method: IHttpRequestMethods;
	/** Path with encoded ids, from the root: `/workflow_runs`. */
	path: string;
	query?: IDataObject;
	/** Makes the body anew for each attempt, because a file's stream can be read only once. */
	body?: () => Promise<NonNullable<IHttpRequestOptions['body']>>;
	repeatable: Repeatable;
	timeoutMs?: number;
	/** Asked just before each attempt; a call that is no longer wanted fails as `cancelled`. */
	isWanted?: () => boolean;
	/** Told just before the bytes leave: from here on the call may have been carried out. */
	onSending?: () => void;
	/** Told of a final failure before any other call gets its turn, so that it can make these unwanted. */
	onFailure?: (failure: CallFailure) => void;
}

/** How a call ended. */
export type CallResult<T> = { ok: true; body: T } | { ok: false; failure: CallFailure };

/**
 * Longest waits for an answer, in milliseconds. Reading is quick; a batch of 1,000 inputs may take
 * Extend a while; an upload gets `upload` and one second more for each 100 kB.
 */
export const TIMEOUTS_MS = { read: 60_000, submit: 120_000, write: 60_000, upload: 300_000 };

/** How long a call waits at most while the rate limit lets nothing of its kind through, in milliseconds. */
export const NO_PROGRESS_LIMIT_MS = 10 * 60_000;

/** Most calls under way at once. Few for runs: each can carry a thousand inputs and start work that is billed. */
const MOST_CONCURRENT: Record<Category, number> = { GET: 32, WRITE: 32, RUN: 8 };

/** Largest page that Extend hands out. */
export const LARGEST_PAGE = 1000;

const ONE_CALL_MORE_THAN_ANY_LIST = 100_000;

type LearnedPaces = Partial<Record<Category, LearnedPace>>;

function isExecution(context: CallContext): context is IExecuteFunctions {
	return 'getContext' in context && 'getExecutionCancelSignal' in context;
}

/**
 * The one way to the Extend API. It knows about authentication, time-outs, error bodies, retries, rate
 * limits and pages; the nodes know about none of these.
 */
export class ExtendClient {
	/** Aborted when the execution is stopped; absent outside of executions. */
	readonly signal: AbortSignal | undefined;

	private readonly secrets = new Set<string>();

	private readonly turnstiles: Record<Category, Turnstile>;

	private readonly lastProgress: Record<Category, number>;

	private constructor(
		private readonly context: CallContext,
		readonly node: INode,
		private readonly baseUrl: string,
		private readonly learned: LearnedPaces,
	) {
		this.signal = isExecution(context) ? context.getExecutionCancelSignal() : undefined;
		const now = Date.now();
		const turnstile = (category: Category) =>
			new Turnstile(
				new Pace({
					maxConcurrent: MOST_CONCURRENT[category],
					learned: learned[category],
					now,
				}),
				this.signal,
			);
		this.turnstiles = { GET: turnstile('GET'), WRITE: turnstile('WRITE'), RUN: turnstile('RUN') };
		this.lastProgress = { GET: now, WRITE: now, RUN: now };
	}

	/**
	 * Reads the credential and makes a client for this execution. What earlier nodes of the same
	 * execution learned about the rate limits is taken over.
	 */
	static async connect(context: CallContext): Promise<ExtendClient> {
		const node = context.getNode();
		const credential = await context.getCredentials<ExtendApiCredential>('extendApi');
		const baseUrl = baseUrlOf(credential);
		let learned: LearnedPaces = {};
		if (isExecution(context)) {
			const flow = context.getContext('flow');
			// One host and one token have one limit; other credentials of the same execution have theirs.
			const credentialId = node.credentials?.extendApi?.id ?? 'default';
			const shared = (flow.extendPace ??= {}) as Record<string, LearnedPaces>;
			learned = shared[credentialId] ??= {};
		}
		const client = new ExtendClient(context, node, baseUrl, learned);
		client.keepSecret(credential.apiToken);
		return client;
	}

	/** From now on, this text is blotted out of everything that Extend or the network says. */
	keepSecret(secret: unknown): void {
		if (typeof secret === 'string' && secret.trim() !== '') {
			this.secrets.add(secret);
			this.secrets.add(secret.trim());
		} else if (typeof secret === 'number') {
			this.secrets.add(String(secret));
		}
	}

	/**
	 * Makes a call and tells how it ended; it never throws. It waits for its turn, sends again what may be
	 * sent again, and after 429 comes back when Extend allows it, for as long as others get through.
	 */
	async attempt<T>(call: Call): Promise<CallResult<T>> {
		const turnstile = this.turnstiles[call.category];
		let waitingSince = Date.now();
		let attempt = 1;
		let isFirstTry = true;
		for (;;) {
			const pass = await turnstile.enter(isFirstTry);
			isFirstTry = false;
			if (pass === undefined) return cancelled();
			if (call.isWanted?.() === false) {
				turnstile.leave(pass, 'untold');
				return cancelled();
			}
			const result = await this.send<T>(call);
			const now = Date.now();

			if (!result.ok && result.failure.status === 429) {
				const progress = Math.max(waitingSince, this.lastProgress[call.category]);
				const isHopeless =
					now - progress > NO_PROGRESS_LIMIT_MS ||
					(result.retryAfterMs ?? 0) > NO_PROGRESS_LIMIT_MS;
				if (isHopeless) {
					call.onFailure?.(result.failure);
					turnstile.leave(pass, 'untold');
					return result;
				}
				turnstile.leave(pass, 'refused', result.retryAfterMs);
				this.remember(call.category);
				continue;
			}
			const isFinal = result.ok || !mayRepeat(result.failure, call.repeatable, attempt);
			if (isFinal && !result.ok) call.onFailure?.(result.failure);
			turnstile.leave(pass, result.ok ? 'answered' : 'untold');
			this.remember(call.category);
			if (result.ok || result.failure.status !== undefined) this.lastProgress[call.category] = now;
			if (isFinal) return result;

			if (!(await pause(pauseAfter(attempt, Math.random()), this.signal))) return cancelled();
			waitingSince = Date.now();
			attempt++;
		}
	}

	/** A read. */
	static get(path: string, query?: IDataObject): Call {
		return { category: 'GET', method: 'GET', path, query, repeatable: 'repeat' };
	}

	/**
	 * Goes through a list page by page. Each page has all the filters of the first, because Extend binds
	 * a page's token to them; a token that comes again ends the list with a failure.
	 * @param onPage gets each page's entries; returns false to see no more
	 * @param limits how long to wait and to go on, where somebody waits for an answer in turn
	 */
	async eachPage<T>(
		path: string,
		query: IDataObject,
		onPage: (entries: T[]) => boolean,
		limits: Pick<Call, 'isWanted' | 'timeoutMs'> = {},
	): Promise<CallResult<undefined>> {
		const seen = new Set<string>();
		let token: string | undefined;
		for (let page = 0; page < ONE_CALL_MORE_THAN_ANY_LIST; page++) {
			const result = await this.page<T>(path, query, token, limits);
			if (!result.ok) return result;
			if (!onPage(result.body.data)) break;
			token = result.body.nextPageToken ?? undefined;
			if (token === undefined || token === '') break;
			if (seen.has(token)) {
				return {
					ok: false,
					failure: {
						kind: 'unknown',
						status: 200,
						message: 'the list does not end: it gave the same page token twice',
						retryable: false,
					},
				};
			}
			seen.add(token);
		}
		return { ok: true, body: undefined };
	}

	/** One page of a list; see `eachPage`. */
	async page<T>(
		path: string,
		query: IDataObject,
		token?: string,
		limits: Pick<Call, 'isWanted' | 'timeoutMs'> = {},
	): Promise<CallResult<ListPage<T>>> {
		const result = await this.attempt<ListPage<T>>({
			...ExtendClient.get(path, {
				maxPageSize: LARGEST_PAGE,
				...query,
				...(token ? { nextPageToken: token } : {}),
			}),
			...limits,
		});
		if (result.ok && !Array.isArray(result.body.data)) {
			return {
				ok: false,
				failure: { kind: 'unknown', status: 200, message: 'the answer holds no list' },
			};
		}
		return result;
	}

	/** Keeps what was learned where later nodes of the execution find it. */
	private remember(category: Category): void {
		this.learned[category] = this.turnstiles[category].learned();
	}

	private async send<T>(
		call: Call,
	): Promise<{ ok: true; body: T } | { ok: false; failure: CallFailure; retryAfterMs?: number }> {
		const objection = whyNotABaseUrl(this.baseUrl);
		if (objection !== undefined) {
			const message = `the base URL in the Extend API credential cannot be used: ${objection}`;
			return { ok: false, failure: { kind: 'notSent', message, retryable: false } };
		}
		let body: IHttpRequestOptions['body'];
		try {
			body = await call.body?.();
		} catch (error) {
			const message = error instanceof Error ? error.message : '';
			return {
				ok: false,
				failure: { kind: 'notSent', code: UNREADABLE_FILE, message, retryable: false },
			};
		}
		try {
			if (this.signal?.aborted) return cancelled();
			call.onSending?.();
			const answer = (await this.context.helpers.httpRequestWithAuthentication.call(
				this.context,
				'extendApi',
				{
					method: call.method,
					baseURL: this.baseUrl,
					url: call.path,
					qs: call.query,
					body,
					json: true,
					timeout: call.timeoutMs ?? TIMEOUTS_MS.read,
					returnFullResponse: true,
					ignoreHttpStatusErrors: true,
					// A redirected POST would arrive as a GET, or the token at another host.
					disableFollowRedirect: true,
				},
			)) as IN8nHttpFullResponse;
			const { statusCode, headers } = answer;
			if (statusCode === 204) return { ok: true, body: {} as T };
			const isReadable = typeof answer.body === 'object' && answer.body !== null;
			if (statusCode >= 200 && statusCode < 300 && isReadable) {
				return { ok: true, body: answer.body as T };
			}
			return {
				ok: false,
				failure: this.withoutSecrets(readFailure({ statusCode, headers, body: answer.body })),
				retryAfterMs: readRetryAfter(headers['retry-after'], Date.now()),
			};
		} catch (error) {
			const stopped = this.signal?.aborted === true;
			return { ok: false, failure: this.withoutSecrets(readThrown(error, stopped)) };
		}
	}

	private withoutSecrets(failure: CallFailure): CallFailure {
		let { message, code } = failure;
		for (const secret of this.secrets) {
			message = message.replaceAll(secret, '***');
			code = code?.replaceAll(secret, '***');
		}
		return { ...failure, message, code };
	}
}

function cancelled(): { ok: false; failure: CallFailure } {
	return { ok: false, failure: { kind: 'cancelled', message: '' } };
}
