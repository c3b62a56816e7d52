import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INode, NodeApiError } from 'n8n-workflow';

import { escapeHtml, toNodeError } from '../extend/failures/explanation';
import type { FailureContext } from '../extend/failures/explanation';
import { concernsAll } from '../extend/failures/failure';
import type { CallFailure } from '../extend/failures/failure';
import { REVIEW_STATUS } from '../extend/api/runs';
import { openStatuses } from '../extend/runs/standing';
import { count } from '../items/words';
import { isNotFinished, isTimedOut, isUnseen, isVanished } from './job';
import type { CollectedBatch } from './job';

/** Batches about which something is said one by one. */
const MOST_BATCHES_TOLD = 5;

/** Lists that are named where the wanted one is not there. */
const MOST_LISTS_NAMED = 10;

/** A status for people: `PROCESSED` becomes `processed`, also one that is not known yet. */
function statusInWords(status: unknown): string {
	if (status === REVIEW_STATUS) return 'in review';
	return typeof status === 'string' && status !== ''
		? status.toLowerCase().replaceAll('_', ' ')
		: 'without status';
}

/** How many runs there are of each status, most frequent first: `950 processed, 50 failed`. */
function countByStatus(statuses: unknown[]): string {
	const counts = new Map<string, number>();
	for (const status of statuses) {
		const words = statusInWords(status);
		counts.set(words, (counts.get(words) ?? 0) + 1);
	}
	return [...counts]
		.sort(([, a], [, b]) => b - a)
		.map(([words, number]) => `${number.toLocaleString('en')} ${words}`)
		.join(', ');
}

/** What a batch still lacks, in words. */
function unfinishedPart({ standing, request }: CollectedBatch): string {
	const { runs = [], expectedRuns } = standing ?? {};
	const statuses = openStatuses(request.settings.wait?.reviewCountsAsFinished !== false);
	const open = runs.filter(({ status }) => statuses.includes(status));
	const parts: string[] = [];
	if (open.length > 0) {
		const words = countByStatus(open.map(({ status }) => status));
		parts.push(
			`${open.length.toLocaleString('en')} of its ${count(runs.length, 'run', 'runs')} ${open.length === 1 ? 'is' : 'are'} unfinished (${words})`,
		);
	}
	if (expectedRuns !== undefined && runs.length < expectedRuns) {
		parts.push(
			`Extend shows ${runs.length.toLocaleString('en')} of ${count(expectedRuns, 'expected run', 'expected runs')}`,
		);
	} else if (runs.length === 0) {
		parts.push('Extend shows no runs of it');
	} else if (open.length === 0) {
		parts.push(
			`Extend shows ${count(runs.length, 'run', 'runs')} of it, and more may follow, because their number is not known`,
		);
	}
	return parts.join('; ');
}

/** The beginning of what is said about a batch whose time was over. */
export function timeoutHeadline({ request }: CollectedBatch): string {
	const { timeoutMinutes = 0 } = request.settings.wait ?? {};
	if (timeoutMinutes === 0) return 'The batch is not finished';
	return `The batch was not finished after ${count(timeoutMinutes, 'minute', 'minutes')}`;
}

/** What is said about a batch whose time was over, and what to do. */
export function timeoutDetails(batch: CollectedBatch): string {
	return `${batch.request.batchId}: ${unfinishedPart(batch)}. Increase Timeout (Minutes), or change On Timeout.`;
}

/** The beginning of what is said about a batch of which Extend never showed a run. */
export function unseenHeadline({ request }: CollectedBatch): string {
	return `Extend shows no run of batch ${request.batchId}`;
}

/** What to do about it. */
export const UNSEEN_ADVICE =
	'None appeared within several minutes, so the batch probably does not exist. Check the ID, and the region and workspace in the Extend API credential.';

/**
 * The error with which the node ends when it stops at the first failure, or `undefined` if there is
 * none. Runs that were deleted meanwhile are no reason to stop.
 */
export function failureOf(
	node: INode,
	batches: CollectedBatch[],
): NodeApiError | NodeOperationError | undefined {
	for (const batch of batches) {
		const { failure, request } = batch;
		const itemIndex = request.items[0] ?? 0;
		// What was only called off is not the reason.
		if (failure !== undefined && failure.kind !== 'cancelled') {
			const task = 'The runs of the batch could not be listed';
			const more = `Batch: ${request.batchId} [item ${itemIndex}].`;
			return callError(node, failure, { task, subject: 'batch', itemIndex, more });
		}
		if (isTimedOut(batch) || isUnseen(batch)) {
			const headline = isUnseen(batch) ? unseenHeadline(batch) : timeoutHeadline(batch);
			const description = isUnseen(batch) ? UNSEEN_ADVICE : timeoutDetails(batch);
			return new NodeOperationError(node, `${headline} [item ${itemIndex}]`, {
				itemIndex,
				description: escapeHtml(description),
			});
		}
		const run = batch.runs.find(
			(candidate) =>
				candidate.failure !== undefined &&
				candidate.failure.kind !== 'cancelled' &&
				!isVanished(candidate),
		);
		if (run?.failure !== undefined) {
			const task = 'A run could not be fetched';
			const more = `Run: ${run.summary.id} of batch ${request.batchId} [item ${itemIndex}].`;
			return callError(node, run.failure, { task, subject: 'run', itemIndex, more });
		}
	}
	return undefined;
}

/** The error of a call. What would go wrong alike for every item names none. */
function callError(node: INode, failure: CallFailure, purpose: FailureContext): NodeApiError {
	const { task, subject } = purpose;
	return toNodeError(node, failure, concernsAll(failure) ? { task, subject } : purpose);
}

