import type { IDataObject } from 'n8n-workflow';

import { explain, quote } from '../extend/failures/explanation';
import type { CallFailure } from '../extend/failures/failure';
import { isVanished } from './job';
import type { CollectedRun } from './job';

/** What the error items of this node say, without the item. */
export interface ErrorText {
	headline: string;
	details: IDataObject;
}

/** The ids, what to do, and what Extend said. */
export function detailsOf(failure: CallFailure, advice: string, ids: IDataObject): IDataObject {
	const { status, code, requestId } = failure;
	return {
		...ids,
		description: [advice, quote(failure)].filter((part) => part !== '').join(' '),
		...(status === undefined ? {} : { httpCode: status }),
		...(code === undefined ? {} : { code }),
		...(requestId === undefined ? {} : { requestId }),
	};
}

/** Why there is nothing of a run that was listed. */
export function runError(run: CollectedRun, failure: CallFailure, batchId: string): ErrorText {
	const ids = { batchId, runId: run.summary.id };
	if (isVanished(run)) {
		const advice = 'It was deleted after it had been listed.';
		return {
			headline: 'The run no longer exists in Extend',
			details: detailsOf(failure, advice, ids),
		};
	}
	if (failure.kind === 'cancelled') {
		const headline = 'The run was not fetched: the job had to stop before';
		return { headline, details: detailsOf(failure, '', ids) };
	}
	const { happened, advice } = explain(failure, 'run');
	return {
		headline: `The run could not be fetched: ${happened}`,
		details: detailsOf(failure, advice, ids),
	};
}
