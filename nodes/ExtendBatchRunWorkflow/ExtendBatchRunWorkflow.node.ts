import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';

import { ExtendClient } from '../extend/client';
import { complaintsError, forErrorBranch } from '../extend/errorItems';
import { getWorkflowVersions, searchWorkflows } from '../extend/workflows';
import { readInputs } from './inputs';
import { BatchJob } from './job';
import { addSummaryHint, jobError, toItems, withoutSecrets } from './output';
import { properties } from './properties';

/** Submits every input item as one run of an Extend workflow, in as few calls as possible. */
export class ExtendBatchRunWorkflow implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Extend Batch Run Workflow',
		name: 'extendBatchRunWorkflow',
		icon: { light: 'file:../../icons/extend.svg', dark: 'file:../../icons/extend.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ "From " + { url: "URLs", binary: "binary files", fileId: "file IDs", text: "text" }[$parameter["source"]] }}',
		description: 'Run many documents through an Extend workflow, up to 1,000 with one call',
		defaults: { name: 'Extend Batch Run Workflow' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'extendApi', required: true }],
		properties,
	};

	methods = {
		listSearch: { searchWorkflows },
		loadOptions: { getWorkflowVersions },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const items = this.getInputData();
		const goesOn = this.continueOnFail();

		const { inputs, complaints } = await readInputs(this);
		if (complaints.length > 0 && !goesOn)
			throw complaintsError(withoutSecrets(this.getNode()), complaints);

		const client = await ExtendClient.connect(this);
		const result = await new BatchJob(this, client, inputs, !goesOn).run();

		const isCancelled = client.signal?.aborted === true;
		const isIncomplete = result.rejected.length > 0 || result.notTried.length > 0;
		if (isCancelled || (isIncomplete && !goesOn)) {
			throw jobError(withoutSecrets(this.getNode()), result, isCancelled);
		}

		addSummaryHint(this, result, items.length);
		return [forErrorBranch(toItems(items, result, complaints), this.getNode())];
	}
}
