import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IHookFunctions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import { getResources, getWorkflows } from '../extend/api/choices';
import { testExtendApi } from '../extend/api/credentialCheck';
import { receive } from './delivery/receive';
import { properties } from './properties';
import { Registration } from './registration/registration';

/** HTML; n8n opens the list of executions from a link with this key. */
const WHEN_PUBLISHED =
	'<b>Once you publish the workflow</b>, events start it automatically. You find its executions in the <a data-key="executions">executions list</a>.';

/** Starts a workflow when Extend has finished a document or a batch, or when something changes there. */
export class ExtendTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Extend Trigger',
		name: 'extendTrigger',
		icon: { light: 'file:../../icons/extend.svg', dark: 'file:../../icons/extend.dark.svg' },
		group: ['trigger'],
		// Of every trigger of version 1, n8n 2.40 evaluates `options.binaryData` as an expression for each
		// delivery (`parseRequestBody` of its webhook-helpers).
		version: [1, 1.1],
		defaultVersion: 1.1,
		subtitle:
			'={{ !Array.isArray($parameter.toJSON().events) ? "Chosen events" : $parameter.toJSON().events.length === 0 ? "No events" : $parameter.toJSON().events[0].replace(/[._]+/g, " ").replace(/^./, (letter) => letter.toUpperCase()) + ($parameter.toJSON().events.length === 1 ? "" : " and " + ($parameter.toJSON().events.length - 1) + " more") }}',
		description: 'Starts the workflow when Extend has finished a batch or a document',
		eventTriggerDescription: 'Waiting for an event from Extend',
		triggerPanel: {
			executionsHelp: {
				inactive: `<b>To test</b>, click the button, then start a run through Extend’s API, for example by executing a workflow with Extend Batch Run Workflow. n8n listens for two minutes, so use a short document.<br /><br />${WHEN_PUBLISHED}`,
				active: `<b>To test while the workflow is published</b>, click the button, then start a run through Extend’s API. n8n listens for two minutes. The published workflow gets the event too.<br /><br />${WHEN_PUBLISHED}`,
			},
		},
		activationMessage:
			'Extend now sends this workflow the events that you chose, for runs started through its API.',
		defaults: { name: 'Extend Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'extendApi', required: true, testedBy: 'testExtendApi' }],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				responseMode: 'onReceived',
				responseData: 'noData',
				path: 'webhook',
			},
		],
		properties,
	};

	methods = {
		credentialTest: { testExtendApi },
		loadOptions: { getWorkflows, getResources },
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await (await Registration.open(this)).isCurrent();
			},

			async create(this: IHookFunctions): Promise<boolean> {
				await (await Registration.open(this)).establish();
				return true;
			},

			async delete(this: IHookFunctions): Promise<boolean> {
				await (await Registration.open(this)).remove();
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}
}
