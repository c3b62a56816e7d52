import type { IDataObject } from 'n8n-workflow';

import { isObject } from '../../parameters/checks';
import type { LastLook } from './waitForBatches';

/** What is kept of a look; times by n8n's clock, in milliseconds since 1970. */
interface KeptLook {
	runs: number;
	restingSince: number;
	failingSince?: number;
}

/** Where the looks are in the context of the node. */
const KEY = 'notFinished';

/**
 * What earlier turns of a loop saw of batches that were not finished then. n8n keeps it with the execution, also
 * while that waits in the database. Without it each turn would begin anew: a batch of which runs were deleted,
 * or that does not exist, would go round for ever, because no single turn is long enough to tell.
 */
export class EarlierLooks {
	private readonly kept: Map<string, KeptLook>;

	/** @param nodeContext what `getContext('node')` gives */
	constructor(private readonly nodeContext: IDataObject) {
		const kept = nodeContext[KEY];
		this.kept = new Map(isObject(kept) ? Object.entries(kept as Record<string, KeptLook>) : []);
	}

	/** The last look at a batch; `undefined` if there was none. */
	of(batch: string): LastLook | undefined {
		const look = this.kept.get(batch);
		if (look === undefined) return undefined;
		const { runs, restingSince, failingSince } = look;
		const ageOf = (since: number) => Math.max(0, Date.now() - since);
		const failing = failingSince === undefined ? {} : { failingMs: ageOf(failingSince) };
		return { runs, restingMs: ageOf(restingSince), ...failing };
	}

	/** Keeps the look at a batch that is to be looked at again; without a look, forgets the batch. */
	keep(batch: string, look: LastLook | undefined): void {
		if (look === undefined) {
			if (!this.kept.delete(batch)) return;
		} else {
			const { runs, restingMs, failingMs } = look;
			const failing = failingMs === undefined ? {} : { failingSince: Date.now() - failingMs };
			this.kept.set(batch, { runs, restingSince: Date.now() - restingMs, ...failing });
		}
		this.nodeContext[KEY] = Object.fromEntries(this.kept);
	}
}
