/** Reads inputs as Extend Batch Run Workflow does, in n8n's engine, and sends nothing. */
import type { IExecuteFunctions, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { ExtendBatchRunWorkflow } from '../../../nodes/ExtendBatchRunWorkflow/ExtendBatchRunWorkflow.node';
import { readInputs } from '../../../nodes/ExtendBatchRunWorkflow/parameters';
import { runNode, type NodeRun } from '../../harness/engine';
import { DRAGGED } from './batchRun';

type Reading = Awaited<ReturnType<typeof readInputs>>;

/** What the node reads from items, and what it complains about. */
export async function readingOf(
	items: INodeExecutionData[],
	parameters: INodeParameters,
	more: Partial<NodeRun> = {},
): Promise<Reading> {
	let reading: Reading | undefined;
	class Reader extends ExtendBatchRunWorkflow {
		override async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			reading = await readInputs(this);
			return [[]];
		}
	}
	const { error } = await runNode({
		node: new Reader(),
		items,
		parameters: {
			workflow: { __rl: true, mode: 'id', value: 'workflow_BMdfq_yWM3sT-ZzvCnA3f' },
			...DRAGGED,
			...parameters,
		},
		credentials: { extendApi: { apiToken: 'sk_test' } },
		...more,
	});
	if (reading === undefined) throw new Error('The node did not run', { cause: error });
	return reading;
}

/** What the node complains about: `File URL is empty`, by item. */
export async function complaintsAbout(
	items: INodeExecutionData[],
	parameters: INodeParameters,
	more: Partial<NodeRun> = {},
): Promise<Map<number, string>> {
	const { complaints } = await readingOf(items, parameters, more);
	return new Map(
		complaints.map(({ itemIndex, parameter, problem, advice }) => [
			itemIndex,
			`${parameter} ${problem}. ${advice}`,
		]),
	);
}
