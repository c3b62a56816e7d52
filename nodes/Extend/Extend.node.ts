import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';

import { addDoubtHints } from '../documents/doubts';
import { testExtendApi } from '../extend/api/credentialCheck';
import {
	getClassifierVersions,
	getExtractorVersions,
	getSplitterVersions,
	searchClassifiers,
	searchExtractors,
	searchSplitters,
} from '../extend/api/choices';
import { getWorkflowVersions, searchWorkflows } from '../extend/api/workflows';
import { ExtendClient } from '../extend/client/client';
import { complaintsError, forErrorBranch, routesDetails } from '../items/errorItems';
import { toItems } from './items';
import { performAll } from './job';
import { chosenOperation, readRequests } from './parameters';
import { properties } from './properties';
import { addHints, failureOf, stoppedError } from './report';

/** What surrounds a bulk job: single operations on batches, runs, files and documents. */
export class Extend implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Extend',
		name: 'extend',
		icon: { light: 'file:../../icons/extend.svg', dark: 'file:../../icons/extend.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description:
			'Extract, classify, split and parse documents, and manage batches, runs and files in Extend',
		defaults: { name: 'Extend' },
		usableAsTool: {
			replacements: {
				description:
					'Reads and changes what Extend has: the status and the results of batches, runs and files by their IDs. Deleting and cancelling cannot be undone.',
			},
		},
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'extendApi', required: true, testedBy: 'testExtendApi' }],
		properties,
	};

	methods = {
		credentialTest: { testExtendApi },
		listSearch: { searchWorkflows, searchExtractors, searchClassifiers, searchSplitters },
		loadOptions: {
			getWorkflowVersions,
			getExtractorVersions,
			getClassifierVersions,
			getSplitterVersions,
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const goesOn = this.continueOnFail();
		const operation = chosenOperation(this);

		const { requests, complaints, doubts } = await readRequests(this, operation);
		if (complaints.length > 0 && !goesOn)
			throw complaintsError(this.getNode(), complaints, this.getInputData().length);

		const client = await ExtendClient.connect(this);
		const { answers, warnings } = await performAll(this, client, operation, requests, !goesOn);

		if (client.signal?.aborted === true) throw stoppedError(client.node, operation, answers);
		const failure = goesOn ? undefined : failureOf(client.node, operation, answers);
		if (failure !== undefined) throw failure;

		addHints(this, warnings);
		await addDoubtHints(this, doubts);
		const items = toItems(operation, answers, complaints);
		return [forErrorBranch(items, client.node, routesDetails(this))];
	}
}
