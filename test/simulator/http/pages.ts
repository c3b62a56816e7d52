import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

import { invalidRequest } from './errors';

const CIPHER = 'aes-128-ctr';
const IV_BYTES = 16;
const DEFAULT_PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 1000;

/** The order of a list. */
export type SortDirection = 'asc' | 'desc';

/** Something that can be listed: `seq` grows with every record, so it settles ties. */
export interface Listable {
	readonly seq: number;
}

/** Where a page ends: the sort value and `seq` of its last record. */
export interface Cursor {
	value: number;
	seq: number;
}

/** What a page token stands for. */
interface PageState extends Cursor {
	/** Digest of the query that made the token. */
	query: string;
	/** Time of the first page, milliseconds since 1970. */
	since: number;
}

/** The answer to a list call (Extend SDK, `*ListResponse`): no token means last page. */
export interface ListAnswer<T> {
	object: 'list';
	data: T[];
	nextPageToken?: string;
}

/** A page that a caller asks for. */
export interface PageRequest {
	/** 1 to 1000. */
	size: number;
	/** After which record to go on; undefined on the first page. */
	after: Cursor | undefined;
	/** Time of the first page, milliseconds since 1970. */
	since: number;
	/** Makes the token of the page that follows `last`. */
	tokenAfter(last: Cursor): string;
}

/** Query parameters, as parsed. */
export type Query = Record<string, unknown>;

/**
 * Makes and reads page tokens. They are opaque, contain `+`, `/`, `=` and `:` (so that a client which
 * does not encode them fails), and are bound to path, filters and order of the query that made them.
 */
export class PageTokens {
	private key = randomBytes(IV_BYTES);
	private readonly used = new Set<string>();

	/** Makes every token given out so far stale. */
	forget(): void {
		this.key = randomBytes(IV_BYTES);
		this.used.clear();
	}

	/** Notes that a token was used, if the query has one: `read` refuses it from now on. */
	spend({ nextPageToken }: Query): void {
		if (typeof nextPageToken === 'string') this.used.add(nextPageToken);
	}

	/**
	 * Reads `maxPageSize` and `nextPageToken`. `binding` is all that the token is bound to, `ttlMs` how
	 * long it lives. Throws a 400 on a page size outside 1 to 1000 and on a stale, foreign or spent
	 * token.
	 */
	read(query: Query, binding: unknown, now: number, ttlMs: number): PageRequest {
		const digest = createHash('sha256')
			.update(JSON.stringify(binding))
			.digest('base64url')
			.slice(0, 12);
		const state = this.open(query.nextPageToken);
		if (state && state.query !== digest) {
			throw invalidRequest('nextPageToken: does not belong to this query');
		}
		if (state && this.used.has(query.nextPageToken as string)) {
			throw invalidRequest('nextPageToken: has already been used');
		}
		const since = state?.since ?? now;
		if (now - since > ttlMs) throw invalidRequest('nextPageToken: has expired');
		return {
			size: pageSize(query.maxPageSize),
			after: state && { value: state.value, seq: state.seq },
			since,
			tokenAfter: (last) => this.seal({ ...last, query: digest, since }),
		};
	}

	private seal(state: PageState): string {
		const text = JSON.stringify(state);
		for (;;) {
			const iv = randomBytes(IV_BYTES);
			const cipher = createCipheriv(CIPHER, this.key, iv);
			const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
			const token = `${iv.toString('base64')}:${sealed.toString('base64')}`;
			if (token.includes('+') && token.includes('/')) return token;
		}
	}

	private open(token: unknown): PageState | undefined {
		if (token === undefined) return undefined;
		try {
			if (typeof token !== 'string') throw new TypeError('Expected one token');
			const [iv = '', sealed = ''] = token.split(':');
			const decipher = createDecipheriv(CIPHER, this.key, Buffer.from(iv, 'base64'));
			const opened = Buffer.concat([
				decipher.update(Buffer.from(sealed, 'base64')),
				decipher.final(),
			]);
			return JSON.parse(opened.toString('utf8')) as PageState;
		} catch {
			throw invalidRequest('nextPageToken: is not valid');
		}
	}
}

/**
 * Cuts one page out of `records`, which must be in ascending order of `seq`. `value` is what to sort
 * by; equal values keep the order of `seq`.
 */
export function cutPage<T extends Listable>(
	records: readonly T[],
	value: (record: T) => number,
	direction: SortDirection,
	page: PageRequest,
): { records: T[]; nextPageToken?: string } {
	const sign = direction === 'asc' ? 1 : -1;
	const compare = (left: Cursor, right: Cursor) =>
		sign * (left.value - right.value || left.seq - right.seq);
	const { after } = page;
	const rows = records
		.map((record) => ({ record, value: value(record), seq: record.seq }))
		.filter((row) => !after || compare(row, after) > 0)
		.sort(compare);
	const shown = rows.slice(0, page.size);
	const last = shown.at(-1);
	const nextPageToken =
		last && rows.length > shown.length
			? page.tokenAfter({ value: last.value, seq: last.seq })
			: undefined;
	return { records: shown.map((row) => row.record), ...(nextPageToken && { nextPageToken }) };
}

/** The wire form of a page. */
export function listAnswer<T, W>(
	page: { records: T[]; nextPageToken?: string },
	view: (record: T) => W,
): ListAnswer<W> {
	const { nextPageToken } = page;
	return {
		object: 'list',
		data: page.records.map(view),
		...(nextPageToken !== undefined && { nextPageToken }),
	};
}

function pageSize(value: unknown): number {
	if (value === undefined) return DEFAULT_PAGE_SIZE;
	const size = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
	if (size >= 1 && size <= MAX_PAGE_SIZE) return size;
	throw invalidRequest(`maxPageSize: Number must be between 1 and ${MAX_PAGE_SIZE}`);
}
