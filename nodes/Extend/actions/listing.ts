import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { LARGEST_PAGE } from '../../extend/client/client';
import type { CallResult, ExtendClient } from '../../extend/client/client';
import type { ParameterReader } from '../../parameters/reader';

/** How many entries of a list to return. */
export const amount: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1, numberPrecision: 0 },
		displayOptions: { show: { returnAll: [false] } },
		default: 50,
		description: 'Max number of results to return',
	},
];

/** Reads it. @returns Infinity for all @throws ComplaintError */
export function readAmount(read: ParameterReader<INodeProperties>, itemIndex: number): number {
	return read.flag('returnAll', itemIndex) ? Infinity : read.wholeNumber('limit', itemIndex);
}

/** The first entries of a list, each once, in Extend's order, with no larger pages than needed. */
export async function listUpTo<T extends { id: string }>(
	client: ExtendClient,
	path: string,
	query: IDataObject,
	most: number,
): Promise<CallResult<T[]>> {
	// A list that is begun again shows entries a second time.
	const entries = new Map<string, T>();
	const page = { ...query, maxPageSize: Math.min(most, LARGEST_PAGE) };
	const scanned = await client.scan<T>(path, page, (entry) => {
		entries.set(entry.id, entry);
		return entries.size >= most;
	});
	return scanned.ok ? { ok: true, body: [...entries.values()] } : scanned;
}
