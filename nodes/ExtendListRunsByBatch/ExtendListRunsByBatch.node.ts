import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';

import { ExtendClient } from '../extend/client/client';
import { testExtendApi } from '../extend/api/credentialCheck';
import { complaintsError, forErrorBranch, routesDetails } from '../items/errorItems';
import { addOutOfReachHint, addSummaryHints, failureOf, stoppedError } from './report';
import { RunCollector } from './job';
import { InputItems } from './inputItems';
import { toItems } from './items';
import { EarlierLooks } from './collect/earlierLooks';
import { RunLinks } from './links';
import { outputs, properties } from './properties';
import { readRequests } from './parameters';

/** Lists the runs of batches, waits for them if wanted, and gives one item for each run. */
export class ExtendListRunsByBatch implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Extend List Runs by Batch',
		name: 'extendListRunsByBatch',
		icon: { light: 'file:../../icons/extend.svg', dark: 'file:../../icons/extend.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ ($parameter.toJSON().waitForCompletion === false ? "" : "Wait, then ") + ({ simplified: "one row each", summary: "status of each", full: "full runs" }[$parameter.toJSON().output] || "runs") }}',
		description:
			'Wait until Extend has finished a batch, then get the status and the extracted values of each document',
		defaults: { name: 'Extend List Runs by Batch' },
		usableAsTool: {
			replacements: {
				description:
					'Returns what Extend has read from a document. Needs the batchId that the tool Extend Batch Run Workflow returned. Waits until the document is processed, which may take minutes. If status is FAILED, failureReason says why.',
			},
		},
		inputs: [NodeConnectionTypes.Main],
		outputs,
		credentials: [{ name: 'extendApi', required: true, testedBy: 'testExtendApi' }],
		properties,
	};

	methods = { credentialTest: { testExtendApi } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const goesOn = this.continueOnFail();

		const { requests, complaints } = await readRequests(this);
		if (complaints.length > 0 && !goesOn)
			throw complaintsError(this.getNode(), complaints, this.getInputData().length);

		const client = await ExtendClient.connect(this);
		const earlierLooks = new EarlierLooks(this.getContext('node'));
		const batches = await new RunCollector(client, !goesOn, earlierLooks).collect(requests);

		if (client.signal?.aborted === true) throw stoppedError(this.getNode());
		const failure = goesOn ? undefined : failureOf(this.getNode(), batches);
		if (failure !== undefined) throw failure;

		addSummaryHints(this, batches);
		const inputs = new InputItems(this.getInputData());
		const links = new RunLinks(this, inputs);
		const { items, notFinished } = toItems(batches, complaints, inputs, links);
		if (links.areInputsOutOfReach) addOutOfReachHint(this);
		const main = forErrorBranch(items, this.getNode(), routesDetails(this));
		return notFinished.length === 0 ? [main] : [main, notFinished];
	}
}
