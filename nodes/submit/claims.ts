import { fieldAt, namesAt, namesOf } from './journal';
import type { Journal, JournalEntry } from './journal';
import type { AcceptedInputs, Claimant } from './types';

/** A batch that Extend accepted, with inputs that no item of the output stands for. */
export interface SpareBatch {
	batchId: string;
	/** Number of runs of the batch. */
	size: number;
	/** Items of the input whose runs in this batch are not in the output. */
	items: number[];
}

/**
 * Tells which input is at which position of which batch, and gives each position to one input only. An
 * input counts as sent if its item still has the same document, and is for the same workflow, version and
 * account; whatever became of its neighbours.
 */
export class Claims {
	/** Positions of batches that belong to an input, by submission. */
	private readonly taken = new Map<string, Set<number>>();

	private readonly places = new Map<string, Map<number | string, number[]>>();

	private readonly names = new WeakMap<Claimant, string[]>();

	/** Accepted batches with places that nobody has claimed yet. */
	private free: JournalEntry[];

	constructor(private readonly journal: Journal) {
		this.free = journal.entries.filter(({ batchId }) => batchId !== undefined);
	}

	/** Notes that a request of unknown outcome was carried out. */
	found(entry: JournalEntry, batchId: string): void {
		this.journal.accepted(entry, batchId);
		this.free.push(entry);
	}

	/** Gives inputs the places that they have in accepted batches, and tells which have none. */
	claim<Input extends Claimant>(
		inputs: Input[],
	): { accepted: Array<AcceptedInputs<Input>>; rest: Input[] } {
		const accepted: Array<AcceptedInputs<Input>> = [];
		if (this.free.length === 0) return { accepted, rest: inputs };
		const claimed = new Set<Input>();
		const candidatesFor = this.index(inputs);
		for (const entry of this.free) {
			const batch = { ...asBatch(entry), inputs: [] as Input[], positions: [] as number[] };
			for (const input of candidatesFor(entry)) {
				const position = claimed.has(input) ? undefined : this.positionIn(entry, input);
				if (position === undefined) continue;
				claimed.add(input);
				this.takenIn(entry).add(position);
				batch.inputs.push(input);
				batch.positions.push(position);
			}
			if (batch.inputs.length > 0) accepted.push(batch);
		}
		if (accepted.length > 0) this.free = this.free.filter((entry) => !this.isFull(entry));
		return { accepted, rest: inputs.filter((input) => !claimed.has(input)) };
	}

	/**
	 * Thousands of inputs may meet thousands of requests, so each request is held only against the inputs that
	 * may be in it. @returns these, in their order
	 */
	private index<Input extends Claimant>(
		inputs: readonly Input[],
	): (entry: JournalEntry) => readonly Input[] {
		const byPlace = new Map<number | string, number[]>();
		inputs.forEach((input, index) => {
			for (const key of [input.itemIndex, ...this.namesOf(input)]) addTo(byPlace, key, index);
		});
		return (entry) => {
			const places = this.placesIn(entry);
			if (inputs.length <= places.size) return inputs;
			const indexes = new Set([...places.keys()].flatMap((key) => byPlace.get(key) ?? []));
			return [...indexes].sort((one, other) => one - other).map((index) => inputs[index]!);
		};
	}

	private namesOf(input: Claimant): string[] {
		const names = this.names.get(input) ?? namesOf(input);
		this.names.set(input, names);
		return names;
	}

	/** Gives inputs the batch in which they were just sent, in this order. */
	take<Input extends Claimant>(entry: JournalEntry, inputs: Input[]): AcceptedInputs<Input> {
		// A look for another request may have found it before its own answer came.
		this.free = this.free.filter((candidate) => candidate !== entry);
		const positions = inputs.map((_, position) => position);
		return { ...asBatch(entry), inputs, positions };
	}

	/** Requests of unknown outcome that hold one of these inputs. */
	openOf(inputs: readonly Claimant[]): JournalEntry[] {
		return this.holding(this.journal.open, inputs);
	}

	/** Whether an accepted batch holds one of these inputs, which can be claimed. */
	isAnyAccepted(inputs: readonly Claimant[]): boolean {
		return this.holding(this.free, inputs).length > 0;
	}

	private holding(entries: JournalEntry[], inputs: readonly Claimant[]): JournalEntry[] {
		if (entries.length === 0) return [];
		const candidatesFor = this.index(inputs);
		return entries.filter((entry) =>
			candidatesFor(entry).some((input) => this.positionIn(entry, input) !== undefined),
		);
	}

	/** Requests of unknown outcome that hold this input. */
	inDoubt(input: Claimant): JournalEntry[] {
		return this.openOf([input]);
	}

	/** Accepted batches with runs that no input has claimed: documents that were corrected or doubled since. */
	spare(): SpareBatch[] {
		return this.free.map((entry) => {
			const { batchId = '', items } = entry;
			const taken = this.takenIn(entry);
			const left = items.filter((_, position) => !taken.has(position));
			return { batchId, size: items.length, items: left };
		});
	}

	private isFull(entry: JournalEntry): boolean {
		return this.takenIn(entry).size >= entry.items.length;
	}

	private takenIn({ submission }: JournalEntry): Set<number> {
		const taken = this.taken.get(submission) ?? new Set();
		this.taken.set(submission, taken);
		return taken;
	}

	/** The free position of an input in a request. Of other runs of the node only the documents count. */
	private positionIn(entry: JournalEntry, input: Claimant): number | undefined {
		const { itemIndex, document, settings, field } = input;
		const isOfThisRun = this.journal.isOfThisRun(entry);
		// What was accepted for an item stays accepted when the item is not valid any more.
		const isSameTarget =
			document === undefined ||
			(entry.workflowId === settings.workflowId && entry.version === settings.version);
		if (!isSameTarget) return undefined;
		const names = this.namesOf(input);
		const isSame = (position: number) =>
			document === undefined
				? fieldAt(entry, position) === field
				: namesAt(entry, position).some((name) => names.includes(name));
		const taken = this.takenIn(entry);
		const places = this.placesIn(entry);
		return (isOfThisRun ? [itemIndex] : names)
			.flatMap((key) => places.get(key) ?? [])
			.find((position) => !taken.has(position) && isSame(position));
	}

	private placesIn(entry: JournalEntry): Map<number | string, number[]> {
		const known = this.places.get(entry.submission);
		if (known !== undefined) return known;
		const isOfThisRun = this.journal.isOfThisRun(entry);
		const places = new Map<number | string, number[]>();
		entry.items.forEach((item, position) => {
			for (const key of isOfThisRun ? [item] : namesAt(entry, position)) {
				addTo(places, key, position);
			}
		});
		this.places.set(entry.submission, places);
		return places;
	}
}

function addTo<Key>(lists: Map<Key, number[]>, key: Key, value: number): void {
	const list = lists.get(key);
	if (list === undefined) lists.set(key, [value]);
	else list.push(value);
}

function asBatch({ batchId = '', workflowId, version, sentAt, items }: JournalEntry) {
	const submittedAt = new Date(sentAt).toISOString();
	return { batchId, workflowId, version, submittedAt, size: items.length };
}
