import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { fieldsOf } from '../../../parameters/checks';
import type { ParameterReader } from '../../../parameters/reader';

/** A batch, as an item names it. */
export interface Batch {
	batchId: string;
	/** How many runs it has, if the item tells. */
	size: number | undefined;
}

/** The batch that an operation is about. */
export const batchId: INodeProperties = {
	displayName: 'Batch ID',
	name: 'batchId',
	type: 'string',
	required: true,
	default: '={{ $json.batchId ?? $json.extend?.batchId }}',
	placeholder: 'e.g. batch_7Ws31-F5',
	description: 'The ID of the batch. Extend Batch Run Workflow returns it.',
};

/** Reads it. @throws ComplaintError */
export function readBatch(
	read: ParameterReader<INodeProperties>,
	itemIndex: number,
	json: IDataObject,
): Batch {
	const id = read.id('batchId', 'batch', itemIndex);
	if (id === '') {
		read.complain(
			'batchId',
			'is empty',
			`Set it to the field that has the batch ID. ${fieldsOf(json)}`,
		);
	}
	const { batchId: ownId, runCount } = json;
	const isTold = ownId === id && Number.isInteger(runCount) && Number(runCount) > 0;
	return { batchId: id, size: isTold ? Number(runCount) : undefined };
}
