import { NodeOperationError } from 'n8n-workflow';
import type { INode, JsonObject, NodeApiError } from 'n8n-workflow';

import type { Complaint } from '../parameters/checks';
import { complaintsError } from '../items/errorItems';
import { escapeHtml, explain, toNodeError } from '../extend/failures/explanation';
import { concernsAll } from '../extend/failures/failure';
import { capital } from '../extend/failures/wording';
import { count, writeItems, writeRanges } from '../items/words';
import type { JobInput, JobRejection, JobResult } from './outcome';
import type { JournalEntry } from '../submit/journal';

/** Requests that are named one by one. */
const MOST_NAMED = 5;

/** Ranges of items that are written in a headline, and in a sentence; the error's context has all of them. */
const MOST_RANGES = { headline: 5, sentence: 40 };

const itemsOf = (inputs: JobInput[]) => inputs.map(({ itemIndex }) => itemIndex);

/** Inputs that are named one by one, where an item has several files. */
const MOST_FILES = 20;

/** Where inputs are from: their items, and the fields of files where an item may have several. */
function writePlaces(inputs: JobInput[], mostRanges: number): string {
	const fields = new Map<number, string[]>();
	for (const { itemIndex, field } of inputs) {
		if (field === undefined) return writeItems(itemsOf(inputs), mostRanges);
		fields.set(itemIndex, [...(fields.get(itemIndex) ?? []), field]);
	}
	if (inputs.length > MOST_FILES) return writeItems(itemsOf(inputs), mostRanges);
	const named = [...fields].map(([item, names]) => `item ${item} (${names.join(', ')})`);
	return named.join(', ');
}

export const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

const sinceOf = (entries: JournalEntry[]) =>
	new Date(Math.min(...entries.map(({ sentAt }) => sentAt))).toISOString();

/** What to do about requests whose outcome is not known, before their documents are submitted again. */
export function doubtOf(inDoubt: JournalEntry[]): string {
	const untold = inDoubt.filter(({ hasReference }) => !hasReference);
	if (untold.length > 0) {
		return `The runs carry no tracking reference (Add Tracking Reference is off), so they cannot be looked up. Before you submit these documents again, open the workflow in Extend and check whether it has runs of these files since ${sinceOf(untold)}. If it has none, start a new execution.`;
	}
	const ids = inDoubt.map(({ submission }) => submission);
	const named = ids.slice(0, MOST_NAMED).join(' or ');
	const more = ids.length > MOST_NAMED ? ` (or ${ids.length - MOST_NAMED} more)` : '';
	return `Before you submit these documents again, look in Extend for runs whose metadata has n8n.submission = ${named}${more}. A retry of this execution looks for them first.`;
}

/** What a 404 is about. */
function subjectOf({ missing, inputs }: JobRejection): string {
	if (missing !== undefined) return missing;
	return inputs.every(({ file }) => file !== undefined && 'id' in file) ? 'file' : 'document';
}

/** What a rejection means for each of its inputs, in words. */
export function reasonOf(rejection: JobRejection): { headline: string; advice: string } {
	const { failure, step, inDoubt, searchGivenUp } = rejection;
	const { happened, advice } = explain(failure, subjectOf(rejection));
	if (inDoubt.length > 0) {
		return {
			headline: 'It is not known whether Extend accepted the document',
			advice: `${capital(happened)}. ${doubtOf(inDoubt)}`,
		};
	}
	if (searchGivenUp) {
		return {
			headline: 'Not submitted: too many documents of the batch were refused',
			advice: `The search for the bad documents was stopped. ${advice}`,
		};
	}
	if (step === 'look') {
		return {
			headline: `The document was not submitted, because the check whether Extend already has it failed: ${happened}`,
			advice,
		};
	}
	const headline =
		step === 'upload' ? 'The file could not be uploaded' : 'The document was not submitted';
	return { headline: `${headline}: ${happened}`, advice };
}

