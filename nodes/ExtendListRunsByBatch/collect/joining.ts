import type { Place } from '../../extend/runs/place';

/** What an input item carries of where it went. Its place in this node's input proves nothing. */
export interface JoiningInput {
	itemIndex: number;
	/** Its position among the inputs of the batch, from 0. */
	position: number | undefined;
	/** Extend's id of its file. */
	fileId: string | undefined;
	/** The binary field of its file, where the item of the batch node may have had several. */
	field?: string | undefined;
}

/** What a listed run tells of its input; no place if it has no reference or could not be fetched. */
export interface JoinableRun {
	place: Place;
	/** Extend's ids of its files. */
	fileIds: readonly string[];
}

/** The run of an input; or that the batch has none of it, or that it cannot be told which. */
export type Match<Run> = Run | 'none' | 'unclear';

/** The positions in the batch at which a run may stand, both ends included. */
interface Range {
	first: number;
	last: number;
}

const isWithin = (position: number, { first, last }: Range) =>
	first <= position && position <= last;

function group<Key, Value>(entries: Iterable<readonly [Key, Value]>): Map<Key, Value[]> {
	const groups = new Map<Key, Value[]>();
	for (const [key, value] of entries) {
		const found = groups.get(key);
		if (found === undefined) groups.set(key, [value]);
		else found.push(value);
	}
	return groups;
}

/** The item of a reference, or one of its files where it has several. */
const placeKey = ({ item, file = '' }: Place) => `${item} ${file}`;

/**
 * Where each run stands in its batch, as far as the references tell. The batch node sends its items in
 * ascending order, so a run with so many runs of items before its own stands behind all of these; each
 * run that is not there may have stood before it, too. The files of an item stand side by side, in an
 * order that nothing tells. No run that is not there can have stood before one whose item has the index of
 * its rank, so that all items before it are there, unless one of these has several files. A run without a
 * reference may stand anywhere.
 */
function rangesOf<Run extends JoinableRun>(
	runs: readonly Run[],
): { ranges: Map<Run, Range>; areAllThere: boolean } {
	const references = runs.flatMap(({ place: { submission, item, of, file } }) =>
		item === undefined || of === undefined ? [] : [{ submission, item, of, file }],
	);
	const places = new Map(references.map((place) => [placeKey(place), place.item]));
	const [one] = references;
	const isOneRequest = references.every(
		({ submission, of }) => submission === one?.submission && of === one?.of,
	);
	// Where there are others, or too many, somebody else wrote them.
	if (one === undefined || !isOneRequest || places.size > one.of) {
		return { ranges: new Map(), areAllThere: false };
	}

	/** For each item the position of its first file, and the number of its files, as if no run were missing. */
	const stretches = new Map<number, { first: number; files: number }>();
	[...places.values()]
		.sort((a, b) => a - b)
		.forEach((item, rank) => {
			const known = stretches.get(item);
			if (known === undefined) stretches.set(item, { first: rank, files: 1 });
			else known.files++;
		});
	const missing = one.of - places.size;
	const hasSeveralFiles = references.some(({ file }) => file !== undefined);
	const rangeOf = ({ item = -1, of }: Place): Range => {
		const stretch = of === undefined ? undefined : stretches.get(item);
		if (stretch === undefined) return { first: 0, last: one.of - 1 };
		const { first, files } = stretch;
		const isPlaced = !hasSeveralFiles && first === item;
		return { first, last: first + files - 1 + (isPlaced ? 0 : missing) };
	};
	return {
		ranges: new Map(runs.map((run) => [run, rangeOf(run.place)])),
		areAllThere: missing === 0,
	};
}

/** Finds the runs of the inputs of one batch. */
class Joiner<Run extends JoinableRun> {
	private readonly ranges: Map<Run, Range>;

	/** Whether each run stands among the files of its item, and nowhere else. */
	private readonly areAllThere: boolean;

	/** Runs that can stand at one position only. */
	private readonly placed: Map<number, Run[]>;

	private readonly byFile: Map<string, Run[]>;

	private readonly byField: Map<string | undefined, Run[]>;

	/** The files of the inputs that are here, by position. */
	private readonly filesAt: Map<number, Array<string | undefined>>;

	/** Whether the runs show the files that the inputs name. */
	private readonly showsFiles: boolean;

