import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { fieldsOf } from '../../../parameters/checks';
import type { ParameterReader } from '../../../parameters/reader';

/** The run that an operation is about. */
export const runId: INodeProperties = {
	displayName: 'Run ID',
	name: 'runId',
	type: 'string',
	required: true,
	default: '={{ $json.runId ?? $json.id }}',
	placeholder: 'e.g. workflow_run_xKm9pNv3qWsY_jL2tR5Dh',
	description: 'The ID of the run, or the URL of its page in the Extend dashboard',
};

/** Reads it. @throws ComplaintError */
export function readRunId(
	read: ParameterReader<INodeProperties>,
	itemIndex: number,
	json: IDataObject,
): string {
	const id = read.id('runId', 'run', itemIndex);
	if (id !== '') return id;
	return read.complain(
		'runId',
		'is empty',
		`Set it to the field that has the run ID. ${fieldsOf(json)}`,
	);
}

/** How much of a run an item holds, where the run is fetched whole in any case. */
export const wholeRunOutput: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	options: [
		{
			name: 'Simplified',
			value: 'simplified',
			description: 'One flat row with the extracted values, ready for a sheet or a database',
		},
		{
			name: 'Full',
			value: 'full',
			description: 'Everything that Extend knows about the run, with the results of all steps',
		},
	],
	default: 'simplified',
	description: 'How much to return for the run',
};

/** Reads it. @throws ComplaintError */
export function readWholeRunOutput(
	read: ParameterReader<INodeProperties>,
	itemIndex: number,
): 'simplified' | 'full' {
	return read.choice('output', itemIndex) === 'full' ? 'full' : 'simplified';
}
