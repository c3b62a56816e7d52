import type { IExecuteFunctions, IPairedItemData } from 'n8n-workflow';

import { sourceOf } from '../items/sources';
import type { CollectedBatch, CollectedRun } from './job';
import type { InputItems } from './inputItems';

/** What an output item is linked to. */
export type Links = IPairedItemData | IPairedItemData[];

/** Links to input items. */
export function linksTo(items: number[]): Links {
	return items.length === 1 ? { item: items[0]! } : items.map((item) => ({ item }));
}

/** Tells which items the runs came from. */
export class RunLinks {
	/** Whether a run was met that names its item, but whose inputs cannot be found from here. */
	areInputsOutOfReach = false;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly inputs: InputItems,
	) {}

	/**
	 * The links of each run of a batch. With one item for each input, to its own item. Otherwise to the items
	 * that named the batch, and past the node that submitted it to the very document, so that n8n finds both;
	 * it takes what all links agree on.
	 */
	of(batch: CollectedBatch): (run: CollectedRun) => Links {
		const { batchId, items } = batch.request;
		const naming = linksTo(items);
		const areInputs = this.inputs.haveOwnRuns(batch);
		const owners = areInputs ? this.inputs.owners(batch) : new Map<CollectedRun, number[]>();
		const source = sourceOf(this.context, batchId, items[0] ?? 0);
		return (run) => {
			const own = owners.get(run);
			if (own !== undefined) return linksTo(own);
			const item = run.place?.item;
			if (item === undefined) return naming;
			if (source === undefined) {
				this.areInputsOutOfReach = true;
				return naming;
			}
			const link = { item, sourceOverwrite: source };
			if (areInputs) return [link];
			return Array.isArray(naming) ? naming : [naming, link];
		};
	}
}
