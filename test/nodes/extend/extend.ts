/** What the suites of the node Extend share: one run of it against a simulator. */
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { Extend } from '../../../nodes/Extend/Extend.node';
import { runNode, type NodeRun, type RunResult } from '../../harness/engine';
import type { Simulator } from '../../simulator';
import { credentialsFor } from '../batchRun/batchRun';
import { submitBatch } from '../listRuns/listRuns';

/** Runs one operation of the node; parameters and settings may be added. */
export async function runExtend(
	simulator: Pick<Simulator, 'url'>,
	[resource, operation]: [resource: string, operation: string],
	items: INodeExecutionData[],
	parameters: INodeParameters = {},
	more: Partial<NodeRun> = {},
): Promise<RunResult> {
	return await runNode({
		node: new Extend(),
		items,
		parameters: { resource, operation, ...parameters },
		credentials: credentialsFor(simulator),
		credentialTypes: [new ExtendApi()],
		...more,
	});
}

/** A batch of which some runs never finish by themselves. */
export async function batchWithOpen(
	simulator: Simulator,
	count: number,
	open: number,
): Promise<string> {
	return await submitBatch(simulator, count, (index) =>
		index < open ? { simulate: 'stuck' } : {},
	);
}
