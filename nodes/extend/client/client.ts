import type { IDataObject, INode } from 'n8n-workflow';

import { UNBOUNDED, cancelled, narrow } from './bounds';
import type { Bounds, CallLimits } from './bounds';
import { steadyNow } from './clock';
import { openConnection } from './connection';
import type { CallContext, Category, Connection } from './connection';
import { withBlotted } from '../failures/failure';
import type { CallFailure } from '../failures/failure';
import { mayRepeat, pauseAfter } from './retry';
import type { Repeatable } from './retry';
import type { Outcome, Request } from './transport';
import { pause } from './waiting';

/** One call of the API. */
export interface Call
	extends CallLimits, Pick<Request, 'method' | 'path' | 'query' | 'id' | 'isList' | 'body'> {
	category: Category;
	repeatable: Repeatable;
	/** How long to wait for an answer, in milliseconds; a JSON body gets more by its size. */
	timeoutMs?: number;
	/** Told just before the bytes leave: from here on the call may have been carried out. */
	onSending?: () => void;
}

/** A page of any list. No token means that it is the last page. */
export interface ListPage<T> {
	object?: string;
	data: T[];
	nextPageToken?: string | null;
}

/** How a call ended. */
export type CallResult<T> = { ok: true; body: T } | { ok: false; failure: CallFailure };

/**
 * Longest waits for an answer, in milliseconds. Reading is quick; a batch of 1,000 inputs may take
 * Extend a while; an upload gets `upload`, and more by its size.
 */
export const TIMEOUTS_MS = { read: 60_000, submit: 120_000, write: 60_000, upload: 300_000 };

/** How long a call waits at most while the rate limit lets nothing of its kind through, in milliseconds. */
export const NO_PROGRESS_LIMIT_MS = 10 * 60_000;

/** Largest page that Extend hands out. */
export const LARGEST_PAGE = 1000;

const MORE_PAGES_THAN_ANY_LIST_HAS = 100_000;

/** How often a list is begun again because the token of a page is no longer accepted. */
const MOST_NEW_BEGINNINGS = 3;

/**
 * The one way to the Extend API. It knows about authentication, time-outs, error bodies, retries, rate
 * limits and pages; the nodes know about none of these.
 */
export class ExtendClient {
	private constructor(
		private readonly connection: Connection,
		private readonly bounds: Bounds,
	) {}

	/**
	 * Reads the credential and makes a client for this execution. What earlier nodes of the same
	 * execution learned about the rate limits is taken over.
	 */
	static async connect(context: CallContext): Promise<ExtendClient> {
		return new ExtendClient(await openConnection(context), UNBOUNDED);
	}

	/** The node that makes the calls, as errors may carry it: without what is secret in its parameters. */
	get node(): INode {
		return this.connection.node;
	}

	/** Aborted when the execution is stopped; absent outside of executions. */
	get signal(): AbortSignal | undefined {
		return this.connection.signal;
	}

	/**
	 * A short text that differs for other base URLs, tokens and workspaces, and tells nothing of them. A token
	 * that was replaced makes another text for the same account: where that matters, ask Extend for what the
	 * account must have.
	 */
	get account(): string {
		return this.connection.account;
	}

	/** Where people look at what this account has; `undefined` if Extend is deployed elsewhere. */
	get dashboardUrl(): string | undefined {
		return this.connection.dashboardUrl;
	}

	/**
	 * What Extend's clock shows now, in milliseconds since 1970, by the `Date` headers of its answers; see
	 * `ServerClock.timeAt`. `undefined` if no answer has told so far.
	 */
	extendNow(): number | undefined {
		return this.connection.transport.clock.timeAt(steadyNow());
	}

	/** The same client with bounds for each of its calls, in addition to those it has. */
	within(limits: CallLimits): ExtendClient {
		return new ExtendClient(this.connection, narrow(this.bounds, limits));
	}

	/** From now on, this text is blotted out of everything that Extend or the network says. */
	keepSecret(secret: unknown): void {
		this.connection.secrets.keep(secret);
	}

	/** A read. */
	static get(path: string, query?: IDataObject): Call {
		return { category: 'GET', method: 'GET', path, query, repeatable: 'repeat' };
	}

	/** A read of one object of a collection, such as `/files`, by its id. */
	static getOne(collection: string, id: string): Call {
		return { ...ExtendClient.get(`${collection}/${encodeURIComponent(id)}`), id };
	}

