import type { IDataObject } from 'n8n-workflow';

import type { DocumentRunKind } from '../../../extend/api/documentRuns';
import type { DocumentRun } from '../../../extend/api/types';
import { quote } from '../../../extend/failures/explanation';
import type { CallFailure } from '../../../extend/failures/failure';
import { documentRows } from '../../../extend/rows/documentRows';
import { count } from '../../../items/words';
import type { Trouble } from '../../operation';

const MS_PER_MINUTE = 60_000;

/** Says that a run goes on although the node does not wait any more. */
export function goesOn(runId: string): string {
	return `Run ${runId} was created and goes on in Extend.`;
}

/** The answer was lost, and nobody can tell whether a run was created. */
export function unknownTrouble(failure: CallFailure): Trouble {
	const { status, code, requestId } = failure;
	return {
		happened: 'it is not known whether Extend accepted it',
		advice: [
			'Extend’s answer was lost. Extend may have accepted the document and charged for it, so look for it in the Extend dashboard before you run it again.',
			quote(failure),
		]
			.filter((part) => part !== '')
			.join(' '),
		ids: {
			...(status === undefined ? {} : { httpCode: status }),
			...(code === undefined ? {} : { code }),
			...(requestId === undefined ? {} : { requestId }),
		},
	};
}

/** A run was not finished in time. */
export function timeoutTrouble(timeoutMs: number, ids: IDataObject & { runId: string }): Trouble {
	const time = count(timeoutMs / MS_PER_MINUTE, 'minute', 'minutes');
	return {
		happened: `Extend did not finish it within ${time}`,
		advice: `${goesOn(ids.runId)} If this happens often, choose a longer Timeout.`,
		ids,
	};
}

/** A run ended without a result. */
export function endTrouble(kind: DocumentRunKind, run: DocumentRun): Trouble {
	const { id, status, failureReason } = run;
	const [row] = documentRows(kind, run);
	const reason = row?.failureReason;
	return {
		happened:
			status === 'CANCELLED' ? 'the run was cancelled' : 'Extend could not process the document',
		advice: [typeof reason === 'string' ? `Extend says: “${reason}”.` : '', `Run ID: ${id}.`]
			.filter((part) => part !== '')
			.join(' '),
		ids: {
			runId: id,
			...(status ? { status } : {}),
			...(failureReason ? { failureReason } : {}),
		},
	};
}

/** A run turned up that had been looked for in vain, after its document was sent again. */
export function doubledWarning(itemIndex: number, runId: string): string {
	return `The document of item ${itemIndex} was run twice. Extend’s first answer was lost, and run ${runId} appeared in Extend only after the document had been sent again.`;
}
