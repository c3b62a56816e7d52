import type { Backend } from '../../world/backend';
import type { Call } from '../exchange';
import {
	cutPage,
	listAnswer,
	type ListAnswer,
	type Listable,
	type PageRequest,
	type SortDirection,
} from '../pages';
import { oneOfAt, Violation } from '../validation';

/** Names of the two orders. */
export const SORT_DIRECTIONS: readonly SortDirection[] = ['asc', 'desc'];

/** Reads the page that a list call asks for; `filters` is what its token is bound to. */
export function pageRequest(backend: Backend, call: Call, filters: unknown): PageRequest {
	const { settings } = backend;
	const now = backend.now();
	const path = call.request.url.split('?', 1)[0];
	const binding = [call.workspace.id, path, filters];
	const page = backend.pageTokens.read(call.query, binding, now, settings.pageTokenTtlMs);
	if (settings.pageTokens === 'singleUseStrict') backend.pageTokens.spend(call.query);
	if (settings.pageTokens === 'singleUse') {
		call.afterDelivery(() => {
			backend.pageTokens.spend(call.query);
		});
	}
	return settings.pageOrder === 'live' ? { ...page, since: now } : page;
}

/** Answers a list call over records kept in ascending order of `seq`. */
export function listRecords<T extends Listable, W>(
	backend: Backend,
	call: Call,
	records: readonly T[],
	view: (record: T) => W,
	options: { value?: (record: T) => number; filters?: unknown } = {},
): ListAnswer<W> {
	const direction = optionOf(call, 'sortDir', SORT_DIRECTIONS) ?? 'desc';
	const page = pageRequest(backend, call, [direction, options.filters]);
	const value = options.value ?? ((record) => record.seq);
	return listAnswer(cutPage(records, value, direction, page), view);
}

/** A query parameter that is one of the given words, or missing. */
export function optionOf<T extends string>(
	call: Call,
	name: string,
	allowed: readonly T[],
): T | undefined {
	const value = call.query[name];
	return value === undefined ? undefined : oneOfAt(name, value, allowed);
}

/** A query parameter, or undefined when it is missing. */
export function textOf(call: Call, name: string): string | undefined {
	const value = call.query[name];
	if (value === undefined || typeof value === 'string') return value;
	throw new Violation(name, 'Expected string, received array');
}
