import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';

import { ExtendClient } from '../extend/client/client';
import { testExtendApi } from '../extend/api/credentialCheck';
import { forErrorBranch, routesDetails } from '../items/errorItems';
import { rememberSource } from '../items/sources';
import { getWorkflowVersions, searchWorkflows } from '../extend/api/workflows';
import { addDoubtHints } from '../documents/doubts';
import { readInputs } from './parameters';
import { addSummaryHint } from './hints';
import { toItems } from './items';
import { BatchJob } from './job';
import { placeKey } from './outcome';
import { properties } from './properties';
import { invalidError, jobError } from './report';

/** Submits every input item as one run of an Extend workflow, in as few calls as possible. */
export class ExtendBatchRunWorkflow implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Extend Batch Run Workflow',
		name: 'extendBatchRunWorkflow',
		icon: { light: 'file:../../icons/extend.svg', dark: 'file:../../icons/extend.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ ($parameter.toJSON().workflow?.cachedResultName || "Documents") + ", from " + ({ url: "URLs", binary: "files", fileId: "file IDs", text: "text" }[$parameter.toJSON().source] || "each item") }}',
		// n8n gives it to an agent's model too, whatever the replacements below say to a person.
		description:
			'Submit documents to an Extend workflow, up to 1,000 per call. Extend List Runs by Batch then gets the results.',
		defaults: { name: 'Extend Batch Run Workflow' },
		usableAsTool: {
			replacements: {
				description:
					'Submits one document to an Extend workflow, which reads data from it, and returns a batchId. To get the data, call the tool Extend List Runs by Batch with this batchId. Submit each document only once, because each submission costs credits.',
			},
		},
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'extendApi', required: true, testedBy: 'testExtendApi' }],
		properties,
	};

	methods = {
		credentialTest: { testExtendApi },
		listSearch: { searchWorkflows },
		loadOptions: { getWorkflowVersions },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const items = this.getInputData();
		const goesOn = this.continueOnFail();

		const { inputs, complaints, doubts, leftOut } = await readInputs(this);
		const client = await ExtendClient.connect(this);
		const result = await new BatchJob(this, client, inputs, complaints, !goesOn).run();

		const left = complaints.filter((complaint) => !result.handled.has(placeKey(complaint)));
		const isCancelled = client.signal?.aborted === true;
		const isIncomplete = result.rejected.length > 0 || result.notTried.length > 0;
		const { node } = client;
		if (left.length > 0 && !goesOn) throw invalidError(node, result, left, items.length);
		if (isCancelled || (isIncomplete && !goesOn)) throw jobError(node, result, isCancelled);

		addSummaryHint(this, result, { invalid: left.length, leftOut });
		await addDoubtHints(this, doubts);
		const output = toItems(items, result, left);
		rememberSource(this, output, result.ownBatches);
		return [forErrorBranch(output, node, routesDetails(this))];
	}
}
