/** What n8n's editor does with our nodes and credentials outside of any execution. */
import './environment';

import { CredentialTestContext, ExecuteContext, LoadOptionsContext, RoutingNode } from 'n8n-core';
import type {
	ICredentialDataDecryptedObject,
	ICredentialType,
	IDataObject,
	INodeCredentialTestResult,
	INodeListSearchResult,
	INodeParameters,
	INodePropertyOptions,
	INodeType,
} from 'n8n-workflow';
import { UnexpectedError, Workflow, createEmptyRunExecutionData } from 'n8n-workflow';

import type { CredentialsByType } from './credentials';
import { withLog } from './services';
import { placeNode, referencesTo, registryOf, surroundings, typeNameOf } from './workflow';

/** A field whose choices are to be loaded. */
export interface EditorRequest {
	/** The node under test, an instance of its class. */
	node: INodeType;
	/** The name of the method in the node's `methods.loadOptions` or `methods.listSearch`. */
	method: string;
	/** What the node's other fields hold at the moment; the editor sends them evaluated. */
	parameters?: INodeParameters;
	credentials?: CredentialsByType;
	credentialTypes?: ICredentialType[];
	/** The field that asks, which matters only to `&`-relative parameter names. */
	path?: string;
	/** Collects what the node logs. */
	logs?: string[];
}

/** A request of a resource locator's list. */
export interface ListSearchRequest extends EditorRequest {
	/** What the user typed into the list's search field. */
	filter?: string;
	/** What the page before handed out. */
	paginationToken?: string;
}

/** The name n8n gives the node it makes up for such a request. */
const TEMPORARY = 'Temp-Node';

function editorContext(request: EditorRequest): LoadOptionsContext {
	const { node: type, parameters = {}, credentials = {}, credentialTypes, path = '' } = request;
	const node = placeNode(type, {
		name: TEMPORARY,
		type: typeNameOf(type),
		position: [0, 0],
		parameters: structuredClone(parameters),
		...(Object.keys(credentials).length > 0 ? { credentials: referencesTo(credentials) } : {}),
	});
	const workflow = new Workflow({
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: registryOf({ [node.type]: type }),
	});
	const additionalData = surroundings({
		credentials,
		credentialTypes,
		currentNodeParameters: parameters,
	});
	return new LoadOptionsContext(workflow, node, additionalData, path);
}

/** Loads the choices of an options field as the editor does when the field is opened. */
export async function runLoadOptions(request: EditorRequest): Promise<INodePropertyOptions[]> {
	const method = request.node.methods?.loadOptions?.[request.method];
	if (method === undefined) {
		throw new UnexpectedError(`The node has no loadOptions method "${request.method}".`);
	}
	const context = editorContext(request);
	return await withLog(request.logs ?? [], async () => await method.call(context));
}

/** Loads a page of a resource locator's list as the editor does. */
export async function runListSearch(request: ListSearchRequest): Promise<INodeListSearchResult> {
	const method = request.node.methods?.listSearch?.[request.method];
	if (method === undefined) {
		throw new UnexpectedError(`The node has no listSearch method "${request.method}".`);
	}
	const context = editorContext(request);
	const { filter, paginationToken } = request;
	return await withLog(
		request.logs ?? [],
		async () => await method.call(context, filter, paginationToken),
	);
}

/** The parts of a failed request's cause that decide what a failed credential test says. */
interface Cause {
	response?: { status: number; statusText?: string };
	code?: string;
}

/**
 * Tests a credential as the editor does on Save: sends the request that the credential type
 * declares, authenticated, and judges the answer by the type's rules; or calls the function of the
 * first of the nodes that says it tests this type. The judging is rewritten from n8n's server part;
 * building and sending the request is n8n's own.
 */
export async function testCredential(
	type: ICredentialType,
	data: ICredentialDataDecryptedObject,
	nodes: INodeType[] = [],
): Promise<INodeCredentialTestResult> {
	const { test } = type;
	if (test === undefined) {
		const additionalData = surroundings({
			credentials: { [type.name]: data },
			credentialTypes: [type],
		});
		for (const { description, methods } of nodes) {
			const usage = description.credentials?.find(({ name }) => name === type.name);
			if (typeof usage?.testedBy !== 'string') continue;
			const tester = methods?.credentialTest?.[usage.testedBy];
			if (tester === undefined)
				throw new UnexpectedError(`There is no method "${usage.testedBy}".`);
			const context = new CredentialTestContext(additionalData);
			return await tester.call(context, {
				id: 'being-tested',
				name: 'Being tested',
				type: type.name,
				data,
			});
		}
		return { status: 'Error', message: 'No testing function found for this credential.' };
	}

	const credentials = { [type.name]: data };
	const carrier: INodeType = {
		description: {
			displayName: 'No Operation',
			name: 'noOp',
			group: ['organization'],
			version: 1,
			description: 'Carries the request that a credential is tested with',
			defaults: { name: TEMPORARY },
			inputs: ['main'],
			outputs: ['main'],
			credentials: [{ name: type.name, required: true }],
			properties: [
				{
					displayName: 'Temp',
					name: 'temp',
					type: 'string',
					default: '',
					routing: { request: test.request },
				},
			],
		},
	};
	const node = placeNode(carrier, {
		name: TEMPORARY,
		type: 'n8n-nodes-base.noOp',
		position: [0, 0],
		credentials: referencesTo(credentials),
	});
	const workflow = new Workflow({
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: registryOf({ [node.type]: carrier }),
	});
	const additionalData = surroundings({ credentials, credentialTypes: [type] });
	const context = new ExecuteContext(
		workflow,
		node,
		additionalData,
		'internal',
		createEmptyRunExecutionData(),
		0,
		[],
		{ main: [[{ json: {} }]] },
		{ node, data: {}, source: null },
		[],
	);

	const reference = { id: 'being-tested', name: 'Being tested' };
	const decrypted = await additionalData.credentialsHelper.getDecrypted(
		additionalData,
		reference,
		type.name,
		'internal',
	);
	const routing = new RoutingNode(context, carrier, {
		...reference,
		type: type.name,
		data: decrypted,
	});
	try {
		const answer = await routing.runNode();
		for (const rule of test.rules ?? []) {
			if (rule.type !== 'responseSuccessBody') continue;
			const { key, message } = rule.properties;
			const value: unknown = rule.properties.value;
			if (valueAt(answer?.[0]?.[0]?.json, key) === value) return { status: 'Error', message };
		}
		return { status: 'OK', message: 'Connection successful!' };
	} catch (error) {
		return { status: 'Error', message: whyTheTestFailed(error as Error, type) };
	}
}

function valueAt(data: unknown, path: string): unknown {
	return path
		.split('.')
		.reduce<unknown>((value, key) => (value as IDataObject | undefined)?.[key], data);
}

function whyTheTestFailed(error: Error, { test }: ICredentialType): string {
	const { response, code } = (error.cause ?? {}) as Cause;
	if (response === undefined) return code ?? error.message;
	for (const rule of test?.rules ?? []) {
		if (rule.type === 'responseCode' && rule.properties.value === response.status) {
			return rule.properties.message;
		}
	}
	return response.statusText || `Received HTTP status code: ${response.status}`;
}
