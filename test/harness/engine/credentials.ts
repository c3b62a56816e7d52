/**
 * What the server part of n8n (packages/cli, which cannot be installed without the whole of
 * n8n) does with credentials, for credentials that a test hands over instead of a database.
 */
import './environment';

import { UnrecognizedCredentialTypeError, getAdditionalKeys } from 'n8n-core';
import type {
	ICredentialDataDecryptedObject,
	ICredentials,
	ICredentialsExpressionResolveValues,
	ICredentialType,
	IExecuteData,
	IHttpRequestHelper,
	IHttpRequestOptions,
	INode,
	INodeCredentialsDetails,
	INodeParameters,
	INodeProperties,
	IRequestOptionsSimplified,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import {
	ICredentialsHelper,
	NodeHelpers,
	UnexpectedError,
	Workflow,
	isExpression,
} from 'n8n-workflow';

/** Credentials by the name of their type, in clear. */
export type CredentialsByType = Record<string, ICredentialDataDecryptedObject>;

/** Stands in where n8n resolves an expression outside of any node. */
const NOWHERE: INode = {
	id: 'nowhere',
	name: '',
	type: 'nowhere',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** n8n's handling of credentials, with the credentials and their types given by the test. */
export class CredentialsOfTheTest extends ICredentialsHelper {
	/** `credentials` holds what a user has typed in, by the name of the credential type. */
	constructor(
		private readonly credentials: CredentialsByType,
		private readonly types: ICredentialType[],
	) {
		super();
	}

	/** The credential types that the given one extends, and those which these extend. */
	override getParentTypes(name: string): string[] {
		const parents = this.typeNamed(name).extends ?? [];
		return [...parents, ...parents.flatMap((parent) => this.getParentTypes(parent))];
	}

	/** Whether the type is open to this node type; only types that say so are restricted. */
	override isCredentialUsableByNode(credentialType: string, nodeType: string): boolean {
		const type = this.types.find(({ name }) => name === credentialType);
		if (type?.restrictToSupportedNodes !== true) return true;
		return type.supportedNodes?.includes(nodeType) ?? false;
	}

	/** Adds to a request what its credential type demands, by function or by declaration. */
	override async authenticate(
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		requestOptions: IHttpRequestOptions | IRequestOptionsSimplified,
		workflow?: Workflow,
		node?: INode,
	): Promise<IHttpRequestOptions> {
		const request = requestOptions as IHttpRequestOptions;
		const { authenticate } = this.typeNamed(typeName);
		if (authenticate === undefined) return request;
		if (typeof authenticate === 'function') return await authenticate(credentials, request);
		if (workflow === undefined || node === undefined) {
			throw new UnexpectedError('A declared authentication needs a workflow and a node.');
		}

		const resolve = (value: string): string => {
			if (!isExpression(value)) return value;
			const additionalKeys = { $credentials: credentials };
			const resolved = workflow.expression.getSimpleParameterValue(
				node,
				value,
				'internal',
				additionalKeys,
				undefined,
				'',
			);
			return resolved ? resolved.toString() : '';
		};
		request.headers ??= {};
		const parts = request as unknown as Record<string, Record<string, string> | undefined>;
		for (const [part, entries] of Object.entries(authenticate.properties)) {
			for (const [key, value] of Object.entries(entries as Record<string, string>)) {
				(parts[part] ??= {})[resolve(key)] = resolve(value);
			}
		}
		return request;
	}

	/** Nothing to do before a request, as long as no credential fetches a token of its own. */
	override async preAuthentication(
		_helpers: IHttpRequestHelper,
		_credentials: ICredentialDataDecryptedObject,
		typeName: string,
	): Promise<ICredentialDataDecryptedObject | undefined> {
		if (this.typeNamed(typeName).preAuthentication !== undefined) {
			throw new UnexpectedError('The engine harness does not play `preAuthentication`.');
		}
		return undefined;
	}

	/** As {@link preAuthentication}; n8n calls this one for OAuth2 only. */
	override async runPreAuthentication(): Promise<ICredentialDataDecryptedObject | undefined> {
		throw new UnexpectedError('The engine harness does not play OAuth2.');
	}

	/** Not played: it gives credentials as n8n's database has them, encrypted. */
	override async getCredentials(): Promise<ICredentials> {
		throw new UnexpectedError('The engine harness does not store credentials.');
	}

	/** The credentials as a node sees them: with defaults, and with expressions resolved. */
	override async getDecrypted(
		additionalData: IWorkflowExecuteAdditionalData,
		_nodeCredentials: INodeCredentialsDetails,
		type: string,
		mode: WorkflowExecuteMode,
		executeData?: IExecuteData,
		raw?: boolean,
		values?: ICredentialsExpressionResolveValues,
	): Promise<ICredentialDataDecryptedObject> {
		const stored = this.credentialsOf(type);
		if (raw === true) return stored;

		const withDefaults = NodeHelpers.getNodeParameters(
			this.getCredentialsProperties(type),
			stored as INodeParameters,
			true,
			false,
			null,
			null,
		) as ICredentialDataDecryptedObject;
		const keys = getAdditionalKeys(additionalData, mode, null, { isCredential: true });
		if (values !== undefined) {
			return values.workflow.expression.getParameterValue(
				withDefaults as INodeParameters,
				values.runExecutionData,
				values.runIndex,
				values.itemIndex,
				values.node.name,
				values.connectionInputData,
				mode,
				keys,
				executeData,
				false,
				withDefaults,
			) as ICredentialDataDecryptedObject;
		}
		return emptyWorkflow().expression.getComplexParameterValue(
			NOWHERE,
			withDefaults as INodeParameters,
			mode,
			keys,
			undefined,
			undefined,
			withDefaults,
		) as ICredentialDataDecryptedObject;
	}

	/** Not played: our credentials never change while a node runs. */
	override async updateCredentials(): Promise<void> {
		throw new UnexpectedError('The engine harness does not store changed credentials.');
	}

	/** Not played, see {@link updateCredentials}. */
	override async updateCredentialsOauthTokenData(): Promise<void> {
		throw new UnexpectedError('The engine harness does not store changed credentials.');
	}

	/** The fields of a credential type, those of the types it extends among them. */
	override getCredentialsProperties(type: string): INodeProperties[] {
		const { properties, extends: parents = [] } = this.typeNamed(type);
		const all: INodeProperties[] = [];
		for (const parent of parents) {
			NodeHelpers.mergeNodeProperties(all, this.getCredentialsProperties(parent));
		}
		NodeHelpers.mergeNodeProperties(all, properties);
		return all;
	}

	private typeNamed(name: string): ICredentialType {
		const type = this.types.find((candidate) => candidate.name === name);
		if (type === undefined) throw new UnrecognizedCredentialTypeError(name);
		return type;
	}

	private credentialsOf(type: string): ICredentialDataDecryptedObject {
		const credentials = this.credentials[type];
		if (credentials === undefined) {
			throw new UnexpectedError(`The test has no credentials of type "${type}".`);
		}
		return structuredClone(credentials);
	}
}

function emptyWorkflow(): Workflow {
	return new Workflow({
		nodes: [],
		connections: {},
		active: false,
		nodeTypes: {
			getByName: (name) => {
				throw new UnexpectedError(`No node type "${name}" in an empty workflow.`);
			},
			getByNameAndVersion: (name) => {
				throw new UnexpectedError(`No node type "${name}" in an empty workflow.`);
			},
			getKnownTypes: () => ({}),
		},
	});
}
