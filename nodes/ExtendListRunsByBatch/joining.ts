/** What an input item tells about its run. */
export interface JoiningInput {
	itemIndex: number;
	/** Its position among the inputs of the batch. */
	position: number | undefined;
	/** Extend's id of its file. */
	fileId: string | undefined;
	/** Its index among the items that went into Extend Batch Run Workflow, if that is certain. */
	sourceItem: number | undefined;
}

/** What a run tells about its input. */
export interface JoinableRun {
	/** Index of its input item, from the reference. */
	item?: number;
	/** Number of inputs in its batch, from the reference. */
	of?: number;
	fileIds: string[];
}

/** The run of an input; or that it has none, or that it cannot be told which. */
export type Match<Run> = Run | 'none' | 'unclear';

function group<Key, Value>(entries: Iterable<readonly [Key, Value]>): Map<Key, Value[]> {
	const groups = new Map<Key, Value[]>();
	for (const [key, value] of entries) {
		const found = groups.get(key);
		if (found === undefined) groups.set(key, [value]);
		else found.push(value);
	}
	return groups;
}

/**
 * Finds the run of each input of one batch, and none rather than a wrong one:
 * by the id of its file if only one run has that file; by the index of the item that went into the batch
 * node; else by position, because references ascend with the positions in a batch. That holds only if
 * every run of the batch is there: with one missing, positions after it would shift.
 */
export function matchInputs<Run extends JoinableRun>(
	inputs: readonly JoiningInput[],
	runs: readonly Run[],
): Map<number, Match<Run>> {
	const byFile = group(runs.flatMap((run) => run.fileIds.map((id) => [id, run] as const)));
	const byItem = group(runs.flatMap((run) => (run.item === undefined ? [] : [[run.item, run]])));
	const isReferenced = runs.every(({ item }) => item !== undefined) && byItem.size === runs.length;
	const isWhole = isReferenced && runs.every(({ of }) => of === runs.length);
	const inOrder = [...runs].sort((a, b) => (a.item ?? 0) - (b.item ?? 0));

	const match = ({ position, fileId, sourceItem }: JoiningInput): Match<Run> => {
		const ofFile = fileId === undefined ? undefined : byFile.get(fileId);
		if (ofFile?.length === 1) return ofFile[0]!;
		if (runs.length === 0) return 'none';
		if (!isReferenced) return 'unclear';
		if (sourceItem !== undefined) return byItem.get(sourceItem)?.[0] ?? 'none';
		if (position === undefined || !isWhole) return 'unclear';
		return inOrder[position] ?? 'none';
	};
	return new Map(inputs.map((input) => [input.itemIndex, match(input)]));
}