	/** Whether every run of the batch is there, and only the files can tell whose each is. */
	private readonly isWholeWithoutReferences: boolean;

	constructor(
		private readonly inputs: readonly JoiningInput[],
		private readonly runs: readonly Run[],
		size: number | undefined,
	) {
		const { ranges, areAllThere } = rangesOf(runs);
		this.ranges = ranges;
		this.areAllThere = areAllThere;
		this.byField = group(runs.map((run) => [run.place.file, run]));
		this.placed = group(
			[...this.ranges].flatMap(([run, { first, last }]) => (first === last ? [[first, run]] : [])),
		);
		this.byFile = group(runs.flatMap((run) => [...new Set(run.fileIds)].map((id) => [id, run])));
		this.filesAt = group(
			inputs.flatMap(({ position, fileId }) =>
				position === undefined ? [] : [[position, fileId] as const],
			),
		);
		this.showsFiles = inputs.some(({ fileId }) => this.runsWith(fileId).length > 0);
		this.isWholeWithoutReferences =
			size === runs.length && runs.every(({ place }) => place.item === undefined);
	}

	match(input: JoiningInput): Match<Run> {
		const { fileId } = input;
		const placed = this.placedAt(input);
		const proven =
			placed.length > 0
				? placed
				: this.runsWith(fileId).filter((run) => this.isProvenByFile(run, input));
		if (proven.length === 1 && this.mayBeOf(proven[0]!, input)) return proven[0]!;
		const isAnyPossible = proven.length > 0 || this.runs.some((run) => this.mayBeOf(run, input));
		return isAnyPossible ? 'unclear' : 'none';
	}

	/** The runs that can stand at the position of an input only, or are of the same field of its item. */
	private placedAt({ position, field }: JoiningInput): Run[] {
		if (position === undefined) return [];
		const placed = this.placed.get(position) ?? [];
		if (placed.length > 0 || field === undefined || !this.areAllThere) return placed;
		return (this.byField.get(field) ?? []).filter((run) => {
			const range = this.ranges.get(run);
			return range !== undefined && isWithin(position, range);
		});
	}

	private runsWith(fileId: string | undefined): Run[] {
		return fileId === undefined ? [] : (this.byFile.get(fileId) ?? []);
	}

	/**
	 * Whether a run that shows the file of an input can be of no other input. That another one has no run
	 * with this file is not enough, because its run may be missing.
	 */
	private isProvenByFile(run: Run, { position, fileId }: JoiningInput): boolean {
		if (this.isWholeWithoutReferences) {
			const positions = new Set(
				this.inputs.filter((input) => input.fileId === fileId).map((input) => input.position),
			);
			return positions.size === 1;
		}
		const range = this.ranges.get(run);
		if (range === undefined || position === undefined) return false;
		for (let other = range.first; other <= range.last; other++) {
			const files = this.filesAt.get(other);
			if (files === undefined || files.includes(undefined)) return false;
			const isOwn = other === position;
			if (!files.every((file) => (file === fileId) === isOwn)) return false;
		}
		return true;
	}

	/** Whether nothing speaks against a run being of an input. */
	private mayBeOf(run: Run, { position, fileId, field }: JoiningInput): boolean {
		const { file } = run.place;
		if (field !== undefined && file !== undefined && file !== field) return false;
		const range = this.ranges.get(run);
		if (range !== undefined && position !== undefined && !isWithin(position, range)) return false;
		if (fileId === undefined || !this.showsFiles || run.fileIds.length === 0) return true;
		return run.fileIds.includes(fileId);
	}
}

/**
 * Finds the run of each input of one batch, and none rather than a wrong one. A run is an input's if it
 * can stand at no other position of the batch: for sure when all runs of the batch are there, because
 * their references ascend with the positions. If some are missing, or carry no reference, the ids of the
 * files help where no other input of the batch can have the same.
 * @param runs all runs that Extend lists of the batch
 * @param size how many runs the batch has, if that is known without the references
 */
export function matchInputs<Run extends JoinableRun>(
	inputs: readonly JoiningInput[],
	runs: readonly Run[],
	size?: number,
): Map<number, Match<Run>> {
	const joiner = new Joiner(inputs, runs, size);
	return new Map(inputs.map((input) => [input.itemIndex, joiner.match(input)]));
}
