import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { complaintItem, errorItem } from '../items/errorItems';
import { quote } from '../extend/failures/explanation';
import { placeKey } from './outcome';
import type { InputPlace, JobInput, JobRejection, JobResult } from './outcome';
import type { InputComplaint } from './parameters';
import { doubtOf, reasonOf } from './report';
import type { JournalEntry } from '../submit/journal';
import type { AcceptedInputs } from '../submit/types';

/** One item for each batch, linked to all of its inputs. */
function batchItem(
	batch: AcceptedInputs<JobInput>,
	batchNumber: number,
	batchCount: number,
): INodeExecutionData {
	const { batchId, size, workflowId, version, submittedAt, inputs, alreadySubmitted } = batch;
	return {
		json: {
			batchId,
			runCount: size,
			batchNumber,
			batchCount,
			submittedAt,
			...(alreadySubmitted ? { alreadySubmitted } : {}),
			workflowId,
			...(version === '' ? {} : { version }),
		},
		pairedItem: [...new Set(inputs.map(({ itemIndex }) => itemIndex))].map((item) => ({ item })),
	};
}

/**
 * One item for each input, so one for each file of an item with several: what came in, and where it went. What the input had under `extend` is kept
 * there under `input`; a field `error` moves under `extend` too, because n8n takes an item with that field
 * for a failure.
 */
function inputItem(
	source: INodeExecutionData | undefined,
	input: JobInput,
	place: IDataObject,
): INodeExecutionData {
	const { error, extend, ...json } = source?.json ?? {};
	return {
		...(source?.binary ? { binary: source.binary } : {}),
		json: {
			...json,
			extend: {
				...place,
				...(extend === undefined ? {} : { input: extend }),
				...(error === undefined ? {} : { inputError: error }),
			},
		},
		pairedItem: { item: input.itemIndex },
	};
}

/** The field of a file, where the item may have several. */
function fieldOf({ field }: InputPlace): IDataObject {
	return field === undefined ? {} : { binaryPropertyName: field };
}

/** The requests of unknown outcome as details of an error item. */
function doubtDetails(inDoubt: JournalEntry[]): IDataObject {
	const submissions = inDoubt.map(({ submission }) => submission);
	if (submissions.length === 0) return {};
	return {
		submission: submissions.at(-1),
		...(submissions.length > 1 ? { submissions } : {}),
	};
}

function rejectionItems(rejection: JobRejection): INodeExecutionData[] {
	const { failure, inputs, inDoubt } = rejection;
	const { headline, advice } = reasonOf(rejection);
	const details: IDataObject = { description: [advice, quote(failure)].filter(Boolean).join(' ') };
	if (failure.status !== undefined) details.httpCode = failure.status;
	if (failure.code !== undefined) details.code = failure.code;
	if (failure.requestId !== undefined) details.requestId = failure.requestId;
	Object.assign(details, doubtDetails(inDoubt));
	return inputs.map((input) =>
		errorItem(input.itemIndex, headline, { ...fieldOf(input), ...details }),
	);
}

function invalidItem(complaint: InputComplaint, inDoubt: JournalEntry[] = []): INodeExecutionData {
	const advice = [complaint.advice, inDoubt.length === 0 ? '' : doubtOf(inDoubt)];
	const { json, pairedItem } = complaintItem({
		...complaint,
		advice: advice.filter(Boolean).join(' '),
	});
	const details = {
		...(json.details as IDataObject),
		...doubtDetails(inDoubt),
	};
	return { json: { ...json, details }, pairedItem };
}

/** The items of the inputs that were accepted, as each of them is to be put out. */
function acceptedItems(items: INodeExecutionData[], result: JobResult): INodeExecutionData[] {
	const batches = result.accepted.filter(({ inputs }) => inputs[0]?.settings.output === 'batch');
	const output = batches.map((batch, index) => batchItem(batch, index + 1, batches.length));
	const single: INodeExecutionData[] = [];
	for (const { batchId, inputs, positions, alreadySubmitted } of result.accepted) {
		if (inputs[0]?.settings.output !== 'input') continue;
		// The files of an item leave in the order in which they were sent.
		const places = inputs.map((input, index) => ({ input, position: positions[index] }));
		places.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
		for (const { input, position } of places) {
			const { file } = input;
			const fileId = file !== undefined && 'id' in file ? { fileId: file.id } : {};
			const place = {
				batchId,
				...(position === undefined ? {} : { position }),
				...fileId,
				...fieldOf(input),
				...(alreadySubmitted ? { alreadySubmitted } : {}),
			};
			single.push(inputItem(items[input.itemIndex], input, place));
		}
	}
	return output.concat(byItem(single));
}

/**
 * Makes the node's output items from what became of the inputs: accepted ones as chosen, then one error
 * item for each of the others. Each input leaves exactly once. Errors come last, because n8n's Retry On
 * Fail runs a node again whose first item has an error.
 */
export function toItems(
	items: INodeExecutionData[],
	result: JobResult,
	complaints: InputComplaint[],
): INodeExecutionData[] {
	const errors = result.rejected.flatMap(rejectionItems);
	const [cause] = result.rejected;
	const description = cause === undefined ? '' : reasonOf(cause).headline;
	for (const input of result.notTried) {
		const headline = 'The document was not submitted: the job stopped first';
		errors.push(errorItem(input.itemIndex, headline, { ...fieldOf(input), description }));
	}
	for (const complaint of complaints) {
		errors.push(invalidItem(complaint, result.invalidInDoubt.get(placeKey(complaint))));
	}
	return acceptedItems(items, result).concat(byItem(errors));
}

function byItem(items: INodeExecutionData[]): INodeExecutionData[] {
	return items.sort((a, b) => itemOf(a) - itemOf(b));
}

function itemOf({ pairedItem }: INodeExecutionData): number {
	return typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : 0;
}
