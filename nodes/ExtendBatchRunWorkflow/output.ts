import { NodeOperationError } from 'n8n-workflow';
import type {
	IDataObject,
	IExecuteFunctions,
	INode,
	INodeExecutionData,
	INodeParameters,
	JsonObject,
	NodeApiError,
} from 'n8n-workflow';

import { writeRanges } from '../extend/batches';
import type { Complaint } from '../extend/checks';
import { complaintItem, errorItem } from '../extend/errorItems';
import { escapeHtml, explain, quote, toNodeError } from '../extend/failure';
import type { AcceptedInputs } from '../extend/submission';
import type { PreparedInput } from './inputs';
import type { JobRejection, JobResult } from './job';

const itemsOf = (inputs: PreparedInput[]) => inputs.map(({ itemIndex }) => itemIndex);

function writeItems(indexes: number[]): string {
	return `${indexes.length === 1 ? 'item' : 'items'} ${writeRanges(indexes)}`;
}

/** One item for each batch, linked to all of its inputs. */
function batchItem(
	{ batchId, submittedAt, inputs }: AcceptedInputs<PreparedInput>,
	batchNumber: number,
	batchCount: number,
): INodeExecutionData {
	const { workflowId, version } = inputs[0]!.settings;
	return {
		json: {
			batchId,
			runCount: inputs.length,
			batchNumber,
			batchCount,
			workflowId,
			version,
			submittedAt,
		},
		pairedItem: inputs.map(({ itemIndex }) => ({ item: itemIndex })),
	};
}

/**
 * One item for each input: what came in, and where it went. A field `error` of the input moves under
 * `extend`, because n8n takes an item with that field for a failure.
 */
function inputItem(
	source: INodeExecutionData | undefined,
	input: PreparedInput,
	extend: IDataObject,
): INodeExecutionData {
	const { error, ...json } = source?.json ?? {};
	return {
		...(source?.binary ? { binary: source.binary } : {}),
		json: {
			...json,
			extend: { ...extend, ...(error === undefined ? {} : { inputError: error as IDataObject }) },
		},
		pairedItem: { item: input.itemIndex },
	};
}

/** What a rejection means for its inputs, in words. */
function reasonOf(rejection: JobRejection): { headline: string; advice: string } {
	const { failure, step, unknownSubmission, searchGivenUp } = rejection;
	const { happened, advice } = explain(failure, 'workflow or version');
	if (unknownSubmission !== undefined) {
		return {
			headline: 'It is not known whether Extend accepted the batch',
			advice: `${capital(happened)}. Before you submit these documents again, look in Extend for runs whose metadata has n8n.submission = ${unknownSubmission}.`,
		};
	}
	if (searchGivenUp) {
		return {
			headline: 'Not submitted: too many inputs of the batch were refused',
			advice: `The search for the bad inputs was given up. ${advice}`,
		};
	}
	const headline =
		step === 'upload' ? 'The file could not be uploaded' : 'The document was not submitted';
	return { headline: `${headline}: ${happened}`, advice };
}

function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

function rejectionItems(rejection: JobRejection): INodeExecutionData[] {
	const { failure, inputs, unknownSubmission } = rejection;
	const { headline, advice } = reasonOf(rejection);
	const details: IDataObject = { description: [quote(failure), advice].filter(Boolean).join(' ') };
	if (failure.status !== undefined) details.httpCode = failure.status;
	if (failure.code !== undefined) details.code = failure.code;
	if (failure.requestId !== undefined) details.requestId = failure.requestId;
	if (unknownSubmission !== undefined) details.submission = unknownSubmission;
	return inputs.map(({ itemIndex }) => errorItem(itemIndex, headline, details));
}

/**
 * Makes the node's output items from what became of the inputs: accepted ones as chosen, then one error
 * item for each of the others. Each input leaves exactly once.
 */
export function toItems(
	items: INodeExecutionData[],
	result: JobResult,
	complaints: Complaint[],
): INodeExecutionData[] {
	const output: INodeExecutionData[] = [];
	const single: INodeExecutionData[] = [];
	const batches = result.accepted.filter(({ inputs }) => inputs[0]?.settings.output === 'batch');
	batches.forEach((batch, index) => output.push(batchItem(batch, index + 1, batches.length)));
	for (const { batchId, inputs } of result.accepted) {
		if (inputs[0]?.settings.output !== 'input') continue;
		inputs.forEach((input, position) => {
			const { file } = input;
			const fileId = file !== undefined && 'id' in file ? { fileId: file.id } : {};
			single.push(inputItem(items[input.itemIndex], input, { batchId, position, ...fileId }));
		});
	}
	for (const rejection of result.rejected) single.push(...rejectionItems(rejection));
	const cause = result.rejected[0];
	for (const { itemIndex } of result.notTried) {
		single.push(
			errorItem(itemIndex, 'The document was not submitted: the job had to stop before', {
				description: cause === undefined ? '' : reasonOf(cause).headline,
			}),
		);
	}
	single.push(...complaints.map(complaintItem));
	single.sort((a, b) => firstItemOf(a) - firstItemOf(b));
	return [...output, ...single];
}

