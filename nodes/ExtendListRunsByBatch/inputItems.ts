import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { isObject } from '../parameters/checks';
import { errorItem } from '../items/errorItems';
import { count } from '../items/words';
import type { CollectedBatch, CollectedRun } from './job';
import { matchInputs } from './collect/joining';
import type { JoinableRun, JoiningInput, Match } from './collect/joining';
import { runError } from './runErrors';

type MatchableRun = JoinableRun & { run: CollectedRun };

/** The input items of the node. */
export class InputItems {
	constructor(private readonly items: readonly INodeExecutionData[]) {}

	/** The items that named a batch as they came, each linked to itself. */
	of({ request }: CollectedBatch): INodeExecutionData[] {
		return request.items.map((itemIndex) => {
			const { json, binary } = this.item(itemIndex);
			return {
				...(binary === undefined ? {} : { binary }),
				json: withoutError(json),
				pairedItem: { item: itemIndex },
			};
		});
	}

	/**
	 * Joins items as Extend Batch Run Workflow puts them out with one item per input: each input item of a batch with its run in `extend.run`, and an error item for each that has none
	 * or of which it is not certain.
	 */
	join(batch: CollectedBatch): { joined: INodeExecutionData[]; errors: INodeExecutionData[] } {
		const joined: INodeExecutionData[] = [];
		const errors: INodeExecutionData[] = [];
		for (const [itemIndex, match] of this.matches(batch)) {
			const run = typeof match === 'string' || match.run.failure ? undefined : match.run.rows?.[0];
			if (run === undefined) errors.push(withoutRun(itemIndex, match, batch));
			else joined.push(this.withRun(itemIndex, run));
		}
		return { joined, errors };
	}

	/** Whether the items that name a batch stand for one run each. */
	haveOwnRuns({ request }: CollectedBatch): boolean {
		return request.items.every((itemIndex) => this.joiningInput(itemIndex).position !== undefined);
	}

	/** The input items of each run of a batch, as far as that is certain; several if they came twice. */
	owners(batch: CollectedBatch): Map<CollectedRun, number[]> {
		const owners = new Map<CollectedRun, number[]>();
		for (const [itemIndex, match] of this.matches(batch)) {
			if (typeof match === 'string') continue;
			const known = owners.get(match.run);
			if (known === undefined) owners.set(match.run, [itemIndex]);
			else known.push(itemIndex);
		}
		return owners;
	}

	private matches(batch: CollectedBatch): Map<number, Match<MatchableRun>> {
		const { items, expectedRuns } = batch.request;
		return matchInputs(
			items.map((itemIndex) => this.joiningInput(itemIndex)),
			batch.runs.map(joinable),
			expectedRuns,
		);
	}

	private item(itemIndex: number): INodeExecutionData {
		return this.items[itemIndex] ?? { json: {} };
	}

	private joiningInput(itemIndex: number): JoiningInput {
		const { extend } = this.item(itemIndex).json;
		const { position, fileId, binaryPropertyName } = isObject(extend) ? extend : {};
		return {
			itemIndex,
			position: typeof position === 'number' ? position : undefined,
			fileId: typeof fileId === 'string' ? fileId : undefined,
			field: typeof binaryPropertyName === 'string' ? binaryPropertyName : undefined,
		};
	}

	private withRun(itemIndex: number, run: IDataObject): INodeExecutionData {
		const { json, binary } = this.item(itemIndex);
		const { error, extend, ...fields } = json;
		const added: IDataObject = { ...(error === undefined ? {} : { inputError: error }), run };
		return {
			...(binary === undefined ? {} : { binary }),
			json: { ...fields, extend: extended(isObject(extend) ? (extend as IDataObject) : {}, added) },
			pairedItem: { item: itemIndex },
		};
	}
}

/** n8n takes an item with a field `error` for a failure. */
function withoutError(json: IDataObject): IDataObject {
	if (json.error === undefined) return json;
	const { error, ...fields } = json;
	return { ...fields, inputError: error };
}

function isSameRun(a: unknown, b: unknown): boolean {
	const [id, other] = [a, b].map((run) => (isObject(run) ? (run.id ?? run.runId) : undefined));
	return id !== undefined && id === other;
}

/**
 * What an input item has in `extend`, and what this node adds. The same run, as an earlier pass knew it,
 * gives way to the newer state; anything else that stood in its place is kept under `extend.input`, as
 * Extend Batch Run Workflow does.
 */
function extended(extend: IDataObject, added: IDataObject): IDataObject {
	const replaced = Object.entries(extend).filter(
		([key, value]) => key in added && !isSameRun(value, added[key]),
	);
	if (replaced.length === 0) return { ...extend, ...added };
	const before = 'input' in extend ? { input: extend.input } : {};
	return { ...extend, input: { ...before, ...Object.fromEntries(replaced) }, ...added };
}

function joinable(run: CollectedRun): MatchableRun {
	const fileIds = (run.summary.files ?? []).flatMap(({ id }) => (id ? [id] : []));
	return { run, place: run.place ?? {}, fileIds };
}

/** The error item of an input whose run is not there, not certain, or could not be fetched. */
function withoutRun(
	itemIndex: number,
	match: Match<MatchableRun>,
	{ request, runs }: CollectedBatch,
): INodeExecutionData {
	const { batchId } = request;
	if (typeof match !== 'string') {
		const { run } = match;
		const failure = run.failure ?? { kind: 'cancelled', message: '' };
		const { headline, details } = runError(run, failure, batchId);
		return errorItem(itemIndex, headline, details);
	}
	const shown = `Extend shows ${count(runs.length, 'run', 'runs')} of batch ${batchId}`;
	if (match === 'none') {
		return errorItem(itemIndex, 'Extend shows no run of this item', {
			batchId,
			description: `${shown}, but none of this item. It was deleted or is not visible yet. Turn on Wait for Completion.`,
		});
	}
	return errorItem(itemIndex, 'It is not certain which run is of this item', {
		batchId,
		description: `${shown}. ${whyUnclear(runs)}`,
	});
}

/** Why the runs of a batch leave open whose they are, and what helps. */
function whyUnclear(runs: CollectedRun[]): string {
	const unread = runs.filter(({ failure }) => failure !== undefined).length;
	if (unread > 0) {
		return `${unread.toLocaleString('en')} of them could not be fetched, so the position of the item does not tell which run is its own. Run this node again.`;
	}
	const size = runs.find(({ place }) => place?.of !== undefined)?.place?.of;
	if (size === undefined) {
		return 'They lack the tracking reference that connects an item with its run. Turn on Add Tracking Reference in Extend Batch Run Workflow; or, if you upload files or submit them by ID, set Expected Runs here.';
	}
	return runs.length < size
		? `It had ${size.toLocaleString('en')}; without the others, the position of the item does not tell which run is its own. They were deleted or are not visible yet. Turn on Wait for Completion.`
		: 'The item and the runs contradict each other. Check that no node in between changes the field “extend”, and look up the run in Extend.';
}
