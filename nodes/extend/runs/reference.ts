/**
 * The reference: one extra key in each run's metadata, by which a lost answer is looked up, a batch is
 * known to be whole, and a result finds the item it came from.
 */

/** The metadata key of the reference. */
export const REFERENCE_KEY = 'n8n';

/** What the reference says. */
export interface Reference {
	/** Id of the one request that started the run: random, or made from its job and documents. */
	submission: string;
	/** Index of the input item in n8n, from 0. */
	item: number;
	/** Number of inputs in the batch. */
	of: number;
	/** Ids of the n8n workflow and execution. */
	workflow: string;
	execution: string;
	/** The binary field of the document, where the item has several files. */
	file?: string;
	/** Which job the run belongs to: the Job Key, or a hash of a long one. */
	job?: string;
	/** What identifies the document within its job: a key, or a hash. */
	document?: string;
}

/** Metadata with a reference. */
export function withReference(
	metadata: Record<string, unknown> | undefined,
	reference: Reference,
): Record<string, unknown> {
	return { ...metadata, n8n: reference };
}

/** The submission that a run's metadata names, if any. */
export function submissionOf(
	metadata: Record<string, unknown> | null | undefined,
): string | undefined {
	const reference = metadata?.[REFERENCE_KEY];
	if (typeof reference !== 'object' || reference === null) return undefined;
	const { submission } = reference as Partial<Reference>;
	return typeof submission === 'string' ? submission : undefined;
}