/** Says what was accepted, what was not submitted, and of what it is not known. */
function accountOf(result: JobResult): { text: string; facts: JsonObject } {
	const { accepted, rejected, notTried, spare } = result;
	const unknown = rejected.filter(({ inDoubt }) => inDoubt.length > 0);
	const refused = rejected.filter(({ inDoubt }) => inDoubt.length === 0);
	const failed = refused.flatMap(({ inputs }) => inputs);
	const sentences: string[] = [];
	if (accepted.length > 0) {
		const batches = accepted.map(
			({ batchId, inputs }) => `${batchId} (${writeItems(itemsOf(inputs))})`,
		);
		sentences.push(`Accepted: ${batches.join(', ')}.`);
	} else if (unknown.length === 0) {
		sentences.push('No batch was accepted.');
	}
	if (failed.length > 0)
		sentences.push(`Not accepted: ${writePlaces(failed, MOST_RANGES.sentence)}.`);
	if (notTried.length > 0)
		sentences.push(`Not submitted: ${writePlaces(notTried, MOST_RANGES.sentence)}.`);
	for (const { inputs, inDoubt } of unknown) {
		const ids = inDoubt.map(({ submission }) => submission).join(', ');
		const word = inDoubt.length === 1 ? 'submission' : 'submissions';
		sentences.push(`Unknown: ${writePlaces(inputs, MOST_RANGES.sentence)} (${word} ${ids}).`);
	}
	sentences.push(...asideOf(result));
	return {
		text: sentences.join(' '),
		facts: {
			acceptedBatches: accepted.map(({ batchId, submittedAt, inputs }) => ({
				batchId,
				submittedAt,
				items: writeRanges(itemsOf(inputs)),
			})),
			otherBatches: spare.map(({ batchId, items }) => ({ batchId, items: writeRanges(items) })),
			notAcceptedItems: writeRanges(itemsOf(failed)),
			notSubmittedItems: writeRanges(itemsOf(notTried)),
			unknownSubmissions: unknown.flatMap(({ inputs, inDoubt, failure }) =>
				inDoubt.map(({ submission }) => ({
					submission,
					items: writeRanges(itemsOf(inputs)),
					reason: failure.message,
				})),
			),
		},
	};
}

/** Batches and requests that no item of the output stands for: they must not be forgotten. */
export function asideOf({ spare, superseded }: JobResult): string[] {
	const sentences: string[] = [];
	for (const { batchId, items, size } of spare.slice(0, MOST_NAMED)) {
		sentences.push(
			`Extend also has batch ${batchId} with ${count(items.length, 'run', 'runs')}${items.length === size ? '' : ` of ${size}`} of ${writeItems(items, MOST_RANGES.sentence)} that ${items.length === 1 ? 'is' : 'are'} not in this output: the answer came too late, or the item has changed since. Cancel or delete what you do not need.`,
		);
	}
	if (spare.length > MOST_NAMED) {
		sentences.push(
			`And: ${spare
				.slice(MOST_NAMED)
				.map(({ batchId }) => batchId)
				.join(', ')}.`,
		);
	}
	return sentences.concat(supersededIn(superseded));
}

/** Requests without an answer of which no input is in doubt any more. */
function supersededIn(superseded: JournalEntry[]): string[] {
	const sentences: string[] = [];
	const untold = superseded.filter(({ hasReference }) => !hasReference);
	const told = superseded.filter(({ hasReference }) => hasReference);
	const gotNone = (entries: JournalEntry[]) =>
		`${count(entries.length, 'request', 'requests')} got no answer`;
	if (told.length > 0) {
		const ids = told.map(({ submission }) => submission);
		sentences.push(
			`${gotNone(told)}, and no run of ${ids.length === 1 ? 'it' : 'them'} was found. If such runs appear later, their metadata has n8n.submission = ${ids.slice(0, MOST_NAMED).join(' or ')}${ids.length > MOST_NAMED ? ' or others' : ''}.`,
		);
	}
	if (untold.length > 0) {
		const workflows = [...new Set(untold.map(({ workflowId }) => workflowId))];
		sentences.push(
			`${gotNone(untold)} for ${writeItems([...new Set(untold.flatMap(({ items }) => items))], MOST_RANGES.sentence)}, and ${untold.length === 1 ? 'its' : 'their'} runs carry no tracking reference. Check in Extend whether ${workflows.join(' or ')} has runs of these documents since ${sinceOf(untold)}.`,
		);
	}
	return sentences;
}

const JOB_ADVICE = 'Run the workflow again: under its Job Key, it submits only what is missing.';

const RETRY_ADVICE =
	'Choose Retry for this execution in the executions list: it sends only what is missing. A new execution would submit the accepted documents again.';

/** What to do to get the rest submitted, and nothing twice. */
function retryAdvice({ accepted, rejected, notTried }: JobResult): string {
	const inputs = [...accepted, ...rejected].flatMap((group) => group.inputs).concat(notTried);
	const isJob = inputs.length > 0 && inputs.every(({ settings }) => settings.job !== undefined);
	return isJob ? JOB_ADVICE : RETRY_ADVICE;
}

