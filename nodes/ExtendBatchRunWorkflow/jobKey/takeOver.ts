import type { CallResult } from '../../extend/client/client';
import type { CallFailure } from '../../extend/failures/failure';
import { DocumentSequence } from './submissionIds';

/** A batch of the job that Extend has. */
export interface JobBatch {
	batchId: string;
	/** The part of its request's id that names its documents; see `readSubmission`. */
	documentsPart: string;
	/** Number of inputs of the request. */
	size: number;
	/** A document of it. */
	document: string;
	/** Its documents in order, once they are known. */
	documents: readonly string[] | undefined;
}

/** A run that counts as the run of its document. */
export interface CountingRun {
	document: string;
	/** Its position in the batch, if that is known. */
	position: number | undefined;
	/** Extend's id of its file, if that is known. */
	fileId?: string;
}

/** Tells what is in batches, as far as Extend must be asked. */
export interface BatchReader {
	/** The runs of a batch that count, each of them read. */
	read(batch: JobBatch): Promise<CallResult<CountingRun[]>>;
	/** The documents of runs that do not count, because they failed and are to be submitted again. */
	readFailed(batch: JobBatch): Promise<CallResult<string[]>>;
}

/** Inputs that have their runs in a batch already. */
export interface TakenOver<Input> {
	batchId: string;
	inputs: Input[];
	runs: CountingRun[];
}

/** How many stretches of the input are held against a batch, before its runs are read instead. */
const MOST_STRETCHES = 20_000;

/**
 * Finds out the documents of batches without reading their runs, by the ids of their requests: a batch that
 * holds just what would be submitted as one now, or any stretch of the input, gives itself away.
 */
export function recognize(
	batches: Iterable<JobBatch>,
	planned: ReadonlyArray<readonly string[]>,
	sequences: ReadonlyArray<readonly string[]>,
): void {
	const plans = new Map(
		planned.map((documents) => [new DocumentSequence(documents).documentsPart(), documents]),
	);
	let stretches: DocumentSequence[] | undefined;
	for (const batch of batches) {
		if (batch.documents !== undefined) continue;
		batch.documents = plans.get(batch.documentsPart);
		if (batch.documents === undefined) {
			stretches ??= sequences.map((documents) => new DocumentSequence(documents));
			batch.documents = stretchOf(batch, stretches);
		}
	}
}

function stretchOf(
	{ documentsPart, size, document }: JobBatch,
	sequences: readonly DocumentSequence[],
): readonly string[] | undefined {
	let tried = 0;
	for (const sequence of sequences) {
		const last = sequence.documents.length - size;
		let next = 0;
		for (const place of sequence.placesOf(document)) {
			for (let start = Math.max(next, place - size + 1); start <= Math.min(place, last); start++) {
				if (tried++ >= MOST_STRETCHES) return undefined;
				if (sequence.documentsPart(start, size) === documentsPart) {
					return sequence.documents.slice(start, start + size);
				}
			}
			next = place + 1;
		}
	}
	return undefined;
}

/** Inputs that have no run yet, by their documents; the first of equal ones gets a run first. */
class Waiting<Input extends { identity: string }> {
	private readonly inputs = new Set<Input>();

	private readonly byDocument = new Map<string, Input[]>();

	constructor(inputs: readonly Input[]) {
		for (const input of inputs) {
			this.inputs.add(input);
			const equal = this.byDocument.get(input.identity);
			if (equal === undefined) this.byDocument.set(input.identity, [input]);
			else equal.push(input);
		}
	}

	get count(): number {
		return this.inputs.size;
	}

	/** In their order. */
	get all(): Input[] {
		return [...this.inputs];
	}

	has(document: string): boolean {
		return this.byDocument.has(document);
	}

	/** Gives a run to an input with its document. */
	take(document: string): Input | undefined {
		const equal = this.byDocument.get(document);
		const input = equal?.shift();
		if (input === undefined) return undefined;
		if (equal?.length === 0) this.byDocument.delete(document);
		this.inputs.delete(input);
		return input;
	}
}

/** How inputs would be submitted now, and which of them could be in one batch, both in order. */
export interface Planning<Input> {
	plan: (inputs: Input[]) => Input[][];
	sequences: (inputs: Input[]) => Input[][];
}

/**
 * Gives the inputs of one job the runs that they have already. Each run is given once, so a document that
 * occurs twice needs two. As long as something is missing, batches are recognized by the ids of their
 * requests; only what is not recognized is read.
 *
 * @returns the inputs without a run are in `rest`; with a failure, it is not known whether they have one
 */
export async function takeOver<Input extends { identity: string }>(
	inputs: readonly Input[],
	batches: Iterable<JobBatch>,
	{ plan, sequences }: Planning<Input>,
	reader: BatchReader,
): Promise<{ taken: Array<TakenOver<Input>>; rest: Input[]; failure?: CallFailure }> {
	const taken: Array<TakenOver<Input>> = [];
	const waiting = new Waiting(inputs);
	const pending = new Set(batches);
	const take = ({ batchId }: JobBatch, runs: CountingRun[]): void => {
		const given = runs.flatMap((run) => {
			const input = waiting.take(run.document);
			return input === undefined ? [] : [{ input, run }];
		});
		if (given.length === 0) return;
		taken.push({
			batchId,
			inputs: given.map(({ input }) => input),
			runs: given.map(({ run }) => run),
		});
	};
	let comparedWith = -1;
	while (waiting.count > 0 && pending.size > 0) {
		if (waiting.count !== comparedWith) {
			const rest = waiting.all;
			comparedWith = rest.length;
			recognize(pending, identities(plan(rest)), identities(sequences(rest)));
		}
		const known = [...pending].filter(({ documents }) => documents !== undefined);
		for (const batch of known) {
			pending.delete(batch);
			const { documents = [] } = batch;
			if (!documents.some((document) => waiting.has(document))) continue;
			const failed = await reader.readFailed(batch);
			if (!failed.ok) return { taken, rest: waiting.all, failure: failed.failure };
			take(batch, withoutFailed(documents, failed.body));
		}
		const [batch] = pending;
		if (known.length > 0 || batch === undefined) continue;
		pending.delete(batch);
		const read = await reader.read(batch);
		if (!read.ok) return { taken, rest: waiting.all, failure: read.failure };
		take(batch, read.body);
	}
	return { taken, rest: waiting.all };
}

function identities(groups: ReadonlyArray<ReadonlyArray<{ identity: string }>>): string[][] {
	return groups.map((group) => group.map(({ identity }) => identity));
}

function withoutFailed(documents: readonly string[], failed: readonly string[]): CountingRun[] {
	const left = new Map<string, number>();
	for (const document of failed) left.set(document, (left.get(document) ?? 0) + 1);
	return documents.flatMap((document, position) => {
		const count = left.get(document) ?? 0;
		if (count === 0) return [{ document, position }];
		left.set(document, count - 1);
		return [];
	});
}
