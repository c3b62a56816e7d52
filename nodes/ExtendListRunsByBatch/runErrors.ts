import type { IDataObject } from 'n8n-workflow';

import { explain } from '../extend/failures/explanation';
import type { CallFailure } from '../extend/failures/failure';
import { failureDetails } from '../items/errorItems';
import { isVanished } from './job';
import type { CollectedRun } from './job';

/** What the error items of this node say, without the item. */
export interface ErrorText {
	headline: string;
	details: IDataObject;
}

/** Why there is nothing of a run that was listed. */
export function runError(run: CollectedRun, failure: CallFailure, batchId: string): ErrorText {
	const ids = { batchId, runId: run.summary.id };
	if (isVanished(run)) {
		const advice = 'It was deleted after it was listed.';
		return {
			headline: 'The run no longer exists in Extend',
			details: failureDetails(failure, advice, ids),
		};
	}
	if (failure.kind === 'cancelled') {
		const headline = 'The run was not fetched: the job stopped first';
		return { headline, details: failureDetails(failure, '', ids) };
	}
	const { happened, advice } = explain(failure, 'run');
	return {
		headline: `The run could not be fetched: ${happened}`,
		details: failureDetails(failure, advice, ids),
	};
}
