import type { BatchSettings, PreparedInput } from './parameters';
import type { Claims, SpareBatch } from '../submit/claims';
import type { Journal, JournalEntry } from '../submit/journal';
import type { AcceptedInputs, Claimant, RejectedInputs } from '../submit/types';

/** An input of the job: an item, or one of its files. Of one that is not valid any more, only what was sent for it counts. */
export type JobInput = Omit<PreparedInput, 'document'> & Pick<Claimant, 'document'>;

/** Inputs that did not become runs, with what was being done when that was decided. */
export interface JobRejection extends RejectedInputs<JobInput> {
	step: 'look' | 'upload' | 'submit';
	/** Requests for these inputs whose outcome is not known; then it is not known whether they became runs. */
	inDoubt: JournalEntry[];
}

/** What became of all inputs: each is in exactly one batch or rejection, or was not tried. */
export interface JobResult {
	/** One for each batch, in the order of the planned batches. */
	accepted: Array<AcceptedInputs<JobInput>>;
	rejected: JobRejection[];
	/** Inputs that were not submitted because the job stopped first. */
	notTried: JobInput[];
	/** Inputs that became runs in an earlier try, although they are not valid any more; see `placeKey`. */
	handled: Set<string>;
	/** Inputs that are not valid, but may have been submitted in an earlier try; see `placeKey`. */
	invalidInDoubt: Map<string, JournalEntry[]>;
	/** Accepted batches with runs that are not in the output. */
	spare: SpareBatch[];
	/** Requests of unknown outcome whose inputs were all accepted with another one. */
	superseded: JournalEntry[];
	/** Batches that this run of the node has submitted, in whichever try. */
	ownBatches: string[];
}

/** Where an input is from: its item, or the binary field of it. */
export type InputPlace = Pick<JobInput, 'itemIndex' | 'field'>;

/** The place of an input as one text. */
export function placeKey({ itemIndex, field = '' }: InputPlace): string {
	return `${itemIndex} ${field}`;
}

/** What became of the inputs, before the last look at what is in doubt. */
export interface UnsortedOutcome {
	/** All inputs that could be submitted; their order is that of the output. */
	inputs: PreparedInput[];
	/** All inputs that cannot be submitted as they are, and those of them that nothing was sent for. */
	invalid: { all: readonly InputPlace[]; left: JobInput[] };
	accepted: Array<AcceptedInputs<JobInput>>;
	rejected: Array<Omit<JobRejection, 'inDoubt'>>;
	notTried: JobInput[];
}

/**
 * Sorts what became of the inputs: batches that turned up late are given to their inputs, and what is not
 * known is said of exactly those inputs of which it is not known.
 */
export function sortOutcome(outcome: UnsortedOutcome, claims: Claims, journal: Journal): JobResult {
	const accepted = [...outcome.accepted];
	const claim = (inputs: JobInput[]): JobInput[] => {
		const found = claims.claim(inputs);
		append(accepted, found.accepted);
		return found.rest;
	};
	const rejected = outcome.rejected.flatMap((rejection) =>
		byDoubt(claim(rejection.inputs), claims).map(({ inputs, inDoubt }): JobRejection => ({
			...rejection,
			inputs,
			inDoubt,
		})),
	);
	const notTried: JobInput[] = [];
	for (const group of byDoubt(claim(outcome.notTried), claims)) {
		if (group.inDoubt.length === 0) append(notTried, group.inputs);
		else rejected.push({ ...group, step: 'submit', failure: { kind: 'unknown', message: '' } });
	}
	const invalid = claim(outcome.invalid.left);
	const left = new Set(invalid.map(placeKey));
	const invalidInDoubt = new Map<string, JournalEntry[]>();
	for (const { inputs, inDoubt } of byDoubt(invalid, claims)) {
		if (inDoubt.length === 0) continue;
		for (const input of inputs) invalidInDoubt.set(placeKey(input), inDoubt);
	}
	const told = new Set([
		...rejected.flatMap(({ inDoubt }) => inDoubt),
		...[...invalidInDoubt.values()].flat(),
	]);
	return {
		accepted: inOrder(oneForEachBatch(accepted), outcome.inputs),
		rejected: rejected.sort((a, b) => firstItem(a) - firstItem(b)),
		notTried: notTried.sort((a, b) => a.itemIndex - b.itemIndex),
		handled: new Set(outcome.invalid.all.map(placeKey).filter((place) => !left.has(place))),
		invalidInDoubt,
		spare: claims.spare(),
		superseded: journal.open.filter((entry) => journal.isOfThisRun(entry) && !told.has(entry)),
		ownBatches: journal.entries.flatMap((entry) =>
			entry.batchId !== undefined && journal.isOfThisRun(entry) ? [entry.batchId] : [],
		),
	};
}

/** Batches in the order of their groups and first items. */
function inOrder(
	batches: Array<AcceptedInputs<JobInput>>,
	inputs: PreparedInput[],
): Array<AcceptedInputs<JobInput>> {
	const groups = new Map<BatchSettings, number>();
	for (const { settings } of inputs) {
		if (!groups.has(settings)) groups.set(settings, groups.size);
	}
	const groupOf = (batch: AcceptedInputs<JobInput>) => groups.get(batch.inputs[0]!.settings) ?? 0;
	return batches.sort((a, b) => groupOf(a) - groupOf(b) || firstItem(a) - firstItem(b));
}

function firstItem({ inputs }: { inputs: JobInput[] }): number {
	return inputs[0]?.itemIndex ?? 0;
}

/** Adds all entries. Not `push(...entries)`: the stack does not hold as many arguments as there may be inputs. */
export function append<T>(target: T[], entries: readonly T[]): void {
	for (const entry of entries) target.push(entry);
}

/** Puts inputs together that are in doubt because of the same requests. */
function byDoubt(
	inputs: JobInput[],
	claims: Claims,
): Array<{ inputs: JobInput[]; inDoubt: JournalEntry[] }> {
	const groups = new Map<string, { inputs: JobInput[]; inDoubt: JournalEntry[] }>();
	for (const input of inputs) {
		const entries = claims.inDoubt(input);
		const key = entries.map(({ submission }) => submission).join(' ');
		const group = groups.get(key) ?? { inputs: [], inDoubt: entries };
		groups.set(key, group);
		group.inputs.push(input);
	}
	return [...groups.values()];
}

/** Puts the inputs of a batch together that were found at different moments. */
function oneForEachBatch(parts: Array<AcceptedInputs<JobInput>>): Array<AcceptedInputs<JobInput>> {
	const batches = new Map<string, AcceptedInputs<JobInput>>();
	for (const part of parts) {
		// A batch that was taken over may hold inputs that are to be put out in other ways.
		const key = `${part.batchId} ${part.inputs[0]?.settings.output}`;
		const batch = batches.get(key);
		if (batch === undefined) batches.set(key, part);
		else {
			const places = [batch, part].flatMap(({ inputs, positions }) =>
				inputs.map((input, index) => ({ input, position: positions[index] })),
			);
			places.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
			batches.set(key, {
				...batch,
				inputs: places.map(({ input }) => input),
				positions: places.map(({ position }) => position),
			});
		}
	}
	return [...batches.values()];
}