function firstItemOf({ pairedItem }: INodeExecutionData): number {
	return typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : 0;
}

/** Says what was accepted, what was not submitted, and of what it is not known. */
function accountOf(result: JobResult): { text: string; facts: JsonObject } {
	const { accepted, rejected, notTried } = result;
	const unknown = rejected.filter(({ unknownSubmission }) => unknownSubmission !== undefined);
	const refused = rejected.filter(({ unknownSubmission }) => unknownSubmission === undefined);
	const failedItems = refused.flatMap(({ inputs }) => itemsOf(inputs));
	const notTriedItems = itemsOf(notTried);
	const sentences = [
		accepted.length === 0
			? 'No batch was accepted.'
			: `Accepted: ${accepted
					.map(({ batchId, inputs }) => `${batchId} (${writeItems(itemsOf(inputs))})`)
					.join(', ')}.`,
	];
	if (failedItems.length > 0) sentences.push(`Not accepted: ${writeItems(failedItems)}.`);
	if (notTriedItems.length > 0) sentences.push(`Not submitted: ${writeItems(notTriedItems)}.`);
	for (const { inputs, unknownSubmission } of unknown) {
		sentences.push(
			`Not known: ${writeItems(itemsOf(inputs))} (submission ${unknownSubmission ?? ''}).`,
		);
	}
	return {
		text: sentences.join(' '),
		facts: {
			acceptedBatches: accepted.map(({ batchId, submittedAt, inputs }) => ({
				batchId,
				submittedAt,
				items: writeRanges(itemsOf(inputs)),
			})),
			notAcceptedItems: writeRanges(failedItems),
			notSubmittedItems: writeRanges(notTriedItems),
			unknownSubmissions: unknown.map(({ inputs, unknownSubmission, failure }) => ({
				submission: unknownSubmission ?? '',
				items: writeRanges(itemsOf(inputs)),
				reason: failure.message,
			})),
		},
	};
}

/** The error with which a job ends that could not submit everything; it lists what was accepted. */
export function jobError(
	node: INode,
	result: JobResult,
	isCancelled: boolean,
): NodeApiError | NodeOperationError {
	const { text, facts } = accountOf(result);
	const rejection = result.rejected.find(({ failure }) => failure.kind !== 'interrupted');
	if (rejection === undefined || isCancelled) {
		const error = new NodeOperationError(
			node,
			'The execution was stopped before all was submitted',
			{
				description: escapeHtml(text),
			},
		);
		Object.assign(error.context, facts);
		return error;
	}
	const { headline, advice } = reasonOf(rejection);
	const items = itemsOf(rejection.inputs);
	return toNodeError(node, rejection.failure, {
		task: headline,
		headline: items.length === 1 ? `${headline} [item ${items[0]}]` : headline,
		advice,
		more: text,
		itemIndex: items[0],
		facts,
	});
}

/** The node as errors carry it: without the passwords and secrets that may be written in its options. */
export function withoutSecrets(node: INode): INode {
	const options = { ...(node.parameters.options as INodeParameters | undefined) };
	for (const name of ['filePassword', 'secrets']) if (name in options) options[name] = '***';
	return { ...node, parameters: { ...node.parameters, options } };
}

/** Tells above the output what was submitted. */
export function addSummaryHint(
	context: IExecuteFunctions,
	result: JobResult,
	itemCount: number,
): void {
	const runs = result.accepted.reduce((sum, { inputs }) => sum + inputs.length, 0);
	const failed = itemCount - runs;
	const count = (number: number, one: string, many: string) =>
		`${number.toLocaleString('en')} ${number === 1 ? one : many}`;
	const submitted = `Submitted ${count(runs, 'document', 'documents')} in ${count(result.accepted.length, 'batch', 'batches')}.`;
	const left = failed === 0 ? '' : ` ${count(failed, 'item', 'items')} failed.`;
	context.addExecutionHints({ message: `${submitted}${left}`, location: 'outputPane' });
}
