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

const DO_THE_REST = 'Run the node again to finish the rest.';

/** What to know before documents are run again, and how only the rest is; n8n offers that only after an error. */
const CHARGED_AGAIN =
	'A new execution runs all documents again, and Extend charges for them again.';
const RETRY =
	'Choose Retry for this execution in the executions list: it runs only what is missing.';

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
): { failure: CallFailure; done?: string; left?: string; ids?: IDataObject } | undefined {
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
	const { done = '', left = '', ids = {} } = failed ?? {};
	if (failed === undefined || isCalledOff(failed.failure)) {
		const stop = cause && failureIn(cause);
		const why = stop === undefined ? '' : `${task}: ${explain(stop.failure, subject).happened}.`;
		const advice = [done, left, why].filter((part) => part !== '').join(' ');
		return { headline: `${task}: the job stopped first`, advice, failure: {}, ids };
	}
	const { failure } = failed;
	const { happened, advice } = explain(failure, subject);
	return {
		headline: `${task}: ${happened}`,
		advice: [done, left, advice].filter((part) => part !== '').join(' '),
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

/** Whether something of a request may be at Extend: it went well, or began before it was called off. */
function hasLeftTraces(answer: Answered): boolean {
	const failed = failureIn(answer);
	return 'items' in answer || (failed?.done !== undefined && isCalledOff(failed.failure));
}

/** What stays behind, which nobody would find later. */
function leftIn(answers: readonly Answered[]): string[] {
	return answers.flatMap((answer) => failureIn(answer)?.left ?? []);
}

/** What was done for which items before the node stopped, in sentences. */
function accountOf(answers: readonly Answered[]): string {
	const itemsOf = (wanted: (answer: Answered) => boolean) =>
		answers.filter(wanted).flatMap(({ request }) => request.items);
	const done = itemsOf((answer) => 'items' in answer);
	const left = itemsOf((answer) => 'failure' in answer && answer.failure === undefined);
	const begun = itemsOf((answer) => !('items' in answer) && hasLeftTraces(answer));
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
	{ task, subject, charges }: Operation,
	answers: readonly Answered[],
): NodeApiError | NodeOperationError | undefined {
	const isPaidTwice = charges === true && answers.some(hasLeftTraces);
	const retry = isPaidTwice ? [`${RETRY} ${CHARGED_AGAIN}`] : [];
	for (const answer of answers) {
		if ('trouble' in answer) return troubleError(node, task, answer, retry, accountOf(answers));
		const failed = failureIn(answer);
		if (failed === undefined || isCalledOff(failed.failure)) continue;
		const { failure, done = '' } = failed;
		const [itemIndex = 0] = answer.request.items;
		const isOfAll = concernsAll(failure);
		const where = isOfAll ? '' : ` [item ${itemIndex}]`;
		const explanation = explain(failure, subject);
		return toNodeError(node, failure, {
			task,
			headline: `${task}: ${explanation.happened}${where}`,
			subject,
			itemIndex,
			advice: [...retry, explanation.advice].filter((part) => part !== '').join(' '),
			more: [done, ...leftIn(answers), accountOf(answers)].filter((part) => part !== '').join(' '),
		});
	}
	return undefined;
}

function troubleError(
	node: INode,
	task: string,
	{ request, trouble }: Extract<Answered, { trouble: unknown }>,
	retry: readonly string[],
	account: string,
): NodeOperationError {
	const [itemIndex = 0] = request.items;
	const { happened, advice, ids } = trouble;
	const error = new NodeOperationError(node, `${task}: ${happened} [item ${itemIndex}]`, {
		itemIndex,
		description: escapeHtml([...retry, advice, account].filter((part) => part !== '').join(' ')),
	});
	Object.assign(error.context, ids);
	return error;
}

/** The error of an execution that was stopped. */
export function stoppedError(
	node: INode,
	{ task, charges }: Operation,
	answers: readonly Answered[],
): NodeOperationError {
	const failed = answers.filter((answer) => 'trouble' in answer);
	const items = failed.flatMap(({ request }) => request.items);
	const parts = [
		accountOf(answers),
		...leftIn(answers),
		items.length === 0 ? '' : `Without a result: ${writeItems(items, MOST_RANGES)}.`,
		failed[0]?.trouble.advice ?? '',
		charges === true ? CHARGED_AGAIN : DO_THE_REST,
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
