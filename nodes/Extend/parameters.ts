import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions } from 'n8n-workflow';

import { DocumentReader } from '../documents/documents';
import type { Doubts } from '../documents/doubts';
import { MetadataReader } from '../documents/metadata';
import type { DocumentParameters, MetadataParameters } from '../documents/properties';
import type { Complaint } from '../parameters/checks';
import { ParameterReader } from '../parameters/reader';
import { Several } from './operation';
import type { Operation } from './operation';
import { OPERATIONS } from './operations';

/** What an operation is asked to do, with all input items that ask for the same. */
export interface Request {
	input: unknown;
	/** Indexes of the input items, in order. */
	items: number[];
}

/** The operation that is chosen in the node; one for all items, because it takes no expression. */
export function chosenOperation(context: IExecuteFunctions): Operation {
	const resource: unknown = context.getNodeParameter('resource', 0);
	const value: unknown = context.getNodeParameter('operation', 0);
	const chosen = OPERATIONS.find(
		(operation) => operation.resource === resource && operation.value === value,
	);
	if (chosen !== undefined) return chosen;
	throw new NodeOperationError(context.getNode(), `This node has no operation “${String(value)}”`, {
		description:
			'Choose another one. The n8n workflow may have been made with a newer version of the package n8n-nodes-extend-ai.',
	});
}

/**
 * Reads and checks every input item before anything is sent, and puts those together that ask for the same.
 * @returns the requests in order of appearance, a complaint for each item or file that is not right, and
 * what is doubtful about the others
 */
export async function readRequests(
	context: IExecuteFunctions,
	operation: Operation,
): Promise<{ requests: Request[]; complaints: Complaint[]; doubts: Doubts }> {
	const reader = ParameterReader.ofItems(operation.properties, context);
	const readers = {
		documents: new DocumentReader(context, reader as DocumentParameters),
		metadata: new MetadataReader(context, reader as MetadataParameters),
	};
	const items = context.getInputData();
	const { inputs: read, complaints } = await reader.readItems(async (itemIndex) => {
		const json = items[itemIndex]?.json ?? {};
		const input = await operation.read(reader, itemIndex, json, readers);
		return { itemIndex, several: input instanceof Several ? input : new Several([input]) };
	});
	const requests = new Map<string, Request>();
	for (const { itemIndex, several } of read) {
		for (const [index, input] of several.inputs.entries()) {
			const key = operation.keyOf?.(input) ?? `${itemIndex} ${index}`;
			const same = requests.get(key);
			if (same === undefined) requests.set(key, { input, items: [itemIndex] });
			else same.items.push(itemIndex);
		}
	}
	const ofFiles = read.flatMap(({ several }) => several.complaints);
	const refused = new Set(complaints.map(({ itemIndex }) => itemIndex));
	return {
		requests: [...requests.values()],
		complaints: [...complaints, ...ofFiles].sort((a, b) => a.itemIndex - b.itemIndex),
		doubts: {
			privateUrls: readers.documents.privateUrls.filter(({ itemIndex }) => !refused.has(itemIndex)),
			roundedItems: [...readers.metadata.roundedItems].filter((item) => !refused.has(item)),
		},
	};
}