/** The error of an execution that was stopped. */
export function stoppedError(node: INode): NodeOperationError {
	return new NodeOperationError(node, 'The execution was stopped before all runs were listed', {
		description:
			'Nothing was changed in Extend, and the runs go on there. Run the node again to list them.',
	});
}

function telling(batches: CollectedBatch[], tell: (batch: CollectedBatch) => string): string[] {
	const told = batches.slice(0, MOST_BATCHES_TOLD).map(tell);
	const left = batches.length - told.length;
	return left > 0 ? [...told, `And ${count(left, 'more batch', 'more batches')}.`] : told;
}

/** What becomes of a batch whose time was over. */
function whatNow(batch: CollectedBatch): string {
	if (isTimedOut(batch)) return '';
	return isNotFinished(batch)
		? 'It leaves through the output Not Finished.'
		: 'Its runs are returned as they are.';
}

/** A path under Expand List that no run has, which is probably a slip. */
function listsMissed(batches: CollectedBatch[]): string[] {
	const paths = new Set(batches.map(({ request }) => request.settings.expandList));
	paths.delete('');
	return [...paths].flatMap((path) => {
		const lists = batches
			.filter(({ request }) => request.settings.expandList === path)
			.flatMap(({ runs }) => runs.flatMap((run) => (run.lists === undefined ? [] : [run.lists])));
		if (lists.length === 0 || lists.some((names) => names.includes(path))) return [];
		const others = [...new Set(lists.flat())].filter((name) => !name.startsWith('metadata.'));
		const advice =
			others.length === 0
				? 'They have no lists.'
				: `They have: ${others.slice(0, MOST_LISTS_NAMED).join(', ')}.`;
		return [`No run has a list “${path}” to expand. ${advice}`];
	});
}

/** Tells above the output how many runs there are by status, and what is missing. */
export function addSummaryHints(context: IExecuteFunctions, batches: CollectedBatch[]): void {
	const hint = (message: string, type: 'info' | 'warning') => {
		context.addExecutionHints({ message: escapeHtml(message), type, location: 'outputPane' });
	};
	const runs = batches.flatMap((batch) => batch.runs);
	const good = runs.filter(({ rows, failure }) => rows !== undefined && failure === undefined);
	if (good.length > 0) {
		const statuses = countByStatus(good.map(({ rows }) => rows?.[0]?.status));
		hint(
			`${count(good.length, 'run', 'runs')} of ${count(batches.length, 'batch', 'batches')}: ${statuses}.`,
			'info',
		);
	}
	for (const message of listsMissed(batches)) hint(message, 'warning');
	const unfinished = batches.filter(({ standing }) => standing?.state === 'unfinished');
	for (const message of telling(
		unfinished,
		(batch) =>
			`${timeoutHeadline(batch)}. ${batch.request.batchId}: ${unfinishedPart(batch)}. ${whatNow(batch)}`,
	)) {
		hint(message.trim(), 'warning');
	}
	const early = batches.filter(
		({ request, standing }) =>
			request.settings.wait === null &&
			standing?.runs.some(({ status }) => openStatuses(true).includes(status)),
	);
	for (const message of telling(
		early,
		(batch) =>
			`${batch.request.batchId}: ${unfinishedPart(batch)}. To get their results, turn on Wait for Completion.`,
	)) {
		hint(message, 'warning');
	}
	const empty = batches.filter(
		({ standing }) => standing?.state === 'finished' && standing.runs.length === 0,
	);
	const short = batches.filter(
		({ standing }) =>
			standing?.state === 'finished' &&
			standing.runs.length > 0 &&
			standing.runs.length < (standing.expectedRuns ?? 0),
	);
	for (const message of telling(
		short,
		({ request, standing }) =>
			`Extend shows ${(standing?.runs.length ?? 0).toLocaleString('en')} of ${count(standing?.expectedRuns ?? 0, 'run', 'runs')} of batch ${request.batchId}; ${request.settings.wait === null ? 'the others are not visible yet, or were deleted.' : 'the others were probably deleted.'}`,
	)) {
		hint(message, 'warning');
	}
	for (const message of telling(
		empty,
		({ request }) =>
			`Extend shows no runs of batch ${request.batchId}. Unless it is brand new, check its ID, and the region and workspace in the credential.`,
	)) {
		hint(message, 'warning');
	}
	const filtered = batches.filter(
		({ standing, runs: selected }) => standing && standing.runs.length > 0 && selected.length === 0,
	);
	for (const message of telling(
		filtered,
		({ request, standing }) =>
			`Batch ${request.batchId} has ${count(standing?.runs.length ?? 0, 'run', 'runs')}, but none of them passes the filters.`,
	)) {
		hint(message, 'warning');
	}
	const vanished = batches
		.filter(({ request }) => !request.settings.joinInput)
		.flatMap((batch) => batch.runs.filter(isVanished)).length;
	if (vanished > 0) {
		hint(
			`${count(vanished, 'run was', 'runs were')} deleted in Extend meanwhile. The output ends with an error item for each.`,
			'warning',
		);
	}
}

/**
 * Tells who builds a workflow that its expressions do not find the items of these runs, or find a wrong one:
 * n8n links all that comes from a pinned output to the first item.
 */
export function addOutOfReachHint(context: IExecuteFunctions): void {
	if (context.getMode() !== 'manual') return;
	context.addExecutionHints({
		message:
			'Another execution submitted these documents, so expressions here cannot tell which item each run came from. In Extend Batch Run Workflow, attach what you need under Metadata, and it comes back with each run.',
		type: 'info',
		location: 'outputPane',
	});
}
