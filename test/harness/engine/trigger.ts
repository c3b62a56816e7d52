/**
 * Plays the life of a webhook trigger: it is published, hears of things at an address of its own, and is
 * unpublished. Contexts are n8n's own; what packages/cli does around them is rewritten here, with its
 * peculiarities: static data is saved after the lifecycle methods, but after a delivery only if that
 * delivery starts no execution, and each delivery gets a workflow of its own.
 */
import './environment';

import { HookContext, WebhookContext } from 'n8n-core';
import type {
	ICredentialType,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IWebhookData,
	WorkflowActivateMode,
} from 'n8n-workflow';
import { UnexpectedError, Workflow } from 'n8n-workflow';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { CredentialsByType } from './credentials';
import { withLog } from './services';
import { placeNode, referencesTo, registryOf, surroundings, typeNameOf } from './workflow';

/** The trigger to play. */
export interface TriggerOptions {
	/** The node under test, an instance of its class. */
	node: INodeType;
	parameters?: INodeParameters;
	credentials?: CredentialsByType;
	credentialTypes?: ICredentialType[];
	/** The node's name in the workflow; static data is kept under it. */
	name?: string;
	workflowName?: string;
	/** Part of the node's address; other nodes have others. */
	webhookId?: string;
	/** In place of the address at which the trigger really listens. */
	webhookBaseUrl?: string;
	/** What is there from before. */
	staticData?: IDataObject;
	/** Makes n8n fail to start the execution of an accepted delivery, or take its time with that. */
	refuseExecution?: () => boolean | Promise<boolean>;
}

/** A trigger that can be published and listens. */
export interface PlayedTrigger {
	/** The address under which it registers. */
	readonly url: string;
	/** What n8n has stored for the node; can be changed. */
	staticData: IDataObject;
	parameters: INodeParameters;
	name: string;
	/** The items of each execution that was started, in order. */
	readonly executions: INodeExecutionData[][];
	/** What `webhook()` threw: n8n would answer 500 and store a failed execution. */
	readonly failures: unknown[];
	/** What the node logged. */
	readonly logs: string[];
	/** How many deliveries the node is working on, answered or not; n8n holds something for each. */
	readonly underWay: number;
	/** Whether the node says that it is registered; n8n asks before it creates. */
	checkExists(): Promise<boolean>;
	create(): Promise<boolean>;
	delete(): Promise<boolean>;
	/** What n8n does when a workflow is published. */
	publish(): Promise<void>;
	/** Ends the server. */
	close(): Promise<void>;
}

const LARGEST_BODY = 16 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}

/** Places a trigger in a workflow and opens its address. Nothing is registered yet. */
export async function playTrigger(options: TriggerOptions): Promise<PlayedTrigger> {
	const { node: type, credentials = {}, credentialTypes, webhookId = 'webhook-id' } = options;
	const [description] = type.description.webhooks ?? [];
	if (description === undefined) throw new UnexpectedError('The node has no webhook.');

	const executions: INodeExecutionData[][] = [];
	const failures: unknown[] = [];
	const logs: string[] = [];
	let underWay = 0;

	const server = createServer((request, response) => {
		void withLog(logs, async () => {
			await deliver(request, response);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

	const place = (): { node: INode; workflow: Workflow; webhookData: IWebhookData } => {
		const node = placeNode(type, {
			name: played.name,
			type: typeNameOf(type),
			position: [0, 0],
			parameters: structuredClone(played.parameters),
			webhookId,
			...(Object.keys(credentials).length > 0 ? { credentials: referencesTo(credentials) } : {}),
		});
		const workflow = new Workflow({
			id: 'workflow-under-test',
			name: options.workflowName ?? 'Workflow under test',
			nodes: [node],
			connections: {},
			active: true,
			nodeTypes: registryOf({ [node.type]: type }),
			staticData: { [`node:${node.name}`]: structuredClone(played.staticData) },
		});
		const webhookData: IWebhookData = {
			httpMethod: 'POST',
			node: node.name,
			path: `${webhookId}/${description.path}`,
			webhookDescription: description,
			workflowId: workflow.id,
			workflowExecuteAdditionalData: undefined as never,
		};
		return { node, workflow, webhookData };
	};
	const save = (workflow: Workflow, node: INode) => {
		played.staticData = JSON.parse(
			JSON.stringify(workflow.getStaticData('node', node)),
		) as IDataObject;
	};
	const additionalData = () => ({
		...surroundings({ credentials, credentialTypes }),
		webhookBaseUrl: options.webhookBaseUrl ?? `${origin}/webhook`,
	});

	const hook = async (
		method: 'checkExists' | 'create' | 'delete',
		activation: WorkflowActivateMode,
	): Promise<boolean> => {
		const { node, workflow, webhookData } = place();
		const context = new HookContext(
			workflow,
			node,
			additionalData(),
			'trigger',
			activation,
			webhookData,
		);
		const methods = type.webhookMethods?.default;
		if (methods === undefined) throw new UnexpectedError('The node has no webhook methods.');
		try {
			return await withLog(logs, async () => await methods[method].call(context));
		} finally {
			save(workflow, node);
		}
	};

	const deliver = async (request: IncomingMessage, response: ServerResponse) => {
		const rawBody = await readBody(request);
		if (rawBody.length > LARGEST_BODY) {
			response.writeHead(500).end();
			return;
		}
		const { node, workflow, webhookData } = place();
		Object.assign(request, { rawBody, body: {}, params: {}, query: {} });
		const context = new WebhookContext(
			workflow,
			node,
			{
				...additionalData(),
				httpRequest: request as never,
				httpResponse: response as never,
			},
			'webhook',
			webhookData,
			[],
			null,
		);
		underWay++;
		try {
			const result = await type.webhook?.call(context);
			if (result?.workflowData === undefined) save(workflow, node);
			else if (await options.refuseExecution?.()) {
				response.writeHead(500).end('{"code":0}');
				return;
			} else executions.push(...result.workflowData);
			if (result?.noWebhookResponse !== true) response.writeHead(200).end();
		} catch (error) {
			failures.push(error);
			if (!response.headersSent) response.writeHead(500).end();
		} finally {
			underWay--;
		}
	};

	const played: PlayedTrigger = {
		get url() {
			const base = options.webhookBaseUrl ?? `${origin}/webhook`;
			return `${base}/${webhookId}/${description.path}`;
		},
		staticData: options.staticData ?? {},
		parameters: options.parameters ?? {},
		name: options.name ?? String(type.description.defaults.name),
		executions,
		failures,
		logs,
		get underWay() {
			return underWay;
		},
		checkExists: async () => await hook('checkExists', 'activate'),
		create: async () => await hook('create', 'activate'),
		delete: async () => await hook('delete', 'update'),
		publish: async () => {
			if (!(await hook('checkExists', 'activate'))) await hook('create', 'activate');
		},
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return played;
}