/** Whether anything of the job may be at Extend. */
function hasLeftTraces({ accepted, rejected, spare, invalidInDoubt }: JobResult): boolean {
	const isInDoubt = invalidInDoubt.size > 0 || rejected.some(({ inDoubt }) => inDoubt.length > 0);
	return accepted.length > 0 || spare.length > 0 || isInDoubt;
}

/** The headline of a job that ended because of a rejection. */
function headlineOf(result: JobResult, cause: JobRejection): string {
	const { accepted, rejected, notTried } = result;
	const size = (groups: Array<{ inputs: JobInput[] }>) =>
		sum(groups.map(({ inputs }) => inputs.length));
	const done = size(accepted);
	const total = done + size(rejected) + notTried.length;
	const where = (inputs: JobInput[]) => `[${writePlaces(inputs, MOST_RANGES.headline)}]`;
	const documents = `${done.toLocaleString('en')} of ${count(total, 'document', 'documents')} ${done === 1 ? 'was' : 'were'} submitted`;

	const unknown = rejected.filter(({ inDoubt }) => inDoubt.length > 0);
	if (unknown.length > 0) {
		const inputs = unknown.flatMap((rejection) => rejection.inputs);
		const subject = total === 1 ? 'the document' : count(inputs.length, 'document', 'documents');
		return `It is not known whether Extend accepted ${subject} ${where(inputs)}${done > 0 ? `; ${documents}` : ''}`;
	}
	const { happened } = explain(cause.failure, subjectOf(cause));
	const alike = rejected.filter(
		({ step, failure }) => step === cause.step && failure.status === cause.failure.status,
	);
	const inputs = alike.flatMap((rejection) => rejection.inputs);
	if (done === 0 && !isOfAll(cause) && inputs.length === total) {
		const { headline } = reasonOf(cause);
		return total === 1
			? `${headline} ${where(inputs)}`
			: `None of ${total} documents was submitted: ${happened}`;
	}
	if (isOfAll(cause)) {
		return done === 0 ? `No document was submitted: ${happened}` : `${documents}; then ${happened}`;
	}
	const what =
		cause.step === 'upload'
			? `${count(inputs.length, 'file', 'files')} could not be uploaded`
			: `Extend refused ${inputs.length.toLocaleString('en')}`;
	return `${documents}; ${what} ${where(inputs)}`;
}

/** Whether a rejection has nothing to do with its own inputs. */
function isOfAll({ failure, missing }: JobRejection): boolean {
	return missing !== undefined || failure.kind === 'unknown' || concernsAll(failure);
}

/** The error with which a job ends that could not submit everything; it lists what was accepted. */
export function jobError(
	node: INode,
	result: JobResult,
	isCancelled: boolean,
): NodeApiError | NodeOperationError {
	const { text, facts } = accountOf(result);
	const retry = hasLeftTraces(result) ? retryAdvice(result) : '';
	const cause =
		result.rejected.find(({ inDoubt }) => inDoubt.length > 0) ??
		result.rejected.find(({ failure }) => failure.kind !== 'interrupted');
	if (cause === undefined || isCancelled) {
		const error = new NodeOperationError(
			node,
			'The execution was stopped before everything was submitted',
			{
				description: escapeHtml([retry, text].filter(Boolean).join(' ')),
			},
		);
		Object.assign(error.context, facts);
		return error;
	}
	const { headline, advice } = reasonOf(cause);
	const only =
		result.rejected.length === 1 && cause.inputs.length === 1 ? cause.inputs[0] : undefined;
	return toNodeError(node, cause.failure, {
		task: headline,
		headline: headlineOf(result, cause),
		advice: [retry, advice].filter(Boolean).join(' '),
		more: text,
		itemIndex: isOfAll(cause) && cause.inDoubt.length === 0 ? undefined : only?.itemIndex,
		facts,
	});
}

/** The error of a job with items that were not right; it tells what earlier tries have submitted. */
export function invalidError(
	node: INode,
	result: JobResult,
	complaints: Complaint[],
	itemCount: number,
): NodeOperationError {
	if (!hasLeftTraces(result)) return complaintsError(node, complaints, itemCount);
	const { text, facts } = accountOf(result);
	const error = complaintsError(node, complaints, itemCount, `${retryAdvice(result)} ${text}`);
	Object.assign(error.context, facts);
	return error;
}
