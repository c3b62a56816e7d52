import { isObject } from '../../parameters/checks';
import { REFERENCE_KEY } from './reference';
import type { WorkflowRun } from '../api/types';

/** What a run's metadata says about its place among the inputs of its batch; see `Reference`. */
export interface Place {
	submission?: string;
	/** Index of the input item in n8n, from 0. */
	item?: number;
	/** Number of inputs in the batch. */
	of?: number;
	/** The binary field that the file came from; only there if the item has several files. */
	file?: string;
	/** What identifies the document within its job; only there if it was submitted under a Job Key. */
	document?: string;
}

const isIndex = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

/** The place of a run, with nothing in it that is not of the right kind; empty without a reference. */
export function placeOf({ metadata }: Pick<WorkflowRun, 'metadata'>): Place {
	const reference = metadata?.[REFERENCE_KEY];
	if (!isObject(reference)) return {};
	const { submission, item, of, file, document } = reference;
	return {
		...(typeof submission === 'string' ? { submission } : {}),
		...(isIndex(item) ? { item } : {}),
		...(isIndex(of) && of > 0 ? { of } : {}),
		...(typeof file === 'string' ? { file } : {}),
		...(typeof document === 'string' ? { document } : {}),
	};
}
