import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isObject } from '../extend/checks';
import { errorItem } from '../extend/errorItems';
import { explain } from '../extend/explanation';
import { isVanished } from './collector';
import type { CollectedBatch, CollectedRun } from './collector';
import { matchInputs } from './joining';
import type { JoinableRun, JoiningInput } from './joining';

/** The input items, as Extend Batch Run Workflow puts them out with one item per input. */
export class JoiningItems {
	private readonly items: INodeExecutionData[];

	/** Whether they come straight from the batch node, so that their links name its own input items. */
	private isDirect: boolean | undefined;

	constructor(private readonly context: IExecuteFunctions) {
		this.items = context.getInputData();
	}

	/**
	 * Each input item of a batch with its run in `extend.run`, and an error item for each that has none
	 * or of which it is not certain.
	 */
	join(batch: CollectedBatch): { joined: INodeExecutionData[]; errors: INodeExecutionData[] } {
		this.isDirect ??= isFromBatchNode(this.context);
		const joined: INodeExecutionData[] = [];
		const errors: INodeExecutionData[] = [];
		const matches = matchInputs(
			batch.request.items.map((itemIndex) => this.joiningInput(itemIndex)),
			batch.runs.filter(({ failure }) => failure === undefined).map(joinable),
		);
		for (const [itemIndex, match] of matches) {
			if (typeof match === 'string') errors.push(unmatched(itemIndex, match, batch));
			else joined.push(this.withRun(itemIndex, match.run));
		}
		return { joined, errors };
	}

	private item(itemIndex: number): INodeExecutionData {
		return this.items[itemIndex] ?? { json: {} };
	}

	private joiningInput(itemIndex: number): JoiningInput {
		const { json, pairedItem } = this.item(itemIndex);
		const { position, fileId } = isObject(json.extend) ? json.extend : {};
		const link = typeof pairedItem === 'number' ? { item: pairedItem } : pairedItem;
		return {
			itemIndex,
			position: typeof position === 'number' ? position : undefined,
			fileId: typeof fileId === 'string' ? fileId : undefined,
			sourceItem: this.isDirect && link && !Array.isArray(link) ? link.item : undefined,
		};
	}

	private withRun(itemIndex: number, run: CollectedRun): INodeExecutionData {
		const { json, binary } = this.item(itemIndex);
		// n8n takes an item with a field `error` for a failure.
		const { error, ...fields } = json;
		const extend: IDataObject = {
			...(isObject(json.extend) ? (json.extend as IDataObject) : {}),
			...(error === undefined ? {} : { inputError: error }),
			run: run.json,
		};
		return {
			...(binary === undefined ? {} : { binary }),
			json: { ...fields, extend },
			pairedItem: { item: itemIndex },
		};
	}
}

/** Whether the input comes from one Extend Batch Run Workflow node, with no other node in between. */
function isFromBatchNode(context: IExecuteFunctions): boolean {
	const { previousNode } = context.getInputSourceData();
	const parent = context
		.getParentNodes(context.getNode().name)
		.find(({ name }) => name === previousNode);
	return parent?.type.endsWith('.extendBatchRunWorkflow') === true;
}

function joinable(run: CollectedRun): JoinableRun & { run: CollectedRun } {
	const fileIds = (run.summary.files ?? []).flatMap(({ id }) => (id ? [id] : []));
	return { run, ...run.place, fileIds };
}

/** The error item of an input whose run is not there, or not certain. */
function unmatched(
	itemIndex: number,
	match: 'none' | 'unclear',
	{ request, runs }: CollectedBatch,
): INodeExecutionData {
	const { batchId } = request;
	const notes: string[] = [];
	const vanished = runs.filter(isVanished).length;
	if (vanished > 0) {
		notes.push(
			`${vanished} of the runs of the batch ${vanished === 1 ? 'was' : 'were'} deleted meanwhile.`,
		);
	}
	const failed = runs.find((run) => run.failure !== undefined && !isVanished(run))?.failure;
	if (failed !== undefined) {
		notes.push(`Some runs of the batch could not be fetched: ${explain(failed, 'run').happened}.`);
	}
	if (match === 'none') {
		const found = runs.filter(({ failure }) => failure === undefined).length;
		notes.push(
			`Of the ${found.toLocaleString('en')} runs of batch ${batchId} that were found, none is from this item.`,
		);
		return errorItem(itemIndex, 'There is no run of this item', {
			batchId,
			description: notes.join(' '),
		});
	}
	notes.push(
		'An item finds its run by its file ID or by the reference in the metadata of all runs of its batch. Turn on Attach Reference in Extend Batch Run Workflow, connect the two nodes directly, and wait for completion.',
	);
	return errorItem(itemIndex, 'It is not certain which run is of this item', {
		batchId,
		description: notes.join(' '),
	});
}