	/**
	 * Makes a call and tells how it ended; it never throws. It waits for its turn, sends again what may be
	 * sent again, and after 429 comes back when Extend allows it, for as long as others get through.
	 */
	async attempt<T>(call: Call): Promise<CallResult<T>> {
		const { queues, lastProgress, signal } = this.connection;
		const bounds = narrow(this.bounds, call);
		const left = () => bounds.deadline - steadyNow();
		const isOver = () => left() <= 0 || !bounds.isWanted();
		const queue = queues[call.category];
		let waitingSince = steadyNow();
		let attempt = 1;
		let isFirstTry = true;
		for (;;) {
			const pass = await queue.enter(isFirstTry, isOver);
			isFirstTry = false;
			if (pass === undefined) return cancelled(left());
			if (isOver()) {
				queue.leave(pass, 'untold');
				return cancelled(left());
			}
			const result = await this.send<T>(call, left());
			const now = steadyNow();

			if (!result.ok && result.failure.status === 429) {
				const progress = Math.max(waitingSince, lastProgress[call.category]);
				const { failure, retryAfterMs = 0 } = result;
				const isEndless =
					now - progress > NO_PROGRESS_LIMIT_MS || retryAfterMs > NO_PROGRESS_LIMIT_MS;
				const isFinal = isEndless || retryAfterMs >= left();
				if (isFinal) bounds.onFailure(failure);
				// The others must not wait as long as that: each finds out for itself.
				if (isEndless) queue.leave(pass, 'untold');
				else queue.leave(pass, 'refused', result.retryAfterMs);
				this.remember(call.category);
				if (isFinal) return { ok: false, failure };
				continue;
			}
			const pauseMs = pauseAfter(attempt, Math.random());
			const isFinal =
				result.ok || pauseMs >= left() || !mayRepeat(result.failure, call.repeatable, attempt);
			if (isFinal && !result.ok) bounds.onFailure(result.failure);
			queue.leave(pass, result.ok ? 'answered' : 'untold');
			this.remember(call.category);
			if (result.ok || result.failure.status !== undefined) lastProgress[call.category] = now;
			if (isFinal) return result;

			// If the execution is stopped meanwhile, the queue says so.
			await pause(pauseMs, signal);
			waitingSince = steadyNow();
			attempt++;
		}
	}

	/**
	 * A whole list, each entry once. Each page has all the filters of the first, because Extend binds a page's
	 * token to them. A token may be good for one use only, so where an answer was lost and its repetition is
	 * refused, the list is begun again.
	 * @param isEnough told of each entry in turn; the list ends before the first for which it holds
	 */
	async list<T extends { id: string }>(
		path: string,
		query: IDataObject,
		isEnough: (entry: T) => boolean = () => false,
	): Promise<CallResult<T[]>> {
		const entries = new Map<string, T>();
		const scanned = await this.scan<T>(path, query, (entry) => {
			if (isEnough(entry)) return true;
			entries.set(entry.id, entry);
			return false;
		});
		return scanned.ok ? { ok: true, body: [...entries.values()] } : scanned;
	}

	/**
	 * Goes through a list like `list`, but keeps nothing of it.
	 * @param visit told each entry, one that a list begun again repeats once more; true ends the list
	 */
	async scan<T>(
		path: string,
		query: IDataObject,
		visit: (entry: T) => boolean,
	): Promise<CallResult<undefined>> {
		for (let beginning = 0; ; beginning++) {
			const scanned = await this.scanOnce(path, query, visit);
			if (scanned.ok || !scanned.isTokenRefused || beginning >= MOST_NEW_BEGINNINGS) return scanned;
		}
	}

	/** One page of a list; `list` goes through all of them. */
	async page<T>(
		path: string,
		query: IDataObject,
		token?: string,
	): Promise<CallResult<ListPage<T>>> {
		const filters = { maxPageSize: LARGEST_PAGE, ...query };
		const call = ExtendClient.get(path, { ...filters, ...(token ? { nextPageToken: token } : {}) });
		return await this.attempt<ListPage<T>>({ ...call, isList: true });
	}

	private async scanOnce<T>(
		path: string,
		query: IDataObject,
		visit: (entry: T) => boolean,
	): Promise<
		{ ok: true; body: undefined } | { ok: false; failure: CallFailure; isTokenRefused?: boolean }
	> {
		const tokens = new Set<string>();
		let token: string | undefined;
		for (let page = 0; page < MORE_PAGES_THAN_ANY_LIST_HAS; page++) {
			const result = await this.page<T>(path, query, token);
			if (!result.ok) {
				const isRefused = [400, 404, 422].includes(result.failure.status ?? 0);
				return { ...result, isTokenRefused: token !== undefined && isRefused };
			}
			for (const entry of result.body.data) {
				if (visit(entry)) return { ok: true, body: undefined };
			}
			token = result.body.nextPageToken ?? '';
			if (token === '') return { ok: true, body: undefined };
			if (tokens.has(token)) break;
			tokens.add(token);
		}
		const message = 'the list does not end: it gave the same page token twice';
		return { ok: false, failure: { kind: 'unknown', status: 200, message } };
	}

	/** Keeps what was learned where later nodes of the execution find it. */
	private remember(category: Category): void {
		const { learned, queues } = this.connection;
		learned[category] = queues[category].learned();
	}

	private async send<T>(call: Call, leftMs: number): Promise<Outcome<T>> {
		const { transport, secrets } = this.connection;
		const { timeoutMs = TIMEOUTS_MS.read } = call;
		const outcome = await transport.send<T>({ ...call, timeoutMs, leftMs });
		if (outcome.ok) return outcome;
		const failure = withBlotted(outcome.failure, (text) => secrets.blotOut(text));
		return { ...outcome, failure };
	}
}
