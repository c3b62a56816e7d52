import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { fieldsOf } from '../../../parameters/checks';
import type { ParameterReader } from '../../../parameters/reader';

/** The file in Extend that an operation is about. */
export const fileId: INodeProperties = {
	displayName: 'File ID',
	name: 'fileId',
	type: 'string',
	required: true,
	default: '={{ $json.fileId ?? $json.id }}',
	placeholder: 'e.g. file_xK9mLPqRtN3vS8wF5hB2cQ',
	description: 'The ID that Extend gave the file',
};

/** Reads it. @throws ComplaintError */
export function readFileId(
	read: ParameterReader<INodeProperties>,
	itemIndex: number,
	json: IDataObject,
): string {
	const id = read.id('fileId', 'file', itemIndex);
	if (id !== '') return id;
	return read.complain(
		'fileId',
		'is empty',
		`Set it to the field that has the file ID. ${fieldsOf(json)}`,
	);
}
