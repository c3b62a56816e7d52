/** What an execution needs around the node under test: node types, a workflow, its surroundings. */
import './environment';

import { Container } from '@n8n/di';
import { ExternalSecretsProxy } from 'n8n-core';
import type {
	ICredentialType,
	INode,
	INodeCredentials,
	INodeParameters,
	INodeType,
	INodeTypes,
	IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';
import { UnexpectedError } from 'n8n-workflow';

import { CredentialsOfTheTest, type CredentialsByType } from './credentials';

/** The name under which n8n knows the nodes of our package: package, dot, node. */
const PACKAGE = 'n8n-nodes-extend-ai';

/** The node type's full name, as it stands in saved workflows. */
export function typeNameOf(node: INodeType): string {
	return `${PACKAGE}.${node.description.name}`;
}

/** The newest version of a node type, which is what the editor takes for a new node. */
export function newestVersionOf({ description }: INodeType): number {
	const { version, defaultVersion } = description;
	return defaultVersion ?? (Array.isArray(version) ? Math.max(...version) : version);
}

/** The registry of the node types that take part in a run. */
export function registryOf(types: Record<string, INodeType>): INodeTypes {
	const find = (name: string): INodeType => {
		const type = types[name];
		if (type === undefined) throw new UnexpectedError(`Unknown node type "${name}".`);
		return type;
	};
	return { getByName: find, getByNameAndVersion: find, getKnownTypes: () => ({}) };
}

/** Places a node in a workflow as the editor would save it. */
export function placeNode(
	type: INodeType,
	settings: Pick<INode, 'name' | 'type' | 'position'> & Partial<INode>,
): INode {
	return {
		id: `id-of-${settings.name.toLowerCase().replace(/\W+/g, '-')}`,
		typeVersion: newestVersionOf(type),
		parameters: {},
		...settings,
	};
}

/** The references by which a node names its credentials. */
export function referencesTo(credentials: CredentialsByType): INodeCredentials {
	return Object.fromEntries(
		Object.keys(credentials).map((type) => [type, { id: `id-of-${type}`, name: `My ${type}` }]),
	);
}

/** What the server part of n8n adds to an execution; see {@link surroundings}. */
export interface Surroundings {
	credentials?: CredentialsByType;
	credentialTypes?: ICredentialType[];
	executionId?: string;
	workflowId?: string;
	/** What the editor shows in the node's fields while it loads options. */
	currentNodeParameters?: INodeParameters;
}

const BASE_URL = 'http://n8n.test';

/** The services and addresses that the server part of n8n hands to the engine. */
export function surroundings(given: Surroundings): IWorkflowExecuteAdditionalData {
	const absent = (what: string) => async () => {
		throw new UnexpectedError(`The engine harness has no ${what}.`);
	};
	return {
		credentialsHelper: new CredentialsOfTheTest(
			given.credentials ?? {},
			given.credentialTypes ?? [],
		),
		externalSecretsProxy: Container.get(ExternalSecretsProxy),
		executeWorkflow: absent('other workflows'),
		getRunExecutionData: absent('stored executions'),
		getRuntimeCredential: absent('runtime credentials'),
		startRunnerTask: absent('task runners'),
		logAiEvent: () => {},
		executionId: given.executionId,
		workflowId: given.workflowId,
		currentNodeExecutionIndex: 0,
		currentNodeParameters: given.currentNodeParameters,
		variables: {},
		instanceBaseUrl: `${BASE_URL}/`,
		restApiUrl: `${BASE_URL}/rest`,
		formBaseUrl: `${BASE_URL}/form`,
		formWaitingBaseUrl: `${BASE_URL}/form-waiting`,
		formTestBaseUrl: `${BASE_URL}/form-test`,
		webhookBaseUrl: `${BASE_URL}/webhook`,
		webhookWaitingBaseUrl: `${BASE_URL}/webhook-waiting`,
		webhookTestBaseUrl: `${BASE_URL}/webhook-test`,
		mcpBaseUrl: `${BASE_URL}/mcp`,
		mcpTestBaseUrl: `${BASE_URL}/mcp-test`,
	};
}
