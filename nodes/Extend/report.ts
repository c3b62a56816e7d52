import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INode, NodeApiError } from 'n8n-workflow';

import { escapeHtml, explain, toNodeError } from '../extend/failures/explanation';
import { OUT_OF_TIME, concernsAll } from '../extend/failures/failure';
import type { CallFailure } from '../extend/failures/failure';
import { writeItems } from '../items/words';
import type { Answered } from './job';
import type { Operation } from './operation';

/** Ranges of items that are written into an error. */
const MOST_RANGES = 10;

/** Why there is nothing of a request, for its error items. */
export interface Reason {
	headline: string;
	advice: string;
	/** Empty for what was not tried, and where no call failed. */
	failure: Partial<CallFailure>;
	/** Extend's ids of what it is about. */
	ids: IDataObject;
}

function failureIn(
	answer: Answered,
): { failure: CallFailure; done?: string; ids?: IDataObject } | undefined {
	return 'failure' in answer && answer.failure !== undefined ? answer : undefined;
}

/**
 * Why a request failed, in words.
 * @param cause what made the job stop, for requests that were not tried
 */
export function reasonOf(
	{ task, subject }: Operation,
	answer: Answered,
	cause: Answered | undefined,
): Reason {
	if ('trouble' in answer) {
		const { happened, advice, ids } = answer.trouble;
		return { headline: `${task}: ${happened}`, advice, failure: {}, ids };
	}
	const failed = failureIn(answer);
	const { done = '', ids = {} } = failed ?? {};
	if (failed === undefined || isCalledOff(failed.failure)) {
		const stop = cause && failureIn(cause);
		const why = stop === undefined ? '' : `${task}: ${explain(stop.failure, subject).happened}.`;
		const advice = [done, why].filter((part) => part !== '').join(' ');
		return { headline: `${task}: the job stopped first`, advice, failure: {}, ids };
	}
	const { failure } = failed;
	const { happened, advice } = explain(failure, subject);
	return {
		headline: `${task}: ${happened}`,
		advice: [done, advice].filter((part) => part !== '').join(' '),
		failure,
		ids,
	};
}

/** Whether a call was not made because of something else. */
function isCalledOff({ kind, code }: CallFailure): boolean {
	return kind === 'cancelled' && code !== OUT_OF_TIME;
}

/** The answer that made a job stop, if one did. */
export function causeAmong(answers: readonly Answered[]): Answered | undefined {
	return answers.find((answer) => {
		const failed = failureIn(answer);
		return failed !== undefined && !isCalledOff(failed.failure);
	});
}

/** What was done for which items before the node stopped, in sentences. */
function accountOf(answers: readonly Answered[]): string {
	const itemsOf = (wanted: (answer: Answered) => boolean) =>
		answers.filter(wanted).flatMap(({ request }) => request.items);
	const done = itemsOf((answer) => 'items' in answer);
	const left = itemsOf((answer) => 'failure' in answer && answer.failure === undefined);
	const begun = itemsOf((answer) => {
		const failed = failureIn(answer);
		return failed?.done !== undefined && isCalledOff(failed.failure);
	});
	return [
		done.length === 0 ? '' : `Done: ${writeItems(done, MOST_RANGES)}.`,
		begun.length === 0 ? '' : `Started, but not finished: ${writeItems(begun, MOST_RANGES)}.`,
		left.length === 0 ? '' : `Not tried: ${writeItems(left, MOST_RANGES)}.`,
	]
		.filter((sentence) => sentence !== '')
		.join(' ');
}

/** The error with which the node ends when it stops at the first failure, or `undefined` if there is none. */
export function failureOf(
	node: INode,
	{ task, subject }: Operation,
	answers: readonly Answered[],
): NodeApiError | NodeOperationError | undefined {
	for (const answer of answers) {
		if ('trouble' in answer) return troubleError(node, task, answer, accountOf(answers));
		const failed = failureIn(answer);
		if (failed === undefined || isCalledOff(failed.failure)) continue;
		const { failure, done = '' } = failed;
		const [itemIndex = 0] = answer.request.items;
		const isOfAll = concernsAll(failure);
		const where = isOfAll ? '' : ` [item ${itemIndex}]`;
		return toNodeError(node, failure, {
			task,
			headline: `${task}: ${explain(failure, subject).happened}${where}`,
			subject,
			itemIndex,
			more: [done, accountOf(answers)].filter((part) => part !== '').join(' '),
		});
	}
	return undefined;
}

function troubleError(
	node: INode,
	task: string,
	{ request, trouble }: Extract<Answered, { trouble: unknown }>,
	account: string,
): NodeOperationError {
	const [itemIndex = 0] = request.items;
	const { happened, advice, ids } = trouble;
	const error = new NodeOperationError(node, `${task}: ${happened} [item ${itemIndex}]`, {
		itemIndex,
		description: escapeHtml(`${advice} ${account}`.trim()),
	});
	Object.assign(error.context, ids);
	return error;
}

/** The error of an execution that was stopped. */
export function stoppedError(
	node: INode,
	{ task, again = 'Run the node again to finish the rest.' }: Operation,
	answers: readonly Answered[],
): NodeOperationError {
	const failed = answers.filter((answer) => 'trouble' in answer);
	const items = failed.flatMap(({ request }) => request.items);
	const begun = answers.flatMap((answer) => failureIn(answer)?.done ?? []);
	const parts = [
		accountOf(answers),
		...begun,
		items.length === 0 ? '' : `Without a result: ${writeItems(items, MOST_RANGES)}.`,
		failed[0]?.trouble.advice ?? '',
		again,
	];
	return new NodeOperationError(node, `${task}: the execution was stopped`, {
		description: escapeHtml(parts.filter((part) => part !== '').join(' ')),
	});
}

/** Says above the output what is worth knowing about it. */
export function addHints(context: IExecuteFunctions, warnings: readonly string[]): void {
	for (const message of warnings) {
		context.addExecutionHints({
			message: escapeHtml(message),
			type: 'warning',
			location: 'outputPane',
		});
	}
}
