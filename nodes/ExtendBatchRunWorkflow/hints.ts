import type { IExecuteFunctions } from 'n8n-workflow';

import { escapeHtml } from '../extend/failures/explanation';
import { count } from '../items/words';
import type { JobResult } from './outcome';
import { asideOf, sum } from './report';

/** The end of the type of the node that gives the results. */
const RESULTS_TYPE = '.extendListRunsByBatch';

/** What somebody who builds a workflow does next. A published workflow needs no such advice. */
function nextSteps(context: IExecuteFunctions, { accepted }: JobResult): string {
	if (context.getMode() !== 'manual' || accepted.length === 0) return '';
	const later = context.getChildNodes(context.getNode().name);
	const next = later.some(({ type }) => type.endsWith(RESULTS_TYPE))
		? ''
		: ' Next: Extend List Runs by Batch.';
	const isSafeToRepeat = accepted.every(({ inputs }) =>
		inputs.every(({ settings }) => settings.job !== undefined),
	);
	const pin = isSafeToRepeat
		? ''
		: ' Pin this output while you build, so that tests do not submit again.';
	return `${next}${pin}`;
}

/**
 * Tells above the output what was submitted, and what else is at Extend.
 * @param invalid number of inputs that could not be submitted as they are
 * @param leftOut number of files that the options left out
 */
export function addSummaryHint(
	context: IExecuteFunctions,
	result: JobResult,
	{ invalid, leftOut }: { invalid: number; leftOut: number },
): void {
	const runs = sum(result.accepted.map(({ inputs }) => inputs.length));
	const failed =
		sum(result.rejected.map(({ inputs }) => inputs.length)) + result.notTried.length + invalid;
	const known = result.accepted.filter(({ alreadySubmitted }) => alreadySubmitted);
	const adopted = sum(known.map(({ inputs }) => inputs.length));
	const batches = result.accepted.length - known.length;
	const submitted =
		`Submitted ${count(runs - adopted, 'document', 'documents')} in ${count(batches, 'batch', 'batches')}.` +
		(adopted === 0
			? ''
			: ` ${count(adopted, 'document was', 'documents were')} already in Extend under this Job Key.`);
	const left = failed === 0 ? '' : ` ${count(failed, 'item', 'items')} failed.`;
	const filtered =
		leftOut === 0
			? ''
			: ` ${count(leftOut, 'file was', 'files were')} skipped because of their type or size.`;
	const message = `${submitted}${left}${filtered}${nextSteps(context, result)}`;
	context.addExecutionHints({ message, location: 'outputPane' });
	for (const aside of asideOf(result)) {
		context.addExecutionHints({
			message: escapeHtml(aside),
			type: 'warning',
			location: 'outputPane',
		});
	}
}
