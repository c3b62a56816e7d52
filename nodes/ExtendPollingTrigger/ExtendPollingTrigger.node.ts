import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IPollFunctions,
} from 'n8n-workflow';

import { getWorkflows } from '../extend/api/choices';
import { testExtendApi } from '../extend/api/credentialCheck';
import { ExtendClient } from '../extend/client/client';
import { newestFinished } from './newest';
import { readSettings } from './parameters';
import { poll } from './poll';
import { properties } from './properties';

/** Asks Extend from time to time what has finished, for an n8n that Extend cannot reach. */
export class ExtendPollingTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Extend Polling Trigger',
		name: 'extendPollingTrigger',
		icon: { light: 'file:../../icons/extend.svg', dark: 'file:../../icons/extend.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["event"] === "run.finished" ? "Run finished" : "Batch finished" }}',
		description:
			'Starts the workflow when Extend has finished a batch or a document. Asks Extend regularly, so n8n needs no public address.',
		activationMessage:
			'n8n now asks Extend regularly what has finished. What finished earlier is skipped.',
		defaults: { name: 'Extend Polling Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'extendApi', required: true, testedBy: 'testExtendApi' }],
		properties,
	};

	methods = {
		credentialTest: { testExtendApi },
		loadOptions: { getWorkflows },
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		const settings = readSettings(this);
		const client = await ExtendClient.connect(this);
		const reports =
			this.getMode() === 'manual'
				? await newestFinished(client, settings)
				: await poll(this, client, settings);
		return reports.length === 0 ? null : [reports.map((json) => ({ json }))];
	}
}
