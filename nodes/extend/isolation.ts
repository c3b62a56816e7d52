import type { CallFailure } from './failure';
import type { RunFile } from './types';

/** Refusals that have nothing to do with single inputs: token, billing, permission, workflow, size, rate. */
const COMMON_STATUSES = new Set([401, 402, 403, 404, 405, 407, 410, 413, 429]);

/**
 * Whether a failed batch failed as a whole, so that a part of it would fail alike. Only a refusal with
 * 400, 422 or the like can lie in single inputs.
 */
export function isCommonToAllInputs(failure: CallFailure): boolean {
	if (failure.kind !== 'refused') return true;
	const { status = 0, message } = failure;
	if (status < 400 || COMMON_STATUSES.has(status)) return true;
	return /\bworkspace\b|api[- ]version/i.test(message) && !/\binputs?\b/i.test(message);
}

/** `inputs[3]`, `inputs.3`, `inputs/3`, `["inputs",3`: paths as validators write them, counted from 0. */
const PATHS = /\binputs["'\]]*\s*(?:\[|\.|\/|,)\s*["']?(\d+)/gi;

/**
 * Finds which inputs of a refused batch its message is about: by their positions in paths, by their
 * addresses, or by their file ids. Positions that the batch does not have are ignored.
 */
export function namedPositions(
	message: string,
	inputs: ReadonlyArray<{ file: RunFile }>,
): Set<number> {
	const positions = new Set<number>();
	for (const match of message.matchAll(PATHS)) {
		const position = Number(match[1]);
		if (position < inputs.length) positions.add(position);
	}
	if (positions.size > 0) return positions;

	const words = new Set(message.split(/[\s"'“”`(),;]+/).map((word) => word.replace(/[.:]+$/, '')));
	inputs.forEach(({ file }, position) => {
		if ('url' in file && words.has(file.url)) positions.add(position);
		if ('id' in file && words.has(file.id)) positions.add(position);
	});
	return positions;
}
