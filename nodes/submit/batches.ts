import type { RunFile } from '../extend/api/types';
import { jsonBytes, mostJsonBytes } from '../parameters/jsonValues';

/**
 * Most bytes of one request, estimated. Extend names no bound; this is what common gateways take. A batch
 * that is refused as too large all the same is cut in two when it is submitted.
 */
export const LARGEST_REQUEST_BYTES = 12_000_000;

/** Bytes of an input besides its document and its metadata: names, the reference, punctuation. */
const OVERHEAD_BYTES = 400;

/** What of an input makes its size. */
export interface SizedInput {
	file: RunFile | undefined;
	metadata?: Record<string, unknown>;
	secrets?: Record<string, unknown>;
}

/** How many bytes a text or an object has as JSON, exactly or at most. */
type SizeOf = (value: string | Record<string, unknown>) => number;

/** About how many bytes an input takes in a request. */
export function bytesOf(input: SizedInput): number {
	return bytesBy(jsonBytes, input);
}

function bytesBy(sizeOf: SizeOf, { file, metadata, secrets }: SizedInput): number {
	const document =
		file === undefined || 'id' in file ? 0 : 'text' in file ? sizeOf(file.text) : file.url.length;
	return (
		OVERHEAD_BYTES +
		document +
		(metadata === undefined ? 0 : sizeOf(metadata)) +
		(secrets === undefined ? 0 : sizeOf(secrets))
	);
}

/**
 * Puts inputs into batches: groups them by their settings in order of appearance, keeps their order within
 * a group, and cuts each group into batches of at most `settings.batchSize` inputs and about
 * `LARGEST_REQUEST_BYTES`. An input that is larger alone gets a batch of its own.
 */
export function planBatches<
	Settings extends { batchSize: number },
	Input extends SizedInput & { settings: Settings },
>(inputs: Input[]): Input[][] {
	return [...eachBatch(inputs)];
}

/** The batches of `planBatches` one by one, each cut when it is asked for. */
export function* eachBatch<
	Settings extends { batchSize: number },
	Input extends SizedInput & { settings: Settings },
>(inputs: Input[]): Generator<Input[], undefined> {
	for (const group of groupBySettings(inputs)) yield* cut(group, group[0]!.settings.batchSize);
}

/** Puts inputs together that can be in one batch, in order of appearance. */
export function groupBySettings<Input extends { settings: object }>(inputs: Input[]): Input[][] {
	const groups = new Map<string, Input[]>();
	let lastSettings: object | undefined;
	let lastGroup: Input[] = [];
	for (const input of inputs) {
		// Inputs usually share one settings object; then its key need not be made again.
		if (input.settings !== lastSettings) {
			const key = JSON.stringify(input.settings);
			lastSettings = input.settings;
			lastGroup = groups.get(key) ?? [];
			groups.set(key, lastGroup);
		}
		lastGroup.push(input);
	}
	return [...groups.values()];
}

function* cut<Input extends SizedInput>(group: Input[], batchSize: number): Generator<Input[]> {
	let start = 0;
	while (start < group.length) {
		const candidates = group.slice(start, start + batchSize);
		const count = Math.max(1, countOfFitting(candidates));
		yield candidates.slice(0, count);
		start += count;
	}
}

/** How many of these inputs, from the first on, fit into one request. */
function countOfFitting(inputs: readonly SizedInput[]): number {
	// Mostly they are so small that none has to be measured.
	const count = countWithin(inputs, mostJsonBytes);
	return count === inputs.length ? count : countWithin(inputs, jsonBytes);
}

function countWithin(inputs: readonly SizedInput[], sizeOf: SizeOf): number {
	let bytes = 0;
	for (const [count, input] of inputs.entries()) {
		bytes += bytesBy(sizeOf, input);
		if (bytes > LARGEST_REQUEST_BYTES) return count;
	}
	return inputs.length;
}
