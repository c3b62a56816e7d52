import { REFERENCE_KEY } from './reference';
import type { Reference } from './reference';
import type { WorkflowRun } from './types';

/** What a run's metadata says about its place among the inputs of its batch; nothing if it is not from this package. */
export function placeOf({ metadata }: WorkflowRun): Partial<Pick<Reference, 'item' | 'of'>> {
	const reference = metadata?.[REFERENCE_KEY];
	if (typeof reference !== 'object' || reference === null) return {};
	const { item, of } = reference as Partial<Reference>;
	return {
		...(Number.isInteger(item) ? { item } : {}),
		...(Number.isInteger(of) ? { of } : {}),
	};
}
